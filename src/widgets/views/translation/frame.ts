/** What one redraw is made of, and what the parts may ask for. */

import type { Translate } from "../../host/context.js";
import type { ModelState } from "../../host/models.js";
import type { Note, Problem } from "../models/readable.js";
import type { Card } from "../models/state.js";
import type { Ramp } from "../shared/colorscale.js";
import type { Palette } from "../shared/theme.js";
import type { Run, Shown } from "./run.js";
import type { Change, State } from "./state.js";

export interface Frame {
  state: State;
  card: Card;
  run: Run | null;
  shown: Shown;
  problem: Problem | null;
  notes: readonly Note[];
  isCurrent: boolean;
  isExample: boolean;
  isBusy: boolean;
  isRunning: boolean;
  modelState: ModelState;
  /** The step whose candidates are shown. */
  picked: number;
  readonly palette: Palette;
  readonly ramp: Ramp;
}

export interface Part {
  readonly element: HTMLElement;
  draw?(frame: Frame): void;
  update(frame: Frame): void;
}

export interface Actions {
  t: Translate;
  signal: AbortSignal;
  home: "book" | "kernel";
  /** Changes what the translation follows from: the translator runs for it. */
  change: (change: Change) => void;
  /** Changes what is looked at. */
  look: (change: Change) => void;
  pick: (step: number) => void;
  /** Takes a candidate at a step; the one that was taken by choice is given back. */
  choose: (step: number, id: number) => void;
  unchoose: (step: number) => void;
  /** One step more or less, or none at all. */
  go: (to: "start" | "back" | "step") => void;
  /** Runs to the end, step by step, or stops. */
  toggleRun: () => void;
  translate: () => void;
  cut: () => void;
  redraw: () => void;
}
