/** The likeliest tokens of one step as bars that can be pressed: the pressed one is taken. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed, signed } from "../shared/format.js";
import { tokenContent, visibleToken } from "../shared/tokentext.js";
import { SHOWN } from "./compute.js";
import type { Actions, Frame, Part } from "./frame.js";
import type { Candidate } from "./run.js";

const DIFFERENT = 0.0005;

interface Bar {
  button: HTMLButtonElement;
  name: HTMLElement;
  bar: HTMLElement;
  /** What the model itself gave it, or what it gave it before the overwriting. */
  other: HTMLElement;
  number: HTMLElement;
  change: HTMLElement;
}

export class ChoosingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #title = element("p", { class: "attn-part-title" });
  readonly #note = element("p", { class: "attn-quiet attn-trl-note" });
  readonly #bars: Bar[];
  readonly #list: HTMLElement;
  #listed: readonly Candidate[] = [];
  #step = 0;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#bars = Array.from({ length: SHOWN }, makeBar);
    this.#bars.forEach(({ button }, place) => {
      listen(button, "click", signal, () => {
        const candidate = this.#listed.at(place);
        if (candidate !== undefined) {
          actions.choose(this.#step, candidate.id);
        }
      });
    });
    this.#list = element(
      "ol",
      { class: "attn-trl-bars", "aria-label": t("translation.candidates") },
      ...this.#bars.map(({ button }) => element("li", {}, button)),
    );
    this.element = element("div", { class: "attn-trl-choosing" }, this.#title, this.#list, this.#note);
  }

  update({ shown, picked, state }: Frame): void {
    const { t } = this.#actions;
    this.#step = picked;
    this.#listed = shown.rows.at(picked)?.candidates ?? [];
    const token = shown.tokens.at(picked);
    const isForced = Object.hasOwn(state.forced, String(picked));
    const values = { step: picked + 1, token: token === undefined ? "" : visibleToken(token.text) };
    setText(this.#title, t(token === undefined ? "translation.bars.next" : "translation.bars", values));
    this.#bars.forEach((bar, place) => {
      const candidate = this.#listed.at(place);
      const isChosen = candidate !== undefined && candidate.id === token?.id;
      showBar(bar, candidate);
      setAttribute(bar.button, "aria-pressed", candidate === undefined ? null : String(isChosen));
      setAttribute(bar.button, "data-chosen", isChosen ? (isForced ? "forced" : "model") : null);
    });
    const hasBefore = this.#listed.some(({ before }) => before !== null);
    const hasOther = this.#listed.some(({ own, probability }) => Math.abs(own - probability) >= DIFFERENT);
    const key = hasBefore ? "before" : hasOther ? "own" : "press";
    setText(this.#note, t(`translation.bars.${key}`));
  }
}

function makeBar(): Bar {
  const name = element("span", { class: "attn-trl-name" });
  const bar = element("span", { class: "attn-trl-bar" });
  const other = element("span", { class: "attn-trl-other" });
  const number = element("span", { class: "attn-trl-number" });
  const change = element("span", { class: "attn-trl-change" });
  const track = element("span", { class: "attn-trl-track", "aria-hidden": "true" }, bar, other);
  const button = element(
    "button",
    { type: "button", class: "attn-trl-candidate" },
    name,
    track,
    number,
    change,
  );
  return { button, name, bar, other, number, change };
}

function showBar({ button, name, bar, other, number, change }: Bar, candidate: Candidate | undefined): void {
  button.disabled = candidate === undefined;
  if (candidate === undefined) {
    name.textContent = number.textContent = change.textContent = "";
    bar.style.width = "0";
    other.hidden = true;
    return;
  }
  const { text, probability, own, before } = candidate;
  if (button.getAttribute("data-token") !== text) {
    setAttribute(button, "data-token", text);
    name.replaceChildren(...tokenContent(text));
  }
  const compared = before ?? own;
  bar.style.width = `${(100 * probability).toFixed(2)}%`;
  other.style.width = `${(100 * compared).toFixed(2)}%`;
  other.hidden = Math.abs(compared - probability) < DIFFERENT;
  setText(number, fixed(probability, 3));
  setText(change, before === null ? (other.hidden ? "" : fixed(own, 3)) : signed(own - before, 3));
  const difference = before === null ? 0 : own - before;
  const isSame = Math.abs(difference) < DIFFERENT;
  setAttribute(change, "data-sign", isSame ? "none" : difference > 0 ? "more" : "less");
}
