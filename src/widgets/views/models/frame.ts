/** What one redraw of the playground is made of. */

import type { Translate } from "../../host/context.js";
import type { ModelState } from "../../host/models.js";
import type { Ramp } from "../shared/colorscale.js";
import type { Palette } from "../shared/theme.js";
import type { Run } from "./run.js";
import type { Note, Problem } from "./readable.js";
import type { Card, Change, State } from "./state.js";

export interface Frame {
  state: State;
  card: Card;
  run: Run | null;
  problem: Problem | null;
  notes: readonly Note[];
  /** Whether the run is that of the state on screen. */
  isCurrent: boolean;
  /** Whether the run was computed when the page was built. */
  isExample: boolean;
  /** Whether a model computes for this widget now. */
  isBusy: boolean;
  modelState: ModelState;
  /** The token whose candidates are shown; one behind the last for what a writer writes next. */
  picked: number;
  /** Read when they are first asked for: what is not drawn yet needs no colors. */
  readonly palette: Palette;
  readonly ramp: Ramp;
}

/** One part of the widget. All parts draw on canvases before the first one changes the page. */
export interface Part {
  draw?(frame: Frame): void;
  update(frame: Frame): void;
}

export interface Actions {
  t: Translate;
  signal: AbortSignal;
  home: "book" | "kernel";
  /** Changes the synced state, and lets the model run for it. */
  change: (change: Change) => void;
  /** Changes what is looked at: nothing runs for it. */
  look: (change: Change) => void;
  /** Picks a token; -1 for the one that is picked by itself. */
  pick: (token: number) => void;
  redraw: () => void;
  /** Lets the model run; a writer writes so many tokens more. */
  run: (count: number) => void;
  halt: () => void;
  retry: () => void;
  cut: () => void;
}
