/**
 * Where everything of the drawing stands. Heights are fixed; the two columns share whatever width there is. The page
 * and the exported picture are drawn from the same numbers.
 */

import { BLOCKS, isKept, type BlockName, type FamilyCard, type Stack } from "./blocks.js";

/** Room between the columns for the arrow from one to the other, and right of them for the way back. */
export const GUTTER = 44;
export const MARGIN = 22;
export const INSET = 8; // of a block in its column
export const HEIGHT = 460;

export type Column = Stack | "both";

export interface Place {
  column: Column;
  y: number;
  height: number;
}

const ARROW = 7;
const THIN = 26;
const THICK = 34;
const LAYER = 52; // a sublayer and its add-and-norm

export const PLACES: Readonly<Record<BlockName, Place>> = {
  softmax: { column: "both", y: 18, height: THIN },
  output: { column: "both", y: 58, height: THICK },
  "decoder.norm": { column: "decoder", y: 124, height: THIN },
  "decoder.feed_forward": { column: "decoder", y: 172, height: LAYER },
  "decoder.cross_attention": { column: "decoder", y: 236, height: LAYER },
  "decoder.self_attention": { column: "decoder", y: 300, height: LAYER },
  "decoder.positions": { column: "decoder", y: 374, height: THIN },
  "decoder.embedding": { column: "decoder", y: 412, height: THICK - 4 },
  "encoder.norm": { column: "encoder", y: 184, height: THIN },
  "encoder.feed_forward": { column: "encoder", y: 236, height: LAYER },
  "encoder.attention": { column: "encoder", y: 300, height: LAYER },
  "encoder.positions": { column: "encoder", y: 374, height: THIN },
  "encoder.embedding": { column: "encoder", y: 412, height: THICK - 4 },
};

/** The frames around what is repeated layer by layer. */
export const FRAMES: readonly (Place & { column: Stack })[] = [
  { column: "encoder", y: 226, height: 136 },
  { column: "decoder", y: 162, height: 200 },
];

/** A straight arrow upward, from `y + height` to `y`. */
export interface Flow extends Place {
  isKept: (card: FamilyCard) => boolean;
}

/** From what is read to what comes out, block by block. */
export const FLOWS: readonly Flow[] = [
  ...flowsOf("encoder", (card) => isKept(card, "encoder.norm")),
  // What an encoder gives goes to the output layer only where no decoder stands between.
  upTo("output", "encoder.norm", (card) => isKept(card, "encoder.norm") && !isKept(card, "decoder.norm")),
  ...flowsOf("decoder", (card) => isKept(card, "decoder.norm")),
  upTo("output", "decoder.norm", (card) => isKept(card, "decoder.norm")),
  upTo("softmax", "output", () => true),
  { column: "both", y: 0, height: PLACES.softmax.y, isKept: () => true },
];

/** Through one column. What a family leaves out of a column that stays is passed by. */
function flowsOf(column: Stack, stays: Flow["isKept"]): Flow[] {
  const blocks = BLOCKS.filter((block) => PLACES[block].column === column);
  const first = bottomOf(blocks[0]);
  const between = blocks.slice(1).map((block, place) => upTo(block, blocks[place], stays));
  return [{ column, y: first, height: HEIGHT - first, isKept: stays }, ...between];
}

function upTo(block: BlockName, from: BlockName, stays: Flow["isKept"]): Flow {
  const y = bottomOf(block);
  return { column: PLACES[from].column, y, height: PLACES[from].y - y, isKept: stays };
}

function bottomOf(block: BlockName): number {
  return PLACES[block].y + PLACES[block].height;
}

/** The way from the encoder to the decoder's cross-attention, through the gutter: corners, from its left edge. */
export const CROSSING: readonly (readonly [number, number])[] = [
  [-INSET, middle("encoder.norm")],
  [GUTTER / 2, middle("encoder.norm")],
  [GUTTER / 2, middle("decoder.cross_attention")],
  [GUTTER + INSET, middle("decoder.cross_attention")],
];

/** The way back of what was written, through the margin: corners, from its left edge. */
export const LOOP: readonly (readonly [number, number])[] = [
  [-INSET, middle("softmax")],
  [MARGIN / 2, middle("softmax")],
  [MARGIN / 2, middle("decoder.embedding")],
  [-INSET, middle("decoder.embedding")],
];

function middle(block: BlockName): number {
  return PLACES[block].y + PLACES[block].height / 2;
}

/** The corners of an arrowhead at the end of a way, which is horizontal. */
export function arrowhead(corners: readonly (readonly [number, number])[]): number[] {
  const [x, y] = corners[corners.length - 1];
  const [before] = corners[corners.length - 2];
  const back = x > before ? -ARROW : ARROW;
  return [x, y, x + back, y - ARROW / 2, x + back, y + ARROW / 2];
}

/** The left edge and the width of a column in a drawing of some width. */
export function columnOf(column: Column, width: number): { x: number; width: number } {
  const half = (width - GUTTER - MARGIN) / 2;
  if (column === "both") {
    return { x: 0, width: width - MARGIN };
  }
  return { x: column === "encoder" ? 0 : half + GUTTER, width: half };
}
