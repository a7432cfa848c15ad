/** Ids times a matrix of one row, beside a lookup table whose rows are free: points in the plane, or in space. */

import { AXES, raiseIds } from "../../engine/codings.js";
import { placeLabels, type Box } from "../shared/labels.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import type { Frame } from "./frame.js";
import type { Size } from "./linepicture.js";
import { FARTHEST, STEEPEST } from "./state.js";

const LABEL = 12.5;
const SMALL = 11;
const MARGIN = 12;
const HALF = Math.sqrt(3) / 2;

/** From numbers to places on the picture. */
export interface Plane {
  size: Size;
  /** What lies at the edge. */
  range: number;
}

/** Three numbers are seen from above a corner, so that all three axes are equally long. */
export function project(plane: Plane, point: readonly number[]): [number, number] {
  const { width, height } = plane.size;
  const unit = (Math.min(width, height) / 2 - MARGIN) / plane.range;
  const [x, y, z] = point;
  if (point.length === 2) {
    return [width / 2 + x * unit, height / 2 - y * unit];
  }
  const scale = unit / 2;
  return [width / 2 + (x - y) * HALF * scale, height / 2 + ((x + y) / 2 - z) * scale];
}

/** The point of a plane under a place on the picture. */
export function unproject(plane: Plane, x: number, y: number): [number, number] {
  const { width, height } = plane.size;
  const unit = (Math.min(width, height) / 2 - MARGIN) / plane.range;
  return [(x - width / 2) / unit, (height / 2 - y) / unit];
}

/** The largest id on the picture: the matrix is turned, and the scale stays. */
export function largestId({ cut, codes }: Frame): number {
  const ids = [...new Set(cut?.ids ?? []), ...codes.map(({ code }) => code?.id ?? 0)];
  return ids.reduce((most, id) => Math.max(most, id), 1);
}

export function raisedPlane(frame: Frame, size: Size): Plane {
  return { size, range: STEEPEST * largestId(frame) };
}

export function lookupPlane(size: Size): Plane {
  return { size, range: FARTHEST };
}

interface Point {
  at: readonly number[];
  word: string;
  isPicked: boolean;
}

export function drawRaised(pen: Pen, palette: Palette, size: Size, frame: Frame): void {
  const { state, cut, codes, picked } = frame;
  const plane = raisedPlane(frame, size);
  drawAxes(pen, palette, plane, state.matrix.length === 3 ? ["1", "2", "3"] : ["1", "2"]);
  const end = raiseIds([largestId(frame)], state.matrix)[0];
  const [x1, y1] = project(plane, end.map((value) => -value)); // prettier-ignore
  const [x2, y2] = project(plane, end);
  pen.line([x1, y1, x2, y2], { stroke: palette.value, width: 1.5, dash: [5, 4] });
  for (const point of raiseIds([...new Set(cut?.ids ?? [])], state.matrix)) {
    const [x, y] = project(plane, point);
    pen.dot(x, y, 2.5, { fill: palette.mask });
  }
  const points = codes.flatMap(({ word, code }, place) => {
    const id = code?.id ?? null;
    return id === null ? [] : [{ at: raiseIds([id], state.matrix)[0], word, isPicked: place === picked }];
  });
  drawPoints(pen, palette, plane, points);
}

export function drawLookup(pen: Pen, palette: Palette, size: Size, { codes, picked }: Frame): void {
  const plane = lookupPlane(size);
  drawAxes(pen, palette, plane, [...AXES]);
  const points = codes.map(({ word, row }, place) => ({ at: row, word, isPicked: place === picked }));
  drawPoints(pen, palette, plane, points);
}

function drawAxes(pen: Pen, palette: Palette, plane: Plane, names: readonly string[]): void {
  const { range } = plane;
  names.forEach((name, axis) => {
    const end = names.map((_, other) => (other === axis ? range : 0));
    const [x1, y1] = project(plane, end.map((value) => -value)); // prettier-ignore
    const [x2, y2] = project(plane, end);
    pen.line([x1, y1, x2, y2], { stroke: palette.line, width: 1 });
    const isUp = Math.abs(y2 - y1) > Math.abs(x2 - x1);
    const style = { color: palette.muted, size: SMALL, halo: palette.page } as const;
    pen.text(isUp ? x2 + 6 : x2, isUp ? y2 + 6 : y2 - 10, name, { ...style, anchor: isUp ? "start" : "end" });
  });
}

function drawPoints(pen: Pen, palette: Palette, plane: Plane, points: readonly Point[]): void {
  const places = points.map(({ at }) => project(plane, at));
  const texts = points.map(({ word }) => shorten(pen, word, LABEL, 90));
  const requests = places.map(([x, y], index) => ({
    ...{ x, y, radius: 6, height: 16, priority: points[index].isPicked ? 1 : 0 },
    width: pen.measure(texts[index], LABEL, 600),
  }));
  const bounds: Box = { x: 0, y: 0, ...plane.size };
  const dots = places.map(([x, y]) => ({ x: x - 5, y: y - 5, width: 10, height: 10 }));
  const labels = placeLabels(requests, bounds, dots);
  places.forEach(([x, y], index) => {
    const { isPicked } = points[index];
    pen.dot(x, y, isPicked ? 6.5 : 5, { fill: isPicked ? palette.key : palette.query, stroke: palette.page });
  });
  labels.forEach((box, index) => {
    if (box !== null) {
      const color = points[index].isPicked ? palette.keyInk : palette.queryInk;
      const style = { color, size: LABEL, weight: 600, halo: palette.page };
      pen.text(box.x, box.y + box.height / 2, texts[index], style);
    }
  });
}
