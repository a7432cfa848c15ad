/** The numbers and choices that make one Transformer differ from another, as `model.json` carries them. */

import { AssetError } from "../errors.js";

export const FAMILIES = ["encoder-decoder", "decoder-only", "encoder-only"] as const;
const NORMS = ["post", "pre"] as const;
const ACTIVATIONS = ["relu", "gelu"] as const;
const POSITIONS = ["sinusoidal", "learned", "rotary", "alibi", "none"] as const;

export type Family = (typeof FAMILIES)[number];

/** The names and meanings are those of `attnlab.transformer.TransformerConfig`, in its own spelling. */
export interface TransformerConfig {
  vocab_size: number;
  d_model: number;
  n_heads: number;
  n_layers: number;
  d_ff: number;
  max_length: number;
  n_decoder_layers: number | null;
  source_vocab_size: number | null;
  norm: (typeof NORMS)[number];
  activation: (typeof ACTIVATIONS)[number];
  positions: (typeof POSITIONS)[number];
  layer_norm_eps: number;
  tie_embeddings: boolean;
  scale_embeddings: boolean;
  n_segments: number;
  embedding_norm: boolean;
  final_norm: boolean;
  pad_id: number | null;
}

/** The configuration in a `model.json`. Throws `AssetError` where a value is missing, of a wrong kind or does not fit. */
export function readConfig(value: unknown): TransformerConfig {
  const values = asObject(value, "config");
  const count = (name: string, least: number): number => countOf(values[name], name, least);
  const countOrNull = (name: string, least: number): number | null =>
    (values[name] ?? null) === null ? null : count(name, least);
  const flag = (name: string): boolean => {
    const found = values[name];
    if (typeof found !== "boolean") {
      throw new AssetError(`${name} must be true or false, got ${JSON.stringify(found)}`);
    }
    return found;
  };
  const config: TransformerConfig = {
    vocab_size: count("vocab_size", 1),
    d_model: count("d_model", 1),
    n_heads: count("n_heads", 1),
    n_layers: count("n_layers", 1),
    d_ff: count("d_ff", 1),
    max_length: count("max_length", 1),
    n_decoder_layers: countOrNull("n_decoder_layers", 1),
    source_vocab_size: countOrNull("source_vocab_size", 1),
    norm: oneOf(values["norm"], "norm", NORMS),
    activation: oneOf(values["activation"], "activation", ACTIVATIONS),
    positions: oneOf(values["positions"], "positions", POSITIONS),
    layer_norm_eps: numberAboveZero(values["layer_norm_eps"], "layer_norm_eps"),
    tie_embeddings: flag("tie_embeddings"),
    scale_embeddings: flag("scale_embeddings"),
    n_segments: count("n_segments", 0),
    embedding_norm: flag("embedding_norm"),
    final_norm: flag("final_norm"),
    pad_id: countOrNull("pad_id", 0),
  };
  checkFit(config);
  return config;
}

function checkFit(config: TransformerConfig): void {
  const { d_model: D, n_heads: H, positions, pad_id: pad } = config;
  if (D % H !== 0) {
    throw new AssetError(`d_model=${D} is not divisible by n_heads=${H}`);
  }
  if (positions === "sinusoidal" && D % 2 !== 0) {
    throw new AssetError(`sinusoidal positions come in pairs, but d_model=${D} is odd`);
  }
  if (positions === "rotary" && (D / H) % 2 !== 0) {
    throw new AssetError(`rotary positions turn pairs, but d_model / n_heads = ${D / H} is odd`);
  }
  const smallest = Math.min(config.vocab_size, config.source_vocab_size ?? config.vocab_size);
  if (pad !== null && pad >= smallest) {
    throw new AssetError(`pad_id=${pad} is not in a vocabulary of ${smallest} tokens`);
  }
}

export function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AssetError(`${name} must be an object, got ${JSON.stringify(value)}`);
  }
  return value as Record<string, unknown>;
}

export function oneOf<T extends string>(value: unknown, name: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) {
    throw new AssetError(`${name} must be one of ${choices.join(", ")}, got ${JSON.stringify(value)}`);
  }
  return found;
}

function countOf(value: unknown, name: string, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new AssetError(`${name} must be a whole number of at least ${least}, got ${JSON.stringify(value)}`);
  }
  return value as number;
}

function numberAboveZero(value: unknown, name: string): number {
  if (typeof value !== "number" || !(value > 0 && Number.isFinite(value))) {
    throw new AssetError(`${name} must be a finite number above 0, got ${JSON.stringify(value)}`);
  }
  return value;
}
