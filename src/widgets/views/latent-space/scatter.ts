/** A few named words between two axes. */

import { signed } from "../shared/format.js";
import { placeLabels, type Box } from "../shared/labels.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";

/** What a point is, which decides its color and its form. */
export type Role = "word" | "plain" | "first" | "second" | "target" | "input";

export interface Point {
  name: string;
  x: number;
  y: number;
  role: Role;
  /** What is said of it under the picture. */
  said: string;
}

export interface Scatter {
  points: readonly Point[];
  /** Arrows from one place to another. */
  arrows: readonly (readonly [x1: number, y1: number, x2: number, y2: number])[];
  /** What the ends of the axes mean; null leaves an axis out. */
  across: { low: string; high: string; marks: readonly number[] } | null;
  upward: { low: string; high: string; marks: readonly number[] } | null;
  /** Both axes have one unit. */
  isSquare: boolean;
}

export interface Layout {
  width: number;
  height: number;
  x: (value: number) => number;
  y: (value: number) => number;
}

const MARGIN = { side: 34, top: 30, bottom: 60 };
const SIZE = 12.5;

export function layoutScatter(
  { points, isSquare, across, upward }: Scatter,
  width: number,
  height: number,
): Layout {
  const xs = rangeOf([...points.map(({ x }) => x), ...(across?.marks ?? [])]);
  const ys = rangeOf([...points.map(({ y }) => y), ...(upward?.marks ?? [])]);
  const inner = { width: width - 2 * MARGIN.side, height: height - MARGIN.top - MARGIN.bottom };
  let [perX, perY] = [inner.width / (xs.most - xs.least), inner.height / (ys.most - ys.least)];
  if (isSquare) {
    perX = perY = Math.min(perX, perY);
  }
  const middle = { x: (xs.least + xs.most) / 2, y: (ys.least + ys.most) / 2 };
  return {
    width,
    height,
    x: (value) => width / 2 + (value - middle.x) * perX,
    y: (value) => MARGIN.top + inner.height / 2 - (value - middle.y) * perY,
  };
}

/** From the least to the most, with some air; a range of its own where all numbers are one. */
function rangeOf(values: readonly number[]): { least: number; most: number } {
  const [least, most] = [Math.min(...values, Infinity), Math.max(...values, -Infinity)];
  if (!Number.isFinite(least) || most - least < 1e-9) {
    const middle = Number.isFinite(least) ? least : 0;
    return { least: middle - 1, most: middle + 1 };
  }
  const air = 0.06 * (most - least);
  return { least: least - air, most: most + air };
}

export function drawScatter(pen: Pen, palette: Palette, layout: Layout, scatter: Scatter): void {
  drawAxes(pen, palette, layout, scatter);
  for (const [x1, y1, x2, y2] of scatter.arrows) {
    drawArrow(pen, palette, layout.x(x1), layout.y(y1), layout.x(x2), layout.y(y2));
  }
  scatter.points.forEach((point) => drawPoint(pen, palette, layout, point));
  drawNames(pen, palette, layout, scatter.points);
}

function drawAxes(pen: Pen, palette: Palette, layout: Layout, { across, upward }: Scatter): void {
  const { width, height } = layout;
  const text = { color: palette.muted, size: 12 };
  if (across !== null) {
    const bottom = height - MARGIN.bottom + 8;
    pen.line([MARGIN.side, bottom, width - MARGIN.side, bottom], { stroke: palette.line });
    for (const mark of across.marks) {
      const x = layout.x(mark);
      pen.line([x, MARGIN.top - 8, x, bottom], { stroke: palette.line, dash: [2, 4] });
      pen.text(x, bottom + 10, signed(mark, 0), { ...text, size: 11, anchor: "middle" });
    }
    const room = width / 2 - 14;
    pen.text(8, height - 12, shorten(pen, `← ${across.low}`, 12, room, 400), text);
    pen.text(width - 8, height - 12, shorten(pen, `${across.high} →`, 12, room, 400), {
      ...text,
      anchor: "end",
    });
  }
  if (upward !== null) {
    for (const mark of upward.marks) {
      const y = layout.y(mark);
      pen.line([MARGIN.side, y, width - MARGIN.side, y], { stroke: palette.line, dash: [2, 4] });
    }
    pen.text(8, 12, shorten(pen, `↑ ${upward.high}`, 12, width - 16, 400), text);
    if (upward.low !== "") {
      pen.text(8, height - 29, shorten(pen, `↓ ${upward.low}`, 12, width / 2, 400), text);
    }
  }
}

