/** What is on screen, computed from the state: the cut, the merges that were learned, the codes of the words. */

import { fitLine, raiseIds, startingRow, vectorOf, type LineFit } from "../../engine/codings.js";
import type { WordTable } from "../../engine/table.js";
import { MergeTrainer, type MergeStep } from "../../engine/text/bytepairtraining.js";
import {
  cutByList,
  cutByPairs,
  cutByPieces,
  splitCharacters,
  splitWords,
  type Code,
  type Cut,
} from "../../engine/text/cuts.js";
import { memo } from "../shared/schedule.js";
import { MAX_MERGES, type State } from "./state.js";

/** One of the words that are compared. */
export interface WordCode {
  word: string;
  code: Code | null;
  /** Its trained vector; null if the table does not hold it whole; undefined while that is not known. */
  vector: Float32Array | null | undefined;
  /** Its row of the lookup table. */
  row: readonly number[];
}

export interface Learned {
  steps: readonly MergeStep[];
  tokens: readonly Uint8Array[];
  bytes: number;
  isDone: boolean;
}

/** Learns the merges of one text, a slice of time after the other. */
export class Learner {
  #text: string | null = null;
  #trainer = new MergeTrainer("");

  /** The merges learned so far; at least `wanted` of them, unless the time is over or there are no more. */
  learn(text: string, wanted: number, milliseconds: number): Learned {
    if (text !== this.#text) {
      this.#text = text;
      this.#trainer = new MergeTrainer(text);
    }
    const trainer = this.#trainer;
    const end = performance.now() + milliseconds;
    while (trainer.steps.length < wanted && !trainer.isDone && performance.now() < end) {
      trainer.step();
    }
    const isDone = trainer.isDone || trainer.steps.length >= MAX_MERGES;
    return { steps: trainer.steps, tokens: trainer.tokens, bytes: trainer.bytes, isDone };
  }
}

/** Cuts a text, and remembers the last cut: most redraws are for something else. */
export class Cutter {
  readonly #byList = memo((text: string, split: typeof splitWords) => cutByList(text, split));
  readonly #byPieces = memo((text: string, table: WordTable) => cutByPieces(text, table));
  readonly #byPairs = memo((text: string, tokens: readonly Uint8Array[], _: number, steps: MergeStep[]) =>
    cutByPairs(text, steps, tokens),
  );
  readonly #firstSteps = memo((steps: readonly MergeStep[], count: number) => steps.slice(0, count));

  /** Null while WordPiece has no table. */
  cut(state: State, learned: Learned | null, table: WordTable | null): Cut | null {
    const { text, cut, merges } = state;
    switch (cut) {
      case "characters":
        return this.#byList(text, splitCharacters);
      case "words":
        return this.#byList(text, splitWords);
      case "byte-pairs": {
        const { steps, tokens } = learned ?? { steps: [], tokens: [] };
        const count = Math.min(merges, steps.length);
        return this.#byPairs(text, tokens, count, this.#firstSteps(steps, count));
      }
      case "wordpiece":
        return table === null ? null : this.#byPieces(text, table);
    }
  }
}

/** The codes of the words. `isKnown` says whether the table can tell how a word is cut. */
export function codesOf(
  state: State,
  cut: Cut | null,
  table: WordTable,
  isKnown: (word: string) => boolean,
): WordCode[] {
  return state.words.map((word) => {
    const vector = isKnown(word) ? vectorOf(word, table) : undefined;
    const row = Object.hasOwn(state.moved, word) ? state.moved[word] : startingRow(vector ?? null, table);
    return { word, code: cut?.code(word) ?? null, vector, row };
  });
}

/** How the raised ids of a text lie. */
export const raisedFit = memo((ids: readonly number[], matrix: readonly number[]): LineFit =>
  fitLine(raiseIds(ids, matrix)),
);

/** How the rows of the lookup table lie. */
export function lookupFit(codes: readonly WordCode[]): LineFit {
  return fitLine(codes.map(({ row }) => row));
}
