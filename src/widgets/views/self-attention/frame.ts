/** What one redraw is made of: the reader's state, what is computed from it, and where the pointer is. */

import type { Translate } from "../../host/context.js";
import type { ColorScale, Ramp } from "../shared/colorscale.js";
import type { Palette } from "../shared/theme.js";
import type { Scene } from "./scene.js";
import type { Change, Maps, State } from "./state.js";
import type { Loading } from "../shared/tableloader.js";

/** More words than this and a scale from 0 to 1 would leave the map blank: it ends at the largest weight. */
export const MANY_WORDS = 24;

export const STEPS = ["scores", "scaled", "weights", "outputs"] as const;
export type Step = (typeof STEPS)[number];

/** A cell under the pointer: a row alone when `key` is -1; in the outputs, `dimension` is the column. */
export interface Spot {
  query: number;
  key: number;
}

export interface Prediction {
  on: boolean;
  /** The token that the reader guessed, or -1. */
  guess: number;
}

/** The part of the state that is this view's own: where the reader looks, not what is computed. */
export interface Ui {
  step: Step;
  hover: Spot | null;
  /** The column of the outputs that is looked at. */
  dimension: number;
  prediction: Prediction;
  /** Whether cells carry numbers: as they fit, always (then the map scrolls), or never. */
  numbers: "fit" | "always" | "never";
}

export interface Frame {
  state: State;
  scene: Scene;
  ui: Ui;
  palette: Palette;
  ramps: { sequential: Ramp; diverging: Ramp };
  /** The colors of weights, the same wherever a weight is shown; null while the sentence is empty. */
  weightScale: ColorScale | null;
  loading: Loading;
  /** Whether there are three different maps, or may be in the full table. */
  hasMaps: boolean;
  /** What the reader asked for; until the maps have come, the state that is drawn has others. */
  askedMaps: Maps;
  /** The row whose weights the reader is still guessing, or -1. */
  hiddenRow: number;
}

/**
 * One part of the widget. All parts draw before the first one changes the page: a browser that writes on a canvas of a
 * changed page lays that page out at once, and would do so again and again.
 */
export interface Part {
  /** Draws its pictures, only those that changed. */
  draw?(frame: Frame): void;
  /** Brings its elements up to date, touching only what changed. */
  update(frame: Frame): void;
}

/** What a part may ask of the widget. */
export interface Actions {
  t: Translate;
  signal: AbortSignal;
  /** Changes the synced state. A continuous change is sent on a moment later than a single one. */
  change: (change: Change, continuous?: boolean) => void;
  look: (ui: Partial<Ui>) => void;
}

/** The cell that the picture shows: the one under the pointer, else the locked one, else the followed row. */
export function spotOf(frame: Frame): Spot | null {
  const { state, ui, scene } = frame;
  if (ui.hover !== null && ui.hover.query < scene.n && ui.hover.key < scene.n) {
    return ui.hover;
  }
  if (state.locked !== null) {
    return { query: state.locked[0], key: state.locked[1] };
  }
  return state.follow >= 0 ? { query: state.follow, key: -1 } : null;
}

export function isLockedSpot(frame: Frame): boolean {
  return frame.state.locked !== null && frame.ui.hover === null;
}

/** The row that the sentence's chips and the lines show. */
export function shownRow(frame: Frame): number {
  return spotOf(frame)?.query ?? -1;
}

/** Whether the reader has still to guess: then the followed row keeps its secret. */
export function hiddenRowOf(state: State, ui: Ui): number {
  return ui.prediction.on && ui.prediction.guess < 0 ? state.follow : -1;
}
