/** A typed sentence as the vectors of its tokens. */

import type { WordTable } from "../../engine/table.js";
import { readText } from "../self-attention/reading.js";
import { MAX_TOKENS } from "./state.js";

export interface Reading {
  text: string;
  /** What was typed for each token. */
  labels: readonly string[];
  /** Their names in the table. */
  pieces: readonly string[];
  /** (T, D). */
  vectors: Float32Array;
  T: number;
  D: number;
  /** How many tokens the text had before it was cut. */
  count: number;
  /** Tokens that the table has no vector for: all of them have the same one. */
  unknown: readonly string[];
  /** False when the small table may have split a word wrongly, and the full one must be asked. */
  isCertain: boolean;
}

export function readSentence(text: string, table: WordTable, isFull: boolean): Reading {
  const { tokens, certain, count } = readText(text, table, isFull);
  const kept = tokens.slice(0, MAX_TOKENS);
  const [T, D] = [kept.length, table.dim];
  const vectors = new Float32Array(T * D);
  // Of a token that the table lacks only the place is known until the full table is there.
  kept.forEach(({ piece }, t) => {
    if (table.has(piece)) {
      vectors.set(table.row(piece), t * D);
    }
  });
  const unknown = kept.filter(({ known }) => !known).map((token) => token.text);
  const labels = kept.map((token) => token.text);
  const pieces = kept.map(({ piece }) => piece);
  return { ...{ text, labels, pieces, vectors, T, D, count, unknown }, isCertain: certain };
}
