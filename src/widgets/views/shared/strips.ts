/** Vectors as strips, one cell a dimension, one under the other so that the same dimension is in the same place. */

import { writePixels, type ColorScale } from "./colorscale.js";
import { LABEL_SIZE, shorten } from "./matrixlayout.js";
import type { Pen } from "./pen.js";
import type { Palette } from "./theme.js";

export interface Strip {
  label: string;
  color: string;
  values: Float32Array;
  scale: ColorScale;
  /** A thin line above sets a strip off that is made from the ones above it. */
  result: boolean;
}

export interface StripLayout {
  left: number;
  cellWidth: number;
  dimensions: number;
  labelLimit: number;
}

export const STRIP_HEIGHT = 16;
const STRIP_GAP = 7;
const CURVE_HEIGHT = 40;
const NOTE_WIDTH = 62;
const SMALL = 11;

export function stripsHeight(count: number, withCurve: boolean): number {
  return count * (STRIP_HEIGHT + STRIP_GAP) + (withCurve ? CURVE_HEIGHT + 6 : 0) + 2;
}

export function layoutStrips(width: number, dimensions: number): StripLayout {
  const labelLimit = width < 420 ? 74 : 118;
  const left = labelLimit + 10;
  return { left, cellWidth: (width - left - NOTE_WIDTH) / Math.max(1, dimensions), dimensions, labelLimit };
}

function stripY(index: number): number {
  return index * (STRIP_HEIGHT + STRIP_GAP) + 1;
}

export function drawStrips(pen: Pen, palette: Palette, layout: StripLayout, strips: readonly Strip[]): void {
  const { left, cellWidth, dimensions } = layout;
  const width = cellWidth * dimensions;
  strips.forEach(({ label, color, values, scale, result }, index) => {
    const y = stripY(index);
    const write = (pixels: Uint32Array): void => writePixels(scale, values, pixels);
    pen.text(left - 8, y + STRIP_HEIGHT / 2, shorten(pen, label, LABEL_SIZE, layout.labelLimit), {
      color,
      size: LABEL_SIZE,
      anchor: "end",
    });
    pen.cells({ x: left, y, cellWidth, cellHeight: STRIP_HEIGHT, rows: 1, columns: dimensions, write });
    pen.rectangle(left - 0.5, y - 0.5, width + 1, STRIP_HEIGHT + 1, { stroke: palette.line });
    if (result) {
      pen.line([left, y - STRIP_GAP / 2, left + width, y - STRIP_GAP / 2], { stroke: palette.ink });
    }
  });
}

/** The sum of the numbers so far, dimension by dimension, up to its end. */
export function drawRunningSum(
  pen: Pen,
  palette: Palette,
  layout: StripLayout,
  strips: number,
  sum: { label: string; values: Float32Array; end: string },
): void {
  const top = stripY(strips) + 4;
  const totals: number[] = [];
  sum.values.reduce((total, value) => {
    totals.push(total + value);
    return total + value;
  }, 0);
  const [low, high] = [Math.min(0, ...totals), Math.max(0, ...totals)];
  const height = (total: number): number =>
    top + (CURVE_HEIGHT - 8) * (1 - (total - low) / (high - low || 1)) + 4;
  const { left, cellWidth, dimensions } = layout;
  const right = left + cellWidth * dimensions;
  pen.line([left, height(0), right, height(0)], { stroke: palette.line });
  pen.text(left - 8, height(0), sum.label, { color: palette.muted, size: SMALL, anchor: "end" });
  const points = totals.flatMap((total, index) => [left + (index + 1) * cellWidth, height(total)]);
  pen.line([left, height(0), ...points], { stroke: palette.ink, width: 1.5 });
  const last = totals.at(-1) ?? 0;
  pen.dot(right, height(last), 3, { fill: palette.ink });
  pen.text(right + 8, height(last), sum.end, { color: palette.ink, size: LABEL_SIZE, weight: 700 });
}

/** A frame around one dimension of all strips, with each strip's number beside it. */
export function drawStripsOverlay(
  pen: Pen,
  palette: Palette,
  layout: StripLayout,
  strips: readonly Strip[],
  dimension: number,
  number: (value: number) => string,
): void {
  const { left, cellWidth, dimensions } = layout;
  const x = left + dimension * cellWidth;
  const height = strips.length * (STRIP_HEIGHT + STRIP_GAP) - STRIP_GAP;
  pen.rectangle(x - 1, 0, cellWidth + 2, height + 2, { stroke: palette.ink, width: 1.5 });
  strips.forEach(({ values }, index) => {
    const style = { color: palette.ink, size: SMALL } as const;
    pen.text(
      left + cellWidth * dimensions + 8,
      stripY(index) + STRIP_HEIGHT / 2,
      number(values[dimension]),
      style,
    );
  });
}

/** The dimension under a point. */
export function dimensionAt(layout: StripLayout, x: number): number {
  const dimension = Math.floor((x - layout.left) / layout.cellWidth);
  return Math.max(0, Math.min(layout.dimensions - 1, dimension));
}
