/** What the reader can change, and under which names it is synced. */

import type { CutName } from "../../engine/text/cuts.js";
import type { Model } from "../../host/context.js";
import { readDefaultTraits, readTraits, sameNames } from "../shared/traits.js";

export const VIEWS = ["line", "one-hot", "distances", "raise"] as const;
export type ViewName = (typeof VIEWS)[number];

export const MAX_TEXT = 10_000; // characters; Python takes no more
export const MAX_MERGES = 300;
export const LEAST_WORDS = 3;
export const MOST_WORDS = 6;
export const MAX_WORD = 40; // characters
export const STEEPEST = 1; // the largest entry of the matrix
export const FARTHEST = 1; // how far from 0 a point of the lookup table can be put

export interface State {
  text: string;
  cut: CutName;
  merges: number;
  words: readonly string[];
  /** The one row of the matrix: two or three numbers. */
  matrix: readonly number[];
  view: ViewName;
  /** Where points of the lookup table were put. */
  moved: Readonly<Record<string, readonly number[]>>;
}

export type Change = Partial<State>;

export const TRAITS = sameNames<State>("text", "cut", "merges", "words", "matrix", "view", "moved");

export const readState = (model: Model): State => readTraits(model, TRAITS);

/** The state that the reset button restores. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

/** How many characters a text has, as Python counts. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** What is kept of a typed text: at most 10,000 characters, and a sign for half of a surrogate pair. */
export function textToKeep(typed: string): string {
  const whole = typed.replace(/\p{Cs}/gu, "?");
  return whole.length <= MAX_TEXT ? whole : Array.from(whole).slice(0, MAX_TEXT).join("");
}

/** A word that can be compared, or null for what is none or is there already. */
export function wordToKeep(typed: string, words: readonly string[]): string | null {
  const word = textToKeep(typed).trim();
  const fits = word !== "" && lengthOf(word) <= MAX_WORD && !words.includes(word);
  return fits && words.length < MOST_WORDS ? word : null;
}
