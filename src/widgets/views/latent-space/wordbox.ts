/** A box for one word of the table, with completions: what ARIA calls a combobox. */

import { element, listen, setAttribute, uniqueId } from "../shared/dom.js";

export interface WordBoxOptions {
  label: string;
  signal: AbortSignal;
  /** The words of the table, the most frequent first. */
  words: () => readonly string[];
  /** Whether those are all words there are. */
  isWhole: () => boolean;
  onPick: (word: string) => void;
  /** The reader typed what is no word. */
  onUnknown: (typed: string) => void;
  onTouch: () => void;
}

const MOST = 7;

export class WordBox {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #options: WordBoxOptions;
  #shown: readonly string[] = [];
  #active = -1;
  #word = "";
  /** What was entered before all words were there. */
  #pending: string | null = null;

  constructor(options: WordBoxOptions) {
    this.#options = options;
    const { label, signal } = options;
    const id = uniqueId("words");
    this.input = element("input", {
      class: "attn-input attn-word-input",
      type: "text",
      role: "combobox",
      "aria-label": label,
      "aria-controls": id,
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
    });
    this.#list = element("ul", {
      class: "attn-completions",
      role: "listbox",
      id,
      "aria-label": label,
      hidden: true,
    });
    this.element = element("span", { class: "attn-word-box" }, this.input, this.#list);
    listen(this.input, "input", signal, () => {
      options.onTouch();
      this.#complete();
    });
    listen(this.input, "focus", signal, () => this.input.select());
    listen(this.input, "blur", signal, () => this.#leave());
    listen(this.input, "keydown", signal, (event) => this.#onKey(event));
    // Before the box loses the focus, which would take the list away.
    listen(this.#list, "pointerdown", signal, (event) => {
      event.preventDefault();
      const place = [...this.#list.children].findIndex((item) => item.contains(event.target as Node));
      this.#pick(this.#shown[place]);
    });
  }

  /** Shows the chosen word, unless the reader is typing another one. */
  set(word: string): void {
    if (word !== this.#word || document.activeElement !== this.input) {
      const isNew = word !== this.#word;
      this.#word = word;
      if (isNew || (this.#pending === null && !this.#isUnknown(this.input.value))) {
        this.input.value = word;
      }
    }
    if (this.#pending !== null && this.#options.isWhole()) {
      const typed = this.#pending;
      this.#pending = null;
      this.#enter(typed);
    }
  }

  #isUnknown(typed: string): boolean {
    return typed.trim() !== "" && this.#find(typed) === null;
  }

  #find(typed: string): string | null {
    const word = typed.trim();
    const words = this.#options.words();
    return words.find((one) => one === word) ?? words.find((one) => one === word.toLowerCase()) ?? null;
  }

  #complete(): void {
    const typed = this.input.value.trim().toLowerCase();
    const found: string[] = [];
    if (typed !== "") {
      for (const word of this.#options.words()) {
        if (word.startsWith(typed)) {
          found[word === typed ? "unshift" : "push"](word);
        }
        if (found.length > MOST) {
          break;
        }
      }
    }
    this.#show(found.slice(0, MOST));
  }

  #show(words: readonly string[]): void {
    this.#shown = words;
    this.#active = -1;
    const items = words.map((word, place) =>
      element("li", { class: "attn-completion", role: "option", id: `${this.#list.id}-${place}` }, word),
    );
    this.#list.replaceChildren(...items);
    this.#list.hidden = words.length === 0;
    setAttribute(this.input, "aria-expanded", String(words.length > 0));
    this.#mark(-1);
  }

  #mark(place: number): void {
    this.#active = place;
    [...this.#list.children].forEach((item, at) => setAttribute(item, "aria-selected", String(at === place)));
    setAttribute(this.input, "aria-activedescendant", place < 0 ? null : `${this.#list.id}-${place}`);
  }

  #onKey(event: KeyboardEvent): void {
    const count = this.#shown.length;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count > 0) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#mark((this.#active + step + (this.#active < 0 && step < 0 ? 1 : 0) + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#options.onTouch();
      this.#enter(this.#shown[this.#active] ?? this.input.value);
    } else if (event.key === "Escape" && count > 0) {
      event.preventDefault();
      this.#show([]);
    }
  }

  /** A box that is left with a word of the table in it means that word; with nothing in it, the one before. */
  #leave(): void {
    this.#show([]);
    const typed = this.input.value.trim();
    if (typed === "") {
      this.input.value = this.#word;
    } else if (typed !== this.#word && this.#find(typed) !== null) {
      this.#pick(this.#find(typed) ?? "");
    }
  }

  #enter(typed: string): void {
    const found = this.#find(typed);
    if (found !== null) {
      this.#pick(found);
    } else if (!this.#options.isWhole()) {
      this.#pending = typed;
    } else {
      this.#show([]);
      this.#options.onUnknown(typed.trim());
    }
  }

  #pick(word: string | undefined): void {
    if (word !== undefined && word !== "") {
      this.#show([]);
      this.#word = word;
      this.input.value = word;
      this.#options.onPick(word);
    }
  }
}
