/** The names beside the rows of a heat map and above its columns. */

import {
  columnX,
  LABEL_PITCH,
  LABEL_SIZE,
  rowY,
  shorten,
  SLANT_DEGREES,
  type MatrixLayout,
} from "./matrixlayout.js";
import type { Pen } from "./pen.js";
import type { Palette } from "./theme.js";

const TICK = 11;

/** Draws beside the rows only. The first and last label overhang, where rows are lower than letters. */
export function clipRows(
  pen: Pen,
  { left, top, viewWidth, viewHeight }: MatrixLayout,
  draw: () => void,
): void {
  const overhang = 5;
  pen.clip(0, top - overhang, left + viewWidth + 100, viewHeight + 2 * overhang, draw);
}

export function drawRowLabels(
  pen: Pen,
  palette: Palette,
  layout: MatrixLayout,
  names: readonly string[],
  strong: number,
): void {
  const { top, viewHeight, cellHeight } = layout;
  clipRows(pen, layout, () => {
    for (let row = 0; row < names.length; row += layout.rowStride) {
      if (strong < 0 || Math.abs(row - strong) * cellHeight >= LABEL_PITCH) {
        drawRowLabel(pen, layout, names, row, palette.ink, 400);
      }
    }
  });
  const y = rowY(layout, strong) + cellHeight / 2;
  if (strong >= 0 && y >= top && y <= top + viewHeight) {
    drawRowLabel(pen, layout, names, strong, palette.queryInk, 700);
  }
}

function drawRowLabel(
  pen: Pen,
  layout: MatrixLayout,
  names: readonly string[],
  row: number,
  color: string,
  weight: number,
): void {
  const y = rowY(layout, row) + layout.cellHeight / 2;
  const text = shorten(pen, names[row], LABEL_SIZE, layout.labelLimit, weight);
  pen.text(layout.left - 8, y, text, { color, size: LABEL_SIZE, anchor: "end", weight });
}

export function drawColumnLabels(
  pen: Pen,
  palette: Palette,
  layout: MatrixLayout,
  names: readonly string[],
  strong: number,
): void {
  const pitch = layout.columnStride > 1 ? layout.columnStride * layout.cellWidth : 1;
  for (let column = 0; column < names.length; column += layout.columnStride) {
    if (strong < 0 || Math.abs(column - strong) * layout.cellWidth >= pitch) {
      drawColumnLabel(pen, layout, names, column, palette.ink, 400);
    }
  }
  if (strong >= 0) {
    drawColumnLabel(pen, layout, names, strong, palette.keyInk, 700);
  }
}

function drawColumnLabel(
  pen: Pen,
  layout: MatrixLayout,
  names: readonly string[],
  column: number,
  color: string,
  weight: number,
): void {
  const x = columnX(layout, column) + layout.cellWidth / 2;
  if (x < layout.left || x > layout.left + layout.viewWidth) {
    return; // scrolled out of sight
  }
  const text = shorten(pen, names[column], LABEL_SIZE, layout.labelLimit, weight);
  if (layout.slanted) {
    pen.text(x, layout.top - 7, text, { color, size: LABEL_SIZE, weight, rotate: SLANT_DEGREES });
  } else {
    pen.text(x, layout.top - 11, text, { color, size: LABEL_SIZE, weight, anchor: "middle" });
  }
}

/** Dimensions have no names: a few of their numbers are enough to count by. */
export function drawDimensionTicks(pen: Pen, palette: Palette, layout: MatrixLayout, columns: number): void {
  for (const column of [
    0,
    Math.floor(columns / 4),
    Math.floor(columns / 2),
    Math.floor((3 * columns) / 4),
    columns - 1,
  ]) {
    const x = columnX(layout, column) + layout.cellWidth / 2;
    if (x >= layout.left && x <= layout.left + layout.viewWidth) {
      pen.text(x, layout.top - 10, String(column), { color: palette.muted, size: TICK, anchor: "middle" });
    }
  }
}
