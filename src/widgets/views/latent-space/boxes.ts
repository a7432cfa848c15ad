/** The boxes in which words are typed: what each may hold, and what is said of what it may not. */

import { thousands } from "../shared/format.js";
import type { Actions } from "./frame.js";
import type { Library } from "./library.js";
import { ListBox, pairsText, readPairs, readWords, wordsText, type Read } from "./listbox.js";
import type { Pair } from "./state.js";
import { WordBox } from "./wordbox.js";

const MOST_PAIRS = 16;

export class Boxes {
  readonly #actions: Actions;
  readonly #library: Library;
  readonly #source: () => string;

  /** `source` names the table that the words are of. */
  constructor(actions: Actions, library: Library, source: () => string) {
    this.#actions = actions;
    this.#library = library;
    this.#source = source;
  }

  /** A box for one word of the table. */
  word(label: string, onPick: (word: string) => void): WordBox {
    const { t, signal, touch, say } = this.#actions;
    return new WordBox({
      label,
      signal,
      words: () => this.#heldWords(),
      isWhole: () => this.#isWhole(),
      onPick: (word) => {
        touch();
        say("");
        onPick(word);
      },
      onUnknown: (typed) => {
        const count = this.#library.tables[this.#source()].words;
        say(
          typed === ""
            ? t("latent-space.empty")
            : t("latent-space.unknown", { word: cut(typed), count: thousands(count) }),
        );
      },
      onTouch: touch,
    });
  }

  /** A box for several words. */
  words(label: string, most: number, least: number, onWords: (words: string[]) => void): ListBox<string> {
    const read = (text: string): Read<string> => readWords(text, (word) => this.#has(word), most);
    return this.#listBox(label, least, read, wordsText, onWords);
  }

  /** A box for pairs of words. */
  pairs(label: string, onPairs: (pairs: Pair[]) => void): ListBox<Pair> {
    const read = (text: string): Read<Pair> => readPairs(text, (word) => this.#has(word), MOST_PAIRS);
    return this.#listBox(label, 1, read, pairsText, onPairs);
  }

  #heldWords(): readonly string[] {
    const source = this.#source();
    return (this.#library.space(source) ?? this.#library.spaceWith(source, []))?.words ?? [];
  }

  #has(word: string): boolean {
    const source = this.#source();
    return this.#library.spaceWith(source, [word])?.index.has(word) ?? false;
  }

  #isWhole(): boolean {
    return this.#library.space(this.#source()) !== null;
  }

  #listBox<Item>(
    label: string,
    least: number,
    read: (text: string) => Read<Item>,
    write: (items: readonly Item[]) => string,
    onItems: (items: Item[]) => void,
  ): ListBox<Item> {
    const { signal, touch, say } = this.#actions;
    const onRead = (found: Read<Item>): void => {
      say(this.#sayOf(found, least));
      if (found.items.length >= least) {
        onItems(found.items);
      }
    };
    return new ListBox({
      label,
      signal,
      least,
      read,
      write,
      onRead,
      onTouch: touch,
      isWhole: () => this.#isWhole(),
    });
  }

  /** What stands against a text, in a sentence. */
  #sayOf({ items, unknown, wrong }: Read<unknown>, least: number): string {
    const { t } = this.#actions;
    if (wrong.length > 0) {
      return t("latent-space.no-pair", { part: cut(wrong[0]) });
    }
    if (unknown.length > 0) {
      return t("latent-space.not-held", { words: unknown.map(cut).join(", ") });
    }
    return items.length < least ? t("latent-space.empty") : "";
  }
}

/** So much of what was typed as a sentence can bear. */
function cut(text: string): string {
  const characters = [...text];
  return characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : text;
}
