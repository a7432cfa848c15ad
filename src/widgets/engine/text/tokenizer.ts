/** What all tokenizers have in common, and the lists of tokens that two of them read from. */

import { AssetError, InputError } from "../errors.js";

/** The tasks of special tokens, in the order in which Python numbers them. */
export const SPECIAL_NAMES = ["pad", "unknown", "start", "end", "mask"] as const;

export type SpecialName = (typeof SPECIAL_NAMES)[number];
/** What the special tokens are called; null for those that are not there. */
export type SpecialTokens = Readonly<Record<SpecialName, string | null>>;
export type SpecialIds = Readonly<Record<SpecialName, number | null>>;

export interface Tokenizer {
  readonly kind: "characters" | "byte-pairs" | "wordpiece";
  /** How many ids there are. */
  readonly size: number;
  /** The ids of the special tokens; null for those that are not there. */
  readonly special: SpecialIds;
  /** The ids of a text. Typed text never gives a special token, but for the unknown one. */
  encode(text: string): number[];
  /** The text of ids, special tokens by their names or, if asked, left out. */
  decode(ids: readonly number[], skipSpecial?: boolean): string;
  /** What one token shows as. A token of bytes that are no whole characters shows U+FFFD for them. */
  show(id: number): string;
}

/** The names of the special tokens that are there, in the order of their tasks. */
export function presentSpecials(special: SpecialTokens): string[] {
  return SPECIAL_NAMES.flatMap((name) => special[name] ?? []);
}

export function specialIds(special: SpecialTokens, idOf: (token: string) => number): SpecialIds {
  const id = (name: SpecialName): number | null => {
    const token = special[name];
    return token === null ? null : idOf(token);
  };
  return {
    pad: id("pad"),
    unknown: id("unknown"),
    start: id("start"),
    end: id("end"),
    mask: id("mask"),
  };
}

/** An ordered list of different tokens; a token's id is its place in it. */
export class Vocabulary {
  readonly special: SpecialIds;
  /** The ids of the tokens that typed text can give: all but the special ones. */
  readonly typed: ReadonlyMap<string, number>;

  constructor(
    readonly tokens: readonly string[],
    special: SpecialTokens,
  ) {
    const index = new Map(tokens.map((token, id) => [token, id]));
    if (index.size !== tokens.length || index.has("") || tokens.length === 0) {
      throw new AssetError(
        `a vocabulary of ${tokens.length} tokens has ${index.size} different ones${index.has("") ? ", one of them empty" : ""}`,
      );
    }
    this.special = specialIds(special, (token) => {
      const id = index.get(token);
      if (id === undefined) {
        throw new AssetError(`the special token "${token}" is not among the ${tokens.length} tokens`);
      }
      return id;
    });
    const present = presentSpecials(special);
    this.typed = new Map([...index].filter(([token]) => !present.includes(token)));
  }

  /** The id of a token cut from typed text; the unknown token's if the list lacks it. Throws `InputError` without one. */
  idOf(token: string, position: number): number {
    const id = this.typed.get(token) ?? this.special.unknown;
    if (id === null) {
      throw new InputError(
        `"${token}" at position ${position} is not among the ${this.typed.size} tokens, and there is no unknown token`,
        "no-unknown",
        { token, position },
      );
    }
    return id;
  }

  /** The tokens of ids, without the special ones if asked. */
  named(ids: readonly number[], skipSpecial: boolean): string[] {
    const left = skipSpecial ? Object.values(this.special) : [];
    checkIds(ids, this.tokens.length);
    return ids.filter((id) => !left.includes(id)).map((id) => this.tokens[id]);
  }
}

/** Throws `RangeError` unless all ids are from 0 to size - 1. */
export function checkIds(ids: readonly number[], size: number): void {
  for (const [position, id] of ids.entries()) {
    if (!Number.isSafeInteger(id) || id < 0 || id >= size) {
      throw new RangeError(`id ${id} at position ${position} is not from 0 to ${size - 1}`);
    }
  }
}
