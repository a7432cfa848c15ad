/**
 * The layers of the Transformer. Pre-norm and post-norm differ in one place, `addAndNorm`; encoder and decoder layers
 * in whether there is a second attention. Axes as in `attention.ts`.
 */

import { attendTo, type Keys, type Rules } from "./attention.js";
import type { TransformerConfig } from "./config.js";
import { add, gelu, layerNorm, linear, relu, type Matrix } from "./kernels.js";
import { turn, type Turns } from "./positions.js";
import type { Trace } from "./trace.js";
import type { Weights } from "./weights.js";

export interface Norm {
  weight: Float32Array;
  bias: Float32Array;
  eps: number;
}

interface Attention {
  /** As its parts are called: "attention", "self_attention", "cross_attention". */
  name: string;
  query: Matrix;
  key: Matrix;
  value: Matrix;
  output: Matrix;
  norm: Norm;
}

export interface Layer {
  self: Attention;
  cross: Attention | null;
  enlarge: Matrix;
  reduce: Matrix;
  norm: Norm;
}

export function takeNorm(weights: Weights, name: string, config: TransformerConfig): Norm {
  const D = config.d_model;
  return {
    weight: weights.take(`${name}.weight`, D),
    bias: weights.take(`${name}.bias`, D),
    eps: config.layer_norm_eps,
  };
}

export function takeLayer(weights: Weights, at: string, config: TransformerConfig, names: string[]): Layer {
  const { d_model: D, d_ff } = config;
  const attention = (name: string): Attention => ({
    name,
    query: weights.map(`${at}.${name}.query`, D, D),
    key: weights.map(`${at}.${name}.key`, D, D),
    value: weights.map(`${at}.${name}.value`, D, D),
    output: weights.map(`${at}.${name}.output`, D, D),
    norm: takeNorm(weights, `${at}.${name}_add_norm.norm`, config),
  });
  const [self, cross] = names;
  return {
    self: attention(self),
    cross: names.length < 2 ? null : attention(cross),
    enlarge: weights.map(`${at}.feed_forward.enlarge`, d_ff, D),
    reduce: weights.map(`${at}.feed_forward.reduce`, D, d_ff),
    norm: takeNorm(weights, `${at}.feed_forward_add_norm.norm`, config),
  };
}

/** What a layer needs to know besides its weights and what it reads. */
export interface Surroundings {
  config: TransformerConfig;
  /** How many texts there are, each of the same number of tokens. */
  B: number;
  turns: Turns | null;
  rules: Rules;
  /** All keys and values once those of the new tokens, (B, T, D), are there. */
  keep: (key: Float32Array, value: Float32Array) => Keys;
  /** What cross-attention looks at, and which of it is real; null without cross-attention. */
  memory: { keys: Keys; rules: Rules } | null;
}

/** The tokens (B, T, D) after a layer. */
export function throughLayer(
  x: Float32Array,
  layer: Layer,
  around: Surroundings,
  trace: Trace,
): Float32Array {
  const { memory } = around;
  x = addAndNorm(x, layer.self, (read, here) => attendToSelf(read, layer.self, around, here), around, trace);
  const { cross } = layer;
  if (cross !== null && memory !== null) {
    const look = (read: Float32Array, here: Trace): Float32Array => {
      const query = linear(read, read.length / cross.query.columns, cross.query);
      return attend(query, cross, memory.keys, memory.rules, around, here);
    };
    x = addAndNorm(x, cross, look, around, trace);
  }
  const forward = { name: "feed_forward", norm: layer.norm };
  x = addAndNorm(x, forward, (read, here) => feedForward(read, layer, around, here), around, trace);
  return trace.note("output", x, around.B, tokens(x, around), around.config.d_model);
}

/** Keys and values of a memory (S, D), which every token of the target looks at. */
export function memoryKeys(memory: Float32Array, cross: Attention): Keys {
  const S = memory.length / cross.key.columns;
  const key = linear(memory, S, cross.key);
  return { key, value: linear(memory, S, cross.value), batch: 1, length: S, stride: S };
}

type Sublayer = (x: Float32Array, trace: Trace) => Float32Array;

/** The way around a sublayer. Xiong et al., On Layer Normalization in the Transformer Architecture (2020), figure 1. */
function addAndNorm(
  x: Float32Array,
  part: { name: string; norm: Norm },
  sublayer: Sublayer,
  around: Surroundings,
  trace: Trace,
): Float32Array {
  const { weight, bias, eps } = part.norm;
  const shape = [around.B, tokens(x, around), around.config.d_model];
  const here = trace.at(`${part.name}_add_norm`);
  if (around.config.norm === "pre") {
    const normalized = here.note("normalized", layerNorm(x, weight, bias, eps), ...shape);
    return here.note("sum", add(x, sublayer(normalized, trace.at(part.name))), ...shape);
  }
  const sum = here.note("sum", add(x, sublayer(x, trace.at(part.name))), ...shape);
  return here.note("normalized", layerNorm(sum, weight, bias, eps), ...shape);
}

function attendToSelf(x: Float32Array, map: Attention, around: Surroundings, trace: Trace): Float32Array {
  const { config, turns, rules } = around;
  const rows = x.length / config.d_model;
  const query = linear(x, rows, map.query);
  const key = linear(x, rows, map.key);
  if (turns !== null) {
    turn(query, rows / around.B, config.d_model, rules.start, turns);
    turn(key, rows / around.B, config.d_model, rules.start, turns);
  }
  const keys = around.keep(key, linear(x, rows, map.value));
  return attend(query, map, keys, rules, around, trace);
}

function attend(
  query: Float32Array,
  map: Attention,
  keys: Keys,
  rules: Rules,
  around: Surroundings,
  trace: Trace,
): Float32Array {
  const { B, config } = around;
  const heads = attendTo(query, B, config.n_heads, keys, rules, trace);
  const output = linear(heads, heads.length / config.d_model, map.output);
  return trace.note("output", output, B, tokens(output, around), config.d_model);
}

function feedForward(x: Float32Array, layer: Layer, around: Surroundings, trace: Trace): Float32Array {
  const { B, config } = around;
  const rows = x.length / config.d_model;
  const bend = config.activation === "relu" ? relu : gelu;
  const hidden = trace.note("hidden", bend(linear(x, rows, layer.enlarge)), B, rows / B, config.d_ff);
  return trace.note("output", linear(hidden, rows, layer.reduce), B, rows / B, config.d_model);
}

function tokens(x: Float32Array, { B, config }: Surroundings): number {
  return x.length / (B * config.d_model);
}
