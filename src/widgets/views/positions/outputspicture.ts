/** Each word's output before and after the words were moved, one strip under the other: what differs shows at once. */

import { rampIndex, writePixels, type ColorScale } from "../shared/colorscale.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import type { Size } from "./chart.js";
import { changeText } from "./formulas.js";
import type { Shuffle } from "./numbers.js";

export interface Outputs {
  labels: readonly string[];
  /** Which token stands at each place now. */
  order: readonly number[];
  D: number;
  shuffle: Shuffle;
  scale: ColorScale;
  /** The token that is looked at. */
  token: number;
  captions: { before: string; after: string; change: string };
}

export const ROW = 34;
const STRIP = 11;
const TOP = 22;
const LABEL = 12.5;
const SMALL = 11;
const NARROW = 420;

export const outputsHeight = (T: number): number => TOP + T * ROW + 2;

export function drawOutputs(pen: Pen, palette: Palette, { width }: Size, outputs: Outputs): void {
  const { labels, captions, token } = outputs;
  const isNarrow = width < NARROW;
  const left = isNarrow ? 84 : 128;
  const right = width - (isNarrow ? 74 : 92);
  const quiet = { color: palette.muted, size: SMALL } as const;
  pen.text(width, 8, captions.change, { ...quiet, anchor: "end" });
  labels.forEach((label, word) => {
    const y = TOP + word * ROW;
    if (word === token) {
      pen.rectangle(0, y - 4, width, ROW - 2, { fill: palette.panel });
    }
    const style = { color: palette.ink, size: LABEL, weight: word === token ? 700 : 400 } as const;
    pen.text(4, y + STRIP + 1, shorten(pen, label, LABEL, left - (isNarrow ? 40 : 64)), style);
    drawPair(pen, palette, outputs, { word, y, left, right, isNarrow });
    const change = changeText(outputs.shuffle.changes[word]);
    pen.text(width - 4, y + STRIP + 1, change, { color: palette.ink, size: LABEL, anchor: "end" });
  });
}

interface Place {
  word: number;
  y: number;
  left: number;
  right: number;
  isNarrow: boolean;
}

function drawPair(
  pen: Pen,
  palette: Palette,
  outputs: Outputs,
  { word, y, left, right, isNarrow }: Place,
): void {
  const { shuffle, order, D, scale, captions } = outputs;
  const place = order.indexOf(word);
  const strips = [
    { row: shuffle.before.outputs.subarray(word * D, (word + 1) * D), name: captions.before, at: word },
    { row: shuffle.after.outputs.subarray(place * D, (place + 1) * D), name: captions.after, at: place },
  ];
  strips.forEach(({ row, name, at }, line) => {
    const top = y + line * (STRIP + 3);
    const write = (pixels: Uint32Array): void => writePixels(scale, row, pixels);
    const text = isNarrow ? String(at) : `${name} ${at}`;
    const style = { color: palette.muted, size: 10, anchor: "end" } as const;
    pen.text(left - 6, top + STRIP / 2, text, style);
    const cells = { cellWidth: (right - left) / D, cellHeight: STRIP, rows: 1, columns: D };
    pen.cells({ x: left, y: top, ...cells, write });
    pen.rectangle(left - 0.5, top - 0.5, right - left + 1, STRIP + 1, { stroke: palette.hairline });
  });
}

/** The token whose row a point lies in, or -1. */
export function tokenAt(T: number, y: number): number {
  const token = Math.floor((y - TOP + 4) / ROW);
  return token >= 0 && token < T ? token : -1;
}

/** A color for how much a word's output changed, of the scale from nothing to the most. */
export function changeColor(scale: ColorScale, change: number): string {
  return scale.ramp.css[rampIndex(scale, change)];
}
