/** What can be taken away: the pictures as SVG and PNG, the numbers as CSV and JSON in full precision. */

import type { Translate } from "../../host/context.js";
import type { Attention } from "../../engine/attention.js";
import { CanvasPen } from "../shared/canvaspen.js";
import { context2d } from "../shared/dom.js";
import { short } from "../shared/format.js";
import { drawMatrix, drawMatrixLabels } from "../shared/heatmap.js";
import { drawLineLabels, drawLines, drawLinesOverlay, layoutLines } from "../shared/lineview.js";
import { layoutMatrix, shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import { SvgPen } from "../shared/svgpen.js";
import { linesOf } from "./linesof.js";
import { planeData } from "./follow.js";
import type { Frame, Step } from "./frame.js";
import { columnsOf, matrixOf, valuesOf, weightText } from "./matrixofstep.js";
import { drawPlane, drawPlaneGround, layoutPlane } from "./planepicture.js";
import { weightedMean } from "./scene.js";

/** A picture of its own size that any pen can draw. */
export interface ExportPicture {
  width: number;
  height: number;
  title: string;
  draw: (pen: Pen) => void;
}

const MATRIX_SIZE = { width: 520, height: 480 };
const LINES_WIDTH = 320;
const PLANE_SIZE = { width: 520, height: 440 };
const MARGIN = 20;
const TITLE_HEIGHT = 30;

/** The matrix of the step with the lines beside it. */
export function matrixPicture(frame: Frame, t: Translate): ExportPicture | null {
  const { scene, palette, state, ui } = frame;
  const { attention } = scene;
  if (attention === null) {
    return null;
  }
  const matrix = matrixOf(frame, attention, t);
  const title = t("self-attention.picture.matrix", {
    step: t(`self-attention.step.${ui.step}`),
    sentence: scene.names.join(" "),
    divisor: short(attention.divisor),
  });
  const draw = (pen: Pen): void => {
    const layout = layoutMatrix(pen, matrix.names, {
      ...MATRIX_SIZE,
      rows: matrix.rows,
      columns: matrix.columns,
      zoom: null,
    });
    drawMatrix(pen, palette, layout, matrix);
    drawMatrixLabels(pen, palette, layout, matrix, null);
    const lines = linesOf(frame, t);
    const box = { width: LINES_WIDTH, top: layout.top, rowHeight: layout.cellHeight };
    const shifted = shift(pen, MATRIX_SIZE.width, 0);
    const lineLayout = layoutLines(shifted, lines.names, box);
    drawLines(shifted, palette, lineLayout, lines);
    const place = state.follow < 0 ? null : { query: state.follow, key: -1 };
    drawLineLabels(shifted, palette, lineLayout, lines, place);
    if (place !== null) {
      drawLinesOverlay(shifted, palette, lineLayout, lines, place, weightText(scene.n));
    }
  };
  return framed({ width: MATRIX_SIZE.width + LINES_WIDTH, height: MATRIX_SIZE.height, title, draw }, frame);
}

/** The followed word between its poles. */
export function followPicture(frame: Frame, title: string): ExportPicture | null {
  const data = planeData(frame);
  if (data === null) {
    return null;
  }
  const draw = (pen: Pen): void => {
    const layout = layoutPlane(PLANE_SIZE.width, PLANE_SIZE.height, data);
    drawPlaneGround(pen, frame.palette, layout, data);
    drawPlane(pen, frame.palette, layout, data);
  };
  return framed({ ...PLANE_SIZE, title, draw }, frame);
}

/** The picture with its title above and a margin around. */
function framed(picture: ExportPicture, { palette }: Frame): ExportPicture {
  const { width, height, title, draw } = picture;
  return {
    width: width + 2 * MARGIN,
    height: height + 2 * MARGIN + TITLE_HEIGHT,
    title,
    draw: (pen) => {
      pen.text(MARGIN, MARGIN + 4, shorten(pen, title, 13, width, 600), {
        color: palette.ink,
        size: 13,
        weight: 600,
      });
      draw(shift(pen, MARGIN, MARGIN + TITLE_HEIGHT));
    },
  };
}

/** A pen whose origin lies elsewhere. */
function shift(pen: Pen, dx: number, dy: number): Pen {
  const points = (list: readonly number[]): number[] =>
    list.map((value, index) => value + (index % 2 === 0 ? dx : dy));
  return {
    rectangle: (x, y, width, height, paint) => pen.rectangle(x + dx, y + dy, width, height, paint),
    line: (list, paint) => pen.line(points(list), paint),
    curve: (x1, y1, x2, y2, paint) => pen.curve(x1 + dx, y1 + dy, x2 + dx, y2 + dy, paint),
    dot: (x, y, radius, paint) => pen.dot(x + dx, y + dy, radius, paint),
    polygon: (list, paint) => pen.polygon(points(list), paint),
    text: (x, y, text, style) => pen.text(x + dx, y + dy, text, style),
    cells: (cells) => pen.cells({ ...cells, x: cells.x + dx, y: cells.y + dy }),
    clip: (x, y, width, height, draw) => pen.clip(x + dx, y + dy, width, height, draw),
    measure: (text, size, weight) => pen.measure(text, size, weight),
  };
}

export function svgOf({ width, height, title, draw }: ExportPicture, frame: Frame): string {
  const { palette } = frame;
  const ruler = new CanvasPen(context2d(document.createElement("canvas")), palette.fontFamily);
  const pen = new SvgPen((text, size, weight) => ruler.measure(text, size, weight));
  draw(pen);
  return pen.document(width, height, palette.page, title, palette.fontFamily);
}

/** The numbers of the step on screen: one row a query, one column a key or dimension. */
export function csvOf(frame: Frame): string {
  const { attention } = frame.scene;
  if (attention === null) {
    return "";
  }
  const { step } = frame.ui;
  const columns = columnsOf(attention, step);
  const values = valuesOf(attention, step);
  const { tokens } = frame.state;
  const head =
    step === "outputs" ? Array.from({ length: columns }, (_, dimension) => String(dimension)) : tokens;
  const rows = tokens.map((token, row) => [
    token,
    ...Array.from(values.subarray(row * columns, (row + 1) * columns), String),
  ]);
  return [[step, ...head], ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Everything that is computed, under the names that Python has for it. */
export function jsonOf({ scene, state, ui }: Frame): string {
  const { attention, picture } = scene;
  const matrix = (step: Step): number[][] => (attention === null ? [] : rowsOf(attention, step));
  const leans =
    picture === null ? null : { values: picture.leans, outputs: outputLeans(attention, picture.leans) };
  const content = {
    tokens: state.tokens,
    labels: state.labels,
    maps: state.maps,
    divide_by: state.divideBy,
    divisor: attention?.divisor ?? null,
    follow: state.follow,
    poles: state.poles,
    step: ui.step,
    scores: matrix("scores"),
    scaled: matrix("scaled"),
    weights: matrix("weights"),
    outputs: matrix("outputs"),
    lean: leans,
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

function rowsOf(attention: Attention, step: Step): number[][] {
  const columns = columnsOf(attention, step);
  const values = valuesOf(attention, step);
  return Array.from({ length: attention.n }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
}

function outputLeans(attention: Attention | null, leans: readonly number[]): number[] {
  return attention === null ? [] : leans.map((_, row) => weightedMean(attention, row, leans));
}
