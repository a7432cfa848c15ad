/** What can be taken away: the four matrices as CSV and JSON, the graph as a picture. */

import type { Translate } from "../../host/context.js";
import { download } from "../shared/files.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import type { Frame } from "./frame.js";
import { drawGraph, graphOf } from "./graph.js";

export const EXPORTS = ["svg", "png", "csv", "json"] as const;
const SIZE = { width: 720, height: 420 };

/** Saves what is on screen at the moment of the click. */
export function saver(frameNow: () => Frame | null, t: Translate): (name: (typeof EXPORTS)[number]) => void {
  return (name) => {
    const frame = frameNow();
    if (frame === null) {
      return;
    }
    if (name === "csv") {
      download("attnlab-mask.csv", "text/csv", csvOf(frame));
    } else if (name === "json") {
      download("attnlab-mask.json", "application/json", jsonOf(frame));
    } else {
      void savePicture(pictureOf(frame, t), frame.palette, "attnlab-mask", name);
    }
  };
}

export function pictureOf(
  { reading, numbers, row, state, shown, model, palette }: Frame,
  t: Translate,
): Picture {
  const graph = graphOf(reading, numbers.mask, row, state.layers, model === "translator");
  const title = `${t("masks.view.graph")}: ${t(`masks.preset.${shown.preset}`)}`;
  return titled({ ...SIZE, title, draw: (pen) => drawGraph(pen, palette, SIZE, graph) }, palette);
}

/** One row for each cell. */
export function csvOf({ reading, numbers }: Frame): string {
  const { Tk, allowed } = numbers.mask;
  const head = ["query", "key", "query token", "key token", "allowed", "score", "masked score", "weight"];
  const rows = [...allowed].map((cell, place) => {
    const [q, k] = [Math.floor(place / Tk), place % Tk];
    const values = [numbers.scores[place], numbers.masked[place], numbers.weights[place]].map(String);
    return [String(q), String(k), reading.queries[q], reading.keys[k], String(cell), ...values];
  });
  return [head, ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Everything that was computed, under the names that Python has for it; infinity and NaN as texts, which JSON lacks. */
export function jsonOf({ state, reading, numbers, candidates, plain, training }: Frame): string {
  const { Tk, allowed } = numbers.mask;
  const rows = (values: ArrayLike<number>): (number | string)[][] =>
    reading.queries.map((_, q) =>
      Array.from({ length: Tk }, (_, k) => {
        const value = values[q * Tk + k];
        return Number.isFinite(value) ? value : String(value);
      }),
    );
  const content = {
    ...state,
    query_tokens: reading.queries,
    key_tokens: reading.keys,
    mask: rows(allowed),
    scores: rows(numbers.scores),
    masked_scores: rows(numbers.masked),
    weights: rows(numbers.weights),
    candidates,
    plain_candidates: plain,
    training,
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}
