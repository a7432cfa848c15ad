/** Who can see whom as a graph: one row of tokens for each layer, and lit what can reach the row that is looked at. */

import { reachOf, type Mask } from "../../engine/masks.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import { visibleToken } from "../shared/tokentext.js";

export interface Graph {
  /** From the bottom, what is read, to the top. */
  levels: readonly (readonly string[])[];
  /** Lines between a level and the one above it. */
  lines: readonly { level: number; from: number; to: number; isLit: boolean }[];
  lit: readonly ReadonlySet<number>[];
}

/** The paths that lead to `row` of the top level. In cross-attention there is one level of keys and one of queries. */
export function graphOf(
  { queries, keys }: { queries: readonly string[]; keys: readonly string[] },
  mask: Mask,
  row: number,
  layers: number,
  isCross: boolean,
): Graph {
  const count = isCross ? 1 : layers;
  const levels = [keys, ...Array.from({ length: count }, () => queries)];
  const lit: Set<number>[] = [new Set([row])];
  for (let level = count; level > 0; level -= 1) {
    const above = lit[0];
    const seen = keys.map((_, k) => k).filter((k) => [...above].some((q) => mask.allowed[q * mask.Tk + k]));
    // Within one text a token also keeps what it had.
    lit.unshift(new Set(isCross ? seen : [...seen, ...above]));
  }
  const lines: { level: number; from: number; to: number; isLit: boolean }[] = [];
  for (let level = 0; level < count; level += 1) {
    for (let q = 0; q < mask.Tq; q += 1) {
      for (let k = 0; k < mask.Tk; k += 1) {
        if (mask.allowed[q * mask.Tk + k]) {
          lines.push({ level, from: k, to: q, isLit: lit[level + 1].has(q) });
        }
      }
    }
  }
  return { levels, lines, lit };
}

/** How many of the tokens that are read reach the row that is looked at. */
export function reached(mask: Mask, row: number, layers: number): number {
  return reachOf(mask, layers)
    .subarray(row * mask.Tk, (row + 1) * mask.Tk)
    .reduce((sum, cell) => sum + cell, 0);
}

const MARGIN = 34;
const LABEL_ROOM = 74;
const LABEL = 12;

/** Unlit lines below, lit ones above them, dots on top. */
export function drawGraph(
  pen: Pen,
  palette: Palette,
  size: { width: number; height: number },
  { levels, lines, lit }: Graph,
): void {
  const bottom = size.height - LABEL_ROOM;
  const top = levels.length > 1 ? LABEL_ROOM : bottom;
  const y = (level: number): number => bottom - ((bottom - top) * level) / Math.max(1, levels.length - 1);
  const x = (level: number, place: number): number =>
    MARGIN + ((size.width - 2 * MARGIN) * (place + 0.5)) / levels[level].length;
  for (const isLit of [false, true]) {
    const paint = isLit
      ? { stroke: palette.query, width: 1.8 }
      : { stroke: palette.mask, width: 1, opacity: 0.35 };
    for (const line of lines.filter((each) => each.isLit === isLit)) {
      pen.line(
        [x(line.level, line.from), y(line.level), x(line.level + 1, line.to), y(line.level + 1)],
        paint,
      );
    }
  }
  levels.forEach((tokens, level) => {
    const isEnd = level === 0 || level === levels.length - 1;
    tokens.forEach((token, place) => {
      const isOn = lit[level].has(place);
      pen.dot(x(level, place), y(level), isOn ? 5.5 : 3.5, { fill: isOn ? palette.query : palette.mask });
      if (isEnd) {
        const below = level === 0;
        pen.text(x(level, place), y(level) + (below ? 16 : -16), visibleToken(token), {
          color: isOn ? palette.ink : palette.muted,
          size: LABEL,
          weight: isOn ? 600 : 400,
          anchor: below ? "end" : "start",
          rotate: -48,
        });
      }
    });
  });
}
