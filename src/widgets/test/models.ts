/** Small random models for tests, in the two files that the shipped ones have. */

import { loadModel, type LoadedModel } from "../engine/model/load.js";
import type { Family } from "../engine/model/config.js";
import { randomVector } from "./numbers.js";
import { safetensorsFile, tensor } from "./safetensors-file.js";

export const CONFIG = {
  vocab_size: 23,
  d_model: 12,
  n_heads: 3,
  n_layers: 2,
  d_ff: 20,
  max_length: 11,
  n_decoder_layers: 3 as number | null,
  source_vocab_size: null as number | null,
  norm: "pre",
  activation: "gelu",
  positions: "sinusoidal",
  dropout: 0.1,
  layer_norm_eps: 1e-5,
  tie_embeddings: true,
  scale_embeddings: true,
  n_segments: 0,
  embedding_norm: false,
  final_norm: true,
  pad_id: null as number | null,
};

export type Changes = Partial<typeof CONFIG>;

/** One of the simplified characters is traditional for another; one is beyond 16 bits. */
export const VARIANTS = { traditional: "壹三丈𠀀", simplified: "一丈丁一" };

const SPECIAL = { pad: null, unknown: "?", start: "<s>", end: "</s>", mask: "_" };

/** A description of a character tokenizer: four special tokens, then as many Chinese characters as are needed. */
export function characters(size: number): Record<string, unknown> {
  const special = Object.values(SPECIAL).flatMap((token) => token ?? []);
  const more = Array.from({ length: size - special.length }, (_, i) => String.fromCodePoint(0x4e00 + i));
  return { kind: "characters", tokens: [...special, ...more], special: SPECIAL };
}

/** The names and shapes of a model's tensors, written out from what Python's `state_dict` says. */
export function shapesOf(family: Family, config: typeof CONFIG): Record<string, number[]> {
  const { vocab_size: V, d_model: D, d_ff, n_layers, n_decoder_layers } = config;
  const shapes: Record<string, number[]> = { "embedding.tokens.weight": [V, D] };
  const map = (name: string, rows: number, columns: number): void => {
    shapes[`${name}.weight`] = [rows, columns];
    shapes[`${name}.bias`] = [rows];
  };
  const norm = (name: string): void => {
    shapes[`${name}.weight`] = [D];
    shapes[`${name}.bias`] = [D];
  };
  const stack = (name: string, layers: number, attentions: string[]): void => {
    for (let i = 0; i < layers; i += 1) {
      const at = `${name}.layers.${i}`;
      for (const attention of attentions) {
        ["query", "key", "value", "output"].forEach((part) => map(`${at}.${attention}.${part}`, D, D));
        norm(`${at}.${attention}_add_norm.norm`);
      }
      map(`${at}.feed_forward.enlarge`, d_ff, D);
      map(`${at}.feed_forward.reduce`, D, d_ff);
      norm(`${at}.feed_forward_add_norm.norm`);
    }
    norm(`${name}.norm`);
  };
  if (family === "encoder-decoder" && config.source_vocab_size !== null) {
    shapes["source_embedding.tokens.weight"] = [config.source_vocab_size, D];
  }
  if (family !== "decoder-only") {
    stack("encoder", n_layers, ["attention"]);
  }
  if (family !== "encoder-only") {
    const isTwofold = family === "encoder-decoder";
    const names = isTwofold ? ["self_attention", "cross_attention"] : ["self_attention"];
    stack("decoder", isTwofold ? (n_decoder_layers ?? n_layers) : n_layers, names);
  }
  return shapes;
}

export interface ModelFiles {
  description: string;
  weights: ArrayBuffer;
}

/** Both files of a random model; `shapes` may be changed before the numbers are drawn. */
export function modelFiles(
  family: Family,
  changes: Changes = {},
  reshape: (shapes: Record<string, number[]>) => Record<string, number[]> = (shapes) => shapes,
): ModelFiles {
  const config = { ...CONFIG, ...changes };
  const shapes = reshape(shapesOf(family, config));
  const tensors = Object.entries(shapes).map(([name, shape], seed) => {
    const size = shape.reduce((product, one) => product * one, 1);
    return [name, tensor("F32", shape, randomVector(size, seed + 1, 0.5))] as const;
  });
  const target = characters(config.vocab_size);
  const source = characters(config.source_vocab_size ?? config.vocab_size);
  const tokenizers = family === "encoder-decoder" ? { source, target } : { text: target };
  const decoding = { width: 4, length_penalty: 0.7 };
  const more = family === "encoder-decoder" ? { variants: VARIANTS } : {};
  return {
    description: JSON.stringify({ format: 1, family, config, tokenizers, decoding, ...more }),
    weights: safetensorsFile(Object.fromEntries(tensors), { format: "pt" }),
  };
}

export function smallModel(family: Family, changes: Changes = {}): LoadedModel {
  const { description, weights } = modelFiles(family, changes);
  return loadModel(description, weights);
}
