/** Attention as lines: queries on the left, keys on the right, and a line as thick as the weight between them. */

import { LABEL_PITCH, LABEL_SIZE, shorten } from "./matrixlayout.js";
import type { Pen } from "./pen.js";
import type { Palette } from "./theme.js";

export interface LineLayout {
  width: number;
  top: number;
  rowHeight: number;
  /** Where lines leave and arrive. */
  left: number;
  right: number;
  labelLimit: number;
  stride: number;
}

export interface Lines {
  names: readonly string[];
  weights: Float32Array;
  hiddenRow: number;
  captions: { queries: string; keys: string };
}

export interface LinePlace {
  query: number;
  key: number;
}

const THICKEST = 14;
const FAINTEST_DRAWN = 0.01; // a line of less than a seventh of a pixel is not drawn
const MANY_WORDS = 40;
const VALUE_WIDTH = 42;
const SMALL = 11;

/** `rowHeight` and `top` are the heat map's where both stand side by side, so that rows run on. */
export function layoutLines(
  pen: Pen,
  names: readonly string[],
  box: { width: number; top: number; rowHeight: number },
): LineLayout {
  const labelLimit = box.width < 300 ? 62 : 84;
  const widest = names.reduce((width, name) => Math.max(width, pen.measure(name, LABEL_SIZE, 700)), 20);
  const label = Math.ceil(Math.min(widest, labelLimit));
  return {
    ...box,
    left: label + 10,
    right: box.width - label - VALUE_WIDTH - 8,
    labelLimit,
    stride: Math.max(1, Math.ceil(LABEL_PITCH / box.rowHeight)),
  };
}

function lineY(layout: LineLayout, index: number): number {
  return layout.top + (index + 0.5) * layout.rowHeight;
}

function thickness(layout: LineLayout, weight: number): number {
  return weight * Math.min(THICKEST, Math.max(4, layout.rowHeight * 0.6));
}

/** All rows, quietly. The words are drawn by `drawLineLabels`. */
export function drawLines(pen: Pen, palette: Palette, layout: LineLayout, lines: Lines): void {
  const n = lines.names.length;
  // With many words only the heavier lines are drawn, at most about twenty a word.
  const least = n > MANY_WORDS ? 0.05 : FAINTEST_DRAWN;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n && i !== lines.hiddenRow; j += 1) {
      const weight = lines.weights[i * n + j];
      if (weight >= least) {
        drawLine(pen, layout, i, j, weight, palette.muted, 0.22);
      }
    }
  }
}

function drawLine(
  pen: Pen,
  layout: LineLayout,
  i: number,
  j: number,
  weight: number,
  stroke: string,
  opacity: number,
): void {
  const width = Math.max(0.3, thickness(layout, weight));
  pen.curve(layout.left, lineY(layout, i), layout.right, lineY(layout, j), { stroke, width, opacity });
}

function drawQuery(
  pen: Pen,
  layout: LineLayout,
  names: readonly string[],
  index: number,
  color: string,
  weight: number,
): void {
  const text = shorten(pen, names[index], LABEL_SIZE, layout.labelLimit, weight);
  pen.text(layout.left - 8, lineY(layout, index), text, { color, size: LABEL_SIZE, anchor: "end", weight });
}

function drawKey(
  pen: Pen,
  layout: LineLayout,
  names: readonly string[],
  index: number,
  color: string,
  weight: number,
): void {
  const text = shorten(pen, names[index], LABEL_SIZE, layout.labelLimit, weight);
  pen.text(layout.right + 8, lineY(layout, index), text, { color, size: LABEL_SIZE, weight });
}

/** One row in full color, with its numbers where there is room; the line to `place.key` stands out. */
export function drawLinesOverlay(
  pen: Pen,
  palette: Palette,
  layout: LineLayout,
  lines: Lines,
  place: LinePlace,
  number: (weight: number) => string,
): void {
  const { query, key } = place;
  if (query === lines.hiddenRow) {
    return;
  }
  const n = lines.names.length;
  const row = lines.weights.subarray(query * n, (query + 1) * n);
  const heaviest = row.reduce((most, weight) => Math.max(most, weight), 0);
  row.forEach((weight, j) => {
    if (weight >= FAINTEST_DRAWN / 4 && j !== key) {
      // Many lines of equal strength would be one blot: then the lighter ones are paler, too.
      const share = n > MANY_WORDS ? weight / heaviest : 1;
      drawLine(pen, layout, query, j, weight, palette.query, (key < 0 ? 0.85 : 0.45) * share);
    }
  });
  if (key >= 0) {
    drawLine(pen, layout, query, key, row[key], palette.query, 1);
    pen.curve(layout.left, lineY(layout, query), layout.right, lineY(layout, key), {
      stroke: palette.ink,
      width: 1,
    });
  }
  drawKeyNumbers(pen, palette, layout, row, key, number);
}

/** The words at both ends. The two of `place` are bold, and none stands so close that it would touch them. */
export function drawLineLabels(
  pen: Pen,
  palette: Palette,
  layout: LineLayout,
  { names, captions }: Pick<Lines, "names" | "captions">,
  place: LinePlace | null,
): void {
  const top = layout.top - 15;
  pen.text(layout.left - 10, top, captions.queries, { color: palette.queryInk, size: SMALL, anchor: "end" });
  pen.text(layout.right + 10, top, captions.keys, { color: palette.keyInk, size: SMALL });
  const { query, key } = place ?? { query: -1, key: -1 };
  const isFree = (index: number, strong: number): boolean =>
    strong < 0 || Math.abs(index - strong) * layout.rowHeight >= LABEL_PITCH;
  for (let index = 0; index < names.length; index += layout.stride) {
    if (isFree(index, query)) {
      drawQuery(pen, layout, names, index, palette.ink, 400);
    }
    if (isFree(index, key)) {
      drawKey(pen, layout, names, index, palette.ink, 400);
    }
  }
  if (query >= 0) {
    drawQuery(pen, layout, names, query, palette.queryInk, 700);
  }
  if (key >= 0) {
    drawKey(pen, layout, names, key, palette.keyInk, 700);
  }
}

function drawKeyNumbers(
  pen: Pen,
  palette: Palette,
  layout: LineLayout,
  row: Float32Array,
  key: number,
  number: (weight: number) => string,
): void {
  row.forEach((weight, j) => {
    const active = j === key;
    const isFree = key < 0 || Math.abs(j - key) * layout.rowHeight >= LABEL_PITCH;
    if (active || (j % layout.stride === 0 && isFree)) {
      const color = active ? palette.ink : palette.muted;
      const style = { color, size: SMALL, anchor: "end", weight: active ? 700 : 400 } as const;
      pen.text(layout.width - 1, lineY(layout, j), number(weight), style);
    }
  });
}

/** The words under a point: a query on the left half, a key on the right one. */
export function lineSideAt(
  layout: LineLayout,
  n: number,
  x: number,
  y: number,
): { side: "query" | "key"; index: number } | null {
  const index = Math.floor((y - layout.top) / layout.rowHeight);
  if (index < 0 || index >= n) {
    return null;
  }
  return { side: x < (layout.left + layout.right) / 2 ? "query" : "key", index };
}
