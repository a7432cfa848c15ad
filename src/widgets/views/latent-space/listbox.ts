/** A box for several words, or for pairs of words, typed as a text. What the table does not hold is said, never lost. */

import { element, listen } from "../shared/dom.js";
import type { Pair } from "./state.js";

/** What a text says: its items, and the words in it that are unknown. */
export interface Read<Item> {
  items: Item[];
  unknown: string[];
  /** Parts that are no pair. */
  wrong: string[];
}

const MOST_UNKNOWN = 4;

export function readWords(text: string, has: (word: string) => boolean, most: number): Read<string> {
  const typed = [...new Set(text.split(/[\s,;，、；]+/u).filter((word) => word !== ""))];
  const found = typed.map((word) => heldForm(word, has));
  return {
    items: [...new Set(found.filter((word) => word !== null))].slice(0, most),
    unknown: typed.filter((_, place) => found[place] === null).slice(0, MOST_UNKNOWN),
    wrong: [],
  };
}

/** "car banana, chair → orange": pairs between commas, two words each. */
export function readPairs(text: string, has: (word: string) => boolean, most: number): Read<Pair> {
  const parts = text.split(/[,;，；、\n]+/u).filter((part) => part.trim() !== "");
  const read: Read<Pair> = { items: [], unknown: [], wrong: [] };
  for (const part of parts.slice(0, most)) {
    const typed = part.split(/\s*(?:→|->|:|–|\/)\s*|\s+/u).filter((word) => word !== "");
    const [low, high] = typed.map((word) => heldForm(word, has));
    if (typed.length !== 2 || (low !== null && low === high)) {
      read.wrong.push(part.trim());
    } else if (low === null || high === null) {
      read.unknown.push(...typed.filter((word) => heldForm(word, has) === null));
    } else {
      read.items.push([low, high]);
    }
  }
  return { ...read, unknown: read.unknown.slice(0, MOST_UNKNOWN) };
}

function heldForm(word: string, has: (word: string) => boolean): string | null {
  const small = word.toLowerCase();
  return has(word) ? word : has(small) ? small : null;
}

export const wordsText = (words: readonly string[]): string => words.join(" ");
export const pairsText = (pairs: readonly Pair[]): string => pairs.map((pair) => pair.join(" ")).join(", ");

export interface ListBoxOptions<Item> {
  label: string;
  signal: AbortSignal;
  read: (text: string) => Read<Item>;
  write: (items: readonly Item[]) => string;
  /** Whether all words are there to be read. */
  isWhole: () => boolean;
  /** The least items that make sense. */
  least: number;
  onRead: (read: Read<Item>) => void;
  onTouch: () => void;
}

export class ListBox<Item> {
  readonly element: HTMLInputElement;
  readonly #options: ListBoxOptions<Item>;
  #items: readonly Item[] = [];
  #isPending = false;

  constructor(options: ListBoxOptions<Item>) {
    this.#options = options;
    this.element = element("input", {
      class: "attn-input attn-list-input",
      type: "text",
      "aria-label": options.label,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
    });
    listen(this.element, "input", options.signal, () => {
      options.onTouch();
      this.#isPending = true;
      this.#read();
    });
  }

  /** Shows the items, unless the text in the box already says them, with whatever else. */
  set(items: readonly Item[]): void {
    if (this.#isPending) {
      this.#read();
    }
    const isSame = JSON.stringify(items) === JSON.stringify(this.#items);
    this.#items = items;
    if (!isSame || this.element.value === "") {
      const said = JSON.stringify(this.#options.read(this.element.value).items);
      if (said !== JSON.stringify(items) && document.activeElement !== this.element) {
        this.element.value = this.#options.write(items);
      }
    }
  }

  /** Forgets what was typed. */
  reset(): void {
    this.#isPending = false;
    this.#items = [];
    this.element.value = "";
  }

  #read(): void {
    const { isWhole, read, least, onRead } = this.#options;
    const found = read(this.element.value);
    if (!isWhole() && found.unknown.length > 0) {
      return; // it may be there when all words are
    }
    this.#isPending = false;
    if (found.items.length >= least) {
      this.#items = found.items;
    }
    onRead(found);
  }
}
