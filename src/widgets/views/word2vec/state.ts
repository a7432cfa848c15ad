/** What the reader can change, and under which names it is synced. */

import type { Model } from "../../host/context.js";
import type { Loss, Method, Settings } from "../../engine/word2vec/run.js";
import { readDefaultTraits, readTraits, type Traits } from "../shared/traits.js";

export interface State {
  text: string;
  loss: Loss;
  window: number;
  dim: number;
  learningRate: number;
  negatives: number;
  seed: number;
  /** How many steps both sides have done. */
  steps: number;
  /** The step after these is computed, and waits to be applied. */
  computed: boolean;
  /** The word whose neighbors are named. */
  follow: string;
  /** Which side a narrow screen shows. */
  side: Method;
}

export type Change = Partial<State>;

/** A text that comes with the widget. */
export interface Example {
  name: string;
  text: string;
  follow: string;
}

export const TRAITS: Traits<State> = {
  text: "text",
  loss: "loss",
  window: "window",
  dim: "dim",
  learningRate: "learning_rate",
  negatives: "negatives",
  seed: "seed",
  steps: "steps",
  computed: "computed",
  follow: "follow",
  side: "side",
};

/** The same limits as in Python. */
export const MAX_TEXT = 10_000;
export const MAX_STEPS = 5000;
export const MAX_WINDOW = 5;
export const DIMS = [2, 10] as const;
export const MAX_NEGATIVES = 10;
export const MAX_SEED = 2 ** 32 - 1;
export const RATES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5] as const;

export const readState = (model: Model): State => readTraits(model, TRAITS);

/** The state that the reset button restores. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

export function settingsOf({ loss, window, dim, learningRate, negatives, seed }: State): Settings {
  return { loss, window, dim, learningRate, negatives, seed };
}

/** Whether a step waits to be applied. After the last step there is none to compute. */
export function isWaiting({ steps, computed }: State): boolean {
  return computed && steps < MAX_STEPS;
}
