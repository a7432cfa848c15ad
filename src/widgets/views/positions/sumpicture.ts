/** A word's vector, its position's vector and their sum: as strips of one color scale, and as arrows in one plane. */

import { writePixels, type ColorScale } from "../shared/colorscale.js";
import { fixed } from "../shared/format.js";
import { placeLabels } from "../shared/labels.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import type { Size } from "./chart.js";
import type { Sum } from "./numbers.js";

export interface SumNames {
  word: string;
  position: string;
  sum: string;
}

const LABEL = 12.5;
const SMALL = 11;
const LEFT = 108;
const RIGHT = 6;
const STRIP = 26;
const GAP = 18;
const TOP = 14;
const SIGNS = ["", "+", "="] as const;

const colorsOf = (palette: Palette): readonly string[] => [palette.muted, palette.positionInk, palette.ink];

const rowsOf = ({ word, position, sum }: Sum): readonly Float32Array[] => [word, position, sum];

/** The entry under a point of the strips. */
export function entryAt({ width }: Pick<Size, "width">, D: number, x: number): number {
  const entry = Math.floor(((x - LEFT) / (width - LEFT - RIGHT)) * D);
  return Math.max(0, Math.min(D - 1, entry));
}

/** The three strips, the two entries of the pair framed. */
export function drawSumStrips(
  pen: Pen,
  palette: Palette,
  { width }: Size,
  sum: Sum,
  names: SumNames,
  pair: number,
  scale: ColorScale,
): void {
  const rows = rowsOf(sum);
  const colors = colorsOf(palette);
  const D = rows[0].length;
  const cellWidth = (width - LEFT - RIGHT) / D;
  rows.forEach((values, row) => {
    const y = TOP + row * (STRIP + GAP);
    const write = (pixels: Uint32Array): void => writePixels(scale, values, pixels);
    const name = shorten(pen, [names.word, names.position, names.sum][row], LABEL, LEFT - 28);
    const style = { color: colors[row], size: LABEL, anchor: "end", weight: row === 0 ? 400 : 600 } as const;
    pen.text(LEFT - 8, y + STRIP / 2, name, style);
    pen.text(0, y + STRIP / 2, SIGNS[row], { color: palette.muted, size: 16 });
    pen.cells({ x: LEFT, y, cellWidth, cellHeight: STRIP, rows: 1, columns: D, write });
    pen.rectangle(LEFT - 0.5, y - 0.5, width - LEFT - RIGHT + 1, STRIP + 1, { stroke: palette.line });
  });
  const x = LEFT + 2 * pair * cellWidth;
  const box = [x - 1, TOP - 4, 2 * cellWidth + 2, 3 * STRIP + 2 * GAP + 8] as const;
  pen.rectangle(...box, { stroke: palette.page, width: 3.5 });
  pen.rectangle(...box, { stroke: palette.ink, width: 1.6 });
  const y = TOP + 3 * STRIP + 2 * GAP + 14;
  const style = { color: palette.muted, size: SMALL } as const;
  pen.text(LEFT, y, "0", style);
  pen.text(width - RIGHT, y, String(D - 1), { ...style, anchor: "end" });
}

interface Plane {
  x: (value: number) => number;
  y: (value: number) => number;
  reach: number;
}

function planeOf({ width, height }: Size, sum: Sum, pair: number): Plane {
  const points = rowsOf(sum).flatMap((row) => [row[2 * pair], row[2 * pair + 1]]);
  const reach = 1.25 * Math.max(0.1, ...points.map(Math.abs));
  const scale = Math.min(width, height) / 2 / reach;
  return { reach, x: (value) => width / 2 + scale * value, y: (value) => height / 2 - scale * value };
}

/** The same three in the plane of two entries: the position's arrow begins where the word's ends. */
export function drawSumPlane(
  pen: Pen,
  palette: Palette,
  size: Size,
  sum: Sum,
  names: SumNames,
  pair: number,
): void {
  const plane = planeOf(size, sum, pair);
  drawAxes(pen, palette, size, plane, pair);
  const ends = rowsOf(sum).map((row) => [plane.x(row[2 * pair]), plane.y(row[2 * pair + 1])] as const);
  const origin = [plane.x(0), plane.y(0)] as const;
  const [word, position, both] = ends;
  pen.line([...word, ...both], { stroke: palette.position, dash: [4, 3], width: 1.5 });
  pen.line([...position, ...both], { stroke: palette.mask, dash: [4, 3], width: 1.5 });
  const colors = colorsOf(palette);
  ends.forEach((end, row) => drawArrow(pen, origin, end, colors[row], row === 2 ? 3 : 2));
  const texts = [names.word, names.position, names.sum];
  const requests = ends.map(([x, y], row) => {
    return { x, y, radius: 5, width: pen.measure(texts[row], LABEL, 600), height: 15, priority: 3 - row };
  });
  const obstacles = ends.flatMap((end) =>
    [0.25, 0.5, 0.75, 0.95].map((share) => {
      const [x, y] = [0, 1].map((axis) => origin[axis] + share * (end[axis] - origin[axis]));
      return { x: x - 4, y: y - 4, width: 8, height: 8 };
    }),
  );
  const bounds = { x: 2, y: 2, width: size.width - 4, height: size.height - 4 };
  placeLabels(requests, bounds, obstacles).forEach((box, row) => {
    if (box !== null) {
      const style = { color: colors[row], size: LABEL, weight: 600, halo: palette.page };
      pen.text(box.x, box.y + box.height / 2, texts[row], style);
    }
  });
}

function drawAxes(pen: Pen, palette: Palette, { width, height }: Size, plane: Plane, pair: number): void {
  const [x, y] = [plane.x(0), plane.y(0)];
  pen.line([0, y, width, y], { stroke: palette.line });
  pen.line([x, 0, x, height], { stroke: palette.line });
  const unit = plane.reach > 1 ? 1 : 0.1;
  const style = { color: palette.muted, size: SMALL } as const;
  pen.line([plane.x(unit), y - 3, plane.x(unit), y + 3], { stroke: palette.muted });
  pen.text(plane.x(unit), y + 11, fixed(unit, unit < 1 ? 1 : 0), { ...style, anchor: "middle" });
  pen.text(width - 3, y - 8, `x${subscript(2 * pair)}`, { ...style, anchor: "end" });
  pen.text(x + 6, 8, `x${subscript(2 * pair + 1)}`, style);
}

/** 17 as ₁₇: a canvas knows no markup. */
function subscript(number: number): string {
  return String(number).replace(/\d/g, (digit) => String.fromCodePoint(0x2080 + Number(digit)));
}

function drawArrow(
  pen: Pen,
  from: readonly [number, number],
  to: readonly [number, number],
  color: string,
  width: number,
): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length < 4) {
    pen.dot(...to, width, { fill: color });
    return;
  }
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const head = Math.min(11, length * 0.6);
  const base = [to[0] - ux * head, to[1] - uy * head];
  const side = [-uy * head * 0.45, ux * head * 0.45];
  pen.line([...from, ...base], { stroke: color, width });
  const corners = [base[0] + side[0], base[1] + side[1], base[0] - side[0], base[1] - side[1]];
  pen.polygon([...to, ...corners], { fill: color });
}
