/** The merges of byte pairs: a slider over how many were made, what the last one did, and the list of all. */

import { excerptsOf, mergedText, type Excerpt, type MergeStep } from "../../engine/text/bytepairtraining.js";
import { shownBytes } from "../../engine/text/cuts.js";
import { element, listen, rich, setAttribute, setText } from "../shared/dom.js";
import { coalesced, memo } from "../shared/schedule.js";
import { chip, faceOf, hueOf } from "./chips.js";
import type { Learned } from "./compute.js";
import type { Actions, Frame, Part } from "./frame.js";

const MOST_EXCERPTS = 3;
const ROWS_A_FRAME = 60; // more at once would hold the page up

export class MergesPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #slider: HTMLInputElement;
  readonly #count = element("output", { class: "attn-number attn-merges-count" });
  readonly #fewer: HTMLButtonElement;
  readonly #more: HTMLButtonElement;
  readonly #said = element("p", { class: "attn-merges-said" });
  readonly #excerpts = element("ul", { class: "attn-excerpts" });
  readonly #list: MergeList;
  readonly #places = memo((text: string, steps: readonly MergeStep[], rank: number) =>
    excerptsOf(mergedText(text, steps.slice(0, rank)), steps[rank].pair),
  );
  #merges = 0;
  #shown: readonly unknown[] = [];
  /** What a merge does is said in a frame of its own, as the list is drawn: a long text's chips fill one. */
  #wanted: () => void = () => undefined;
  readonly #later = coalesced(() => this.#wanted());

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    signal.addEventListener("abort", () => this.#later.cancel());
    this.#slider = element("input", {
      ...{ type: "range", class: "attn-slider", min: 0, step: 1, "aria-label": t("tokens.merges") },
    });
    listen(this.#slider, "input", signal, () => change({ merges: Number(this.#slider.value) }));
    this.#fewer = this.#button("−", t("tokens.merges.fewer"), -1);
    this.#more = this.#button("+", t("tokens.merges.more"), 1);
    this.#list = new MergeList(actions);
    this.element = element(
      "section",
      { class: "attn-merges" },
      element(
        "div",
        { class: "attn-merges-row" },
        element("span", { class: "attn-quiet", "aria-hidden": "true" }, t("tokens.merges.title")),
        this.#fewer,
        this.#slider,
        this.#more,
        this.#count,
      ),
      element(
        "div",
        { class: "attn-merges-columns" },
        element("div", { class: "attn-merge" }, this.#said, this.#excerpts),
        this.#list.element,
      ),
    );
  }

  update(frame: Frame): void {
    const { learned, state } = frame;
    setAttribute(this.element, "hidden", learned === null);
    if (learned === null) {
      return;
    }
    const { t } = this.#actions;
    const available = learned.steps.length;
    const made = Math.min(state.merges, available);
    this.#merges = made;
    setAttribute(this.#slider, "max", Math.max(1, available));
    this.#slider.value = String(made);
    this.#slider.disabled = available === 0;
    this.#fewer.disabled = made === 0;
    this.#more.disabled = made >= available;
    const key = learned.isDone ? "tokens.merges.of" : "tokens.merges.learning";
    setText(this.#count, t(key, { made, available }));
    this.#list.show(learned, made);
    const shown = [learned.steps, made, available === 0];
    if (shown.some((value, place) => value !== this.#shown[place])) {
      this.#shown = shown;
      this.#wanted = () => this.#explain(frame, learned, made);
      this.#later.request();
    }
  }

  #button(face: string, label: string, step: number): HTMLButtonElement {
    const button = element(
      "button",
      { type: "button", class: "attn-button attn-framed attn-round", "aria-label": label },
      face,
    );
    listen(button, "click", this.#actions.signal, () =>
      this.#actions.change({ merges: this.#merges + step }),
    );
    return button;
  }

  #explain({ state }: Frame, learned: Learned, made: number): void {
    const { t } = this.#actions;
    const { steps, tokens, bytes } = learned;
    const step = steps.at(made - 1);
    if (made === 0 || step === undefined) {
      setText(this.#said, t(steps.length === 0 ? "tokens.merges.none" : "tokens.merges.start", { bytes }));
      this.#excerpts.replaceChildren();
      return;
    }
    const { pair, id, count, left } = step;
    const before = steps[made - 2]?.left ?? bytes;
    const shown = (token: number): HTMLElement => chip(shownBytes(tokens[token]), token, hueOf(token));
    const values = { number: made, count, before, left };
    this.#said.replaceChildren(
      ...rich(t("tokens.merges.said", values), {
        first: shown(pair[0]),
        second: shown(pair[1]),
        token: shown(id),
      }),
    );
    const places = this.#places(state.text, steps, made - 1);
    const items = places.slice(0, MOST_EXCERPTS).map((place) => this.#excerpt(place, step, tokens));
    const rest = places.slice(MOST_EXCERPTS).reduce((sum, { times }) => sum + times, 0);
    if (rest > 0) {
      items.push(element("li", { class: "attn-quiet" }, t("tokens.merges.rest", { count: rest })));
    }
    this.#excerpts.replaceChildren(...items);
  }

  /** The same few tokens before the merge and after it. */
  #excerpt(
    { before, after, times }: Excerpt,
    { pair, id }: MergeStep,
    tokens: readonly Uint8Array[],
  ): HTMLElement {
    const side = (ids: readonly number[], marked: readonly number[], rest: readonly number[]): HTMLElement =>
      element(
        "span",
        { class: "attn-excerpt" },
        ...[...ids, ...marked, ...rest].map((token, place) => {
          const isMarked = place >= ids.length && place < ids.length + marked.length;
          return element(
            "span",
            { class: "attn-bit", "data-new": isMarked },
            ...faceOf(shownBytes(tokens[token])),
          );
        }),
      );
    return element(
      "li",
      {},
      side(before, pair, after),
      element("span", { class: "attn-excerpt-arrow", role: "img", "aria-label": "→" }, "→"),
      side(before, [id], after),
      element("span", { class: "attn-quiet" }, times > 1 ? `× ${times}` : ""),
    );
  }
}

/** All merges of the text, those that were made and those to come. */
class MergeList {
  readonly element: HTMLElement;
  readonly #body = element("tbody");
  #of: readonly MergeStep[] | null = null;
  #rows: HTMLElement[] = [];
  #made = -1;
  /** What is to be shown. A frame of its own draws it: the text's chips and a long list are too much for one. */
  #wanted: { learned: Learned; made: number } | null = null;
  readonly #redraw = coalesced(() => {
    if (this.#wanted !== null) {
      this.#update(this.#wanted.learned, this.#wanted.made);
    }
  });

  constructor({ t, signal, change }: Actions) {
    signal.addEventListener("abort", () => this.#redraw.cancel());
    const names = ["number", "pair", "token", "id", "count", "left"];
    const head = element(
      "tr",
      {},
      ...names.map((name) => element("th", { scope: "col" }, t(`tokens.merge.${name}`))),
    );
    const caption = element("caption", { class: "attn-visually-hidden" }, t("tokens.merge.list"));
    const table = element(
      "table",
      { class: "attn-merge-list" },
      caption,
      element("thead", {}, head),
      this.#body,
    );
    this.element = element(
      "div",
      { class: "attn-merge-box", tabindex: 0, role: "region", "aria-label": t("tokens.merge.list") },
      table,
    );
    // For the pointer; the slider does the same for the keyboard.
    listen(this.element, "click", signal, (event) => {
      const row = this.#rows.findIndex((each) => event.target instanceof Node && each.contains(event.target));
      if (row >= 0) {
        change({ merges: row + 1 });
      }
    });
  }

  show(learned: Learned, made: number): void {
    this.#wanted = { learned, made };
    this.#redraw.request();
  }

  #update({ steps, tokens }: Learned, made: number): void {
    if (steps !== this.#of) {
      this.#of = steps;
      this.#rows = [];
      this.#made = -1;
      this.#body.replaceChildren();
    }
    const start = this.#rows.length;
    const added = steps.slice(start, start + ROWS_A_FRAME).map((step) => rowOf(step, tokens));
    this.#rows.push(...added);
    this.#body.append(...added);
    if (this.#rows.length < steps.length) {
      this.#redraw.request();
    }
    if (made === this.#made && added.length === 0) {
      return;
    }
    this.#rows.forEach((row, place) => {
      setAttribute(row, "data-made", place < made);
      setAttribute(row, "aria-current", place === made - 1 ? "step" : null);
    });
    if (made !== this.#made) {
      this.#made = made;
      this.#follow();
    }
  }

  /** Keeps the last merge in sight, without moving the page. */
  #follow(): void {
    const row = this.#rows.at(Math.max(0, this.#made - 1));
    if (row !== undefined) {
      this.element.scrollTop = row.offsetTop - this.element.clientHeight / 2;
    }
  }
}

function rowOf({ rank, pair, id, count, left }: MergeStep, tokens: readonly Uint8Array[]): HTMLElement {
  const face = (token: number): HTMLElement =>
    element("span", { class: "attn-bit" }, ...faceOf(shownBytes(tokens[token])));
  const number = (value: number): HTMLElement => element("td", { class: "attn-number" }, String(value));
  return element(
    "tr",
    {},
    element("th", { scope: "row", class: "attn-number" }, String(rank + 1)),
    element("td", {}, face(pair[0]), face(pair[1])),
    element("td", {}, face(id)),
    number(id),
    number(count),
    number(left),
  );
}
