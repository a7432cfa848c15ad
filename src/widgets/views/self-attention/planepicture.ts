/**
 * The followed word between the two poles, drawn flat: from its own vector to the output, which is the weighted mean of
 * all dots. The line below is the lean; it has the same scale as the picture above it.
 */

import { placeLabels, type Box, type LabelRequest } from "../shared/labels.js";
import { fixed, signed } from "../shared/format.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import { weightedMean, type Picture } from "./scene.js";
import type { Attention } from "../../engine/attention.js";

export interface PlaneData {
  picture: Picture;
  attention: Attention;
  names: readonly string[];
  follow: number;
  poleNames: readonly [string, string];
  /** While the reader guesses, the output and the weights stay secret. */
  hidden: boolean;
}

export interface PlaneLayout {
  width: number;
  height: number;
  /** From lean units to pixels, the same both ways. */
  scale: number;
  centerX: number;
  centerY: number;
  axisY: number;
}

const AXIS_HEIGHT = 46;
const MARGIN = 14;
const LEAST_REACH = 1.3; // leans that always fit: a little beyond both poles
const LABEL_SIZE = 12.5;
const SMALL = 11;
const LABEL_HEIGHT = 14;
const MOST_LABELS = 24;
const DOT_CORE = 3; // of a word's dot, what a label must not cover

export function layoutPlane(width: number, height: number, { picture }: PlaneData): PlaneLayout {
  const { halfLength, poleWords } = picture;
  const xs = [...picture.x, ...poleWords.map((word) => word.x)].map((x) => Math.abs(x) / halfLength);
  const ys = [...picture.y, ...poleWords.map((word) => word.y)].map((y) => y / halfLength);
  const reachX = Math.max(LEAST_REACH, ...xs);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const plotHeight = height - AXIS_HEIGHT;
  const scale = Math.min(
    (width - 2 * MARGIN) / (2 * reachX),
    (plotHeight - 2 * MARGIN - LABEL_HEIGHT) / Math.max(1, high - low),
  );
  const centerY = plotHeight / 2 + (scale * (high + low)) / 2;
  return { width, height, scale, centerX: width / 2, centerY, axisY: plotHeight + 12 };
}

export function leanX(layout: PlaneLayout, lean: number): number {
  return layout.centerX + lean * layout.scale;
}

function place(layout: PlaneLayout, picture: Picture, x: number, y: number): [number, number] {
  const unit = layout.scale / picture.halfLength;
  return [layout.centerX + x * unit, layout.centerY - y * unit];
}

function dotRadius(weight: number): number {
  return Math.max(2, 18 * Math.sqrt(weight)); // the area says the weight
}

interface Ends {
  before: [number, number];
  after: [number, number];
  leanBefore: number;
  leanAfter: number;
}

function endsOf(layout: PlaneLayout, { picture, attention, follow }: PlaneData): Ends {
  const mean = (numbers: readonly number[]): number => weightedMean(attention, follow, numbers);
  return {
    before: place(layout, picture, picture.x[follow], picture.y[follow]),
    after: place(layout, picture, mean(picture.x), mean(picture.y)),
    leanBefore: picture.leans[follow],
    leanAfter: mean(picture.leans),
  };
}

/** What stays while weights change: the line of the lean, and a point for every word. `drawPlane` draws over it. */
export function drawPlaneGround(pen: Pen, palette: Palette, layout: PlaneLayout, data: PlaneData): void {
  drawGrid(pen, palette, layout, data);
  drawPoleWords(pen, palette, layout, data);
  const { picture, attention, follow } = data;
  for (let j = 0; j < attention.n; j += 1) {
    if (j !== follow) {
      const [x, y] = place(layout, picture, picture.x[j], picture.y[j]);
      pen.dot(x, y, 1.5, { fill: palette.query });
    }
  }
}

export function drawPlane(pen: Pen, palette: Palette, layout: PlaneLayout, data: PlaneData): void {
  drawWeights(pen, palette, layout, data);
  const ends = endsOf(layout, data);
  drawDrops(pen, palette, layout, data, ends);
  if (!data.hidden) {
    drawArrow(pen, palette, ends.before, ends.after);
  }
  pen.dot(...ends.before, 5, { fill: palette.page, stroke: palette.ink, width: 2 });
  if (!data.hidden) {
    pen.dot(...ends.after, 5, { fill: palette.valueInk, stroke: palette.page, width: 1.5 });
  }
  drawLabels(pen, palette, layout, data, ends);
}

