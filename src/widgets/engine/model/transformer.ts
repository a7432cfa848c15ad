/**
 * The three families of the Transformer over one set of parts. One text is read at a time; the hypotheses of a beam
 * are a batch of B texts of equal length, which look at the same memory.
 *
 * The work is done by generators that pause after each layer (they yield nothing): who must not block for long goes
 * on later, everybody else calls `finish`.
 */

import type { Keys, Rules } from "./attention.js";
import { DecoderCache } from "./cache.js";
import type { Family, TransformerConfig } from "./config.js";
import { embed, takeEmbedding, type Embedding } from "./embedding.js";
import { layerNorm, linear, type Matrix } from "./kernels.js";
import { memoryKeys, takeLayer, takeNorm, throughLayer, type Layer, type Norm } from "./layers.js";
import { alibiSlopes, rotaryTurns, type Turns } from "./positions.js";
import { accelerate } from "./simd.js";
import { NO_TRACE, type Trace } from "./trace.js";
import type { Weights } from "./weights.js";

/** A computation that can be put aside between two of its parts. */
export type Pausing<Result> = Generator<undefined, Result>;

/** The result of a computation, without a pause. */
export function finish<Result>(computation: Pausing<Result>): Result {
  let next = computation.next();
  while (next.done !== true) {
    next = computation.next();
  }
  return next.value;
}

/** What an encoder made of a text: a vector for each token, (S, D). */
export interface Memory {
  vectors: Float32Array;
  /** (S), 1 = a real token; null if all are. */
  real: Uint8Array | null;
}

/** What entered each layer of a stack in an earlier run, and the first layer to run again. */
export interface Resume {
  inputs: Float32Array[];
  from: number;
}

interface Stack {
  name: string;
  layers: Layer[];
  norm: Norm | null;
}

export class Transformer {
  /** The names of all attentions: those that edits are given by and weights recorded under. */
  readonly attentionNames: readonly string[];
  /** How many numbers the model has learned. */
  readonly parameters: number;
  readonly #embedding: Embedding;
  readonly #sourceEmbedding: Embedding;
  readonly #encoder: Stack | null;
  readonly #decoder: Stack | null;
  readonly #unembedding: Matrix;
  readonly #turns: Turns | null;
  readonly #slopes: Float64Array | null;

  /** Throws `AssetError` unless the weights are exactly those of the configuration. */
  constructor(
    readonly family: Family,
    readonly config: TransformerConfig,
    weights: Weights,
  ) {
    const { vocab_size: V, source_vocab_size: sourceSize, d_model: D, tie_embeddings: tied } = config;
    const isTwofold = family === "encoder-decoder";
    this.#embedding = takeEmbedding(weights, "embedding", V, config);
    const isShared = !isTwofold || (tied && sourceSize === null);
    this.#sourceEmbedding = isShared
      ? this.#embedding
      : takeEmbedding(weights, "source_embedding", sourceSize ?? V, config);
    const matrix = tied ? this.#embedding.tokens : weights.take("unembedding.weight", V, D);
    this.#unembedding = weights.matrix(V, D, matrix, null);
    const stack = (name: string, n: number, names: string[]): Stack => ({
      name,
      layers: Array.from({ length: n }, (_, i) => takeLayer(weights, `${name}.layers.${i}`, config, names)),
      norm: config.final_norm ? takeNorm(weights, `${name}.norm`, config) : null,
    });
    const { n_layers, n_decoder_layers } = config;
    const names = isTwofold ? ["self_attention", "cross_attention"] : ["self_attention"];
    this.#encoder = family === "decoder-only" ? null : stack("encoder", n_layers, ["attention"]);
    this.#decoder =
      family === "encoder-only"
        ? null
        : stack("decoder", isTwofold ? (n_decoder_layers ?? n_layers) : n_layers, names);
    this.attentionNames = [this.#encoder, this.#decoder].flatMap((one) =>
      (one?.layers ?? []).flatMap(({ self, cross }, i) =>
        [self, cross].flatMap((attention) =>
          attention === null ? [] : [`${one?.name ?? ""}.layers.${i}.${attention.name}`],
        ),
      ),
    );
    const isRotary = config.positions === "rotary";
    this.#turns = isRotary ? rotaryTurns(config.max_length, D / config.n_heads) : null;
    this.#slopes = config.positions === "alibi" ? alibiSlopes(config.n_heads) : null;
    weights.checkAllTaken();
    this.parameters = weights.count;
    accelerate(weights.matrices);
  }

  /** How many tokens the encoder's vocabulary has; the decoder's has `config.vocab_size`. */
  get sourceSize(): number {
    return this.#sourceEmbedding.size;
  }

