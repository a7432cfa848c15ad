/** The map: a cloud of all words, and over it the chosen word, its true neighbors and those of the picture. */

import { depthColors, type Camera, type Cloud } from "../../engine/space/cloud.js";
import { rgb } from "d3-color";
import { placeLabels, type LabelRequest } from "../shared/labels.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import type { MapAnswer } from "./answers.js";

/** The words of a map that are marked, as rows of its chart. */
export interface Marks {
  answer: MapAnswer;
  selected: number;
  near: readonly number[];
  seen: readonly number[];
  landmarks: readonly number[];
}

export interface MapScene {
  cloud: Cloud;
  marks: Marks | null;
  /** The row under the pointer, or -1. */
  hover: number;
  width: number;
  height: number;
  /** Pixels of the cloud's image for each of the picture's. */
  ratio: number;
}

const LABEL = 12.5;
const LANDMARK = 11.5;
const NAMED_AROUND = 46; // px around the pointer in which words get their names
const MOST_AROUND = 10;

export function marksOf(answer: MapAnswer, word: string, landmarks: readonly string[]): Marks {
  const { index } = answer.chart;
  const rows = (words: readonly string[]): number[] =>
    words.map((one) => index.get(one) ?? -1).filter((row) => row >= 0);
  return {
    answer,
    selected: index.get(word) ?? -1,
    near: rows(answer.neighbors.map(([name]) => name)),
    seen: rows(answer.picture.map(([name]) => name)),
    landmarks: rows(landmarks),
  };
}

/** What the far and the near points are painted with, as pixels. */
export function cloudColors(palette: Palette, dimensions: 2 | 3): { colors: Uint32Array; ground: number } {
  const channels = (color: string): number[] => {
    const { r, g, b } = rgb(color);
    return [r, g, b];
  };
  const page = channels(palette.page);
  const ink = channels(palette.mask);
  const toward = (share: number): number[] => page.map((one, c) => one + share * (ink[c] - one));
  const colors = depthColors(toward(dimensions === 2 ? 0.75 : 0.3), toward(dimensions === 2 ? 0.75 : 1));
  return { colors, ground: depthColors(page, page)[0] };
}

/** How large a point is, in pixels: fewer points or a closer look make it larger. */
export function dotRadius({ count }: Cloud, { zoom }: Camera): number {
  const base = count > 2000 ? 1.25 : count > 400 ? 1.7 : 2.4;
  return Math.min(3.5, base * Math.sqrt(Math.max(1, zoom)) ** 0.7);
}

/** Lines, marked points and names; all the picture has besides the cloud. */
export function drawMarks(pen: Pen, palette: Palette, scene: MapScene): void {
  const { cloud, marks, hover, ratio } = scene;
  const at = (row: number): [number, number] => [cloud.x[row] / ratio, cloud.y[row] / ratio];
  if (marks !== null && marks.selected >= 0) {
    const [x, y] = at(marks.selected);
    for (const row of marks.near) {
      pen.line([x, y, ...at(row)], { stroke: palette.value, width: 1.5, opacity: 0.75 });
    }
    for (const row of marks.near) {
      pen.dot(...at(row), 4, { fill: palette.value, stroke: palette.page, width: 1 });
    }
    for (const row of marks.seen) {
      pen.dot(...at(row), 6.5, { stroke: palette.key, width: 1.75 });
    }
    pen.dot(x, y, 6, { fill: palette.query, stroke: palette.page, width: 1.5 });
  }
  if (hover >= 0) {
    pen.dot(...at(hover), 6, { stroke: palette.ink, width: 1.5 });
  }
  drawNames(pen, palette, scene);
}

interface Name {
  row: number;
  color: string;
  size: number;
  weight: number;
  priority: number;
}

function drawNames(pen: Pen, palette: Palette, scene: MapScene): void {
  const { cloud, width, height, ratio } = scene;
  const names = namesOf(palette, scene);
  const words = scene.marks?.answer.chart.words ?? [];
  const requests = names.map(({ row, size, weight, priority }): LabelRequest => {
    const [x, y] = [cloud.x[row] / ratio, cloud.y[row] / ratio];
    const text = words[row] ?? "";
    return { x, y, radius: 5, width: pen.measure(text, size, weight), height: size + 3, priority };
  });
  const boxes = placeLabels(requests, { x: 2, y: 2, width: width - 4, height: height - 4 }, []);
  names.forEach(({ row, color, size, weight }, place) => {
    const box = boxes[place];
    if (box !== null) {
      const style = { color, size, weight, halo: palette.page };
      pen.text(box.x, box.y + box.height / 2, words[row] ?? "", style);
    }
  });
}

/** Who gets a name, the more important first; each once. */
function namesOf(palette: Palette, { cloud, marks, hover, ratio }: MapScene): Name[] {
  const names = new Map<number, Name>();
  const add = (row: number, color: string, size: number, weight: number, priority: number): void => {
    if (row >= 0 && !names.has(row)) {
      names.set(row, { row, color, size, weight, priority });
    }
  };
  add(marks?.selected ?? -1, palette.queryInk, 14, 700, 100);
  add(hover, palette.ink, LABEL, 700, 99);
  marks?.near.forEach((row, rank) => add(row, palette.valueInk, LABEL, 600, 90 - rank));
  marks?.seen.forEach((row, rank) => add(row, palette.keyInk, LABEL, 500, 60 - rank));
  if (hover >= 0) {
    around(cloud, hover, NAMED_AROUND * ratio).forEach((row, rank) =>
      add(row, palette.ink, LABEL, 400, 40 - rank),
    );
  }
  marks?.landmarks.forEach((row, rank) => add(row, palette.muted, LANDMARK, 400, -rank));
  return [...names.values()];
}

/** The points nearest to one of them on screen. */
function around({ x, y, count }: Cloud, row: number, reach: number): number[] {
  const found: [row: number, distance: number][] = [];
  for (let i = 0; i < count; i += 1) {
    const distance = (x[i] - x[row]) ** 2 + (y[i] - y[row]) ** 2;
    if (i !== row && distance < reach * reach) {
      found.push([i, distance]);
    }
  }
  return found
    .sort((a, b) => a[1] - b[1])
    .slice(0, MOST_AROUND)
    .map(([i]) => i);
}

/** The cloud as dots of a pen, for a picture that is taken away. */
export function drawDots(pen: Pen, palette: Palette, cloud: Cloud, radius: number): void {
  for (let i = 0; i < cloud.count; i += 1) {
    const opacity = cloud.dimensions === 2 ? 0.75 : 0.3 + 0.7 * cloud.depth[i];
    pen.dot(cloud.x[i], cloud.y[i], radius, { fill: palette.mask, opacity });
  }
}
