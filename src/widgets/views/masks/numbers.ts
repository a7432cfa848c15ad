/** What follows from a state in one head: the row that is looked at, the mask in force, the scores and weights under it. */

import { faultyMask, halfSoftmax, maskedSoftmax, maskOf, presetMask, type Mask } from "../../engine/masks.js";
import type { Reading } from "./reading.js";
import { shownOf, type Mystery, type State } from "./state.js";

/** The numbers of one head under the mask that is on screen. */
export interface Numbers {
  /** The mask in force, its fault included. */
  mask: Mask;
  scores: Float32Array;
  masked: Float32Array;
  weights: Float32Array;
}

type Tokens = Pick<Reading, "queries" | "keys">;

/** The query that is looked at. */
export function rowOf({ row }: State, { queries }: Tokens): number {
  return row < 0 ? queries.length - 1 : Math.min(row, queries.length - 1);
}

/** The mask with its fault, as the state has it: the screen may be a frame behind. */
export function maskIn(state: State, mysteries: readonly Mystery[], reading: Tokens): Mask {
  const { preset, fault } = shownOf(state, mysteries);
  const plain = presetMask(preset, reading.queries.length, reading.keys.length, state);
  const base = preset === "own" || preset === "own-cross" ? maskOf(state.own, plain) : plain;
  return faultyMask(base, fault, rowOf(state, reading));
}

/** The mask, and what the softmax makes of the chosen head under it. */
export function numbersOf(state: State, mysteries: readonly Mystery[], reading: Reading): Numbers {
  const { fault } = shownOf(state, mysteries);
  const mask = maskIn(state, mysteries, reading);
  const scores = reading.scores[Math.min(state.head, reading.scores.length - 1)];
  const found =
    fault === "half-precision"
      ? halfSoftmax(scores, mask, Number(state.sentinel))
      : maskedSoftmax(scores, mask, fault === "empty-row" ? NaN : 0);
  return { mask, scores, ...found };
}
