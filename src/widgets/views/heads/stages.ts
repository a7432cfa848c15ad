/**
 * Where the tables of one attention lie at each stage of its cutting: pure geometry. Between two stages the blocks that
 * both have move, the others come and go.
 */

import type { PartName } from "./look.js";

export const STAGES = ["read", "maps", "cut", "apart", "weights", "found", "together", "output"] as const;

export interface Block {
  part: PartName;
  /** -1 for all heads together. */
  head: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** From 0, not there, to 1. */
  alpha: number;
}

export interface Room {
  width: number;
  height: number;
  heads: number;
  /** How many tokens look, and are looked at. */
  rows: number;
  columns: number;
  hasMemory: boolean;
}

export const LEFT = 64; // for words
const TOP = 28;
const BANDS = 4;
const GAP = 10;
const RIGHT = 6;
const MOST_ROW = 13; // px

type Side = "query" | "key" | "value";
const SIDES: readonly Side[] = ["query", "key", "value"];
/** From left to right, once the heads lie below each other. */
export const COLUMNS: readonly PartName[] = ["query", "key", "scores", "weights", "value", "heads"];

/** The blocks of a stage. */
export function blocksAt(stage: number, room: Room): Block[] {
  const bands = bandsOf(room);
  if (stage <= 2) {
    const read = [bands.whole("x", 0)];
    if (stage === 0) {
      return room.hasMemory ? [...read, bands.whole("memory", 1)] : read;
    }
    return [...read, ...SIDES.flatMap((side, band) => bands.pieces(side, band + 1, stage === 2 ? GAP : 0))];
  }
  if (stage <= 5) {
    const until = { 3: ["query", "key", "value"], 4: ["query", "key", "scores", "weights", "value"] };
    const parts: readonly string[] = stage === 5 ? COLUMNS : until[stage as 3 | 4];
    return COLUMNS.filter((part) => parts.includes(part)).flatMap((part) => apart(part, room));
  }
  const joined = bands.pieces("heads", stage === 6 ? 1 : 0, 0);
  return stage === 6 ? joined : [...joined, bands.whole("output", 2)];
}

/** The blocks on the way between two stages: at 2.25 a quarter of the way from stage 2 to stage 3. */
export function blocksBetween(position: number, room: Room): Block[] {
  const stage = Math.min(Math.floor(position), STAGES.length - 1);
  const share = position - stage;
  const from = blocksAt(stage, room);
  if (share <= 0 || stage + 1 >= STAGES.length) {
    return from;
  }
  const to = new Map(blocksAt(stage + 1, room).map((block) => [keyOf(block), block]));
  const blocks = from.map((block) => {
    const goal = to.get(keyOf(block));
    to.delete(keyOf(block));
    return goal === undefined ? { ...block, alpha: 1 - share } : moved(block, goal, share);
  });
  return [...blocks, ...[...to.values()].map((block) => ({ ...block, alpha: share }))];
}

/** The block under a point, or -1. */
export function blockAt(blocks: readonly Block[], x: number, y: number): number {
  return blocks.findIndex(
    (block) => x >= block.x && x < block.x + block.width && y >= block.y && y < block.y + block.height,
  );
}

const keyOf = ({ part, head }: Block): string => `${part} ${head}`;

function moved(from: Block, to: Block, share: number): Block {
  const eased = share * share * (3 - 2 * share);
  const between = (a: number, b: number): number => a + (b - a) * eased;
  return {
    ...from,
    x: between(from.x, to.x),
    y: between(from.y, to.y),
    width: between(from.width, to.width),
    height: between(from.height, to.height),
  };
}

/** Tables over the whole width, in bands below each other. */
function bandsOf(room: Room): {
  whole: (part: PartName, band: number) => Block;
  pieces: (part: PartName, band: number, gap: number) => Block[];
} {
  const pitch = (room.height - TOP) / BANDS;
  const width = room.width - LEFT - RIGHT;
  const line = (part: PartName, band: number): Pick<Block, "y" | "height"> => {
    const looked = part === "key" || part === "value" || part === "memory";
    const most = (looked ? room.columns : room.rows) * MOST_ROW;
    return { y: TOP + band * pitch, height: Math.min(pitch - 26, most) };
  };
  return {
    whole: (part, band) => ({ part, head: -1, x: LEFT, width, alpha: 1, ...line(part, band) }),
    pieces: (part, band, gap) => {
      const each = (width - gap * (room.heads - 1)) / room.heads;
      return Array.from({ length: room.heads }, (_, head) => {
        return { part, head, x: LEFT + head * (each + gap), width: each, alpha: 1, ...line(part, band) };
      });
    },
  };
}

/** A table of each head, the heads below each other. */
function apart(part: PartName, room: Room): Block[] {
  const pitch = (room.height - TOP) / room.heads;
  const column = (room.width - LEFT - RIGHT) / COLUMNS.length;
  const looked = part === "key" || part === "value";
  const height = Math.min(pitch - 8, (looked ? room.columns : room.rows) * MOST_ROW);
  const isSquare = part === "scores" || part === "weights";
  const width = isSquare ? Math.min(column - GAP, room.columns * MOST_ROW * 1.6) : column - GAP;
  return Array.from({ length: room.heads }, (_, head) => {
    const x = LEFT + COLUMNS.indexOf(part) * column;
    return { part, head, x, y: TOP + head * pitch, width, height, alpha: 1 };
  });
}
