/** Both matrices of a side as heat maps, a row a word, with the gradient of the computed step beside each. */

import { signedScale, writePixels } from "../shared/colorscale.js";
import { LABEL_PITCH, shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import { rolesOf, type Side } from "./frame.js";

export interface Titles {
  input: string;
  output: string;
  gradient: string;
}

export interface MatricesLayout {
  rowHeight: number;
  /** Where each of the four blocks begins: input, its gradient, output, its gradient. */
  lefts: readonly number[];
  blockWidth: number;
  labelWidth: number;
  rows: number;
}

const SIZE = 12;
const SMALL = 11;
const TOP = 18;
const LARGEST_ROW = 22;
const GAPS = [5, 14, 5] as const; // between the blocks; the mark of an output row stands in the widest
const MARK = 3;

export function layoutMatrices(pen: Pen, { frame }: Side, width: number, height: number): MatricesLayout {
  const { words } = frame.corpus;
  const widest = words.reduce((most, word) => Math.max(most, pen.measure(word, SIZE, 700)), 20);
  const labelWidth = Math.ceil(Math.min(widest, width < 420 ? 72 : 100));
  const first = labelWidth + 12;
  const blockWidth = Math.floor((width - first - GAPS[0] - GAPS[1] - GAPS[2] - 1) / 4);
  const lefts = [first];
  GAPS.forEach((gap, block) => lefts.push(lefts[block] + blockWidth + gap));
  const rowHeight = Math.min(LARGEST_ROW, (height - TOP - 2) / words.length);
  return { rowHeight, lefts, blockWidth, labelWidth, rows: words.length };
}

export function drawMatrices(
  pen: Pen,
  palette: Palette,
  layout: MatricesLayout,
  side: Side,
  titles: Titles,
): void {
  const { run } = side;
  const { waiting, matrices } = run;
  const blocks = [matrices.inputs, waiting?.inputGradient, matrices.outputs, waiting?.outputGradient];
  const names = [titles.input, titles.gradient, titles.output, titles.gradient];
  const colors = [palette.queryInk, palette.muted, palette.keyInk, palette.muted];
  blocks.forEach((values, block) => {
    const text = shorten(pen, names[block], SMALL, layout.blockWidth, 600);
    pen.text(layout.lefts[block], 8, text, { color: colors[block], size: SMALL, weight: 600 });
    drawBlock(pen, palette, layout, block, values ?? null, side);
  });
  drawMarks(pen, palette, layout, side);
  drawLabels(pen, palette, layout, side);
  drawLooked(pen, palette, layout, side);
}

function drawBlock(
  pen: Pen,
  palette: Palette,
  layout: MatricesLayout,
  block: number,
  values: Float64Array | null,
  { frame, run }: Side,
): void {
  const { rowHeight, blockWidth, lefts, rows } = layout;
  const x = lefts[block];
  const height = rows * rowHeight;
  if (values === null) {
    pen.rectangle(x, TOP, blockWidth, height, { fill: palette.panel });
  } else {
    const numbers = Float32Array.from(values);
    const scale = signedScale(frame.ramp, numbers);
    const columns = run.matrices.dim;
    const write = (pixels: Uint32Array): void => writePixels(scale, numbers, pixels);
    pen.cells({ x, y: TOP, cellWidth: blockWidth / columns, cellHeight: rowHeight, rows, columns, write });
  }
  pen.rectangle(x - 0.5, TOP - 0.5, blockWidth + 1, height + 1, { stroke: palette.line });
}

/** A bar beside each row that the step reads and changes. */
function drawMarks(pen: Pen, palette: Palette, layout: MatricesLayout, side: Side): void {
  const { rowHeight, lefts } = layout;
  const bar = (left: number, row: number, fill: string, opacity: number): void => {
    const height = Math.max(2, rowHeight - 2);
    pen.rectangle(left - MARK - 2, TOP + row * rowHeight + 1, MARK, height, { fill, opacity });
  };
  const { predicting, predicted } = rolesOf(side);
  predicting.forEach((row) => bar(lefts[0], row, palette.query, 1));
  const scored = new Set(side.step?.predictions.flatMap((prediction) => prediction.scored) ?? []);
  scored.forEach((row) => bar(lefts[2], row, palette.key, predicted.has(row) ? 1 : 0.35));
}

/** The marked words always have a label; the others where there is room between them. */
function drawLabels(pen: Pen, palette: Palette, layout: MatricesLayout, side: Side): void {
  const { rowHeight, labelWidth } = layout;
  const { words } = side.frame.corpus;
  const { predicting, predicted } = rolesOf(side);
  const taken: number[] = [];
  const draw = (row: number, color: string, weight: number): void => {
    const y = TOP + (row + 0.5) * rowHeight;
    if (taken.every((other) => Math.abs(other - y) >= LABEL_PITCH - 0.5)) {
      taken.push(y);
      const text = shorten(pen, words[row], SIZE, labelWidth, weight);
      pen.text(labelWidth, y, text, { color, size: SIZE, anchor: "end", weight });
    }
  };
  predicted.forEach((row) => draw(row, palette.keyInk, 700));
  predicting.forEach((row) => draw(row, palette.queryInk, 700));
  draw(side.frame.looked, palette.ink, 700);
  words.forEach((_, row) => draw(row, palette.ink, 400));
}

function drawLooked(
  pen: Pen,
  palette: Palette,
  { rowHeight, lefts, blockWidth }: MatricesLayout,
  side: Side,
): void {
  const y = TOP + side.frame.looked * rowHeight;
  const width = lefts[3] + blockWidth - lefts[0];
  pen.rectangle(lefts[0] - 0.5, y - 0.5, width + 1, rowHeight + 1, { stroke: palette.ink, width: 1.5 });
}

/** The word whose row is under a point, or -1. */
export function rowAt({ rowHeight, rows }: MatricesLayout, y: number): number {
  const row = Math.floor((y - TOP) / rowHeight);
  return row >= 0 && row < rows ? row : -1;
}
