/** What one redraw of the explorer is made of. */

import type { Translate } from "../../host/context.js";
import type { ModelState } from "../../host/models.js";
import { attentionLabel } from "../models/switching.js";
import type { Note, Problem } from "../models/readable.js";
import { offOf, type ModelName } from "../models/state.js";
import type { Ramp } from "../shared/colorscale.js";
import type { Palette } from "../shared/theme.js";
import type { Labels, Look, Parts } from "./look.js";
import type { Card, Change, State } from "./state.js";

export interface Frame {
  state: State;
  card: Card;
  look: Look | null;
  labels: Labels;
  /** What the opened attention computes; null while it is not known. */
  parts: Parts | null;
  /** The attention and the head that are opened. */
  attention: string;
  head: number;
  problem: Problem | null;
  notes: readonly Note[];
  isCurrent: boolean;
  isExample: boolean;
  isBusy: boolean;
  modelState: ModelState;
  readonly palette: Palette;
  /** For weights, and for numbers around 0. */
  readonly ramp: Ramp;
  readonly signedRamp: Ramp;
}

export interface Actions {
  t: Translate;
  signal: AbortSignal;
  /** Changes what is looked at: nothing runs for it. */
  show: (change: Change) => void;
  /** Changes what is computed. */
  change: (change: Change) => void;
  redraw: () => void;
}

export interface Part {
  readonly element: HTMLElement;
  draw?(frame: Frame): void;
  update(frame: Frame): void;
}

/** "Encoder 1" in the reader's words. */
export function attentionName(name: string, model: ModelName, t: Translate): string {
  return attentionLabel(name, model, t);
}

/** "Encoder 1, head 3", or the mean of all. */
export function headTitle({ state, attention, head, card }: Frame, t: Translate): string {
  const row = attentionName(attention, state.model, t);
  return head < 0
    ? t("heads.opened.mean", { row, count: card.heads })
    : t("heads.opened.head", { row, head: head + 1 });
}

/** How many heads of the present model are off. */
export const countOff = ({ state }: Pick<Frame, "state">): number => offOf(state, state.model).length;
