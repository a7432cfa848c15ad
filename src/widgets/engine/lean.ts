/**
 * Where a vector lies between two groups of words.
 *
 * The two groups' centroids are the poles. `lean` is +1 at the first, -1 at the second and 0 halfway, along the
 * straight line between them. It is an affine function of the vector, so the lean of an attention output is exactly
 * the sum of weight times lean over the values.
 */

import { applyMap } from "./attention.js";
import type { AffineMap, WordTable } from "./table.js";

/** The centroids of the two groups. */
export interface Poles {
  a: Float32Array;
  b: Float32Array;
}

/** The poles of two groups of words of the table, carried through `map` when there is one. */
export function poleCentroids(
  table: WordTable,
  poles: readonly [readonly string[], readonly string[]],
  map: AffineMap | null,
): Poles {
  return { a: centroid(table, poles[0], map), b: centroid(table, poles[1], map) };
}

function centroid(table: WordTable, words: readonly string[], map: AffineMap | null): Float32Array {
  if (words.length === 0) {
    throw new RangeError("a pole needs at least 1 word, not 0");
  }
  const mean = meanOf(words.map((word) => table.row(word)));
  // An affine map carries the mean of some vectors to the mean of what it makes of them.
  return map === null ? Float32Array.from(mean) : applyMap(map, Float32Array.from(mean), 1);
}

/** +1 at pole a, -1 at pole b, 0 halfway. */
export function lean(vector: Float32Array, poles: Poles): number {
  const axis = poleAxis(poles);
  return alongAxis(vector, axis) / axis.halfLength;
}

/** The line through both poles: its middle, its unit direction towards a, and half the distance between the poles. */
interface Axis {
  middle: Float64Array;
  direction: Float64Array;
  halfLength: number;
}

function poleAxis(poles: Poles): Axis {
  if (poles.a.length !== poles.b.length) {
    throw new RangeError(`poles of ${poles.a.length} and ${poles.b.length} dimensions`);
  }
  const middle = Float64Array.from(poles.a, (number, c) => (number + poles.b[c]) / 2);
  const half = Float64Array.from(poles.a, (number, c) => (number - poles.b[c]) / 2);
  const halfLength = lengthOf(half);
  if (halfLength === 0) {
    throw new RangeError("both poles are the same point, so there is no line between them");
  }
  return { middle, direction: half.map((number) => number / halfLength), halfLength };
}

/** The signed length, from the middle of the poles, of the vector's shadow on their line. */
function alongAxis(vector: Float32Array, axis: Axis): number {
  if (vector.length !== axis.middle.length) {
    throw new RangeError(`a vector of ${vector.length} dimensions and poles of ${axis.middle.length}`);
  }
  let sum = 0;
  for (let c = 0; c < vector.length; c += 1) {
    sum += (vector[c] - axis.middle[c]) * axis.direction[c];
  }
  return sum;
}

/**
 * A flat picture of the points, in the units of the vectors: `x` runs along the line between the poles (0 halfway,
 * a on the right), `y` along the direction, at right angles to it, in which the points differ most. Both poles lie at
 * y = 0.
 */
export function plane(poles: Poles, points: readonly Float32Array[]): { x: number[]; y: number[] } {
  const axis = poleAxis(poles);
  const x = points.map((point) => alongAxis(point, axis));
  const offAxis = points.map((point, i) => {
    const rest = new Float64Array(point);
    addScaled(rest, axis.middle, -1);
    addScaled(rest, axis.direction, -x[i]);
    return rest;
  });
  const direction = mainDirection(offAxis);
  return { x, y: offAxis.map((rest) => (direction === null ? 0 : dot(rest, direction))) };
}

const SAME_POINT = 1e-6; // points closer than this, relative to their length, are one point in float32
const MOST_STEPS = 60;
const SETTLED = 1e-8; // relative growth of the variance in one step at which the direction counts as found

/** The unit vector along which the points differ most; when they are one point, the one towards it; else null. */
function mainDirection(points: readonly Float64Array[]): Float64Array | null {
  if (points.length === 0) {
    return null;
  }
  const mean = meanOf(points);
  const centered = points.map((point) => point.map((number, c) => number - mean[c]));
  const farthest = centered.reduce((best, point) => (lengthOf(point) > lengthOf(best) ? point : best));
  const longest = Math.max(...points.map(lengthOf));
  if (lengthOf(farthest) > SAME_POINT * longest) {
    return withFixedSign(powerIteration(centered, unit(farthest)));
  }
  return longest > 0 ? withFixedSign(unit(mean)) : null;
}

/** Repeatedly multiplies by the points' covariance, which turns any start towards the direction of largest variance. */
function powerIteration(centered: readonly Float64Array[], start: Float64Array): Float64Array {
  let direction = start;
  let variance = 0;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = new Float64Array(direction.length);
    for (const point of centered) {
      addScaled(next, point, dot(point, direction));
    }
    const grown = lengthOf(next);
    direction = unit(next);
    if (grown - variance <= SETTLED * grown) {
      break;
    }
    variance = grown;
  }
  return direction;
}

/** A direction and its opposite are equally good: take the one whose largest entry is positive. */
function withFixedSign(direction: Float64Array): Float64Array {
  const largest = direction.reduce((best, number) => (Math.abs(number) > Math.abs(best) ? number : best));
  return largest < 0 ? direction.map((number) => -number) : direction;
}

function meanOf(vectors: readonly (Float32Array | Float64Array)[]): Float64Array {
  const mean = new Float64Array(vectors[0].length);
  for (const vector of vectors) {
    addScaled(mean, vector, 1 / vectors.length);
  }
  return mean;
}

function addScaled(total: Float64Array, vector: Float32Array | Float64Array, factor: number): void {
  for (let c = 0; c < total.length; c += 1) {
    total[c] += factor * vector[c];
  }
}

function unit(vector: Float64Array): Float64Array {
  const length = lengthOf(vector);
  return vector.map((number) => number / length);
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < left.length; c += 1) {
    sum += left[c] * right[c];
  }
  return sum;
}
