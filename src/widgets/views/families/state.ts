/** What the reader can change, and how a session of models is asked for it. */

import type { Model } from "../../host/context.js";
import type { State } from "../models/state.js";
import { MODEL_OF, type BlockName, type Family } from "./blocks.js";
import { readDefaultTraits, readTraits, sameNames } from "../shared/traits.js";

/** Every key is the name of its trait. */
export interface Chosen {
  family: Family;
  /** What the translator, the writer and the reader read. */
  source: string;
  prompt: string;
  sentence: string;
  /** The block that is explained. */
  block: BlockName;
}

export type Change = Partial<Chosen>;

export const TRAITS = sameNames<Chosen>("family", "source", "prompt", "sentence", "block");

/** Each model takes the likeliest token each time, and all its heads are on. */
const DECODING: Pick<State, "decoding" | "temperature" | "topK" | "seed" | "off" | "look" | "head"> = {
  ...{ decoding: "greedy", temperature: 0, topK: 0, seed: 0 },
  ...{ off: [], look: "", head: -1 },
};

export const readChosen = (model: Model): Chosen => readTraits(model, TRAITS);

/** The state that the reset button restores. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

/** What a session is asked; `written` is what the writer has written. */
export function askedOf({ family, source, prompt, sentence }: Chosen, written: readonly number[]): State {
  return { model: MODEL_OF[family], source, prompt, sentence, written, ...DECODING };
}