function drawArrow(pen: Pen, palette: Palette, x1: number, y1: number, x2: number, y2: number): void {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 14) {
    return;
  }
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [tipX, tipY] = [x2 - 9 * ux, y2 - 9 * uy];
  pen.line([x1 + 8 * ux, y1 + 8 * uy, tipX, tipY], { stroke: palette.muted, width: 1.5 });
  const head = [tipX, tipY, tipX - 8 * ux - 4 * uy, tipY - 8 * uy + 4 * ux];
  pen.polygon([...head, tipX - 8 * ux + 4 * uy, tipY - 8 * uy - 4 * ux], { fill: palette.muted });
}

function drawPoint(pen: Pen, palette: Palette, layout: Layout, { x, y, role }: Point): void {
  const [left, top] = [layout.x(x), layout.y(y)];
  if (role === "target") {
    const stroke = { stroke: palette.keyInk, width: 2.5 };
    pen.line([left - 6, top - 6, left + 6, top + 6], stroke);
    pen.line([left - 6, top + 6, left + 6, top - 6], stroke);
  } else if (role === "second") {
    pen.rectangle(left - 4, top - 4, 8, 8, { fill: palette.key, stroke: palette.page });
  } else {
    const fill = { word: palette.query, input: palette.query, first: palette.value, plain: palette.mask }[
      role
    ];
    pen.dot(left, top, role === "word" ? 6 : 4.5, { fill, stroke: palette.page, width: 1 });
  }
}

function drawNames(pen: Pen, palette: Palette, layout: Layout, points: readonly Point[]): void {
  const named = points.filter(({ name }) => name !== "");
  const colors = {
    ...{ word: palette.queryInk, input: palette.queryInk, first: palette.valueInk, second: palette.keyInk },
    ...{ target: palette.keyInk, plain: palette.ink },
  };
  const weightOf = (role: Role): number => (role === "plain" ? 400 : 600);
  const requests = named.map(({ name, x, y, role }, rank) => {
    const width = pen.measure(name, SIZE, weightOf(role));
    const priority = (role === "word" || role === "target" ? 100 : role === "input" ? 90 : 50) - rank / 100;
    return { x: layout.x(x), y: layout.y(y), radius: 6, width, height: SIZE + 3, priority };
  });
  const dots = points.map(({ x, y }): Box => ({
    x: layout.x(x) - 3,
    y: layout.y(y) - 3,
    width: 6,
    height: 6,
  }));
  const bounds = { x: 2, y: 2, width: layout.width - 4, height: layout.height - MARGIN.bottom + 4 };
  const boxes = placeLabels(requests, bounds, dots);
  named.forEach(({ name, role }, place) => {
    const box = boxes[place];
    if (box !== null) {
      const style = { color: colors[role], size: SIZE, weight: weightOf(role), halo: palette.page };
      pen.text(box.x, box.y + box.height / 2, name, style);
    }
  });
}

/** The point nearest to a place of the picture, if one is near. */
export function pointAt(layout: Layout, { points }: Scatter, x: number, y: number): number {
  let found = -1;
  let least = 22;
  points.forEach((point, place) => {
    const distance = Math.hypot(layout.x(point.x) - x, layout.y(point.y) - y);
    if (distance < least) {
      [found, least] = [place, distance];
    }
  });
  return found;
}

export function drawScatterHover(
  pen: Pen,
  palette: Palette,
  layout: Layout,
  { points }: Scatter,
  place: number,
): void {
  const { x, y, name } = points[place];
  const [left, top] = [layout.x(x), layout.y(y)];
  pen.dot(left, top, 9, { stroke: palette.ink, width: 1.5 });
  const width = pen.measure(name, SIZE, 700);
  const start = Math.max(2, Math.min(layout.width - width - 2, left + 12));
  pen.text(start, top, name, { color: palette.ink, size: SIZE, weight: 700, halo: palette.page });
}
