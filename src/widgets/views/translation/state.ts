/** What the reader can change, and under which names it is synced. */

import type { Model } from "../../host/context.js";
import type { Card } from "../models/state.js";
import { readDefaultTraits, readTraits, type Traits } from "../shared/traits.js";

export const DECODINGS = ["greedy", "beam", "sample"] as const;
export const LOOKS = ["cross", "decoder", "encoder"] as const;
export type LookAt = (typeof LOOKS)[number];

/** One query's weights, in the place of those that the softmax gave; head -1 for all heads. */
export interface OwnRow {
  attention: string;
  head: number;
  query: number;
  weights: readonly number[];
}

export interface State {
  text: string;
  decoding: (typeof DECODINGS)[number];
  temperature: number;
  topK: number;
  topP: number;
  width: number;
  seed: number;
  /** Token ids that the reader chose, by step. */
  forced: Readonly<Record<string, number>>;
  /** How many steps are shown; null for all. */
  steps: number | null;
  look: LookAt;
  layer: number;
  head: number;
  rows: readonly OwnRow[];
}

export type Change = Partial<State>;

export const TRAITS: Traits<State> = {
  text: "text",
  decoding: "decoding",
  temperature: "temperature",
  topK: "top_k",
  topP: "top_p",
  width: "width",
  seed: "seed",
  forced: "forced",
  steps: "steps",
  look: "look",
  layer: "layer",
  head: "head",
  rows: "rows",
};

export const readState = (model: Model): State => readTraits(model, TRAITS);
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

/** What a translation depends on, as text: equal text, equal translation. */
export function inputsOf(state: Omit<State, "steps" | "look" | "layer" | "head">): string {
  const { text, decoding, temperature, topK, topP, width, seed, forced, rows } = state;
  const settings = { greedy: [], beam: [width], sample: [temperature, topK, topP, seed] }[decoding];
  const choices = Object.entries(forced).sort(([first], [second]) => Number(first) - Number(second));
  const overwritten = rows.map(({ attention, head, query, weights }) => [attention, head, query, weights]);
  return JSON.stringify([text, decoding, settings, choices, overwritten]);
}

/** The attentions of one kind, from the first layer to the last. */
export function attentionsOf(look: LookAt, card: Card): string[] {
  const kinds = {
    cross: /^decoder.*\.cross_attention$/,
    decoder: /^decoder.*\.self_attention$/,
    encoder: /^encoder.*\.attention$/,
  };
  return card.attentions.filter((name) => kinds[look].test(name));
}

/** The attention that is shown: a layer that the stack does not have is its last. */
export function attentionOf({ look, layer }: Pick<State, "look" | "layer">, card: Card): string {
  const names = attentionsOf(look, card);
  return names[layer] ?? names[names.length - 1];
}
