/** A list of words with a number each; a click on a word goes there. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";

export interface Entry {
  word: string;
  number: string;
  /** A sign before the word, and what it means for those who do not see it. */
  sign: "near" | "seen" | "both" | "first" | "second" | "input" | "";
  said?: string | undefined;
}

interface Row {
  item: HTMLElement;
  button: HTMLButtonElement;
  name: HTMLElement;
  number: HTMLElement;
  said: HTMLElement;
}

export class WordList {
  readonly element: HTMLElement;
  readonly #title = element("p", { class: "attn-list-title" });
  readonly #list = element("ol", { class: "attn-space-list" });
  readonly #rows: Row[] = [];
  #entries: readonly Entry[] = [];
  readonly #onPick: (word: string) => void;
  readonly #signal: AbortSignal;

  constructor(onPick: (word: string) => void, signal: AbortSignal) {
    this.#onPick = onPick;
    this.#signal = signal;
    this.element = element("div", { class: "attn-space-column" }, this.#title, this.#list);
  }

  show(title: string, entries: readonly Entry[]): void {
    setText(this.#title, title);
    setAttribute(this.#list, "aria-label", title);
    this.#entries = entries;
    while (this.#rows.length < entries.length) {
      this.#rows.push(this.#makeRow(this.#rows.length));
    }
    this.#rows.forEach((row, place) => {
      const entry = entries[place] as Entry | undefined;
      row.item.hidden = entry === undefined;
      if (entry !== undefined) {
        setText(row.name, entry.word);
        setText(row.number, entry.number);
        setText(row.said, entry.said === undefined ? "" : `, ${entry.said}`);
        setAttribute(row.button, "data-sign", entry.sign);
      }
    });
  }

  #makeRow(place: number): Row {
    const name = element("bdi", { class: "attn-list-name" });
    const number = element("span", { class: "attn-number" });
    const said = element("span", { class: "attn-visually-hidden" });
    const mark = element("span", { class: "attn-list-sign", "aria-hidden": "true" });
    const button = element(
      "button",
      { type: "button", class: "attn-list-button" },
      mark,
      name,
      " ",
      number,
      said,
    );
    listen(button, "click", this.#signal, () => this.#onPick(this.#entries[place].word));
    const item = element("li", {}, button);
    this.#list.append(item);
    return { item, button, name, number, said };
  }
}
