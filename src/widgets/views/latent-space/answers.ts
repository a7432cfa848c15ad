/** What each view shows for a state: computed from the whole table, or what Python computed for the first state. */

import { along, analogyPlane, axisFromPairs, leans } from "../../engine/space/axes.js";
import {
  analogy,
  nearest,
  nearestInPicture,
  overlapOf,
  type Analogy,
  type Listed,
} from "../../engine/space/neighbors.js";
import type { Chart } from "./chart.js";
import type { Library } from "./library.js";
import type { Pair, State } from "./state.js";

/** Why there is nothing to show. */
export type Problem =
  { key: "waiting" } | { key: "missing"; word: string } | { key: "nothing"; detail: string };

export interface MapAnswer {
  chart: Chart;
  neighbors: Listed;
  picture: Listed;
  overlap: number;
}

export interface AnalogyAnswer extends Analogy {
  /** The three words and all answers, each once. */
  words: readonly string[];
  /** Of the target, and then of the words. */
  places: readonly (readonly [number, number])[];
}

export interface AxesAnswer {
  words: readonly string[];
  /** One list for each axis. */
  along: readonly (readonly number[])[];
  missing: readonly string[];
}

export interface SensesAnswer {
  neighbors: readonly { word: string; cosine: number; lean: number }[];
  lean: number;
}

const SENSE_NEIGHBORS = 24;
const WAITING: Problem = { key: "waiting" };

export class Unanswered extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.key);
    this.problem = problem;
  }
}

/** Calls `compute`; a problem comes back as such, and what the engine refuses as what it says. */
export function answerOf<Answer>(compute: () => Answer): Answer | Problem {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Unanswered) {
      return error.problem;
    }
    if (error instanceof RangeError) {
      return { key: "nothing", detail: error.message };
    }
    throw error;
  }
}

export function isProblem(answer: object): answer is Problem {
  return "key" in answer;
}

function require(library: Library, source: string, words: readonly string[]): void {
  const whole = library.space(source);
  const missing = whole === null ? undefined : words.find((word) => !whole.index.has(word));
  if (missing !== undefined) {
    throw new Unanswered({ key: "missing", word: missing });
  }
}

export function mapAnswer(library: Library, state: State): MapAnswer {
  const { source, word, projection, dimensions } = state;
  require(library, source, [word]);
  const chart = library.chart(state);
  const space = library.space(source);
  if (chart === null) {
    throw new Unanswered(WAITING);
  }
  if (space !== null && chart.places !== null) {
    const neighbors = nearest(space, word);
    const picture = nearestInPicture(space, chart.places, dimensions, word);
    return { chart, neighbors, picture, overlap: overlapOf(neighbors, picture) };
  }
  const { map } = library.example;
  if (map.word !== word || map.projection !== projection || map.dimensions !== dimensions) {
    throw new Unanswered(WAITING);
  }
  const { neighbors, picture } = map;
  return { chart, neighbors, picture, overlap: overlapOf(neighbors, picture) };
}

export function analogyAnswer(library: Library, { source, terms }: State): AnalogyAnswer {
  require(library, source, terms);
  const space = library.space(source);
  const { example } = library;
  const isExample = source === example.source && terms.join(" ") === example.analogy?.terms.join(" ");
  const found = space !== null ? analogy(space, terms) : isExample ? example.analogy : undefined;
  if (found === undefined) {
    throw new Unanswered(WAITING);
  }
  const { excluded, included } = found;
  const words = [...new Set([...terms, ...[...excluded, ...included].map(([word]) => word)])];
  const held = library.spaceWith(source, words);
  if (held === null) {
    throw new Unanswered(WAITING);
  }
  return { excluded, included, words, places: analogyPlane(held, terms, words) };
}

export function axesAnswer(library: Library, { source, placed, xAxis, yAxis }: State): AxesAnswer {
  const asked = [...placed, ...xAxis.flat(), ...yAxis.flat()];
  const space = library.spaceWith(source, asked);
  if (space === null) {
    throw new Unanswered(WAITING);
  }
  const words = placed.filter((word) => space.index.has(word));
  const columns = [xAxis, yAxis]
    .filter((pairs) => pairs.length > 0)
    .map((pairs) => {
      const held = pairs.filter((pair: Pair) => pair.every((word) => space.index.has(word)));
      return along(space, words, axisFromPairs(space, held));
    });
  return { words, along: columns, missing: [...new Set(asked.filter((word) => !space.index.has(word)))] };
}

export function sensesAnswer(library: Library, { source, word, poles }: State): SensesAnswer {
  require(library, source, [word]);
  const space = library.space(source);
  const { example } = library;
  const isExample = source === example.source && word === example.senses?.word;
  const near =
    space !== null ? nearest(space, word, SENSE_NEIGHBORS) : isExample ? example.senses?.neighbors : null;
  const names = near?.map(([name]) => name) ?? [];
  const held = library.spaceWith(source, [word, ...names, ...poles.flat()]);
  if (near === null || near === undefined || held === null) {
    throw new Unanswered(WAITING);
  }
  const known = poles.map((pole) => pole.filter((one) => held.index.has(one)));
  const [lean, ...others] = leans(held, [word, ...names], [known[0], known[1]]);
  const neighbors = near.map(([name, cosine], place) => ({ word: name, cosine, lean: others[place] }));
  return { neighbors, lean };
}
