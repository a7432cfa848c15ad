/** What can be taken away: the numbers as CSV and JSON in full precision, the map as a picture. */

import type { Translate } from "../../host/context.js";
import { STRETCH } from "../shared/attentionmap.js";
import { download } from "../shared/files.js";
import { drawMatrix, drawMatrixLabels } from "../shared/heatmap.js";
import { layoutMatrix } from "../shared/matrixlayout.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import type { Frame } from "./frame.js";
import { headOf, matrixOf } from "./looking.js";
import { rowNames, weightsOf } from "./run.js";
import { shownAttention, shownAttentions, textOf } from "./state.js";

const SIZE = { width: 560, height: 480 };
export const EXPORTS = ["svg", "png", "csv", "json"] as const;

/** Saves what is on screen at the moment of the click. */
export function saver(frameNow: () => Frame | null, t: Translate): (name: (typeof EXPORTS)[number]) => void {
  return (name) => {
    const frame = frameNow();
    if (frame === null) {
      return;
    }
    const file = `attnlab-${frame.state.model}`;
    if (name === "csv") {
      download(`${file}.csv`, "text/csv", csvOf(frame));
    } else if (name === "json") {
      download(`${file}.json`, "application/json", jsonOf(frame));
    } else {
      const picture = mapPicture(frame, t);
      if (picture !== null) {
        void savePicture(picture, frame.palette, file, name);
      }
    }
  };
}

export function mapPicture(frame: Frame, t: Translate): Picture | null {
  const { run, state, card, palette, ramp } = frame;
  if (run === null || run.looks.length === 0) {
    return null;
  }
  const matrix = matrixOf(run, shownAttention(state, card), headOf(state, card), ramp, t);
  const draw: Picture["draw"] = (pen) => {
    const { rows, columns, names } = matrix;
    const layout = layoutMatrix(pen, names, { ...SIZE, rows, columns, zoom: null, stretch: STRETCH });
    drawMatrix(pen, palette, layout, matrix);
    drawMatrixLabels(pen, palette, layout, matrix, null);
  };
  return titled({ ...SIZE, title: run.text, draw }, palette);
}

/** One row for each token: its place, text and probability, then its candidates. */
export function csvOf({ run }: Pick<Frame, "run">): string {
  const head = ["place", "token", "probability"];
  const most = Math.max(0, ...(run?.tokens ?? []).map(({ candidates }) => candidates.length));
  for (let rank = 1; rank <= most; rank += 1) {
    head.push(`candidate ${rank}`, `probability ${rank}`);
  }
  const rows = (run?.tokens ?? []).map(({ text, probability, candidates }, place) => [
    String(place),
    text,
    String(probability),
    ...candidates.flatMap((candidate) => [candidate.text, String(candidate.probability)]),
  ]);
  return [head, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Everything that was computed, under the names that Python has for it. */
export function jsonOf({ run, state, card }: Frame): string {
  const { model, decoding, temperature, topK, seed, off } = state;
  const attention: Record<string, number[][][]> = {};
  for (const name of run === null ? [] : shownAttentions(model, card)) {
    attention[name] = Array.from({ length: card.heads }, (_, head) => rowsOf(run, name, head));
  }
  const content = {
    model,
    input: textOf(state),
    ...{ decoding, temperature, top_k: topK, seed, off },
    text: run?.text ?? "",
    tokens: run?.tokens ?? [],
    next: run?.next?.candidates ?? [],
    read: run?.read ?? [],
    rows: run === null ? [] : rowNames(run, ""),
    attention,
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

function rowsOf(run: Frame["run"], attention: string, head: number): number[][] {
  if (run === null) {
    return [];
  }
  const weights = weightsOf(run, attention, head);
  const columns = run.read.length;
  return run.looks.map((_, row) => Array.from(weights.subarray(row * columns, (row + 1) * columns)));
}