/** The lean as a line, with the poles as upright hairs through the picture. */
function drawGrid(pen: Pen, palette: Palette, layout: PlaneLayout, { poleNames }: PlaneData): void {
  const { axisY, width } = layout;
  pen.line([MARGIN, axisY, width - MARGIN, axisY], { stroke: palette.muted });
  const [nameA, nameB] = poleNames;
  const marks = [
    { lean: -1, text: nameB, color: palette.negative },
    { lean: 0, text: "", color: palette.muted },
    { lean: 1, text: nameA, color: palette.positive },
  ];
  for (const { lean, text, color } of marks) {
    const x = leanX(layout, lean);
    pen.line([x, 4, x, axisY], { stroke: palette.hairline, width: lean === 0 ? 1 : 1.5 });
    pen.line([x, axisY - 4, x, axisY + 4], { stroke: color, width: 1.5 });
    const tick = fixed(lean, 0);
    pen.text(x, axisY + 13, lean === 1 ? `+${tick}` : tick, {
      color: palette.muted,
      size: SMALL,
      anchor: "middle",
    });
    if (text !== "") {
      pen.text(x, axisY + 27, text, { color: palette.ink, size: LABEL_SIZE, anchor: "middle", weight: 600 });
    }
  }
}

function drawPoleWords(pen: Pen, palette: Palette, layout: PlaneLayout, { picture }: PlaneData): void {
  for (const word of picture.poleWords) {
    const [x, y] = place(layout, picture, word.x, word.y);
    const stroke = word.pole === 0 ? palette.positive : palette.negative;
    pen.polygon([x, y - 4, x + 4, y, x, y + 4, x - 4, y], { stroke, fill: palette.page });
  }
}

/** Around each word's point an area as large as its weight. It is of the same color, and so does not cover points. */
function drawWeights(pen: Pen, palette: Palette, layout: PlaneLayout, data: PlaneData): void {
  const { picture, attention, follow, hidden } = data;
  for (let j = 0; j < attention.n; j += 1) {
    if (j !== follow) {
      const weight = hidden ? 0.03 : attention.weights[follow * attention.n + j];
      const [x, y] = place(layout, picture, picture.x[j], picture.y[j]);
      pen.dot(x, y, dotRadius(weight), { fill: palette.query, opacity: 0.32 });
    }
  }
}

/** From both ends of the arrow straight down to their leans. */
function drawDrops(pen: Pen, palette: Palette, layout: PlaneLayout, data: PlaneData, ends: Ends): void {
  const { axisY } = layout;
  const before = leanX(layout, ends.leanBefore);
  pen.line([before, ends.before[1], before, axisY], { stroke: palette.muted, dash: [2, 3] });
  pen.dot(before, axisY, 4, { fill: palette.page, stroke: palette.ink, width: 1.5 });
  if (data.hidden) {
    return;
  }
  const after = leanX(layout, ends.leanAfter);
  pen.line([after, ends.after[1], after, axisY], { stroke: palette.valueInk, dash: [2, 3] });
  pen.line([before, axisY, after, axisY], { stroke: palette.valueInk, width: 3 });
  pen.dot(after, axisY, 4, { fill: palette.valueInk });
}

function drawArrow(pen: Pen, palette: Palette, from: readonly number[], to: readonly number[]): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  if (length < 12) {
    return; // both dots touch: an arrow between them would only hide them
  }
  const [ux, uy] = [dx / length, dy / length];
  const tip = [to[0] - ux * 6, to[1] - uy * 6];
  const base = [tip[0] - ux * 9, tip[1] - uy * 9];
  pen.line([from[0] + ux * 5, from[1] + uy * 5, ...base], { stroke: palette.valueInk, width: 2 });
  const side = [-uy * 4.5, ux * 4.5];
  const head = [...tip, base[0] + side[0], base[1] + side[1], base[0] - side[0], base[1] - side[1]];
  pen.polygon(head, { fill: palette.valueInk });
}

