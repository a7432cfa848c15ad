/** What one redraw is made of. */

import type { Translate } from "../../host/context.js";
import type { Palette } from "../shared/theme.js";
import type { AnalogyAnswer, AxesAnswer, MapAnswer, Problem, SensesAnswer } from "./answers.js";
import type { Library } from "./library.js";
import type { Change, State } from "./state.js";

/** What the present view shows; the other views' are null. */
export interface Answers {
  map: MapAnswer | null;
  analogy: AnalogyAnswer | null;
  axes: AxesAnswer | null;
  senses: SensesAnswer | null;
  problem: Problem | null;
  /** Whether they are of the state on screen, and not of the one before. */
  isCurrent: boolean;
  /** The state that they are of. */
  state: State;
  /** Of what had come when they were made. */
  version: number;
}

export interface Frame {
  state: State;
  answers: Answers;
  library: Library;
  readonly palette: Palette;
}

export interface Actions {
  t: Translate;
  signal: AbortSignal;
  /** Changes the synced state. */
  change: (change: Change) => void;
  /** The reader wants something of the whole table. */
  touch: () => void;
  /** Says something under the controls; "" for nothing. */
  say: (text: string) => void;
}
