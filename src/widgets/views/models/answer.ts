/** What the model made of the text: the text itself, its tokens with their probabilities, and the candidates of one. */

import { Candidates, isMarked } from "../shared/candidates.js";
import { element, listen, setAttribute, setText, type Child } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { tokenContent, visibleToken } from "../shared/tokentext.js";
import { CANDIDATES } from "./compute.js";
import type { Actions, Frame } from "./frame.js";
import type { Run, RunToken } from "./run.js";
import { partsOf } from "./readable.js";
import type { ModelName } from "./state.js";

/** What of a frame an answer shows. */
export type Answered = Pick<Frame, "run" | "picked"> & { state: { model: ModelName } };

export class AnswerPart {
  readonly element: HTMLElement;
  readonly #actions: Pick<Actions, "t" | "signal" | "pick">;
  readonly #title = element("p", { class: "attn-part-title" });
  readonly #text = element("p", { dir: "auto" });
  readonly #textBox = element("div", { class: "attn-answer", tabindex: 0, role: "group" }, this.#text);
  readonly #tokens: HTMLElement;
  readonly #tokensBox: HTMLElement;
  readonly #caption = element("p", { class: "attn-part-title attn-candidates-title" });
  readonly #candidates: Candidates;
  #shown: Run | null = null;
  #buttons: HTMLButtonElement[] = [];

  constructor(actions: Pick<Actions, "t" | "signal" | "pick">) {
    this.#actions = actions;
    const { t, signal, pick } = actions;
    this.#tokens = element("div", {
      class: "attn-run-tokens",
      role: "group",
      "aria-label": t("models.tokens"),
    });
    this.#tokensBox = element("div", { class: "attn-run-tokens-box" }, this.#tokens);
    this.#candidates = new Candidates({
      label: t("models.candidates"),
      rows: CANDIDATES,
      chosenLabel: t("models.chosen"),
    });
    listen(this.#tokens, "click", signal, (event) => {
      const place = this.#placeOf(event.target);
      if (place >= 0) {
        pick(place);
      }
    });
    listen(this.#tokens, "keydown", signal, (event) => this.#onKey(event));
    this.element = element(
      "div",
      { class: "attn-answer-part" },
      this.#title,
      this.#textBox,
      this.#tokensBox,
      this.#caption,
      this.#candidates.element,
    );
  }

  update(frame: Answered): void {
    const { t } = this.#actions;
    const { run, picked, state } = frame;
    setText(this.#title, t(`models.answer.${state.model}`));
    // What a writer writes is followed to its end; the boxes hold on to it without being measured.
    setAttribute(this.#textBox, "data-follow", state.model === "writer");
    setAttribute(this.#tokensBox, "data-follow", state.model === "writer");
    setAttribute(this.#textBox, "aria-label", t(`models.answer.${state.model}`));
    if (run !== this.#shown) {
      this.#shown = run;
      this.#text.replaceChildren(...answerOf(run));
      this.#showTokens(run);
    }
    this.#buttons.forEach((button, place) => {
      setAttribute(button, "aria-pressed", String(place === picked));
      setAttribute(button, "tabindex", place === picked ? 0 : -1);
    });
    const { candidates, chosen } = candidatesOf(run, picked);
    this.#candidates.show(candidates, chosen);
    const title = this.#captionOf(run, picked);
    const hasMarks = candidates.some(({ own, probability }) => isMarked(own, probability));
    setText(this.#caption, hasMarks ? t("models.candidates.own", { title }) : title);
  }

  #captionOf(run: Run | null, picked: number): string {
    const { t } = this.#actions;
    if (run === null) {
      return "\u00a0"; // nothing is there to have candidates
    }
    const token = run.tokens.at(picked);
    if (token === undefined) {
      return t("models.candidates.next");
    }
    const key = run.model === "reader" ? "models.candidates.blank" : "models.candidates.token";
    return t(key, { number: picked + 1, token: visibleToken(token.text) });
  }

  /** Buttons stay while tokens come: only what changed is touched. */
  #showTokens(run: Run | null): void {
    const { t } = this.#actions;
    const next = run?.next ? [{ text: "", probability: NaN, label: t("models.next") }] : [];
    const shown = [
      ...(run?.tokens ?? []).map(({ text, probability }) => ({ text, probability, label: "" })),
      ...next,
    ];
    const before = this.#buttons;
    this.#buttons = shown.map((token, place) => {
      const key = `${token.text}|${token.label}|${fixed(token.probability, 3)}`;
      return before[place]?.dataset["key"] === key ? before[place] : makeToken(token, key);
    });
    const focused = before.findIndex((button) => button === document.activeElement);
    this.#buttons.forEach((button, place) => {
      if (place >= before.length) {
        this.#tokens.append(button);
      } else if (button !== before[place]) {
        before[place].replaceWith(button);
      }
    });
    before.slice(this.#buttons.length).forEach((button) => button.remove());
    if (focused >= 0 && document.activeElement !== this.#buttons[focused]) {
      this.#buttons[Math.min(focused, this.#buttons.length - 1)]?.focus();
    }
  }

  #placeOf(target: EventTarget | null): number {
    return this.#buttons.findIndex((button) => target instanceof Node && button.contains(target));
  }

  #onKey(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };
    const place = this.#placeOf(event.target) + (steps[event.key] ?? NaN);
    if (place >= 0 && place < this.#buttons.length) {
      this.#actions.pick(place);
      this.#buttons[place].focus();
      event.preventDefault();
    }
  }
}

interface Shown {
  text: string;
  probability: number;
  /** Instead of a text. */
  label: string;
}

function makeToken({ text, probability, label }: Shown, key: string): HTMLButtonElement {
  const face = element(
    "span",
    { class: "attn-token-text" },
    ...(label === "" ? tokenContent(text) : [label]),
  );
  const bar = element("span", { class: "attn-token-bar", "aria-hidden": "true" });
  bar.style.width = `${100 * (Number.isNaN(probability) ? 0 : probability)}%`;
  const number = Number.isNaN(probability) ? "" : fixed(probability, 2);
  return element(
    "button",
    { type: "button", class: "attn-run-token", "data-key": key },
    face,
    element("span", { class: "attn-token-track", "aria-hidden": "true" }, bar),
    element("span", { class: "attn-token-number" }, number),
  );
}

/** The candidates of a token, or of the one to come, and which of them was chosen. */
export function candidatesOf(
  run: Run | null,
  picked: number,
): { candidates: readonly RunToken["candidates"][number][]; chosen: number } {
  const token = run?.tokens[picked];
  const { candidates, text } = token ?? run?.next ?? { candidates: [], text: "" };
  const chosen = candidates.findIndex((candidate) => candidate.text === text);
  return { candidates, chosen: token === undefined ? -1 : chosen };
}

/** The text, with what the model put in set off from what was given. */
function answerOf(run: Run | null): Child[] {
  if (run === null) {
    return ["\u00a0"];
  }
  const given = (text: string): Child => element("span", { class: "attn-given" }, text);
  const typed = String((JSON.parse(run.inputs) as unknown[])[0]);
  if (run.model === "writer") {
    return [given(typed), run.text.slice(typed.length)];
  }
  if (run.model === "reader") {
    let blank = -1;
    return partsOf(typed).map((part) => {
      if (part !== null) {
        return given(part);
      }
      blank += 1;
      return element("strong", {}, run.tokens.at(blank)?.text ?? "");
    });
  }
  return [run.text === "" ? "\u00a0" : run.text];
}
