/** A text cut in each of the four ways, its ids, and what single words become under the same cut. */

import { IDEOGRAPH, tokenize, UNKNOWN, type Pieces } from "../tokenize.js";
import { BYTES, mergedText, withoutBorders, type MergeStep } from "./bytepairtraining.js";
import { isSpace } from "./characters.js";

export const CUTS = ["characters", "words", "byte-pairs", "wordpiece"] as const;
export type CutName = (typeof CUTS)[number];

/** What a word becomes under a cut: its tokens, and its id if it is a single token of the vocabulary. */
export interface Code {
  id: number | null;
  pieces: readonly string[];
}

export interface Cut {
  /** The tokens as they are shown. */
  tokens: readonly string[];
  ids: readonly number[];
  /** How many tokens the vocabulary holds. */
  size: number;
  /** What the vocabulary has at an id. */
  name: (id: number) => string;
  code: (word: string) => Code;
}

/** By characters or words: the vocabulary is that of the text, the most frequent first. */
export function cutByList(text: string, split: (text: string) => string[]): Cut {
  const tokens = split(text);
  const names = vocabularyOf(tokens);
  const index = new Map(names.map((name, id) => [name, id]));
  return {
    tokens,
    ids: tokens.map((token) => index.get(token) ?? 0),
    size: names.length,
    name: (id) => names[id],
    code(word) {
      const pieces = split(word);
      return { id: pieces.length === 1 ? (index.get(pieces[0]) ?? null) : null, pieces };
    },
  };
}

/** With the merges that were learned from the text. */
export function cutByPairs(text: string, steps: readonly MergeStep[], bytes: readonly Uint8Array[]): Cut {
  const encode = (typed: string): number[] => withoutBorders(mergedText(typed, steps));
  const shown = new Map<number, string>();
  const name = (id: number): string => {
    const known = shown.get(id) ?? shownBytes(bytes[id]);
    shown.set(id, known);
    return known;
  };
  const ids = encode(text);
  return {
    tokens: ids.map(name),
    ids,
    size: BYTES + steps.length,
    name,
    code(word) {
      // Inside a text most words stand behind a space, which belongs to them.
      const [within, alone] = [encode(` ${word}`), encode(word)];
      const found = [within, alone].find(({ length }) => length === 1) ?? alone;
      return { id: found.length === 1 ? found[0] : null, pieces: found.map(name) };
    },
  };
}

/** By WordPiece, with the table's tokens. */
export function cutByPieces(text: string, table: Pieces): Cut {
  const index = indexOf(table);
  const tokens = tokenize(text, table).map(({ piece }) => piece);
  return {
    tokens,
    ids: tokens.map((token) => index.get(token) ?? 0),
    size: table.tokens.length,
    name: (id) => table.tokens[id],
    code(word) {
      const pieces = tokenize(word, table).map(({ piece }) => piece);
      const isSingle = pieces.length === 1 && pieces[0] !== UNKNOWN;
      return { id: isSingle ? (index.get(pieces[0]) ?? null) : null, pieces };
    },
  };
}

const indexes = new WeakMap<Pieces, ReadonlyMap<string, number>>();

function indexOf(table: Pieces): ReadonlyMap<string, number> {
  const index = indexes.get(table) ?? new Map(table.tokens.map((token, id) => [token, id]));
  indexes.set(table, index);
  return index;
}

/** Each code point is a token, white space included. */
export function splitCharacters(text: string): string[] {
  return Array.from(text);
}

const WORD = /[\p{L}\p{M}\p{N}_]/u;

/** What stands between spaces, with every sign and every Chinese character a token of its own. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let isOpen = false; // the next letter continues the last word
  for (const character of text) {
    const isLetter = WORD.test(character) && !IDEOGRAPH.test(character);
    if (isLetter && isOpen) {
      words[words.length - 1] += character;
    } else if (isLetter || !isSpace(character)) {
      words.push(character);
    }
    isOpen = isLetter;
  }
  return words;
}

/** Different tokens, the most frequent first; of equally frequent ones those with the smaller code points. */
function vocabularyOf(tokens: readonly string[]): string[] {
  const counts = new Map<string, number>();
  tokens.forEach((token) => counts.set(token, (counts.get(token) ?? 0) + 1));
  const entries = [...counts].map(([token, count]) => ({ token, count, points: Array.from(token) }));
  entries.sort((a, b) => b.count - a.count || byCodePoints(a.points, b.points));
  return entries.map(({ token }) => token);
}

/** JavaScript's own order is that of UTF-16, which puts emoji before some other signs. */
function byCodePoints(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((character, place) => character !== b[place]);
  if (at < 0 || at >= b.length) {
    return a.length - b.length;
  }
  return (a[at].codePointAt(0) ?? 0) - (b[at].codePointAt(0) ?? 0);
}

/** The text that bytes spell, or, where they are no whole characters, the bytes: `<E7 8C>`. */
export function shownBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return `<${Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")}>`;
  }
}
