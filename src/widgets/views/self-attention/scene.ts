/** Everything on screen that is computed, each thing only when what it depends on has changed. */

import { attend, divisorOf, rescale, type Attention, type DivideBy } from "../../engine/attention.js";
import { lean, plane, poleCentroids, type Poles as Centroids } from "../../engine/lean.js";
import type { HeadMaps, WordTable } from "../../engine/table.js";
import { memo } from "../shared/schedule.js";
import { displayName, type Poles, type State } from "./state.js";

/** Where the sentence's words lie between the poles. All lengths in the units of the vectors. */
export interface Picture {
  /** Per token: the place of its value vector. */
  x: readonly number[];
  y: readonly number[];
  poleWords: readonly { word: string; x: number; y: number; pole: 0 | 1 }[];
  /** Half the distance between the poles: a lean of 1 in the units of the vectors. */
  halfLength: number;
  /** Per token: the lean of its value vector. */
  leans: readonly number[];
}

export interface Scene {
  names: readonly string[];
  n: number;
  /** null while the sentence is empty. */
  attention: Attention | null;
  maps: HeadMaps | null;
  table: WordTable;
  /** null while the sentence is empty or the poles cannot be told apart. */
  picture: Picture | null;
}

export type SceneMaker = (state: State, table: WordTable) => Scene;

/** Remembers every stage, so that turning the scale computes no score and hovering computes nothing. */
export function sceneMaker(fromTable: boolean): SceneMaker {
  const names = memo((tokens: readonly string[], labels: readonly string[]) =>
    tokens.map((token, index) => displayName(token, labels[index], fromTable)),
  );
  const input = memo(inputOf);
  const scored = memo((x: Float32Array, dim: number, maps: HeadMaps | null) =>
    attend(x, x.length / dim, dim, { maps, divideBy: "sqrt" }),
  );
  const attention = memo((base: Attention, divideBy: DivideBy) =>
    base.divisor === divisorOf(divideBy, base.dk) ? base : rescale(base, divideBy),
  );
  const picture = memo(makePicture);
  const scene = memo(
    (
      shown: readonly string[],
      attended: Attention | null,
      maps: HeadMaps | null,
      table: WordTable,
      drawn: Picture | null,
    ): Scene => ({ names: shown, n: shown.length, attention: attended, maps, table, picture: drawn }),
  );
  return (state, table) => {
    const shown = names(state.tokens, state.labels);
    const maps = state.maps === "head" ? table.maps : null;
    if (state.tokens.length === 0) {
      return scene(shown, null, maps, table, null);
    }
    const base = scored(input(state.tokens, table), table.dim, maps);
    const attended = attention(base, state.divideBy);
    return scene(shown, attended, maps, table, picture(base.values, base.dv, table, state.poles, maps));
  };
}

/** The sentence's vectors, one after the other. */
function inputOf(tokens: readonly string[], table: WordTable): Float32Array {
  const x = new Float32Array(tokens.length * table.dim);
  tokens.forEach((token, index) => {
    x.set(table.row(token), index * table.dim);
  });
  return x;
}

function makePicture(
  values: Float32Array,
  width: number,
  table: WordTable,
  poles: Poles,
  maps: HeadMaps | null,
): Picture | null {
  if (!polesAreDistinct(poles, table)) {
    return null;
  }
  const n = values.length / width;
  const points = Array.from({ length: n }, (_, index) => values.subarray(index * width, (index + 1) * width));
  const poleWords = poles.flatMap((words, pole) => words.map((word) => ({ word, pole: pole as 0 | 1 })));
  const polePoints = poleWords.map(
    ({ word }) => poleCentroids(table, [[word], [word]], maps?.value ?? null).a,
  );
  const centroids = poleCentroids(table, poles, maps?.value ?? null);
  const flat = plane(centroids, [...points, ...polePoints]);
  return {
    x: flat.x.slice(0, n),
    y: flat.y.slice(0, n),
    poleWords: poleWords.map((word, index) => ({ ...word, x: flat.x[n + index], y: flat.y[n + index] })),
    halfLength: halfDistance(centroids),
    leans: points.map((point) => lean(point, centroids)),
  };
}

/** Both poles hold words of the table, and not the same ones. */
export function polesAreDistinct(poles: Poles, table: WordTable): boolean {
  const known = poles.every((words) => words.length > 0 && words.every((word) => table.has(word)));
  const [first, second] = poles.map((words) => [...new Set(words)].sort().join(" "));
  return known && first !== second;
}

function halfDistance(centroids: Centroids): number {
  const squares = centroids.a.reduce((sum, number, c) => sum + (number - centroids.b[c]) ** 2, 0);
  return Math.sqrt(squares) / 2;
}

/** The mean of `numbers` under row `row` of the weights: where an output lies when the numbers say where values lie. */
export function weightedMean(attention: Attention, row: number, numbers: readonly number[]): number {
  const { n, weights } = attention;
  return numbers.reduce((sum, number, j) => sum + weights[row * n + j] * number, 0);
}

/** exp(entropy) of one row of weights: among how many words it is in effect spread. */
export function effectiveWords(attention: Attention, row: number): number {
  const { n, weights } = attention;
  let entropy = 0;
  for (let j = 0; j < n; j += 1) {
    const weight = weights[row * n + j];
    entropy -= weight > 0 ? weight * Math.log(weight) : 0;
  }
  return Math.exp(entropy);
}

/** The keys of a row, heaviest first; equal weights stay in the sentence's order. */
export function heaviest(attention: Attention, row: number): number[] {
  const { n, weights } = attention;
  return Array.from({ length: n }, (_, j) => j).sort((a, b) => weights[row * n + b] - weights[row * n + a]);
}
