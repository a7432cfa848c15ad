/** A text as a model reads it: its tokens, the scores of its first layer, and what it would write without a change. */

import type { ModelInfo } from "../../engine/model/load.js";
import type { ModelName } from "./state.js";

export interface Candidate {
  text: string;
  probability: number;
}

/** How likely the next token is: read off the run over all tokens, and off a run over those so far alone. */
export interface Trained {
  together: number;
  alone: number;
}

export interface Reading {
  model: ModelName;
  text: string;
  queries: readonly string[];
  keys: readonly string[];
  ids: readonly number[];
  source: readonly number[];
  /** Of each head of the first layer, (Tq, Tk). */
  scores: readonly Float32Array[];
  /** The likeliest next tokens of each row under the model's own mask. */
  plain: readonly (readonly Candidate[])[];
  /** Empty until it is asked for. */
  training: readonly Trained[];
  /** How many tokens of the text are not read. */
  cut: number;
}

interface StoredReading {
  text: string;
  queries: string[];
  keys: string[];
  ids: number[];
  source: number[];
  scores: string;
  plain: [string, number][][];
  training: Trained[];
  cut: number;
}

/** The worked examples, computed when the page was built. */
export function storedReadings(
  stored: Readonly<Partial<Record<ModelName, StoredReading>>>,
): Partial<Record<ModelName, Reading>> {
  const found: Partial<Record<ModelName, Reading>> = {};
  for (const model of ["writer", "translator"] as const) {
    const one = stored[model];
    if (one !== undefined) {
      const scores = numbersIn(one.scores);
      const plain = one.plain.map((row) => row.map(([text, probability]) => ({ text, probability })));
      found[model] = { ...one, model, plain, scores: headsOf(scores, one.queries.length * one.keys.length) };
    }
  }
  return found;
}

function numbersIn(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}

/** A table (H, Tq, Tk) by its heads. */
export function headsOf(table: Float32Array, size: number): Float32Array[] {
  return Array.from({ length: table.length / size }, (_, head) =>
    table.subarray(head * size, (head + 1) * size),
  );
}

/** The attentions that the mask is put on, from the first layer to the last. */
export function maskedNames(
  { attentionNames }: Pick<ModelInfo, "attentionNames">,
  model: ModelName,
): string[] {
  const kind = model === "translator" ? ".cross_attention" : ".self_attention";
  return attentionNames.filter((name) => name.startsWith("decoder") && name.endsWith(kind));
}
