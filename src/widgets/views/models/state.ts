/** What the reader can change, and under which names it is synced. */

import type { Model } from "../../host/context.js";
import type { ModelFiles } from "../../host/models.js";
import { readDefaultTraits, readTraits, type Traits } from "../shared/traits.js";

export const MODELS = ["translator", "writer", "reader"] as const;
export type ModelName = (typeof MODELS)[number];

export interface State {
  model: ModelName;
  /** What the translator, the writer and the reader read. */
  source: string;
  prompt: string;
  sentence: string;
  decoding: "greedy" | "beam";
  /** 0 takes the likeliest token. */
  temperature: number;
  /** 0 leaves all tokens. */
  topK: number;
  seed: number;
  /** The ids that the writer has written. */
  written: readonly number[];
  /** Heads that are switched off: model, attention and number, joined by dots. */
  off: readonly string[];
  /** The attention that is shown, "" for the last one of the model. */
  look: string;
  /** The head that is shown, -1 for the mean of all. */
  head: number;
}

export type Change = Partial<State>;

/** A model, and what each of them is to read. */
export type Asked = Pick<State, "model" | "source" | "prompt" | "sentence">;

export const TRAITS: Traits<State> = {
  model: "model",
  source: "source",
  prompt: "prompt",
  sentence: "sentence",
  decoding: "decoding",
  temperature: "temperature",
  topK: "top_k",
  seed: "seed",
  written: "written",
  off: "off",
  look: "look",
  head: "head",
};

/** Where the text of each model is. */
export const TEXTS = { translator: "source", writer: "prompt", reader: "sentence" } as const;

/** What the page knows of a model before it is there. */
export interface Card {
  family: string;
  attentions: readonly string[];
  heads: number;
  max_length: number;
  parameters: number;
  decoding: { width?: number; length_penalty?: number };
  files: ModelFiles;
}

export const readState = (model: Model): State => readTraits(model, TRAITS);

/** The state that the reset button restores. What was written is that of the worked example. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

export function textOf(asked: Asked): string {
  return asked[TEXTS[asked.model]];
}

export function headName(model: ModelName, attention: string, head: number): string {
  return `${model}.${attention}.${head}`;
}

/** The heads of one model that are off. */
export function offOf(state: Pick<State, "off">, model: ModelName): string[] {
  return state.off.filter((name) => name.startsWith(`${model}.`));
}

/** For each attention with a head that is off: 0 for those heads, 1 for the others. Heads that are not there are ignored. */
export function gatesOf(
  state: Pick<State, "off">,
  model: ModelName,
  card: Pick<Card, "attentions" | "heads">,
): Record<string, number[]> {
  const gates: Record<string, number[]> = {};
  for (const attention of card.attentions) {
    const gate = Array.from({ length: card.heads }, (_, head) =>
      state.off.includes(headName(model, attention, head)) ? 0 : 1,
    );
    if (gate.includes(0)) {
      gates[attention] = gate;
    }
  }
  return gates;
}

/** The attentions of a model that can be looked at: where what it writes looks, or where a blank looks. */
export function shownAttentions(model: ModelName, card: Card): string[] {
  const kind = { translator: ".cross_attention", writer: ".self_attention", reader: ".attention" }[model];
  return card.attentions.filter((name) => name.endsWith(kind));
}

/** The attention that is shown now. */
export function shownAttention(state: State, card: Card): string {
  const names = shownAttentions(state.model, card);
  return names.includes(state.look) ? state.look : (names.at(-1) ?? "");
}

/** What a result of a model depends on, as text: equal text, equal result. What was written is for its owner to compare. */
export function inputsOf(state: State, model: ModelName): string {
  const { decoding, temperature, topK, seed } = state;
  const settings = { translator: [decoding], writer: [temperature, topK, seed], reader: [] }[model];
  return JSON.stringify([state[TEXTS[model]], offOf(state, model), ...settings]);
}
