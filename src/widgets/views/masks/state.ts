/** What the reader can change, and under which names it is synced. */

import { FAULTS, type Fault, type Preset } from "../../engine/masks.js";
import type { Model } from "../../host/context.js";
import type { ModelFiles } from "../../host/models.js";
import { readDefaultTraits, readTraits, sameNames } from "../shared/traits.js";

export const VIEWS = ["steps", "graph", "training"] as const;
export type ViewName = (typeof VIEWS)[number];
export const SENTINELS = ["-10", "-100", "-1e4", "-1e9"] as const;
export type Sentinel = (typeof SENTINELS)[number];
export const MAX_TOKENS = 24;
export const MAX_LAYERS = 4;
export const MAX_TEXT = 2000; // characters; Python takes no more

export type Answer = Fault | "";
export const ANSWERS = FAULTS;

export interface State {
  text: string;
  source: string;
  preset: Preset;
  own: string;
  fault: Fault;
  sentinel: Sentinel;
  window: number;
  prefix: number;
  padding: number;
  /** The query that is looked at; -1 for the last. */
  row: number;
  head: number;
  view: ViewName;
  layers: number;
  /** Which hidden fault is shown, counted from 1; 0 for none. */
  mystery: number;
  answer: Answer;
}

export type Change = Partial<State>;

export const TRAITS = sameNames<State>(
  ...(["text", "source", "preset", "own", "fault", "sentinel", "window", "prefix"] as const),
  ...(["padding", "row", "head", "view", "layers", "mystery", "answer"] as const),
);

export const readState = (model: Model): State => readTraits(model, TRAITS);

/** The state that the reset button restores. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

/** A mask and what is wrong with it, as a mystery hides it. */
export interface Mystery {
  preset: Preset;
  fault: Fault;
}

/** What is on screen: the reader's own choice, or that of the mystery. */
export function shownOf({ preset, fault, mystery }: State, mysteries: readonly Mystery[]): Mystery {
  return mystery > 0 ? mysteries[(mystery - 1) % mysteries.length] : { preset, fault };
}

export type ModelName = "writer" | "translator";

export const modelOf = (preset: Preset): ModelName =>
  preset === "cross" || preset === "own-cross" ? "translator" : "writer";

/** What the page knows of a model before it has it. */
export interface Card {
  heads: number;
  parameters: number;
  files: ModelFiles;
}
