/** What one redraw of the trainer is made of. */

import type { Translate } from "../../host/context.js";
import type { Method, Run, Step } from "../../engine/word2vec/run.js";
import type { Ramp } from "../shared/colorscale.js";
import type { Palette } from "../shared/theme.js";
import type { Work } from "./session.js";
import type { Change, State } from "./state.js";

export interface Frame extends Work {
  state: State;
  isRunning: boolean;
  /** The id of the word whose neighbors are named; -1 without words. */
  followed: number;
  /** The word that the pointer is on, or the followed one. */
  looked: number;
  readonly palette: Palette;
  readonly ramp: Ramp;
}

/** What one side shows. */
export interface Side {
  frame: Frame;
  method: Method;
  run: Run;
  /** The step that is computed, or else the one that was applied last; null before the first. */
  step: Step | null;
}

export interface Actions {
  t: Translate;
  signal: AbortSignal;
  change: (change: Change) => void;
  /** The word under the pointer; -1 for none. */
  hover: (word: number) => void;
  /** The word of an id, or null. */
  wordOf: (id: number) => string | null;
  redraw: () => void;
}

export function sideOf(frame: Frame, method: Method): Side | null {
  const run = frame.runs?.[method];
  return run === undefined ? null : { frame, method, run, step: run.last };
}

/** The words that a step predicts with, and those that it predicts. */
export function rolesOf({ step, method }: Side): {
  predicting: ReadonlySet<number>;
  predicted: ReadonlySet<number>;
} {
  if (step === null) {
    return { predicting: new Set(), predicted: new Set() };
  }
  const { center, context } = step.place;
  const [from, to] = method === "cbow" ? [context, [center]] : [[center], context];
  return { predicting: new Set(from), predicted: new Set(to) };
}
