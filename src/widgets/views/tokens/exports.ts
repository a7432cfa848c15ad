/** What can be taken away: the tokens as CSV, all numbers as JSON, the picture that is shown. */

import { raiseIds } from "../../engine/codings.js";
import { shownBytes } from "../../engine/text/cuts.js";
import type { Translate } from "../../host/context.js";
import { download } from "../shared/files.js";
import { fixed } from "../shared/format.js";
import type { Pen } from "../shared/pen.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import type { Palette } from "../shared/theme.js";
import { lookupFit, raisedFit } from "./compute.js";
import { pairName } from "./describe.js";
import { COLUMNS, distancesIn, pairsOf } from "./distancespart.js";
import type { Frame } from "./frame.js";
import { drawLine } from "./linepicture.js";
import { drawOneHot } from "./onehotpicture.js";
import { drawLookup, drawRaised } from "./raisepicture.js";

export const EXPORTS = ["svg", "png", "csv", "json"] as const;
const WIDTH = 760;
const HEIGHTS = { line: 260, "one-hot": 430, raise: 370 } as const;
const ROW = 24;

/** Saves what is on screen at the moment of the click. */
export function saver(frameNow: () => Frame | null, t: Translate): (name: (typeof EXPORTS)[number]) => void {
  return (name) => {
    const frame = frameNow();
    if (frame === null) {
      return;
    }
    if (name === "csv") {
      download("attnlab-tokens.csv", "text/csv", csvOf(frame));
    } else if (name === "json") {
      download("attnlab-tokens.json", "application/json", jsonOf(frame));
    } else {
      void savePicture(pictureOf(frame, t), frame.palette, "attnlab-tokens", name);
    }
  };
}

export function pictureOf(frame: Frame, t: Translate): Picture {
  const { palette, state } = frame;
  const title = t(`tokens.view.${state.view}`);
  if (state.view === "distances") {
    const height = (pairsOf(frame.codes.length).length + 1) * ROW + 12;
    const draw = (pen: Pen): void => drawTable(pen, palette, frame, t);
    return titled({ width: WIDTH, height, title, draw }, palette);
  }
  const size = { width: WIDTH, height: HEIGHTS[state.view] };
  const draw = {
    line: (pen: Pen): void => drawLine(pen, palette, size, frame),
    "one-hot": (pen: Pen): void => drawOneHot(pen, palette, size, frame),
    raise: (pen: Pen): void => drawRaised(pen, palette, { ...size, width: WIDTH / 2 }, frame),
  }[state.view];
  if (state.view !== "raise") {
    return titled({ ...size, title, draw }, palette);
  }
  const both = (pen: Pen): void => {
    draw(pen);
    drawLookup(shifted(pen, WIDTH / 2), palette, { ...size, width: WIDTH / 2 }, frame);
  };
  return titled({ ...size, title, draw: both }, palette);
}

/** A pen that draws further to the right. */
function shifted(pen: Pen, by: number): Pen {
  const moved = (points: readonly number[]): number[] =>
    points.map((value, place) => (place % 2 === 0 ? value + by : value));
  return {
    rectangle: (x, y, width, height, paint) => pen.rectangle(x + by, y, width, height, paint),
    line: (points, paint) => pen.line(moved(points), paint),
    curve: (x1, y1, x2, y2, paint) => pen.curve(x1 + by, y1, x2 + by, y2, paint),
    dot: (x, y, radius, paint) => pen.dot(x + by, y, radius, paint),
    polygon: (points, paint) => pen.polygon(moved(points), paint),
    text: (x, y, text, style) => pen.text(x + by, y, text, style),
    cells: (cells) => pen.cells({ ...cells, x: cells.x + by }),
    clip: (x, y, width, height, draw) => pen.clip(x + by, y, width, height, draw),
    measure: (text, size, weight) => pen.measure(text, size, weight),
  };
}

function drawTable(pen: Pen, palette: Palette, frame: Frame, t: Translate): void {
  const distances = distancesIn(frame);
  const column = (place: number): number => 200 + (place + 1) * 108;
  COLUMNS.forEach((name, place) => {
    const style = { color: palette.muted, size: 12, anchor: "end" } as const;
    pen.text(column(place), ROW / 2, t(`tokens.distances.${name}`), style);
  });
  pairsOf(frame.codes.length).forEach(({ first, second }, row) => {
    const y = (row + 1.5) * ROW;
    pen.line([8, y - ROW / 2, WIDTH - 8, y - ROW / 2], { stroke: palette.hairline });
    const name = pairName([frame.codes[first].word, frame.codes[second].word], t);
    pen.text(12, y, name, { color: palette.ink, size: 13 });
    COLUMNS.forEach((key, place) => {
      const value = distances[key][first][second];
      const text = Number.isNaN(value) ? "–" : fixed(value, key === "ids" || key === "oneHotDot" ? 0 : 4);
      pen.text(column(place), y, text, { color: palette.ink, size: 13, anchor: "end" });
    });
  });
}

/** One row for each token: its place, the token and its id. */
export function csvOf({ cut }: Frame): string {
  const rows = (cut?.tokens ?? []).map((token, place) => [String(place), token, String(cut?.ids[place])]);
  return [["place", "token", "id"], ...rows].map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Everything that was computed, under the names that Python has for it. */
export function jsonOf(frame: Frame): string {
  const { state, cut, codes, learned } = frame;
  const { ids, oneHot, oneHotDot, cosine, euclid } = distancesIn(frame);
  const content = {
    ...state,
    tokens: cut?.tokens ?? [],
    ids: cut?.ids ?? [],
    vocabulary_size: cut?.size ?? 0,
    steps: (learned?.steps.slice(0, state.merges) ?? []).map(({ pair, count, id, left }) => ({
      ...{ pair, count, id, left },
      token: shownBytes(learned?.tokens[id] ?? new Uint8Array()),
    })),
    codes: Object.fromEntries(codes.map(({ word, code }) => [word, code])),
    distances: { ids, "one-hot": oneHot, "one-hot dot": oneHotDot, cosine, euclid },
    raised: raiseIds(cut?.ids ?? [], state.matrix),
    lookup: codes.map(({ row }) => row),
    lines: { raised: raisedFit(cut?.ids ?? [], state.matrix), lookup: lookupFit(codes) },
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}
