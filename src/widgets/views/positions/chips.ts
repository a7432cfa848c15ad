/** The words in their order: picked with a click, moved by dragging or with Alt and an arrow key. */

import { directionOf } from "../shared/direction.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { makeReorderable } from "../shared/reorder.js";
import type { Actions, Frame } from "./frame.js";
import type { Reading } from "./reading.js";
import { clamp, moved, orderText } from "./state.js";

export interface ChipFoot {
  text: string;
  color: string;
}

export class Chips {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  #items: HTMLElement[] = [];
  #buttons: HTMLButtonElement[] = [];
  #shown = "";
  #frame: Frame | null = null;
  /** The token that has the focus after the words are laid out anew, or -1. */
  #focusNext = -1;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.element = element("ul", { class: "attn-strip attn-pos-chips", "aria-label": t("positions.words") });
    makeReorderable(this.element, {
      items: () => this.#items,
      onMove: (from, to) => this.#move(from, to),
      signal,
    });
    listen(this.element, "click", signal, (event) => this.#pick(this.#placeOf(event.target)));
    listen(this.element, "keydown", signal, (event) => this.#onKey(event));
  }

  /** Shows the words; under each what `footOf` says of it, by its place in the original sentence. */
  show(frame: Frame, footOf: (token: number) => ChipFoot): void {
    this.#frame = frame;
    const { reading, order, state } = frame;
    const key = JSON.stringify([reading.labels, order]);
    if (key !== this.#shown) {
      this.#shown = key;
      this.#build(reading, order, state.token);
    }
    order.forEach((token, place) => {
      const button = this.#buttons[place];
      setAttribute(button, "aria-pressed", String(token === state.token));
      const { text, color } = footOf(token);
      const [swatch, foot] = [...button.children].slice(1) as HTMLElement[];
      swatch.style.backgroundColor = color;
      setText(foot, text);
    });
  }

  #build(reading: Reading, order: readonly number[], token: number): void {
    const { labels, pieces } = reading;
    const { t } = this.#actions;
    this.#items.forEach((item) => item.remove());
    // The later pieces of a word that the table does not hold whole.
    const joint = (token: number): Node[] =>
      pieces[token].startsWith("##") ? [element("span", { class: "attn-joint" }, "##")] : [];
    const picked = Math.max(0, order.indexOf(token));
    this.#buttons = order.map((token, place) =>
      element(
        "button",
        {
          ...{ type: "button", class: "attn-piece", tabindex: place === picked ? 0 : -1 },
          title: t("positions.word", { word: labels[token], place, original: token }),
        },
        element(
          "span",
          { class: "attn-face" },
          element("span", { class: "attn-pos-place" }, String(place)),
          ...joint(token),
          labels[token],
        ),
        element("span", { class: "attn-swatch" }),
        element("span", { class: "attn-foot" }),
      ),
    );
    this.#items = this.#buttons.map((button, place) => {
      const dir = directionOf(labels[order[place]]);
      return element("li", { class: "attn-word", dir, "data-moved": order[place] !== place }, button);
    });
    this.element.prepend(...this.#items);
    if (this.#focusNext >= 0) {
      this.#focus(order.indexOf(this.#focusNext));
      this.#focusNext = -1;
    }
  }

  #placeOf(target: EventTarget | null): number {
    return this.#items.findIndex((item) => item.contains(target as Node));
  }

  #pick(place: number): void {
    if (this.#frame !== null && place >= 0) {
      this.#actions.change({ token: this.#frame.order[place] });
    }
  }

  #move(from: number, to: number): void {
    if (this.#frame !== null && to >= 0 && to < this.#items.length) {
      const { order } = this.#frame;
      this.#focusNext = order[from];
      this.#actions.change({ order: orderText(moved(order, from, to)), token: order[from] });
    }
  }

  #focus(place: number): void {
    this.#buttons.forEach((button, each) => setAttribute(button, "tabindex", each === place ? 0 : -1));
    this.#buttons[place].focus({ preventScroll: true });
  }

  #onKey(event: KeyboardEvent): void {
    const place = this.#placeOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    if (place < 0 || step === 0 || event.ctrlKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    if (event.altKey || event.shiftKey) {
      this.#move(place, place + step);
    } else {
      this.#focus(clamp(place + step, 0, this.#buttons.length - 1));
    }
  }
}
