/** The blocks of the drawing, and what is known of each in a model. */

import type { Card, ModelName } from "../models/state.js";

export const FAMILIES = ["encoder-only", "encoder-decoder", "decoder-only"] as const;
export type Family = (typeof FAMILIES)[number];

/** The book's model of each family. */
export const MODEL_OF = {
  "encoder-only": "reader",
  "encoder-decoder": "translator",
  "decoder-only": "writer",
} as const satisfies Record<Family, ModelName>;

/** From the bottom of the drawing to its top, the encoder first. */
export const BLOCKS = [
  "encoder.embedding",
  "encoder.positions",
  "encoder.attention",
  "encoder.feed_forward",
  "encoder.norm",
  "decoder.embedding",
  "decoder.positions",
  "decoder.self_attention",
  "decoder.cross_attention",
  "decoder.feed_forward",
  "decoder.norm",
  "output",
  "softmax",
] as const;
export type BlockName = (typeof BLOCKS)[number];

export type Stack = "encoder" | "decoder";

/** The shape of a model, under the names of its configuration. */
export interface Shape {
  d_model: number;
  n_heads: number;
  n_layers: number;
  n_decoder_layers: number;
  d_ff: number;
  vocab_size: number;
  source_vocab_size: number;
  max_length: number;
  norm: "pre" | "post";
  positions: string;
  tie_embeddings: boolean;
}

export interface FamilyCard extends Card {
  shape: Shape;
  /** What the model begins to write after. */
  start: string | null;
  /** How many weights each block that stays has. */
  blocks: Readonly<Partial<Record<BlockName, number>>>;
}

export function isKept(card: FamilyCard, block: BlockName): boolean {
  return Object.hasOwn(card.blocks, block);
}

/** The half of the drawing that a block belongs to; null for those above both. */
export function stackOf(block: BlockName): Stack | null {
  const [stack] = block.split(".");
  return stack === "encoder" || stack === "decoder" ? stack : null;
}

/** The name of a block's part without its stack: what both halves have is explained once. */
export function partOf(block: BlockName): string {
  return block.split(".").at(-1) ?? block;
}

/** How many layers a stack has in a model. */
export function layersOf({ shape, family }: FamilyCard, stack: Stack): number {
  return stack === "decoder" && family === "encoder-decoder" ? shape.n_decoder_layers : shape.n_layers;
}

/** The numbers that the explanation of a block names. */
export function valuesOf(card: FamilyCard, block: BlockName): Record<string, number> {
  const { shape } = card;
  const isSource = block === "encoder.embedding" && card.family === "encoder-decoder";
  return {
    layers: layersOf(card, stackOf(block) ?? "decoder"),
    heads: shape.n_heads,
    width: shape.d_model,
    part: shape.d_model / shape.n_heads,
    hidden: shape.d_ff,
    tokens: isSource ? shape.source_vocab_size : shape.vocab_size,
    length: shape.max_length,
  };
}
