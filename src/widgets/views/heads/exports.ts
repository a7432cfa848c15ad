/** What can be taken away: the opened head as a picture, the scores of all heads as CSV, all numbers as JSON. */

import type { Translate } from "../../host/context.js";
import { STRETCH } from "../shared/attentionmap.js";
import { download } from "../shared/files.js";
import { drawMatrix, drawMatrixLabels } from "../shared/heatmap.js";
import { layoutMatrix } from "../shared/matrixlayout.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import { headName, textOf } from "../models/state.js";
import { headTitle, type Frame } from "./frame.js";
import { logProbability, scoresOf } from "./look.js";
import { matrixOf } from "./opened.js";

const SIZE = { width: 560, height: 480 };
export const EXPORTS = ["svg", "png", "csv", "json"] as const;

/** Saves what is on screen. */
export function save(name: (typeof EXPORTS)[number], frame: Frame, t: Translate): void {
  const file = `attnlab-heads-${frame.state.model}`;
  if (name === "csv") {
    download(`${file}.csv`, "text/csv", csvOf(frame));
  } else if (name === "json") {
    download(`${file}.json`, "application/json", jsonOf(frame));
  } else if (frame.look !== null) {
    void savePicture(pictureOf(frame, t), frame.palette, file, name);
  }
}

export function pictureOf(frame: Frame, t: Translate): Picture {
  const { look, attention, head, palette, ramp } = frame;
  const draw: Picture["draw"] = (pen) => {
    if (look !== null) {
      const matrix = matrixOf(look, attention, head, ramp, t);
      const { rows, columns, names } = matrix;
      const layout = layoutMatrix(pen, names, { ...SIZE, rows, columns, zoom: null, stretch: STRETCH });
      drawMatrix(pen, palette, layout, matrix);
      drawMatrixLabels(pen, palette, layout, matrix, null);
    }
  };
  return titled({ ...SIZE, title: headTitle(frame, t), draw }, palette);
}

/** One row for each head and each kind: its weight, its chance and how many rows were counted. */
export function csvOf({ look, card, state }: Frame): string {
  const lines = [["attention", "head", "off", "kind", "weight", "chance", "rows"]];
  for (const attention of look === null ? [] : card.attentions) {
    (look === null ? [] : scoresOf(look, attention)).forEach((scores, head) => {
      const isOff = state.off.includes(headName(state.model, attention, head));
      scores.forEach(({ kind, weight, chance, rows }) =>
        lines.push([attention, head, isOff, kind, weight, chance, rows].map(String)),
      );
    });
  }
  return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

/** Everything that was computed, under the names that Python has for it. */
export function jsonOf({ look, labels, state }: Frame): string {
  const { model, off } = state;
  const weights = [...(look?.weights ?? [])].map(([name, { shape, data }]) => [name, nested(shape, data)]);
  const byName = (measure: (name: string) => unknown): object =>
    Object.fromEntries([...(look?.weights.keys() ?? [])].map((name) => [name, measure(name)]));
  const content = {
    ...{ model, text: textOf(state), off },
    original: look?.original ?? "",
    output: look?.output ?? "",
    ...{ tokens: look?.tokens ?? [], before: look?.before ?? [], after: look?.after ?? [] },
    log_probability: [logProbability(look?.before ?? []), logProbability(look?.after ?? [])],
    names: look?.names ?? {},
    candidates: (look?.candidates ?? []).map((row) =>
      row.map(({ text, probability }) => [text, probability]),
    ),
    scores: byName((name) => (look === null ? [] : scoresOf(look, name))),
    labels: byName((name) => labels.get(name)),
    weights: Object.fromEntries(weights) as unknown,
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

function nested([heads, rows, columns]: readonly number[], data: Float32Array): number[][][] {
  const row = (start: number): number[] => Array.from(data.subarray(start, start + columns));
  return Array.from({ length: heads }, (_, head) =>
    Array.from({ length: rows }, (__, one) => row((head * rows + one) * columns)),
  );
}
