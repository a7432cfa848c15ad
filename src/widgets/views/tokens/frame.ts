/** What one redraw of the explorer of tokenizers is made of. */

import type { Cut } from "../../engine/text/cuts.js";
import type { Translate } from "../../host/context.js";
import type { Loading } from "../shared/tableloader.js";
import type { Palette } from "../shared/theme.js";
import type { Learned, WordCode } from "./compute.js";
import type { Change, State } from "./state.js";

export interface Frame {
  state: State;
  /** Null while WordPiece waits for its table. */
  cut: Cut | null;
  /** The merges of the text; null unless it is cut by byte pairs. */
  learned: Learned | null;
  codes: readonly WordCode[];
  /** Which of the words is looked at. */
  picked: number;
  loading: Loading;
  readonly palette: Palette;
}

/** One part of the widget. All parts draw on canvases before the first one changes the page. */
export interface Part {
  draw?(frame: Frame): void;
  update(frame: Frame): void;
}

export interface Actions {
  t: Translate;
  signal: AbortSignal;
  change: (change: Change) => void;
  /** Looks at another of the words. */
  pick: (word: number) => void;
  redraw: () => void;
  retry: () => void;
}