  newCache(): DecoderCache {
    const { max_length, d_model } = this.config;
    return new DecoderCache(this.#decoder?.layers.length ?? 0, max_length, d_model);
  }

  /** A vector for each token of a text. Throws `RangeError` for ids that it cannot read. */
  *encode(ids: readonly number[], trace: Trace = NO_TRACE, resume?: Resume): Pausing<Memory> {
    const stack = this.#stackOf(this.#encoder, "encoder");
    this.#check("source", [ids], this.sourceSize, 0);
    const pad = this.config.pad_id;
    const real = pad === null ? null : Uint8Array.from(ids, (id) => (id === pad ? 0 : 1));
    const rules: Rules = { causalFrom: null, real, slopes: this.#slopes, start: 0 };
    const keep = (key: Float32Array, value: Float32Array): Keys => {
      return { key, value, batch: 1, length: ids.length, stride: ids.length };
    };
    const x = embed(this.#sourceEmbedding, [ids], 0);
    const around = () => ({ config: this.config, B: 1, turns: this.#turns, rules, keep, memory: null });
    const vectors = yield* this.#through(stack, x, 1, around, trace, resume);
    return { vectors, real };
  }

  /**
   * A vector (B, T, D) for each of the texts' new tokens, from which `logits` tell the next; those before are in the
   * cache. Throws `RangeError` for ids that it cannot read, or for a memory that is missing or too many.
   */
  *decode(
    ids: readonly (readonly number[])[],
    cache: DecoderCache,
    memory: Memory | null,
    trace: Trace = NO_TRACE,
    resume?: Resume,
  ): Pausing<Float32Array> {
    const stack = this.#stackOf(this.#decoder, "decoder");
    if ((memory !== null) !== (this.family === "encoder-decoder")) {
      throw new RangeError(
        memory === null ? "cross-attention needs a memory" : "there is no cross-attention",
      );
    }
    const start = cache.length;
    this.#check("target", ids, this.config.vocab_size, start);
    cache.extend(ids, this.config.pad_id);
    const rules: Rules = { causalFrom: start, real: cache.real, slopes: this.#slopes, start };
    const cross: Rules = { causalFrom: null, real: memory?.real ?? null, slopes: null, start };
    const around = (layer: number) => ({
      config: this.config,
      B: ids.length,
      turns: this.#turns,
      rules,
      keep: (key: Float32Array, value: Float32Array) => cache.put(layer, key, value),
      memory: memory && { keys: this.#memoryKeys(stack.layers[layer], layer, memory, cache), rules: cross },
    });
    const x = embed(this.#embedding, ids, start);
    return yield* this.#through(stack, x, ids.length, around, trace, resume);
  }

  /** The scores (rows, V) of all tokens of the vocabulary for vectors (rows, D). */
  logits(vectors: Float32Array): Float32Array {
    return linear(vectors, vectors.length / this.config.d_model, this.#unembedding);
  }

  *#through(
    stack: Stack,
    x: Float32Array,
    B: number,
    around: (layer: number) => Parameters<typeof throughLayer>[2],
    trace: Trace,
    resume: Resume | undefined,
  ): Pausing<Float32Array> {
    const here = trace.at(stack.name);
    const shape = [B, x.length / (B * this.config.d_model), this.config.d_model];
    here.note("embedding", x, ...shape);
    const from = resume?.from ?? 0;
    for (let layer = from; layer < stack.layers.length; layer += 1) {
      x = resume === undefined || layer > from || from === 0 ? x : resume.inputs[layer];
      if (resume !== undefined) {
        resume.inputs[layer] = x;
      }
      x = throughLayer(x, stack.layers[layer], around(layer), here.at(`layers.${layer}`));
      yield undefined;
    }
    const { norm } = stack;
    return here.note("output", norm === null ? x : layerNorm(x, norm.weight, norm.bias, norm.eps), ...shape);
  }

  /** The memory's keys and values are computed once for each cache. */
  #memoryKeys(layer: Layer, place: number, memory: Memory, cache: DecoderCache): Keys {
    const { cross } = layer;
    if (cross === null) {
      throw new RangeError("there is no cross-attention");
    }
    cache.cross[place] ??= memoryKeys(memory.vectors, cross);
    return cache.cross[place];
  }

  #stackOf(stack: Stack | null, name: string): Stack {
    if (stack === null) {
      throw new RangeError(`the family ${this.family} has no ${name}`);
    }
    return stack;
  }

  #check(name: string, ids: readonly (readonly number[])[], size: number, start: number): void {
    const T = ids.length === 0 ? 0 : ids[0].length;
    const { max_length } = this.config;
    if (T === 0 || ids.some((text) => text.length !== T)) {
      throw new RangeError(`the ${name} has texts of ${ids.map((text) => text.length).join(", ")} tokens`);
    }
    if (start + T > max_length) {
      throw new RangeError(
        `${T} tokens${start === 0 ? "" : ` after ${start}`}, but max_length=${max_length}`,
      );
    }
    for (const id of ids.flat()) {
      if (!Number.isSafeInteger(id) || id < 0 || id >= size) {
        throw new RangeError(`the ${name}'s ids must be from 0 to ${size - 1}, got ${id}`);
      }
    }
  }
}
