/** What can be taken away: the picture of the view, its numbers as CSV, and everything as JSON. */

import type { Translate } from "../../host/context.js";
import { signedScale } from "../shared/colorscale.js";
import { download } from "../shared/files.js";
import { drawMatrix, drawMatrixLabels, type Matrix } from "../shared/heatmap.js";
import { layoutMatrix } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import type { Marks } from "../shared/attentionmap.js";
import type { Palette } from "../shared/theme.js";
import type { Frame } from "./frame.js";
import { drawOutputs, outputsHeight } from "./outputspicture.js";
import { encodingMarks, encodingMatrix, patternMarks, patternMatrix, tinted } from "./pictures.js";
import type { ViewName } from "./state.js";
import { drawSumStrips } from "./sumpicture.js";

export const EXPORTS = ["svg", "png", "csv", "json"] as const;
const WIDTH = 720;

/** Saves what is on screen at the moment of the click. */
export function saver(frameNow: () => Frame | null, t: Translate): (name: (typeof EXPORTS)[number]) => void {
  return (name) => {
    const frame = frameNow();
    if (frame === null) {
      return;
    }
    const file = `attnlab-positions-${frame.state.view}`;
    if (name === "csv") {
      download(`${file}.csv`, "text/csv", csvOf(frame));
    } else if (name === "json") {
      download(`${file}.json`, "application/json", jsonOf(frame));
    } else {
      void savePicture(pictureOf(frame, t), frame.palette, file, name);
    }
  };
}

type Drawing = Omit<Picture, "title">;

export function pictureOf(frame: Frame, t: Translate): Picture {
  const drawings: Readonly<Record<ViewName, () => Drawing>> = {
    encoding: () => encodingDrawing(frame, t),
    sum: () => sumDrawing(frame, t),
    shuffle: () => outputsDrawing(frame, t),
    schemes: () => patternDrawing(frame, t),
  };
  const { view, scheme } = frame.state;
  const title = view === "schemes" ? t(`positions.scheme.${scheme}`) : t(`positions.view.${view}`);
  return titled({ ...drawings[view](), title }, frame.palette);
}

function matrixDrawing(matrix: Matrix, palette: Palette, marks: Marks): Drawing {
  const height = 520;
  const draw = (pen: Pen): void => {
    const { rows, columns, names } = matrix;
    const layout = layoutMatrix(pen, names, { width: WIDTH, height, rows, columns, zoom: null });
    drawMatrix(pen, palette, layout, matrix);
    marks.draw(pen, layout);
    drawMatrixLabels(pen, palette, layout, matrix, marks.named);
  };
  return { width: WIDTH, height, draw };
}

function encodingDrawing({ state, numbers, palette, ramps }: Frame, t: Translate): Drawing {
  const matrix = encodingMatrix(numbers.encoding(state), state.length, state.width, ramps.diverging, t);
  return matrixDrawing(matrix, tinted(palette), encodingMarks(state, palette));
}

function patternDrawing({ state, numbers, palette, ramps, tables }: Frame, t: Translate): Drawing {
  const { length, position, scheme, head } = state;
  const { trained } = tables;
  const matrix = patternMatrix(numbers.pattern(state, head), length, ramps.diverging, t);
  const known = scheme === "learned" ? Math.min(trained, length) : length;
  return matrixDrawing(matrix, palette, patternMarks({ length, position, trained, known }, palette));
}

function sumDrawing({ state, numbers, reading, palette, ramps }: Frame, t: Translate): Drawing {
  const sum = numbers.sum(state, reading, state.token);
  const draw = (pen: Pen): void => {
    if (sum !== null) {
      const all = Float32Array.from([...sum.word, ...sum.position, ...sum.sum]);
      const key = state.positions ? "positions.sum.name" : "positions.sum.none";
      const names = {
        word: reading.labels[state.token],
        position: t(key, { position: sum.place }),
        sum: t("positions.sum.both"),
      };
      const scale = signedScale(ramps.diverging, all);
      drawSumStrips(pen, palette, { width: WIDTH, height: 0 }, sum, names, state.pair, scale);
    }
  };
  return { width: WIDTH, height: 150, draw };
}

