/** What can be taken away: the numbers as CSV and JSON in full precision, the map as a picture. */

import type { Translate } from "../../host/context.js";
import { STRETCH } from "../shared/attentionmap.js";
import { download } from "../shared/files.js";
import { drawMatrix, drawMatrixLabels } from "../shared/heatmap.js";
import { layoutMatrix } from "../shared/matrixlayout.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import type { Frame } from "./frame.js";
import { matrixOf } from "./picture.js";
import { weightsOf } from "./run.js";
import { attentionOf, TRAITS } from "./state.js";

const SIZE = { width: 560, height: 480 };
const NAME = "attnlab-translation";
export const EXPORTS = ["svg", "png", "csv", "json"] as const;

export function save(name: (typeof EXPORTS)[number], frame: Frame, t: Translate): void {
  if (name === "csv") {
    download(`${NAME}.csv`, "text/csv", csvOf(frame));
  } else if (name === "json") {
    download(`${NAME}.json`, "application/json", jsonOf(frame));
  } else {
    const picture = pictureOf(frame, t);
    if (picture !== null) {
      void savePicture(picture, frame.palette, NAME, name);
    }
  }
}

export function pictureOf(frame: Frame, t: Translate): Picture | null {
  const { run, shown, state, card, palette, ramp } = frame;
  if (run === null || shown.rows.length === 0) {
    return null;
  }
  const matrix = matrixOf(run, shown, state, attentionOf(state, card), ramp, t);
  const draw: Picture["draw"] = (pen) => {
    const { rows, columns, names } = matrix;
    const layout = layoutMatrix(pen, names, { ...SIZE, rows, columns, zoom: null, stretch: STRETCH });
    drawMatrix(pen, palette, layout, matrix);
    drawMatrixLabels(pen, palette, layout, matrix, null);
  };
  return titled({ ...SIZE, title: shown.text, draw }, palette);
}

/** One row for each candidate of each step. */
export function csvOf({ shown }: Pick<Frame, "shown">): string {
  const head = ["step", "candidate", "id", "probability", "own", "before", "chosen"];
  const rows = shown.rows.flatMap(({ candidates }, step) =>
    candidates.map(({ text, id, probability, own, before }) => [
      ...[String(step), text, String(id), String(probability), String(own)],
      ...[before === null ? "" : String(before), shown.tokens.at(step)?.id === id ? "1" : "0"],
    ]),
  );
  return [head, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Everything that is shown, under the names that Python has for it. */
export function jsonOf({ run, shown, state, card }: Frame): string {
  const attention = attentionOf(state, card);
  const found = run === null ? null : weightsOf(run, shown, state.look, attention, state.head);
  const rows = Array.from({ length: found?.rows ?? 0 }, (_, row) =>
    Array.from(
      (found?.values ?? new Float32Array()).subarray(
        row * (found?.columns ?? 0),
        (row + 1) * (found?.columns ?? 0),
      ),
    ),
  );
  const traits = Object.entries<string>(TRAITS);
  const content = {
    ...Object.fromEntries(traits.map(([name, trait]) => [trait, state[name as keyof typeof state]])),
    translation: shown.text,
    tokens: shown.tokens.map(({ text }) => text),
    probabilities: shown.tokens.map(({ probability }) => probability),
    read: run?.read ?? [],
    candidates: shown.rows.map(({ candidates }) => candidates),
    attention_name: attention,
    attention: rows,
    tree: (run?.levels ?? []).slice(0, shown.steps).map(({ nodes }) => nodes),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}
