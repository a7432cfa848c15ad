/** A sentence as a strip of words that can be picked, moved and deleted by mouse, touch and keyboard. */

import { element, icon, listen, setAttribute, setText } from "./dom.js";
import { makeReorderable } from "./reorder.js";
import { directionOf } from "./direction.js";
import { trailing } from "./schedule.js";

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
/** With more tokens than this, what is scrolled out of sight is brought up to date later. */
const MANY_TOKENS = 60;
const REST = 300; // ms without a change before the tokens out of sight follow

export class TokenStrip {
  readonly element: HTMLElement;
  readonly #options: StripOptions;
  #words: readonly StripToken[][] = [];
  #items: HTMLElement[] = [];
  #pieces: Piece[] = [];
  #feet: readonly Foot[] = [];
  /** These words were never shown before. */
  #isNew = true;
  /** Brings the feet out of sight up to date. */
  readonly #catchUp = trailing(() => this.#showFeet(0, this.#pieces.length), REST);
  #picked = -1;
  /** A query and a key. */
  #lit: readonly [number, number] = [-1, -1];
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
    listen(this.element, "scroll", signal, () => this.#catchUp.flush());
    signal.addEventListener("abort", () => this.#catchUp.cancel());
    listen(this.element, "focusin", signal, (event) => this.#setCurrent(this.#tokenOf(event.target)));
  }

  /** Shows other words. The same array again costs nothing. */
  setWords(words: readonly StripToken[][]): void {
    if (words === this.#words) {
      return;
    }
    const hadFocus = this.element.contains(document.activeElement);
    this.#words = words;
    this.#isNew = true;
    this.#picked = -1;
    this.#lit = [-1, -1];
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
    [this.#picked, picked].forEach((token) => this.#mark(token, "aria-pressed", String(token === picked)));
    this.#picked = picked;
  }

  /** Lights up a query and a key; -1 for none. */
  setLit(query: number, key: number): void {
    [...this.#lit, query, key].forEach((token) => {
      this.#mark(token, "data-lit", token === query ? "query" : token === key ? "key" : null);
    });
    this.#lit = [query, key];
  }

  #mark(token: number, name: string, value: string | null): void {
    if (token >= 0 && token < this.#pieces.length) {
      setAttribute(this.#pieces[token].button, name, value);
    }
  }

  /** Asks the browser which of many words are in sight, and so belongs before all that changes the page. */
  setFeet(feet: readonly Foot[]): void {
    this.#feet = feet;
    const { classList } = this.element;
    const hasNumbers = feet.some((foot) => foot.text !== "");
    const isSameHeight = hasNumbers !== classList.contains("attn-without-numbers");
    if (this.#pieces.length > MANY_TOKENS && isSameHeight && !this.#isNew) {
      this.#showFeet(...this.#inSight());
      this.#catchUp.request();
    } else {
      classList.toggle("attn-without-numbers", !hasNumbers);
      this.#showFeet(0, this.#pieces.length);
    }
    this.#isNew = false;
  }

  #showFeet(first: number, end: number): void {
    for (let index = first; index < end; index += 1) {
      const piece = this.#pieces[index];
      const { color, text } = this.#feet[index];
      if (piece.foot.color !== color) {
        piece.swatch.style.backgroundColor = color;
      }
      if (piece.foot.text !== text) {
        setText(piece.number, text);
      }
      piece.foot = this.#feet[index];
    }
  }

  /** The first token that is in sight, and the one after the last. */
  #inSight(): [number, number] {
    const { scrollTop, clientHeight } = this.element;
    const { offsetHeight } = this.#items[0];
    return [this.#firstFrom(scrollTop - offsetHeight), this.#firstFrom(scrollTop + clientHeight)];
  }

  /** The first token of the first word whose upper edge is not above `y`. */
  #firstFrom(y: number): number {
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      [low, high] = this.#items[middle].offsetTop < y ? [middle + 1, high] : [low, middle];
    }
    return this.#firstTokenOf(low);
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
        "aria-pressed": "false",
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
