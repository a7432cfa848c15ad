/** Where the parts of a heat map lie: labels, cells, notes and legend. Pure geometry. */

import type { Pen } from "./pen.js";

export interface MatrixNames {
  rows: readonly string[];
  /** Empty when the columns are dimensions, which have numbers instead of names. */
  columns: readonly string[];
}

export interface MatrixBox {
  width: number;
  height: number;
  rows: number;
  columns: number;
  /** Cells of this size that scroll, instead of cells that all fit. */
  zoom: { cell: number; x: number; y: number } | null;
  /** How many times as wide as high a cell may be; 1, a square, unless given. Only where columns have names. */
  stretch?: number;
}

export interface MatrixLayout {
  left: number;
  top: number;
  cellWidth: number;
  cellHeight: number;
  /** The visible part of the matrix. */
  viewWidth: number;
  viewHeight: number;
  scrollX: number;
  scrollY: number;
  labelLimit: number;
  slanted: boolean;
  /** Every how many rows and columns a label stands: more would touch. */
  rowStride: number;
  columnStride: number;
}

export const LABEL_SIZE = 12.5;
const NOTE_WIDTH = 52;
const NARROW_NOTE_WIDTH = 46;
const NARROW = 420;
export const LEGEND_HEIGHT = 44;
export const SLANT_DEGREES = -48;
const CAPTION_HEIGHT = 18;
const LARGEST_CELL = 64;
const LABEL_GAP = 8;
const LEAST_LEFT = 44; // room for the axis's caption
const SLANT_HEIGHT = Math.sin((-SLANT_DEGREES * Math.PI) / 180);
/** Pixels between two labels that do not touch. */
export const LABEL_PITCH = 13;
const SLANTED_PITCH = 20;

export function layoutMatrix(pen: Pen, names: MatrixNames, box: MatrixBox): MatrixLayout {
  const labelLimit = box.width < NARROW ? 62 : 92;
  const left = Math.ceil(Math.max(LEAST_LEFT, widest(pen, names.rows, labelLimit))) + LABEL_GAP + 2;
  const columnLabel = widest(pen, names.columns, labelLimit);
  const roomWidth = box.width - left - (box.width < NARROW ? NARROW_NOTE_WIDTH : NOTE_WIDTH);
  const heightBelow = (top: number): number => box.height - top - LEGEND_HEIGHT;
  // Cells that are not square may leave much of the width unused: then a label has no more room than its cell.
  const widestCell = roomWidth / Math.max(1, box.columns);
  const flat = CAPTION_HEIGHT + 20;
  const labelRoom =
    box.stretch === undefined ? widestCell : cellSize(box, names, roomWidth, heightBelow(flat)).cellWidth;
  const slanted = names.columns.length > 0 && columnLabel > labelRoom - 6;
  const top = slanted ? Math.ceil(CAPTION_HEIGHT + columnLabel * SLANT_HEIGHT + 12) : flat;
  const roomHeight = heightBelow(top);
  const { cellWidth, cellHeight } = cellSize(box, names, roomWidth, roomHeight);
  return {
    left,
    top,
    cellWidth,
    cellHeight,
    viewWidth: Math.min(roomWidth, box.columns * cellWidth),
    viewHeight: Math.min(roomHeight, box.rows * cellHeight),
    scrollX: box.zoom?.x ?? 0,
    scrollY: box.zoom?.y ?? 0,
    labelLimit,
    slanted,
    rowStride: Math.max(1, Math.ceil(LABEL_PITCH / cellHeight)),
    columnStride: Math.max(1, Math.ceil((slanted ? SLANTED_PITCH : LABEL_PITCH) / cellWidth)),
  };
}

function cellSize(
  box: MatrixBox,
  names: MatrixNames,
  roomWidth: number,
  roomHeight: number,
): { cellWidth: number; cellHeight: number } {
  const across = names.columns.length > 0 ? box.columns : box.rows; // dimensions share the width among themselves
  const fit = Math.min(roomWidth / Math.max(1, across), roomHeight / Math.max(1, box.rows), LARGEST_CELL);
  const square = box.zoom?.cell ?? (fit >= 4 ? Math.floor(fit) : fit); // whole pixels keep all cells equally large
  if (names.columns.length > 0) {
    const width = Math.min(square * (box.stretch ?? 1), roomWidth / Math.max(1, box.columns), LARGEST_CELL);
    return { cellWidth: Math.max(square, Math.floor(width)), cellHeight: square };
  }
  return { cellWidth: box.zoom?.cell ?? roomWidth / Math.max(1, box.columns), cellHeight: square };
}

function widest(pen: Pen, names: readonly string[], limit: number): number {
  let width = 0;
  for (const name of names) {
    width = Math.max(width, pen.measure(name, LABEL_SIZE, 700));
    if (width >= limit) {
      return limit;
    }
  }
  return width;
}

export function rowY(layout: MatrixLayout, row: number): number {
  return layout.top + row * layout.cellHeight - layout.scrollY;
}

export function columnX(layout: MatrixLayout, column: number): number {
  return layout.left + column * layout.cellWidth - layout.scrollX;
}

export interface Place {
  row: number;
  /** -1 on a row's label. */
  column: number;
}

/** The cell under a point, or null outside the matrix and its row labels. */
export function placeAt(
  layout: MatrixLayout,
  rows: number,
  columns: number,
  x: number,
  y: number,
): Place | null {
  const insideY = y >= layout.top && y < layout.top + layout.viewHeight;
  if (!insideY || x < 0 || x >= layout.left + layout.viewWidth) {
    return null;
  }
  const row = Math.floor((y - layout.top + layout.scrollY) / layout.cellHeight);
  if (row >= rows) {
    return null;
  }
  if (x < layout.left) {
    return { row, column: -1 };
  }
  const column = Math.floor((x - layout.left + layout.scrollX) / layout.cellWidth);
  return column >= columns ? null : { row, column };
}

/** A text cut to a width, with an ellipsis where something is missing. Whole characters, never half an emoji. */
export function shorten(pen: Pen, text: string, size: number, limit: number, weight = 400): string {
  if (pen.measure(text, size, weight) <= limit) {
    return text;
  }
  const characters = [...text].slice(0, 120);
  while (characters.length > 1 && pen.measure(`${characters.join("")}…`, size, weight) > limit) {
    characters.pop();
  }
  return `${characters.join("")}…`;
}
