/** What can be taken away: the matrices as CSV, everything as JSON in full precision, both sides as a picture. */

import { METHODS, type Method } from "../../engine/word2vec/run.js";
import type { Translate } from "../../host/context.js";
import { download } from "../shared/files.js";
import type { Pen } from "../shared/pen.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import { drawCurve } from "./curve.js";
import { sideOf, type Frame, type Side } from "./frame.js";
import { drawMatrices, layoutMatrices } from "./matrices.js";
import { drawPlane, layoutPlane } from "./plane.js";
import { nearestText, titlesOf } from "./side.js";
import { TRAITS, type State } from "./state.js";

export const EXPORTS = ["svg", "png", "csv", "json"] as const;
const FILE = "attnlab-word2vec";
const COLUMN = 380;
const GAP = 20;
const HEIGHTS = { title: 26, plane: 260, curve: 110, matrices: 360 };

/** Saves what is on screen at the moment of the click. */
export function saver(frameNow: () => Frame | null, t: Translate): (name: (typeof EXPORTS)[number]) => void {
  return (name) => {
    const frame = frameNow();
    if (frame === null || frame.runs === null) {
      return;
    }
    if (name === "csv") {
      download(`${FILE}.csv`, "text/csv", csvOf(frame));
    } else if (name === "json") {
      download(`${FILE}.json`, "application/json", jsonOf(frame));
    } else {
      void savePicture(pictureOf(frame, t), frame.palette, FILE, name);
    }
  };
}

export function pictureOf(frame: Frame, t: Translate): Picture {
  const height = Object.values(HEIGHTS).reduce((sum, one) => sum + one + 8, 0);
  const sides = METHODS.flatMap((method) => sideOf(frame, method) ?? []);
  const draw = (pen: Pen): void => {
    sides.forEach((side, column) => drawSide(moved(pen, column * (COLUMN + GAP), 0), frame, side, t));
  };
  const title = sides.length === 0 ? "" : nearestText(sides[0], t);
  return titled({ width: 2 * COLUMN + GAP, height, title, draw }, frame.palette);
}

function drawSide(pen: Pen, { palette }: Frame, side: Side, t: Translate): void {
  pen.text(2, 14, t(`word2vec.name.${side.method}`), { color: palette.ink, size: 14, weight: 700 });
  let top = HEIGHTS.title;
  drawPlane(moved(pen, 0, top), palette, layoutPlane(side, COLUMN, HEIGHTS.plane), side);
  top += HEIGHTS.plane + 8;
  drawCurve(moved(pen, 0, top), palette, COLUMN, HEIGHTS.curve, side);
  top += HEIGHTS.curve + 8;
  const layout = layoutMatrices(pen, side, COLUMN, HEIGHTS.matrices);
  drawMatrices(moved(pen, 0, top), palette, layout, side, titlesOf(t));
}

/** A pen whose paper begins elsewhere. */
function moved(pen: Pen, right: number, down: number): Pen {
  const shift = (points: readonly number[]): number[] =>
    points.map((n, i) => n + (i % 2 === 0 ? right : down));
  return {
    rectangle: (x, y, width, height, paint) => pen.rectangle(x + right, y + down, width, height, paint),
    line: (points, paint) => pen.line(shift(points), paint),
    curve: (x1, y1, x2, y2, paint) => pen.curve(x1 + right, y1 + down, x2 + right, y2 + down, paint),
    dot: (x, y, radius, paint) => pen.dot(x + right, y + down, radius, paint),
    polygon: (points, paint) => pen.polygon(shift(points), paint),
    text: (x, y, text, style) => pen.text(x + right, y + down, text, style),
    cells: (cells) => pen.cells({ ...cells, x: cells.x + right, y: cells.y + down }),
    clip: (x, y, width, height, draw) => pen.clip(x + right, y + down, width, height, draw),
    measure: (text, size, weight) => pen.measure(text, size, weight),
  };
}

/** One row for each word and matrix. */
export function csvOf(frame: Frame): string {
  const { dim } = frame.state;
  const head = ["side", "matrix", "word", ...Array.from({ length: dim }, (_, d) => String(d))];
  const rows = METHODS.flatMap((method) =>
    (["input", "output"] as const).flatMap((name) =>
      rowsOf(frame, method, name).map((row, id) => [
        method,
        name,
        frame.corpus.words[id],
        ...row.map(String),
      ]),
    ),
  );
  return [head, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Everything that was computed, under the names that Python has for it. */
export function jsonOf(frame: Frame): string {
  const state = Object.entries(TRAITS).map(([name, trait]) => [trait, frame.state[name as keyof State]]);
  const both = <Value>(read: (method: Method) => Value): Record<string, Value> =>
    Object.fromEntries(METHODS.map((method) => [method, read(method)]));
  const content = {
    ...(Object.fromEntries(state) as Record<string, unknown>),
    words: frame.corpus.words,
    vectors: both((method) => rowsOf(frame, method, "input")),
    output_vectors: both((method) => rowsOf(frame, method, "output")),
    losses: both((method) => frame.runs?.[method].losses ?? []),
    step: both((method) => stepOf(sideOf(frame, method))),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

function stepOf(side: Side | null): unknown {
  if (side === null || side.step === null) {
    return null;
  }
  const { words } = side.frame.corpus;
  const { number, place, vector, predictions, loss, inputGradient, outputGradient, isApplied } = side.step;
  const { dim } = side.run.matrices;
  return {
    number,
    center: words[place.center],
    context: place.context.map((id) => words[id]),
    predicting: Array.from(vector),
    predicted: predictions.map(({ word }) => words[word]),
    negatives: predictions.map(({ noise }) => noise?.map((id) => words[id]) ?? null),
    scores: predictions.map(({ scores }) => Array.from(scores)),
    probabilities: predictions.map(({ probabilities }) => Array.from(probabilities)),
    losses: predictions.map((prediction) => prediction.loss),
    loss,
    input_gradient: split(inputGradient, dim),
    output_gradient: split(outputGradient, dim),
    applied: isApplied,
  };
}

function rowsOf(frame: Frame, method: Method, name: "input" | "output"): number[][] {
  const matrices = frame.runs?.[method].matrices;
  return matrices === undefined
    ? []
    : split(name === "input" ? matrices.inputs : matrices.outputs, matrices.dim);
}

function split(matrix: Float64Array, dim: number): number[][] {
  return Array.from({ length: matrix.length / dim }, (_, row) =>
    Array.from(matrix.subarray(row * dim, (row + 1) * dim)),
  );
}
