/** A sentence as a strip of words that can be picked, moved and deleted by mouse, touch and keyboard. */

import { element, icon, listen, setAttribute } from "./dom.js";
import { makeReorderable } from "./reorder.js";
import { directionOf } from "./direction.js";

export interface StripToken {
  text: string;
  /** What a screen reader says, and what the pointer shows, besides the text; empty when there is nothing to add. */
  remark: string;
  continued: boolean;
  unknown: boolean;
}

/** A number under a token, and the color that stands for it. */
export interface Foot {
  text: string;
  color: string;
}

export interface StripOptions {
  label: string;
  deleteLabel: (word: string) => string;
  onPick: (token: number) => void;
  onMove: (from: number, to: number) => void;
  onDelete: (word: number) => void;
  /** -1 when the pointer leaves. */
  onHover: (token: number) => void;
  signal: AbortSignal;
}

interface Piece {
  button: HTMLButtonElement;
  swatch: HTMLElement;
  number: HTMLElement;
  /** What the two show now: comparing with this is cheaper than asking them. */
  foot: Foot;
}

const CROSS = "M4.5 4.5l7 7m0-7l-7 7";

export class TokenStrip {
  readonly element: HTMLElement;
  readonly #options: StripOptions;
  #words: readonly StripToken[][] = [];
  #items: HTMLElement[] = [];
  #pieces: Piece[] = [];
  /** The one token that the tab key reaches. */
  #current = 0;
  #focusNext: number | null = null;

  constructor(options: StripOptions) {
    this.#options = options;
    this.element = element("ul", { class: "attn-strip", "aria-label": options.label });
    const { signal } = options;
    makeReorderable(this.element, {
      items: () => this.#items,
      onMove: (from, to) => this.#move(from, to),
      signal,
    });
    listen(this.element, "click", signal, (event) => this.#onClick(event));
    listen(this.element, "keydown", signal, (event) => this.#onKey(event));
    listen(this.element, "pointerover", signal, (event) => options.onHover(this.#tokenOf(event.target)));
    listen(this.element, "pointerleave", signal, () => options.onHover(-1));
    listen(this.element, "focusin", signal, (event) => this.#setCurrent(this.#tokenOf(event.target)));
  }

  /** Shows other words. The same array again costs nothing. */
  setWords(words: readonly StripToken[][]): void {
    if (words === this.#words) {
      return;
    }
    const hadFocus = this.element.contains(document.activeElement);
    this.#words = words;
    this.#pieces = [];
    this.#items.forEach((item) => {
      item.remove();
    });
    this.#items = words.map((word, index) => this.#makeWord(word, index));
    this.element.prepend(...this.#items);
    const next = Math.max(0, Math.min(this.#focusNext ?? this.#current, this.#pieces.length - 1));
    this.#setCurrent(next);
    if (this.#focusNext !== null || hadFocus) {
      this.#pieces[next]?.button.focus();
    }
    this.#focusNext = null;
  }

  /** Marks the picked token. */
  setPicked(picked: number): void {
    this.#pieces.forEach(({ button }, index) => {
      setAttribute(button, "aria-pressed", String(index === picked));
    });
  }

  /** Lights up a query and a key; -1 for none. */
  setLit(query: number, key: number): void {
    this.#pieces.forEach(({ button }, index) => {
      setAttribute(button, "data-lit", index === query ? "query" : index === key ? "key" : null);
    });
  }

  setFeet(feet: readonly Foot[]): void {
    this.element.classList.toggle(
      "attn-without-numbers",
      feet.every((foot) => foot.text === ""),
    );
    this.#pieces.forEach((piece, index) => {
      const { color, text } = feet[index];
      if (piece.foot.color !== color) {
        piece.swatch.style.backgroundColor = color;
      }
      if (piece.foot.text !== text) {
        piece.number.textContent = text;
      }
      piece.foot = feet[index];
    });
  }

  #makeWord(word: readonly StripToken[], index: number): HTMLElement {
    const pieces = word.map((token) => this.#makePiece(token));
    const remove = element(
      "button",
      {
        type: "button",
        class: "attn-delete",
        tabindex: -1,
        "data-no-drag": true,
        "data-word": index,
        "aria-label": this.#options.deleteLabel(word.map((token) => token.text.replace(/^##/, "")).join("")),
      },
      icon(CROSS),
    );
    return element("li", { class: "attn-word", dir: directionOf(word[0].text) }, ...pieces, remove);
  }

  #makePiece(token: StripToken): HTMLButtonElement {
    const mark = token.continued ? element("span", { class: "attn-joint" }, "##") : "";
    const text = token.continued ? token.text.replace(/^##/, "") : token.text;
    const face = element("span", { class: "attn-face" }, mark, text);
    const swatch = element("span", { class: "attn-swatch" });
    const number = element("span", { class: "attn-foot" });
    const button = element(
      "button",
      {
        type: "button",
        class: `attn-piece${token.unknown ? " attn-unknown" : ""}`,
        tabindex: -1,
        "data-token": this.#pieces.length,
        title: token.remark === "" ? null : token.remark,
      },
      face,
      swatch,
      number,
    );
    if (token.unknown) {
      face.append(element("span", { class: "attn-unknown-mark" }, "?"));
    }
    this.#pieces.push({ button, swatch, number, foot: { color: "", text: "" } });
    return button;
  }

  #tokenOf(target: EventTarget | null): number {
    const button = target instanceof Element ? target.closest<HTMLElement>("[data-token]") : null;
    return button === null ? -1 : Number(button.dataset["token"]);
  }

  #setCurrent(token: number): void {
    if (token < 0) {
      return;
    }
    this.#pieces[this.#current]?.button.setAttribute("tabindex", "-1");
    this.#pieces[token]?.button.setAttribute("tabindex", "0");
    this.#current = token;
  }

  #onClick(event: MouseEvent): void {
    const remove = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-word]") : null;
    const token = this.#tokenOf(event.target);
    if (remove !== null) {
      this.#delete(Number(remove.dataset["word"]));
    } else if (token >= 0) {
      this.#options.onPick(token);
    }
  }

  #onKey(event: KeyboardEvent): void {
    const token = this.#tokenOf(event.target);
    if (token < 0 || event.ctrlKey || event.metaKey) {
      return;
    }
    const word = this.#wordOf(token);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    if (step !== 0 && event.altKey) {
      this.#move(word, word + step);
    } else if (step !== 0) {
      this.#focus(token + step);
    } else if (event.key === "Home" || event.key === "End") {
      this.#focus(event.key === "Home" ? 0 : this.#pieces.length - 1);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.#delete(word);
    } else {
      return;
    }
    event.preventDefault();
  }

  #wordOf(token: number): number {
    let end = 0;
    return this.#words.findIndex((word) => (end += word.length) > token);
  }

  #firstTokenOf(word: number): number {
    return this.#words.slice(0, word).reduce((sum, pieces) => sum + pieces.length, 0);
  }

  #focus(token: number): void {
    this.#pieces[token]?.button.focus();
  }

  #move(from: number, to: number): void {
    if (to < 0 || to >= this.#words.length) {
      return;
    }
    const others = this.#words.filter((_, word) => word !== from);
    this.#focusNext = others.slice(0, to).reduce((sum, pieces) => sum + pieces.length, 0);
    this.#options.onMove(from, to);
  }

  #delete(word: number): void {
    this.#focusNext = this.#firstTokenOf(word);
    this.#options.onDelete(word);
  }
}
