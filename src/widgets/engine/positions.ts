/**
 * Six ways to say where a token stands, as the explorer of positions shows them: the same numbers as
 * `attnlab.widgets.positions_results`.
 */

import { multiplyByTransposed, softmax, transpose } from "./attention.js";
import { alibiSlopes, relativeBucket, rotaryTurns, sinusoidalPositions, turn } from "./model/positions.js";
import type { Scheme, Table, Tables } from "./positiontables.js";

export { MEASURED, readTables, SCHEMES, type Scheme, type Table, type Tables } from "./positiontables.js";

/** The schemes that need no learned numbers, and so can be put on any words. */
export const ADDED = ["sinusoidal", "rotary", "alibi"] as const;
export type Added = (typeof ADDED)[number];

/** Of the ALiBi heads of a shuffled sentence; the first of them is shown, whose scores fall most steeply. */
export const SHUFFLED_HEADS = 8;

/** One pair of entries of a position's vector, as the hand of a clock. */
export interface Hand {
  /** In radians, not reduced: 7 is more than once around. */
  angle: number;
  cos: number;
  sin: number;
  /** After how many positions the hand has gone around once. */
  wavelength: number;
}

export interface Attended {
  /** (T, T), each row sums to 1. */
  weights: Float32Array;
  /** (T, D). */
  outputs: Float32Array;
}

export interface PatternOptions {
  width: number;
  base: number;
  head: number;
  tables: Tables;
}

/** The vectors of the positions 0 to length - 1, (length, width). */
export function encoding(length: number, width: number, base: number): Float32Array {
  return sinusoidalPositions(length, width, base);
}

/** How the hands of a position's clocks stand, one for each pair of entries, the fastest first. */
export function hands(position: number, width: number, base: number): Hand[] {
  return Array.from({ length: width / 2 }, (_, pair) => {
    const perTurn = base ** ((2 * pair) / width); // positions per radian
    const angle = position / perTurn;
    return { angle, cos: Math.cos(angle), sin: Math.sin(angle), wavelength: 2 * Math.PI * perTurn };
  });
}

/** The dot product of one row of a table with each of its rows. */
export function dotProducts(table: Float32Array, width: number, position: number): Float32Array {
  const row = table.subarray(position * width, (position + 1) * width);
  return multiplyByTransposed(row, table, 1, table.length / width, width);
}

/** What position alone adds to the score of query i and key j, (length, length); NaN where there is no number. */
export function pattern(scheme: Scheme, length: number, options: PatternOptions): Float32Array {
  const { width, base, head, tables } = options;
  switch (scheme) {
    case "sinusoidal":
      return similarities(encoding(length, width, base), width, length);
    case "learned":
      return similarities(tables.learned.values, tables.learned.columns, length);
    case "shaw":
      return byDistance(length, shawScores(tables.shaw, head));
    case "t5":
      return byDistance(length, t5Scores(tables.t5, head));
    case "rotary":
      return byDistance(length, (distance) => meanCosine(distance, width, base));
    case "alibi":
      return byDistance(length, alibiScores(head, tables.heads));
  }
}

/** The scaled dot product of each two rows, (length, length); NaN where the table has no row. */
function similarities(table: Float32Array, width: number, length: number): Float32Array {
  const rows = Math.min(length, table.length / width);
  const known = table.subarray(0, rows * width);
  const products = multiplyByTransposed(known, known, rows, rows, width);
  return Float32Array.from({ length: length * length }, (_, cell) => {
    const [i, j] = [Math.floor(cell / length), cell % length];
    return i < rows && j < rows ? products[i * rows + j] / Math.sqrt(width) : NaN;
  });
}

/** A score for each distance j - i, laid out as (length, length). */
function byDistance(length: number, score: (distance: number) => number): Float32Array {
  const scores = Float32Array.from({ length: 2 * length - 1 }, (_, place) => score(place - length + 1));
  return Float32Array.from({ length: length * length }, (_, cell) => {
    const [i, j] = [Math.floor(cell / length), cell % length];
    return scores[j - i + length - 1];
  });
}

/** A head's mean query times the key of the clipped distance, scaled. Shaw et al. (2018), equation 4. */
function shawScores({ reach, keys, query }: Tables["shaw"], head: number): (distance: number) => number {
  const row = rowOf(query, head);
  const scores = multiplyByTransposed(row, keys.values, 1, keys.rows, keys.columns);
  return (distance) => scores[Math.max(-reach, Math.min(reach, distance)) + reach] / Math.sqrt(keys.columns);
}

/** The learned number of the distance's bucket. Raffel et al. (2020), section 2.1. */
function t5Scores(
  { buckets, maxDistance, bidirectional }: Tables["t5"],
  head: number,
): (distance: number) => number {
  const sizes = { buckets: buckets.rows, maxDistance, bidirectional };
  return (distance) => rowOf(buckets, relativeBucket(distance, sizes))[head];
}

/** What is left of the dot product of two vectors of ones, of length 1 each, that are turned by their positions. */
function meanCosine(distance: number, width: number, base: number): number {
  const every = hands(distance, width, base);
  return every.reduce((sum, { cos }) => sum + cos, 0) / every.length;
}

/** A fall in equal steps to both sides. Press et al. (2022), section 3. */
function alibiScores(head: number, heads: number): (distance: number) => number {
  const slope = alibiSlopes(heads)[head];
  return (distance) => -slope * Math.abs(distance);
}

function rowOf({ columns, values }: Table, row: number): Float32Array {
  return values.subarray(row * columns, (row + 1) * columns);
}

/** Attention without maps over T words, (T, D), Q = K = V, told the positions in one way or not at all. */
export function attend(
  vectors: Float32Array,
  T: number,
  D: number,
  added: Added | "none",
  base: number,
): Attended {
  const x = added === "sinusoidal" ? sum(vectors, encoding(T, D, base)) : vectors;
  const looking = added === "rotary" ? turned(x, T, D, base) : x; // queries and keys; the values stay
  const slope = added === "alibi" ? alibiSlopes(SHUFFLED_HEADS)[0] : 0;
  const scores = multiplyByTransposed(looking, looking, T, T, D).map((score, cell) => {
    const distance = Math.floor(cell / T) - (cell % T);
    return score / Math.sqrt(D) - slope * Math.abs(distance);
  });
  const { weights } = softmax(scores, T, T);
  return { weights, outputs: multiplyByTransposed(weights, transpose(x, T, D), T, D, T) };
}

function turned(x: Float32Array, T: number, D: number, base: number): Float32Array {
  const copy = x.slice();
  turn(copy, T, D, 0, rotaryTurns(T, D, base));
  return copy;
}

function sum(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((entry, at) => entry + other[at]);
}

/** The vectors in another order: row r of the result is row `order[r]`. */
export function shuffled(vectors: Float32Array, D: number, order: readonly number[]): Float32Array {
  const moved = new Float32Array(order.length * D);
  order.forEach((from, place) => moved.set(vectors.subarray(from * D, (from + 1) * D), place * D));
  return moved;
}

/**
 * How much each word's output changed, by its place in the original sentence: the largest difference of an entry.
 * `before` is in the original order, `after` in the order given.
 */
export function changes(
  before: Float32Array,
  after: Float32Array,
  D: number,
  order: readonly number[],
): Float32Array {
  const largest = new Float32Array(order.length);
  order.forEach((word, place) => {
    for (let entry = 0; entry < D; entry += 1) {
      const difference = Math.abs(after[place * D + entry] - before[word * D + entry]);
      largest[word] = Math.max(largest[word], difference);
    }
  });
  return largest;
}
