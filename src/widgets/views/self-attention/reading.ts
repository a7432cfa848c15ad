/** From what the reader types to tokens, and the sentences that explain what became of it. */

import { isolate } from "../shared/direction.js";
import { tokenize, type Token } from "../../engine/tokenize.js";
import type { WordTable } from "../../engine/table.js";
import { isContinuation, isUnknown, MAX_CHARACTERS, MAX_TOKENS, wordRanges } from "./state.js";

export interface Reading {
  tokens: Token[];
  /** False when the small table may have split a word wrongly, and the full one must be asked. */
  certain: boolean;
  /** How many tokens the text had before it was cut. */
  count: number;
  /** How many characters the text had, when it was too long to be read to its end. */
  characters: number | null;
  /** Words left out, because this table has no vector that could stand for them. */
  leftOut: string[];
}

export interface Hint {
  key: string;
  values: Record<string, string | number>;
}

const MOST_EXAMPLES = 3;

/** Reads a text with the tokenizer's full table, or with the small one as far as that can be trusted. */
export function readText(text: string, table: WordTable, isFull: boolean): Reading {
  const tokens = tokenize(text.slice(0, MAX_CHARACTERS), table);
  const whole = tokens.every((token) => token.known && !isContinuation(token.piece));
  return {
    tokens,
    certain: isFull || whole,
    count: tokens.length,
    characters: text.length > MAX_CHARACTERS ? text.length : null,
    leftOut: [],
  };
}

/** Reads a text against vectors that the reader brought: their names as they are, with nothing to spell others by. */
export function readOwnWords(text: string, table: WordTable): Reading {
  const leftOut: string[] = [];
  const tokens: Token[] = [];
  for (const typed of text
    .slice(0, MAX_CHARACTERS)
    .split(/\s+/u)
    .filter((word) => word !== "")) {
    const piece = [typed, typed.toLowerCase()].find((name) => table.has(name));
    if (piece === undefined) {
      leftOut.push(typed);
    } else {
      tokens.push({ text: typed, piece, word: tokens.length, known: true });
    }
  }
  const characters = text.length > MAX_CHARACTERS ? text.length : null;
  return { tokens, certain: true, count: tokens.length, characters, leftOut };
}

/** What a reader should know about the sentence on screen, the most surprising first. */
export function hintsFor(
  tokens: readonly string[],
  labels: readonly string[],
  reading: Reading | null,
): Hint[] {
  const hints: Hint[] = [];
  if (tokens.length === 0) {
    hints.push({ key: "self-attention.hint.empty", values: {} });
  }
  if (reading !== null) {
    hints.push(...cutHints(reading));
  }
  return [...hints, ...unknownHint(tokens, labels), ...splitHint(tokens, labels)];
}

function cutHints(reading: Reading): Hint[] {
  const hints: Hint[] = [];
  if (reading.characters !== null) {
    hints.push({
      key: "self-attention.hint.long",
      values: { characters: reading.characters, limit: MAX_CHARACTERS },
    });
  }
  if (reading.count > MAX_TOKENS) {
    hints.push({ key: "self-attention.hint.cut", values: { count: reading.count, limit: MAX_TOKENS } });
  }
  if (reading.leftOut.length > 0) {
    hints.push({ key: "self-attention.hint.left-out", values: { words: examples(reading.leftOut) } });
  }
  return hints;
}

function unknownHint(tokens: readonly string[], labels: readonly string[]): Hint[] {
  const unknown = labels.filter((_, index) => isUnknown(tokens[index]));
  return unknown.length === 0
    ? []
    : [{ key: "self-attention.hint.unknown", values: { words: examples(unknown), count: unknown.length } }];
}

function splitHint(tokens: readonly string[], labels: readonly string[]): Hint[] {
  const split = wordRanges(tokens).filter(([first, end]) => end - first > 1);
  const shown = split.map(([first, end]) => {
    const word = labels.slice(first, end).join("");
    return `${word} = ${tokens.slice(first, end).join(" + ")}`;
  });
  return shown.length === 0 ? [] : [{ key: "self-attention.hint.split", values: { words: examples(shown) } }];
}

/** The first few different ones, and how many more there are. */
function examples(words: readonly string[]): string {
  const different = [...new Set(words)].map(isolate);
  const shown = different.slice(0, MOST_EXAMPLES).join(", ");
  return different.length > MOST_EXAMPLES ? `${shown} (+${different.length - MOST_EXAMPLES})` : shown;
}