interface PlaneLabel extends LabelRequest {
  text: string;
  color: string;
  weight: number;
}

/** The followed word first, then the sentence's words by weight, then the poles' words. */
function drawLabels(pen: Pen, palette: Palette, layout: PlaneLayout, data: PlaneData, ends: Ends): void {
  const { picture, attention, names, follow, hidden } = data;
  const label = (
    text: string,
    at: readonly number[],
    radius: number,
    priority: number,
    color: string,
    bold = 400,
  ): PlaneLabel => {
    const width = pen.measure(text, LABEL_SIZE, bold);
    return { text, x: at[0], y: at[1], radius, priority, color, weight: bold, width, height: LABEL_HEIGHT };
  };
  const words = names.map((name, j) => {
    const at = place(layout, picture, picture.x[j], picture.y[j]);
    const weight = attention.weights[follow * attention.n + j];
    const shown = name.length > 18 ? `${[...name].slice(0, 17).join("")}…` : name;
    return j === follow
      ? label(shown, ends.before, 6, 3, palette.ink, 700)
      : label(shown, at, hidden ? 3 : Math.min(6, dotRadius(weight)), 1 + weight, palette.ink);
  });
  const poles = picture.poleWords
    .filter(({ word }) => !names.includes(word)) // a word of the sentence has its label already
    .map((word) => label(word.word, place(layout, picture, word.x, word.y), 5, 0, palette.muted));
  const all = [...words, ...poles]
    .sort((first, second) => second.priority - first.priority)
    .slice(0, MOST_LABELS);
  const bounds = { x: 2, y: 2, width: layout.width - 4, height: layout.axisY - 8 };
  const dots = words.length > MOST_LABELS ? [] : words.map(({ x, y }) => boxAround(x, y, DOT_CORE));
  const boxes = placeLabels(all, bounds, [...dots, ...(hidden ? [] : arrowBoxes(ends))]);
  all.forEach(({ text, color, weight }, index) => {
    const box = boxes[index];
    if (box !== null) {
      pen.text(box.x, box.y + box.height / 2, text, { color, size: LABEL_SIZE, weight, halo: palette.page });
    }
  });
}

/** The arrow as a chain of small boxes, so that labels keep off it. */
function arrowBoxes({ before, after }: Ends): Box[] {
  return Array.from({ length: 9 }, (_, step) => {
    const share = step / 8;
    const [x, y] = [0, 1].map((axis) => before[axis] + share * (after[axis] - before[axis]));
    return boxAround(x, y, 5);
  });
}

function boxAround(x: number, y: number, reach: number): Box {
  return { x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach };
}

/** A ring around one word's dot. */
export function drawPlaneOverlay(
  pen: Pen,
  palette: Palette,
  layout: PlaneLayout,
  data: PlaneData,
  token: number,
): void {
  const { picture, attention, follow, hidden, names } = data;
  const [x, y] = place(layout, picture, picture.x[token], picture.y[token]);
  const weight = hidden ? 0.03 : attention.weights[follow * attention.n + token];
  pen.dot(x, y, dotRadius(weight) + 3, { stroke: palette.keyInk, width: 2 });
  pen.line([x, y, x, layout.axisY], { stroke: palette.keyInk, dash: [2, 3] });
  const text = `${names[token]} ${signed(picture.leans[token], 2)}`;
  const width = pen.measure(text, LABEL_SIZE, 700) + 8;
  const left = Math.max(0, Math.min(layout.width - width, x - width / 2));
  pen.rectangle(left, layout.axisY - 21, width, 17, { fill: palette.page });
  const style = { color: palette.keyInk, size: LABEL_SIZE, weight: 700 };
  pen.text(left + 4, layout.axisY - 12, text, style);
}

/** The word whose dot is nearest to a point, if one is near. */
export function wordAt(layout: PlaneLayout, data: PlaneData, x: number, y: number): number {
  let nearest = -1;
  let least = 22;
  for (let j = 0; j < data.attention.n; j += 1) {
    const [dotX, dotY] = place(layout, data.picture, data.picture.x[j], data.picture.y[j]);
    const distance = Math.hypot(x - dotX, y - dotY);
    if (distance < least) {
      [nearest, least] = [j, distance];
    }
  }
  return nearest;
}
