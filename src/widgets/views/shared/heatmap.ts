/** Draws a matrix as a heat map: what the data say below, what the pointer says above. */

import { rampIndex, writePixels, type ColorScale } from "./colorscale.js";
import { clipRows, drawColumnLabels, drawDimensionTicks, drawRowLabels } from "./matrixlabels.js";
import { columnX, rowY, type MatrixLayout, type MatrixNames, type Place } from "./matrixlayout.js";
import type { Pen } from "./pen.js";
import type { Palette } from "./theme.js";

export interface Matrix {
  names: MatrixNames;
  rows: number;
  columns: number;
  values: Float32Array;
  scale: ColorScale;
  /** The text of a cell's number, or null when no numbers are wanted. */
  cellText: ((value: number) => string) | null;
  /** A number beside each row, under a heading: made only for the rows that have room for it. */
  notes: { heading: string; textOf: (row: number) => string } | null;
  /** A row whose numbers the reader is still guessing, or -1. */
  hiddenRow: number;
  captions: { rows: string; columns: string };
  /** Texts at the low end, in the middle and at the high end of the scale. */
  legend: readonly [string, string, string];
}

const SMALL = 11;
const LEAST_NUMBER_SIZE = 8.5;
const LARGEST_NUMBER_SIZE = 13;
const LEGEND_WIDTH = 132;
const LEGEND_BAR = 8;

/** What the data say: cells, numbers, notes and legend. The labels are drawn by `drawMatrixLabels`. */
export function drawMatrix(pen: Pen, palette: Palette, layout: MatrixLayout, matrix: Matrix): void {
  drawNotes(pen, palette, layout, matrix);
  pen.clip(layout.left, layout.top, layout.viewWidth, layout.viewHeight, () => {
    drawCells(pen, palette, layout, matrix);
    drawNumbers(pen, layout, matrix);
    drawHiddenRow(pen, palette, layout, matrix);
  });
  const { left, top, viewWidth, viewHeight } = layout;
  pen.rectangle(left - 0.5, top - 0.5, viewWidth + 1, viewHeight + 1, { stroke: palette.line });
  drawLegend(pen, palette, layout, matrix);
}

/** The words beside rows and columns. The two of `place` are bold, and none stands so close that it would touch them. */
export function drawMatrixLabels(
  pen: Pen,
  palette: Palette,
  layout: MatrixLayout,
  { names, captions }: Pick<Matrix, "names" | "captions">,
  place: Place | null,
): void {
  pen.text(layout.left, 8, captions.columns, { color: palette.keyInk, size: SMALL });
  pen.text(0, layout.top - 15, captions.rows, { color: palette.queryInk, size: SMALL });
  drawRowLabels(pen, palette, layout, names.rows, place?.row ?? -1);
  if (names.columns.length > 0) {
    drawColumnLabels(pen, palette, layout, names.columns, place?.column ?? -1);
  }
}

/** A number beside each row, under its heading; dimensions get their ticks here, too: they depend on no word. */
function drawNotes(pen: Pen, palette: Palette, layout: MatrixLayout, matrix: Matrix): void {
  if (matrix.names.columns.length === 0) {
    drawDimensionTicks(pen, palette, layout, matrix.columns);
  }
  const { notes } = matrix;
  if (notes === null) {
    return;
  }
  const { left, top, viewWidth, viewHeight, cellHeight } = layout;
  const x = left + viewWidth + 8;
  const style = { color: palette.muted, size: SMALL };
  pen.text(x, top + viewHeight + 12, notes.heading, style);
  clipRows(pen, layout, () => {
    for (let row = 0; row < matrix.rows; row += layout.rowStride) {
      if (row !== matrix.hiddenRow) {
        pen.text(x, rowY(layout, row) + cellHeight / 2, notes.textOf(row), style);
      }
    }
  });
}

function drawCells(pen: Pen, palette: Palette, layout: MatrixLayout, matrix: Matrix): void {
  const { rows, columns, values, scale } = matrix;
  const { cellWidth, cellHeight } = layout;
  const write = (pixels: Uint32Array): void => writePixels(scale, values, pixels);
  pen.cells({ x: columnX(layout, 0), y: rowY(layout, 0), cellWidth, cellHeight, rows, columns, write });
  if (Math.min(cellWidth, cellHeight) < 10) {
    return;
  }
  const right = columnX(layout, columns);
  const bottom = rowY(layout, rows);
  for (let row = 1; row < rows; row += 1) {
    const y = rowY(layout, row) - 0.5;
    pen.line([layout.left, y, right, y], { stroke: palette.hairline });
  }
  for (let column = 1; column < columns; column += 1) {
    const x = columnX(layout, column) - 0.5;
    pen.line([x, layout.top, x, bottom], { stroke: palette.hairline });
  }
}

/** Whether numbers fit into cells of this size. */
export function numbersFit(cellWidth: number, cellHeight: number): boolean {
  return numberSize(cellWidth, 4) >= LEAST_NUMBER_SIZE && cellHeight >= 14;
}

function numberSize(cellWidth: number, characters: number): number {
  return Math.min(LARGEST_NUMBER_SIZE, (cellWidth - 4) / (0.57 * characters));
}

