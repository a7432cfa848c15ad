/** Turns ids into vectors: the token's, plus the position's and the segment's where the configuration has them. */

import type { TransformerConfig } from "./config.js";
import { layerNorm } from "./kernels.js";
import { takeNorm, type Norm } from "./layers.js";
import { sinusoidalPositions } from "./positions.js";
import type { Weights } from "./weights.js";

export interface Embedding {
  size: number;
  /** (size, D). */
  tokens: Float32Array;
  scale: number;
  /** What is added to each position, (max_length, D); null for nothing. */
  positions: Float32Array | null;
  /** What is added to every token: the vector of the first segment. */
  segment: Float32Array | null;
  norm: Norm | null;
}

export function takeEmbedding(
  weights: Weights,
  name: string,
  size: number,
  config: TransformerConfig,
): Embedding {
  const { d_model: D, max_length, n_segments } = config;
  const kinds: Partial<Record<TransformerConfig["positions"], () => Float32Array>> = {
    learned: () => weights.take(`${name}.positions.weight`, max_length, D),
    sinusoidal: () => sinusoidalPositions(max_length, D),
  };
  return {
    size,
    tokens: weights.take(`${name}.tokens.weight`, size, D),
    scale: config.scale_embeddings ? Math.fround(Math.sqrt(D)) : 1,
    positions: kinds[config.positions]?.() ?? null,
    segment: n_segments === 0 ? null : weights.take(`${name}.segments.weight`, n_segments, D).subarray(0, D),
    norm: config.embedding_norm ? takeNorm(weights, `${name}.norm`, config) : null,
  };
}

/** The vectors (B, T, D) of ids (B, T), the first of which are at position `start`. */
export function embed(
  embedding: Embedding,
  ids: readonly (readonly number[])[],
  start: number,
): Float32Array {
  const { tokens, positions, segment, scale, norm } = embedding;
  const D = tokens.length / embedding.size;
  const T = ids[0].length;
  const x = new Float32Array(ids.length * T * D);
  for (const [b, text] of ids.entries()) {
    for (const [t, id] of text.entries()) {
      const at = (b * T + t) * D;
      const position = (start + t) * D;
      for (let c = 0; c < D; c += 1) {
        const moved =
          (positions === null ? 0 : positions[position + c]) + (segment === null ? 0 : segment[c]);
        x[at + c] = tokens[id * D + c] * scale + moved;
      }
    }
  }
  return norm === null ? x : layerNorm(x, norm.weight, norm.bias, norm.eps);
}