function outputsDrawing({ state, numbers, reading, order, palette, ramps }: Frame, t: Translate): Drawing {
  const shuffle = numbers.shuffle(state, reading);
  const height = outputsHeight(reading.T);
  const captions = {
    before: t("positions.outputs.before"),
    after: t("positions.outputs.after"),
    change: t("positions.outputs.change"),
  };
  const scale = signedScale(ramps.diverging, shuffle.before.outputs);
  const { labels, D } = reading;
  const outputs = { labels, order, D, shuffle, scale, token: state.token, captions };
  return {
    width: WIDTH,
    height,
    draw: (pen) => drawOutputs(pen, palette, { width: WIDTH, height }, outputs),
  };
}

type Cell = string | number;

/** The numbers of the view, one row for each of them. */
export function csvOf(frame: Frame): string {
  const tables: Readonly<Record<ViewName, () => Cell[][]>> = {
    encoding: () => encodingRows(frame),
    sum: () => sumRows(frame),
    shuffle: () => shuffleRows(frame),
    schemes: () => patternRows(frame),
  };
  return tables[frame.state.view]()
    .map((row) => row.map((cell) => csvField(String(cell))).join(","))
    .join("\r\n")
    .concat("\r\n");
}

function encodingRows({ state, numbers }: Frame): Cell[][] {
  const { width } = state;
  const rows = [...numbers.encoding(state)].map((value, cell): Cell[] => [
    Math.floor(cell / width),
    cell % width,
    value,
  ]);
  return [["position", "entry", "value"], ...rows];
}

function sumRows({ state, numbers, reading }: Frame): Cell[][] {
  const sum = numbers.sum(state, reading, state.token);
  const rows = [...(sum?.sum ?? [])].map((value, entry): Cell[] => [
    entry,
    sum?.word[entry] ?? 0,
    sum?.position[entry] ?? 0,
    value,
  ]);
  return [["entry", "word", "position", "sum"], ...rows];
}

function shuffleRows({ state, numbers, reading, order }: Frame): Cell[][] {
  const { changes } = numbers.shuffle(state, reading);
  const rows = reading.labels.map((word, token): Cell[] => [
    word,
    token,
    order.indexOf(token),
    changes[token],
  ]);
  return [["word", "place", "place now", "largest change"], ...rows];
}

function patternRows({ state, numbers }: Frame): Cell[][] {
  const { length, head } = state;
  const rows = [...numbers.pattern(state, head)].map((score, cell): Cell[] => [
    Math.floor(cell / length),
    cell % length,
    score,
  ]);
  return [["query", "key", "score"], ...rows];
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Everything that was computed, under the names that Python has for it; NaN as a text, which JSON lacks. */
export function jsonOf({ state, numbers, reading, order, tables }: Frame): string {
  const { length, width, position, token, head } = state;
  const sum = numbers.sum(state, reading, token);
  const { after, changes, change } = numbers.shuffle(state, reading);
  const { T, D } = reading;
  const content = {
    ...state,
    tokens: reading.labels,
    order,
    encoding: rowsOf(numbers.encoding(state), length, width),
    angles: numbers.hands(state, position).map(({ angle }) => angle),
    dot_products: [...numbers.dots(state, position)],
    sum_vectors: sum === null ? [] : [sum.word, sum.position, sum.sum].map((row) => [...row]),
    weights: rowsOf(after.weights, T, T),
    outputs: rowsOf(after.outputs, T, D),
    changes: [...changes],
    change,
    pattern: rowsOf(numbers.pattern(state, head), length, length),
    accuracy: Object.fromEntries(
      Object.entries(tables.accuracy).map(([name, shares]) => [name, shares.map(jsonNumber)]),
    ),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

const jsonNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function rowsOf(values: Float32Array, rows: number, columns: number): (number | string)[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns), (value) => jsonNumber(value)),
  );
}