function drawNumbers(pen: Pen, layout: MatrixLayout, matrix: Matrix): void {
  const { rows, columns, values, scale, cellText } = matrix;
  if (cellText === null || !numbersFit(layout.cellWidth, layout.cellHeight)) {
    return;
  }
  const [firstRow, endRow] = visible(layout.scrollY, layout.viewHeight, layout.cellHeight, rows);
  const [firstColumn, endColumn] = visible(layout.scrollX, layout.viewWidth, layout.cellWidth, columns);
  for (let row = firstRow; row < endRow; row += 1) {
    for (let column = firstColumn; column < endColumn; column += 1) {
      const value = values[row * columns + column];
      const text = cellText(value);
      const x = columnX(layout, column) + layout.cellWidth / 2;
      const y = rowY(layout, row) + layout.cellHeight / 2;
      const size = Math.max(LEAST_NUMBER_SIZE, numberSize(layout.cellWidth, Math.max(4, text.length)));
      pen.text(x, y, text, { color: scale.ramp.ink[rampIndex(scale, value)], size, anchor: "middle" });
    }
  }
}

function visible(scroll: number, view: number, cell: number, count: number): [number, number] {
  return [Math.max(0, Math.floor(scroll / cell)), Math.min(count, Math.ceil((scroll + view) / cell))];
}

function drawHiddenRow(pen: Pen, palette: Palette, layout: MatrixLayout, matrix: Matrix): void {
  if (matrix.hiddenRow < 0) {
    return;
  }
  const y = rowY(layout, matrix.hiddenRow);
  pen.rectangle(layout.left, y, layout.viewWidth, layout.cellHeight, { fill: palette.panel });
  for (let column = 0; column < matrix.columns && layout.cellWidth >= 12; column += 1) {
    const x = columnX(layout, column) + layout.cellWidth / 2;
    pen.text(x, y + layout.cellHeight / 2, "?", { color: palette.muted, size: SMALL, anchor: "middle" });
  }
}

function drawLegend(pen: Pen, palette: Palette, layout: MatrixLayout, matrix: Matrix): void {
  const y = layout.top + layout.viewHeight + 14;
  const steps = 66;
  const { css } = matrix.scale.ramp;
  const step = LEGEND_WIDTH / steps;
  for (let index = 0; index < steps; index += 1) {
    const fill = css[Math.round((index / (steps - 1)) * (css.length - 1))];
    pen.rectangle(layout.left + index * step, y, step + 0.3, LEGEND_BAR, { fill });
  }
  pen.rectangle(layout.left - 0.5, y - 0.5, LEGEND_WIDTH + 1, LEGEND_BAR + 1, { stroke: palette.line });
  const anchors = ["start", "middle", "end"] as const;
  matrix.legend.forEach((text, index) => {
    const x = layout.left + (index * LEGEND_WIDTH) / 2;
    pen.text(x, y + LEGEND_BAR + 9, text, { color: palette.muted, size: SMALL, anchor: anchors[index] });
  });
}

/** Lights up a row, a column and their cell; `locked` also dims the rest. */
export function drawMatrixOverlay(
  pen: Pen,
  palette: Palette,
  layout: MatrixLayout,
  place: Place,
  locked: boolean,
): void {
  const { left, top, viewWidth, viewHeight, cellWidth, cellHeight } = layout;
  const x = columnX(layout, place.column);
  const y = rowY(layout, place.row);
  pen.clip(left - 2, top - 2, viewWidth + 4, viewHeight + 4, () => {
    if (locked) {
      dimAround(pen, palette, layout, place);
    }
    if (place.column >= 0 && cellWidth >= 6) {
      pen.rectangle(x, top, cellWidth, viewHeight, { stroke: palette.key, width: 1.5, dash: [4, 2] });
    } else if (place.column >= 0) {
      pen.line([x + cellWidth / 2, top, x + cellWidth / 2, top + viewHeight], { stroke: palette.key });
    }
    pen.rectangle(left, y, viewWidth, cellHeight, { stroke: palette.query, width: 1.5 });
    if (place.column >= 0) {
      const width = Math.max(5, cellWidth); // a frame narrower than that could not be seen
      const start = x + (cellWidth - width) / 2;
      pen.rectangle(start, y, width, cellHeight, { stroke: palette.page, width: 4 });
      pen.rectangle(start, y, width, cellHeight, { stroke: palette.ink, width: 2 });
    }
  });
}

function dimAround(pen: Pen, palette: Palette, layout: MatrixLayout, place: Place): void {
  const { left, top, viewWidth, viewHeight, cellWidth, cellHeight } = layout;
  const wash = { fill: palette.page, opacity: 0.6 };
  const above = rowY(layout, place.row) - top;
  const before = place.column < 0 ? viewWidth : columnX(layout, place.column) - left;
  const after = before + cellWidth;
  for (const [y, height] of [
    [top, above],
    [top + above + cellHeight, viewHeight - above - cellHeight],
  ]) {
    pen.rectangle(left, y, before, Math.max(0, height), wash);
    pen.rectangle(left + after, y, Math.max(0, viewWidth - after), Math.max(0, height), wash);
  }
}
