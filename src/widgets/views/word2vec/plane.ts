/** The input vectors in two dimensions, and where the computed step is about to move them. */

import { coordinatesOf } from "../../engine/word2vec/axes.js";
import { placeLabels, type Box, type LabelRequest } from "../shared/labels.js";
import { shorten } from "../shared/matrixlayout.js";
import { short } from "../shared/format.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import { rolesOf, type Side } from "./frame.js";

export interface PlaneLayout {
  width: number;
  height: number;
  /** Of the smaller half of the picture, in the vectors' own unit. */
  limit: number;
  /** x and y of each word in pixels. */
  points: Float64Array;
}

const SIZE = 12;
const SMALL = 11;
const RADIUS = 3.5;
const MARGIN = 16;
const LONGEST_LABEL = 90;
const LIMITS = [1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8];
const FAR = 17; // from a point to its label where there is no room beside it

/** The picture holds all that it had to hold since the first step, so that its scale only ever grows. */
export function layoutPlane({ run }: Side, width: number, height: number): PlaneLayout {
  const limit = limitFor(run.reach);
  const scale = (Math.min(width, height) / 2 - MARGIN) / limit;
  const points = run.coordinates.map((number, cell) =>
    cell % 2 === 0 ? width / 2 + scale * number : height / 2 - scale * number,
  );
  return { width, height, limit, points };
}

function limitFor(reach: number): number {
  if (!Number.isFinite(reach) || reach <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(reach));
  return power * (LIMITS.find((limit) => limit * power >= reach) ?? 10);
}

export function drawPlane(pen: Pen, palette: Palette, layout: PlaneLayout, side: Side): void {
  const { width, height } = layout;
  pen.rectangle(0.5, 0.5, width - 1, height - 1, { stroke: palette.line });
  pen.clip(1, 1, width - 2, height - 2, () => {
    drawAxes(pen, palette, layout);
    drawMoves(pen, palette, layout, side);
    drawWords(pen, palette, layout, side);
  });
}

function drawAxes(pen: Pen, palette: Palette, { width, height, limit }: PlaneLayout): void {
  const [x, y] = [width / 2, height / 2];
  pen.line([0, y, width, y], { stroke: palette.hairline });
  pen.line([x, 0, x, height], { stroke: palette.hairline });
  const end = Math.min(width, height) / 2 - MARGIN;
  const style = { color: palette.muted, size: SMALL } as const;
  pen.line([x + end, y - 3, x + end, y + 3], { stroke: palette.muted });
  pen.text(x + end, y + 11, short(limit), { ...style, anchor: "middle" });
  pen.text(x - 5, y + 10, "0", { ...style, anchor: "end" });
}

/** Arrows from where the predicting words stand to where the gradient, times the learning rate, moves them. */
function drawMoves(pen: Pen, palette: Palette, layout: PlaneLayout, side: Side): void {
  const { frame, run } = side;
  const step = run.waiting;
  if (step === null) {
    return;
  }
  const moved = run.matrices.inputs.map(
    (number, cell) => number - frame.state.learningRate * step.inputGradient[cell],
  );
  const ends = coordinatesOf(moved, run.matrices.dim, run.axes);
  const starts = run.coordinates;
  const scale = (Math.min(layout.width, layout.height) / 2 - MARGIN) / layout.limit;
  for (const word of rolesOf(side).predicting) {
    const [x, y] = [layout.points[2 * word], layout.points[2 * word + 1]];
    const right = scale * (ends[2 * word] - starts[2 * word]);
    const down = -scale * (ends[2 * word + 1] - starts[2 * word + 1]);
    drawArrow(pen, x, y, right, down, palette.queryInk);
  }
}

function drawArrow(pen: Pen, x: number, y: number, right: number, down: number, stroke: string): void {
  const length = Math.hypot(right, down);
  if (!(length > 1)) {
    return;
  }
  const [along, across] = [right / length, down / length];
  const [endX, endY] = [x + right, y + down];
  const head = Math.min(6, length);
  pen.line([x, y, endX, endY], { stroke, width: 2 });
  const wing = (sign: number): number[] => [
    endX - head * along - sign * 0.6 * head * across,
    endY - head * across + sign * 0.6 * head * along,
  ];
  pen.polygon([endX, endY, ...wing(1), ...wing(-1)], { fill: stroke });
}

function drawWords(pen: Pen, palette: Palette, layout: PlaneLayout, side: Side): void {
  const { frame } = side;
  const { words } = frame.corpus;
  const roles = rolesOf(side);
  const isMarked = (word: number): boolean => roles.predicting.has(word) || roles.predicted.has(word);
  const names = words.map((word) => shorten(pen, word, SIZE, LONGEST_LABEL));
  const requests = words.map((_, word) => ({
    x: layout.points[2 * word],
    y: layout.points[2 * word + 1],
    radius: RADIUS,
    width: pen.measure(names[word], SIZE, 700),
    height: 14,
    priority: (word === frame.looked ? 4 : 0) + (isMarked(word) ? 2 : 0) - word / words.length,
  }));
  const bounds = { x: 2, y: 2, width: layout.width - 4, height: layout.height - 4 };
  const boxes = placeAll(requests, bounds);
  for (let word = words.length - 1; word >= 0; word -= 1) {
    const color = roles.predicting.has(word)
      ? palette.queryInk
      : roles.predicted.has(word)
        ? palette.keyInk
        : palette.muted;
    const { x, y } = requests[word];
    pen.dot(x, y, RADIUS, { fill: color });
    if (word === frame.looked) {
      pen.dot(x, y, RADIUS + 3, { stroke: palette.ink, width: 1.5 });
    }
    const box = boxes[word];
    if (box !== null) {
      drawLeader(pen, palette, x, y, box);
      const weight = isMarked(word) || word === frame.looked ? 700 : 400;
      const ink = isMarked(word) ? color : palette.ink;
      pen.text(box.x, box.y + box.height / 2, names[word], {
        color: ink,
        size: SIZE,
        weight,
        halo: palette.page,
      });
    }
  }
}

/** Labels beside their points; further away where points crowd. */
function placeAll(requests: readonly LabelRequest[], bounds: Box): (Box | null)[] {
  const near = placeLabels(requests, bounds, []);
  const left = requests.map((_, index) => index).filter((index) => near[index] === null);
  const far = placeLabels(
    left.map((index) => ({ ...requests[index], radius: FAR })),
    bounds,
    near.filter((box) => box !== null),
  );
  left.forEach((index, place) => (near[index] = far[place]));
  return near;
}

/** A thin line from a point to a label that stands away from it. */
function drawLeader(pen: Pen, palette: Palette, x: number, y: number, box: Box): void {
  const nearX = Math.max(box.x, Math.min(x, box.x + box.width));
  const nearY = Math.max(box.y, Math.min(y, box.y + box.height));
  if (Math.hypot(nearX - x, nearY - y) > FAR / 2 + RADIUS) {
    pen.line([x, y, nearX, nearY], { stroke: palette.line });
  }
}

/** The word within reach of a point, or -1. */
export function wordAt({ points }: PlaneLayout, x: number, y: number): number {
  let [found, least] = [-1, 14];
  for (let word = 0; word < points.length / 2; word += 1) {
    const distance = Math.hypot(points[2 * word] - x, points[2 * word + 1] - y);
    if (distance < least) {
      [found, least] = [word, distance];
    }
  }
  return found;
}
