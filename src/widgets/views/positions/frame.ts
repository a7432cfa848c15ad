/** What one redraw of the explorer of positions is made of. */

import type { Tables } from "../../engine/positions.js";
import type { Translate } from "../../host/context.js";
import type { Ramp } from "../shared/colorscale.js";
import type { Loading } from "../shared/tableloader.js";
import type { Palette } from "../shared/theme.js";
import type { Calculator } from "./numbers.js";
import type { Reading } from "./reading.js";
import type { Change, State } from "./state.js";

/** Where the reader looks: this view's own, never shared. */
export interface Look {
  /** The entry of the encoding whose formula is shown. */
  entry: number;
  /** The position that the chosen one is compared with; null for one near it. */
  other: number | null;
  /** The length of text at which the schemes are compared; null for the longest. */
  measured: number | null;
}

export interface Frame {
  /** As it is shown: position, pair, token and head are brought into what there is. */
  state: State;
  look: Look;
  reading: Reading;
  /** Whether the text on screen is the one that was asked for. */
  isRead: boolean;
  /** Which token stands at each place. */
  order: readonly number[];
  loading: Loading;
  tables: Tables;
  numbers: Calculator;
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
  look: (look: Partial<Look>) => void;
  /** The pointer moved over a picture, or a picture changed its size. */
  redraw: () => void;
  /** Fetches the full table of words, again if it failed. */
  fetch: () => void;
}

/** The position that the chosen one is compared with. */
export function otherOf({ state, look }: Pick<Frame, "state" | "look">): number {
  const near = state.position + 3 < state.length ? state.position + 3 : state.position - 3;
  return Math.max(0, Math.min(state.length - 1, look.other ?? near));
}
