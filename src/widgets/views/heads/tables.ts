/** What the tables of one attention say: their sizes, their numbers, and the words for both. */

import { fixed } from "../shared/format.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame } from "./frame.js";
import { namesOf, type PartName, type Parts } from "./look.js";
import { STAGES, type Block } from "./stages.js";

export const LETTERS: Readonly<Record<PartName, string>> = {
  ...{ x: "X", memory: "M", query: "Q", key: "K", value: "V", scores: "QKᵀ/√Dₕ" },
  ...{ weights: "A", heads: "Z", output: "O" },
};

/** A cell of one of the blocks on screen. */
export interface Cell {
  block: number;
  row: number;
  column: number;
}

/** How many rows and columns a block has. */
export function sizeOf(parts: Parts, { part, head }: Block): { rows: number; columns: number } {
  const shape = parts[part]?.shape ?? [1, 1];
  const [rows, columns] = head < 0 ? shape : shape.slice(1);
  return { rows, columns };
}

/** The numbers of a block, row by row. */
export function numbersOf(parts: Parts, { part, head }: Block): Float32Array {
  const table = parts[part];
  if (table === undefined) {
    return new Float32Array(1);
  }
  const size = table.data.length / (head < 0 ? 1 : table.shape[0]);
  return head < 0 ? table.data : table.data.subarray(head * size, (head + 1) * size);
}

/** The number of one cell. */
export function valueOf(parts: Parts, block: Block, row: number, column: number): number {
  return numbersOf(parts, block)[row * sizeOf(parts, block).columns + column];
}

/** What happens at a stage, in words, with the shapes. */
export function captionOf({ state, parts, attention }: Frame, t: Actions["t"]): string {
  if (parts === null) {
    return t("heads.absent");
  }
  const [H, rows, columns] = parts.weights?.shape ?? [0, 0, 0];
  const D = parts.x?.shape[1] ?? 0;
  const name = STAGES[state.stage] ?? STAGES[0];
  const isTwo = attention.endsWith(".cross_attention") && name === "read";
  const values = { number: state.stage + 1, H, T: rows, S: columns, D, Dh: H === 0 ? 0 : D / H };
  return t(isTwo ? "heads.at.read-two" : `heads.at.${name}`, values);
}

/** A cell's number, with the tokens that it belongs to. */
export function cellText(frame: Frame, block: Block, cell: Cell, t: Actions["t"]): string {
  const { parts, look, attention } = frame;
  if (parts === null || look === null) {
    return t("heads.stage.hint");
  }
  const { queries, keys } = namesOf(look.names, attention);
  const { part, head } = block;
  const value = fixed(valueOf(parts, block, cell.row, cell.column), 4);
  const isLooked = part === "key" || part === "value" || part === "memory";
  const row = visibleToken((isLooked ? keys : queries)[cell.row] ?? "");
  const name = LETTERS[part];
  if (part === "scores" || part === "weights") {
    const column = visibleToken(keys[cell.column] ?? "");
    return t("heads.cell.pair", { name, head: head + 1, row, column, value });
  }
  const at = head < 0 ? cell.column : head * sizeOf(parts, block).columns + cell.column;
  const values = { name, row, number: at + 1, value, head: head + 1 };
  return t(head < 0 ? "heads.cell" : "heads.cell.head", values);
}
