/** Draws the tables of one attention where a stage has them: cells, letters, shapes, and the frame around one cell. */

import { signedScale, type ColorScale, writePixels } from "../shared/colorscale.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import { headName } from "../models/state.js";
import type { Actions, Frame } from "./frame.js";
import type { PartName, Parts } from "./look.js";
import { LEFT, type Block } from "./stages.js";
import { LETTERS, numbersOf, sizeOf, type Cell } from "./tables.js";

/** One scale for all heads of a part, so that they can be compared. */
export class Scales {
  #parts: Parts | null = null;
  #ramp: unknown = null;
  #found = new Map<PartName, ColorScale>();

  of({ parts, ramp, signedRamp }: Frame, part: PartName): ColorScale {
    if (this.#parts !== parts || this.#ramp !== ramp) {
      this.#parts = parts;
      this.#ramp = ramp;
      this.#found = new Map();
    }
    let scale = this.#found.get(part);
    if (scale === undefined) {
      const data = parts?.[part]?.data ?? new Float32Array(1);
      scale = part === "weights" ? { ramp, minimum: 0, maximum: 1 } : signedScale(signedRamp, data);
      this.#found.set(part, scale);
    }
    return scale;
  }
}

/** A block's cells, as pale as it is far from being there. */
export function drawBlock(pen: Pen, { parts, palette }: Frame, block: Block, scale: ColorScale): void {
  if (parts === null) {
    return;
  }
  const { rows, columns } = sizeOf(parts, block);
  const { x, y, width, height, alpha } = block;
  const data = numbersOf(parts, block);
  const write = (pixels: Uint32Array): void => writePixels(scale, data, pixels);
  pen.cells({ x, y, cellWidth: width / columns, cellHeight: height / rows, rows, columns, write });
  pen.rectangle(x - 0.5, y - 0.5, width + 1, height + 1, { stroke: palette.line });
  if (alpha < 1) {
    pen.rectangle(x - 1, y - 1, width + 2, height + 2, { fill: palette.page, opacity: 1 - alpha });
  }
}

/** Letters, numbers of heads and shapes beside the blocks. A head that is off says so: what it finds is 0. */
export function drawWords(
  pen: Pen,
  frame: Frame,
  blocks: readonly Block[],
  position: number,
  t: Actions["t"],
): void {
  const { palette, state, attention } = frame;
  const isApart = position > 2.5 && position < 5.5;
  for (const block of blocks) {
    if (block.alpha > 0.5 && block.head <= 0) {
      (isApart ? drawLetterAbove : drawLetterBeside)(pen, frame, block);
    }
    const { part, head, x, y, width, height, alpha } = block;
    if (isApart && part === "query") {
      const isOff = state.off.includes(headName(state.model, attention, head));
      const number = isOff ? t("heads.stage.off", { head: head + 1 }) : `${head + 1}`;
      pen.text(0, y + height / 2, number, { color: isOff ? palette.keyInk : palette.muted, size: 12 });
    } else if (!isApart && head >= 0 && alpha > 0.5) {
      pen.text(x + width / 2, y - 9, String(head + 1), { color: palette.muted, size: 11, anchor: "middle" });
    }
  }
  if (position > 6.5) {
    const output = blocks.find(({ part }) => part === "output");
    pen.text(LEFT, (output?.y ?? 0) - 34, "× W_O ↓", { color: palette.ink, size: 13 });
  }
}

function drawLetterAbove(pen: Pen, frame: Frame, { part, x, y, width }: Block): void {
  const text = shorten(pen, LETTERS[part], 12.5, width + 6, 600);
  pen.text(x, y - 12, text, { color: inkOf(frame, part), size: 12.5, weight: 600 });
}

/** Of heads side by side the shape is that of all together. */
function drawLetterBeside(pen: Pen, frame: Frame, { part, y, height }: Block): void {
  const shape = frame.parts?.[part]?.shape ?? [];
  const together = shape.length === 3 ? [shape[1], shape[0] * shape[2]] : shape;
  const middle = y + height / 2;
  pen.text(0, middle - 8, LETTERS[part], { color: inkOf(frame, part), size: 14, weight: 600 });
  pen.text(0, middle + 8, `(${together.join(", ")})`, { color: frame.palette.muted, size: 11 });
}

function inkOf({ palette }: Frame, part: PartName): string {
  const { queryInk, keyInk, valueInk, ink } = palette;
  const colors: Partial<Record<PartName, string>> = { query: queryInk, key: keyInk, value: valueInk };
  return colors[part] ?? ink;
}

/** A frame around the cell that is read. */
export function drawCell(pen: Pen, { parts, palette }: Frame, block: Block, cell: Cell): void {
  if (parts === null) {
    return;
  }
  const { rows, columns } = sizeOf(parts, block);
  const [width, height] = [block.width / columns, block.height / rows];
  const [x, y] = [block.x + cell.column * width, block.y + cell.row * height];
  pen.rectangle(x - 1, y - 1, width + 2, height + 2, { stroke: palette.page, width: 3 });
  pen.rectangle(x - 1, y - 1, width + 2, height + 2, { stroke: palette.ink, width: 1.5 });
}
