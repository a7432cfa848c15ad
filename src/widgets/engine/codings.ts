/** Numbers for tokens: how far words are from each other in three codings, and what a matrix makes of ids. */

import { tokenize } from "./tokenize.js";
import type { WordTable } from "./table.js";

/** A row of the lookup table begins as a word's cosines with these two. */
export const AXES = ["fruit", "phone"] as const;
const NOTHING = 1e-9; // singular values below this share of the largest are rounding
const SWEEPS = 30;

export type Row = ArrayLike<number>;

/** A row with a single 1, in the column of the id. */
export function oneHotRow(id: number, size: number): Float32Array {
  const row = new Float32Array(size);
  row[id] = 1;
  return row;
}

/** The bytes of `rows` one-hot rows in float32, of which all but one number in each row are 0. */
export function oneHotBytes(rows: number, size: number): number {
  return rows * size * Float32Array.BYTES_PER_ELEMENT;
}

export function dot(a: Row, b: Row): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) {
    sum += a[at] * b[at];
  }
  return sum;
}

export function euclid(a: Row, b: Row): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) {
    sum += (a[at] - b[at]) ** 2;
  }
  return Math.sqrt(sum);
}

/** 0 for a vector of length 0, which has no direction. */
export function cosine(a: Row, b: Row): number {
  const lengths = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
  return lengths === 0 ? 0 : dot(a, b) / lengths;
}

/** For each two words a number, or NaN where one of them has no such code. */
export function pairwise<Coded>(
  codes: readonly (Coded | null)[],
  distance: (a: Coded, b: Coded) => number,
): number[][] {
  return codes.map((a) => codes.map((b) => (a === null || b === null ? NaN : distance(a, b))));
}

export interface Distances {
  ids: number[][];
  oneHot: number[][];
  oneHotDot: number[][];
  cosine: number[][];
  euclid: number[][];
}

/** How far words are from each other, by their ids and by their trained vectors; null for a word that has none. */
export function distancesOf(
  ids: readonly (number | null)[],
  size: number,
  vectors: readonly (Row | null)[],
): Distances {
  const rows = ids.map((id) => (id === null ? null : oneHotRow(id, size)));
  return {
    ids: pairwise(ids, (a, b) => Math.abs(a - b)),
    oneHot: pairwise(rows, euclid),
    oneHotDot: pairwise(rows, dot),
    cosine: pairwise(vectors, cosine),
    euclid: pairwise(vectors, euclid),
  };
}

/** The trained vector of a word that the table holds whole, else null. */
export function vectorOf(word: string, table: WordTable): Float32Array | null {
  const pieces = tokenize(word, table);
  return pieces.length === 1 && pieces[0].known ? table.row(pieces[0].piece) : null;
}

/** Where a word begins in the lookup table: its cosines with two words. One without a vector begins at 0. */
export function startingRow(vector: Row | null, table: WordTable): number[] {
  return AXES.map((axis) => (vector === null ? 0 : cosine(vector, table.row(axis))));
}

/** Ids times a matrix of one row: each id becomes a multiple of the same vector. */
export function raiseIds(ids: readonly number[], matrix: readonly number[]): number[][] {
  return ids.map((id) => matrix.map((entry) => id * entry));
}

export interface LineFit {
  /** How many directions the points need. */
  rank: number;
  /** The root of the mean squared distance from the line through 0 that comes nearest to all. */
  offLine: number;
}

/**
 * What points have in common, from their singular values.
 *
 * Source: Eckart and Young, The Approximation of One Matrix by Another of Lower Rank (1936).
 */
export function fitLine(points: readonly (readonly number[])[]): LineFit {
  const values = singularValues(points);
  const largest = values[0] ?? 0;
  if (largest === 0) {
    return { rank: 0, offLine: 0 };
  }
  const rest = values.slice(1).reduce((sum, value) => sum + value * value, 0);
  return {
    rank: values.filter((value) => value > NOTHING * largest).length,
    offLine: Math.sqrt(rest / points.length),
  };
}

/**
 * Singular values of a few columns, the largest first: columns are turned in pairs until all are at right angles.
 *
 * Source: Hestenes, Inversion of Matrices by Biorthogonalization and Related Results (1958).
 */
function singularValues(points: readonly (readonly number[])[]): number[] {
  const width = points[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => points.map((point) => point[column]));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let isTurned = false;
    for (let first = 0; first < width; first += 1) {
      for (let second = first + 1; second < width; second += 1) {
        isTurned = turn(columns[first], columns[second]) || isTurned;
      }
    }
    if (!isTurned) {
      break;
    }
  }
  return columns.map((column) => Math.sqrt(dot(column, column))).sort((a, b) => b - a);
}

/** Turns two columns within their plane to a right angle; false if they are at one. */
function turn(a: number[], b: number[]): boolean {
  const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
  if (Math.abs(ab) <= Number.EPSILON * Math.sqrt(aa * bb)) {
    return false;
  }
  const slope = (bb - aa) / (2 * ab);
  const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(1, slope));
  const cosineOf = 1 / Math.hypot(1, tangent);
  const sine = cosineOf * tangent;
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [a[at], b[at]];
    a[at] = cosineOf * x - sine * y;
    b[at] = sine * x + cosineOf * y;
  }
  return true;
}
