/** Ids on a number line: what stands side by side does so by accident. */

import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import { visibleToken } from "../shared/tokentext.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Frame } from "./frame.js";

export interface Size {
  width: number;
  height: number;
}

const SIDE = 26;
const LABEL = 13;
const SMALL = 11;
const LEVEL = 21;
const ROOM_FOR_NAMES = 15; // px between two ids

/** Where an id lies on the line. */
export function placeOn(width: number, size: number, id: number): number {
  return SIDE + (id / Math.max(1, size - 1)) * (width - 2 * SIDE);
}

export function drawLine(pen: Pen, palette: Palette, { width, height }: Size, frame: Frame): void {
  const { cut } = frame;
  if (cut === null || cut.size === 0) {
    return;
  }
  const spacing = (width - 2 * SIDE) / Math.max(1, cut.size - 1);
  const hasNames = spacing >= ROOM_FOR_NAMES;
  const y = hasNames ? height - 88 : height - 40;
  pen.line([SIDE - 10, y, width - SIDE + 10, y], { stroke: palette.ink, width: 1.25 });
  for (const id of new Set(cut.ids)) {
    const x = placeOn(width, cut.size, id);
    pen.line([x, y - 4, x, y + 4], { stroke: palette.mask, width: spacing < 3 ? 1 : 1.5 });
  }
  if (hasNames) {
    for (let id = 0; id < cut.size; id += 1) {
      const x = placeOn(width, cut.size, id);
      const text = shorten(pen, visibleToken(cut.name(id)), SMALL, 76);
      pen.text(x + 1, y + 14, text, { color: palette.muted, size: SMALL, rotate: 58 });
    }
  } else {
    for (const [id, anchor] of [
      [0, "start"],
      [cut.size - 1, "end"],
    ] as const) {
      const x = placeOn(width, cut.size, id) + (anchor === "start" ? -10 : 10);
      pen.text(x, y + 20, String(id), { color: palette.muted, size: SMALL, anchor });
    }
  }
  drawWords(pen, palette, { width, y }, frame);
}

interface Label {
  x: number;
  text: string;
  width: number;
  isPicked: boolean;
  level: number;
}

function drawWords(
  pen: Pen,
  palette: Palette,
  { width, y }: { width: number; y: number },
  { codes, cut, picked }: Frame,
): void {
  const labels: Label[] = codes.flatMap(({ word, code }, place) => {
    if (cut === null || code === null || code.id === null) {
      return [];
    }
    const text = `${shorten(pen, word, LABEL, 110)} ${code.id}`;
    const isPicked = place === picked;
    const x = placeOn(width, cut.size, code.id);
    return [{ x, text, width: pen.measure(text, LABEL, 700), isPicked, level: 0 }];
  });
  labels.sort((a, b) => a.x - b.x);
  stack(labels, width);
  for (const { x, level, isPicked } of labels) {
    const color = isPicked ? palette.key : palette.query;
    pen.line([x, y, x, y - 20 - level * LEVEL + 8], { stroke: color, width: 1 });
  }
  for (const { x, text, width: length, isPicked, level } of labels) {
    const color = isPicked ? palette.keyInk : palette.queryInk;
    pen.dot(x, y, isPicked ? 6 : 5, { fill: isPicked ? palette.key : palette.query });
    const middle = Math.max(length / 2 + 2, Math.min(width - length / 2 - 2, x));
    pen.text(middle, y - 20 - level * LEVEL, text, {
      ...{ color, size: LABEL, anchor: "middle", halo: palette.page },
      weight: isPicked ? 700 : 500,
    });
  }
}

/** Puts labels that would cover each other one above the other. */
function stack(labels: Label[], width: number): void {
  const ends: number[] = []; // for each level, how far to the right it is taken
  for (const label of labels) {
    const middle = Math.max(label.width / 2, Math.min(width - label.width / 2, label.x));
    const start = middle - label.width / 2;
    const free = ends.findIndex((end) => end + 10 <= start);
    label.level = free < 0 ? ends.length : free;
    ends[label.level] = middle + label.width / 2;
  }
}
