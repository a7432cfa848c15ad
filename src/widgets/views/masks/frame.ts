/** What one redraw of the explorer of masks is made of. */

import type { Mask } from "../../engine/masks.js";
import type { Translate } from "../../host/context.js";
import type { ModelState } from "../../host/models.js";
import type { Ramp } from "../shared/colorscale.js";
import type { Palette } from "../shared/theme.js";
import type { Numbers } from "./numbers.js";
import type { Candidate, Reading, Trained } from "./reading.js";
import type { Problem } from "./session.js";
import type { Change, ModelName, Mystery, State } from "./state.js";

export interface Frame {
  state: State;
  /** The mask's name and its fault; in a mystery not those of the state. */
  shown: Mystery;
  model: ModelName;
  modelState: ModelState;
  problem: Problem | null;
  reading: Reading;
  /** Whether the text on screen is the one that was asked for. */
  isRead: boolean;
  isExample: boolean;
  numbers: Numbers;
  /** The query that is looked at. */
  row: number;
  /** The next tokens after it, under the mask and under the model's own. */
  candidates: readonly Candidate[];
  plain: readonly Candidate[];
  isCurrent: boolean;
  training: readonly Trained[];
  canUndo: boolean;
  readonly palette: Palette;
  readonly ramps: Ramps;
}

/** The colors of weights, and of numbers around 0. */
export interface Ramps {
  sequential: Ramp;
  diverging: Ramp;
}

export interface Part {
  readonly element: HTMLElement;
  update(frame: Frame): void;
}

export interface Actions {
  t: Translate;
  signal: AbortSignal;
  change: (change: Change) => void;
  /** The mask as the state has it; null before there is one. */
  mask: () => Mask | null;
  /** Turns cells of the mask on or off. What goes on with a stroke is taken back together with its beginning. */
  paint: (cells: readonly number[], isOn: boolean, goesOn?: boolean) => void;
  undo: () => void;
  retry: () => void;
}
