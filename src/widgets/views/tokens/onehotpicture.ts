/** One-hot rows: as many columns as the vocabulary holds, and a single 1 in each row. */

import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Frame } from "./frame.js";
import type { Size } from "./linepicture.js";

const SMALL = 11;
const TOP = 20;
export const MOST_ROWS = 20;

export function drawOneHot(pen: Pen, palette: Palette, { width, height }: Size, { cut }: Frame): void {
  if (cut === null || cut.size === 0 || cut.ids.length === 0) {
    return;
  }
  const left = width < 420 ? 70 : 96;
  const rows = Math.min(MOST_ROWS, cut.ids.length);
  const cellHeight = Math.min(20, (height - TOP) / rows);
  const cellWidth = (width - left - 2) / cut.size;
  const right = left + cellWidth * cut.size;
  const hasDigits = cellWidth >= 12 && cellHeight >= 11;
  drawHead(pen, palette, left, cellWidth, cut.size);
  for (let row = 0; row < rows; row += 1) {
    const y = TOP + row * cellHeight;
    const middle = y + cellHeight / 2;
    const id = cut.ids[row];
    const name = shorten(pen, visibleToken(cut.tokens[row]), SMALL, left - 12);
    pen.text(left - 8, middle, name, { color: palette.ink, size: SMALL, anchor: "end" });
    pen.rectangle(left, y + 1, right - left, cellHeight - 2, { fill: palette.panel });
    if (hasDigits) {
      for (let column = 0; column < cut.size; column += 1) {
        if (column !== id) {
          const x = left + (column + 0.5) * cellWidth;
          pen.text(x, middle, "0", { color: palette.muted, size: SMALL, anchor: "middle" });
        }
      }
    }
    const wide = Math.max(2, cellWidth - (cellWidth > 6 ? 1 : 0));
    const x = Math.min(left + id * cellWidth, right - wide);
    pen.rectangle(x, y + 1, wide, cellHeight - 2, { fill: palette.queryInk });
    if (hasDigits) {
      const style = { color: palette.onStrong, size: SMALL, anchor: "middle", weight: 700 } as const;
      pen.text(left + (id + 0.5) * cellWidth, middle, "1", style);
    }
  }
}

/** The ids of the columns, as many as there is room for. */
function drawHead(pen: Pen, palette: Palette, left: number, cellWidth: number, size: number): void {
  const room = pen.measure(String(size - 1), SMALL) + 8;
  const every = Math.max(1, Math.ceil(room / cellWidth));
  for (let column = 0; column < size; column += every) {
    if (column > 0 && column < size - 1 && (size - 1 - column) * cellWidth < room) {
      continue; // the last one has its place
    }
    const x = left + (column + 0.5) * cellWidth;
    pen.text(x, TOP / 2, String(column), { color: palette.muted, size: SMALL, anchor: "middle" });
  }
}
