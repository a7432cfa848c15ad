/** What can be taken away: the picture, and the numbers as CSV and JSON in full precision. */

import type { Translate } from "../../host/context.js";
import { Cloud, type Camera } from "../../engine/space/cloud.js";
import { download } from "../shared/files.js";
import { savePicture, titled, type Picture } from "../shared/pictures.js";
import { describe } from "./describe.js";
import type { Frame } from "./frame.js";
import { dotRadius, drawDots, drawMarks } from "./mappicture.js";
import { drawScatter, layoutScatter } from "./scatter.js";
import type { Content } from "./stage.js";

export const EXPORTS = ["svg", "png", "csv", "json"] as const;
const SIZE = { width: 720, height: 540 };

export interface Saved {
  frame: Frame;
  content: Content;
  camera: Camera;
}

/** Saves what is on screen at the moment of the click. */
export function saver(now: () => Saved | null, t: Translate): (name: (typeof EXPORTS)[number]) => void {
  return (name) => {
    const saved = now();
    if (saved === null) {
      return;
    }
    const file = `attnlab-${saved.frame.state.view}`;
    if (name === "csv") {
      download(`${file}.csv`, "text/csv", csvOf(saved.frame));
    } else if (name === "json") {
      download(`${file}.json`, "application/json", jsonOf(saved.frame));
    } else {
      const picture = pictureOf(saved, t);
      if (picture !== null) {
        void savePicture(picture, saved.frame.palette, file, name);
      }
    }
  };
}

export function pictureOf({ frame, content, camera }: Saved, t: Translate): Picture | null {
  const { palette } = frame;
  const title = describe(frame, t);
  if (content.kind === "map") {
    const { drawn, dimensions } = content.chart;
    const cloud = new Cloud(drawn, dimensions);
    cloud.project(camera, SIZE.width, SIZE.height);
    const scene = { cloud, marks: content.marks, hover: -1, ...SIZE, ratio: 1 };
    const draw: Picture["draw"] = (pen) => {
      drawDots(pen, palette, cloud, dotRadius(cloud, camera));
      drawMarks(pen, palette, scene);
    };
    return titled({ ...SIZE, title, draw }, palette);
  }
  if (content.kind === "scatter") {
    const layout = layoutScatter(content.scatter, SIZE.width, SIZE.height);
    return titled(
      { ...SIZE, title, draw: (pen) => drawScatter(pen, palette, layout, content.scatter) },
      palette,
    );
  }
  return null;
}

type Cell = string | number;

/** One row for each word of the present view. */
export function csvOf({ answers }: Frame): string {
  const { map, analogy, axes, senses } = answers;
  let rows: Cell[][] = [];
  if (map !== null) {
    const places = map.chart.places ?? map.chart.drawn;
    const { dimensions } = map.chart;
    const head = ["word", ...["x", "y", "z"].slice(0, dimensions)];
    const at = (row: number): number[] =>
      Array.from(places.subarray(row * dimensions, (row + 1) * dimensions));
    rows = [head, ...map.chart.words.map((word, row): Cell[] => [word, ...at(row)])];
  } else if (analogy !== null) {
    const lists = Object.entries({ included: analogy.included, excluded: analogy.excluded });
    rows = [
      ["list", "word", "cosine"],
      ...lists.flatMap(([name, list]) => list.map((one): Cell[] => [name, ...one])),
    ];
  } else if (axes !== null) {
    const line = (word: string, place: number): Cell[] => [
      word,
      ...axes.along.map((numbers) => numbers[place]),
    ];
    rows = [["word", ...["x", "y"].slice(0, axes.along.length)], ...axes.words.map(line)];
  } else if (senses !== null) {
    rows = [
      ["word", "cosine", "lean"],
      ...senses.neighbors.map(({ word, cosine, lean }): Cell[] => [word, cosine, lean]),
    ];
  }
  return rows.map((row) => row.map((cell) => csvField(String(cell))).join(",")).join("\r\n") + "\r\n";
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What the present view computed, under the names that Python has for it. */
export function jsonOf({ state, answers }: Frame): string {
  const { map, analogy, axes, senses } = answers;
  const { source, view, word, projection, dimensions, terms, xAxis, yAxis, placed, poles } = state;
  const content = {
    ...{ source, view, word },
    ...(map && {
      ...{
        projection,
        dimensions,
        neighbors: map.neighbors,
        picture_neighbors: map.picture,
        overlap: map.overlap,
      },
      ...{ mean_overlap: map.chart.meanOverlap, shares: map.chart.shares },
    }),
    ...(analogy && {
      terms,
      excluded: analogy.excluded,
      included: analogy.included,
      words: analogy.words,
      places: analogy.places,
    }),
    ...(axes && { x_axis: xAxis, y_axis: yAxis, placed, words: axes.words, coordinates: axes.along }),
    ...(senses && { poles, lean: senses.lean, senses: senses.neighbors }),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}
