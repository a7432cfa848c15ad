/** What the reader can change, and under which names it is synced. */

import type { Model } from "../../host/context.js";
import type { Card as PlaygroundCard, ModelName } from "../models/state.js";
import { readDefaultTraits, readTraits, sameNames } from "../shared/traits.js";

export interface State {
  model: ModelName;
  /** What the translator, the writer and the reader read. */
  source: string;
  prompt: string;
  sentence: string;
  view: "heads" | "split";
  /** The attention that is opened, "" for the first one of the model. */
  attention: string;
  /** The head that is opened, -1 for the mean of all. */
  head: number;
  /** How far the split view has come; see `stages.ts`. */
  stage: number;
  /** Heads that are switched off: model, attention and number, joined by dots. */
  off: readonly string[];
}

export type Change = Partial<State>;

export interface Card extends PlaygroundCard {
  /** The id that a translator's decoder begins with. */
  start_id: number | null;
}

export const TRAITS = sameNames<State>(
  ...(["model", "source", "prompt", "sentence", "view", "attention", "head", "stage", "off"] as const),
);

export const readState = (model: Model): State => readTraits(model, TRAITS);
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

/** The attention that is opened now. */
export function openedOf({ attention }: State, { attentions }: Card): string {
  return attentions.includes(attention) ? attention : (attentions[0] ?? "");
}

/** The head that is opened now: a model may have fewer heads than the one before. */
export function headOf({ head }: State, { heads }: Card): number {
  return head < heads ? head : -1;
}
