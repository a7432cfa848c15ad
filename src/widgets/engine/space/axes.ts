/** Directions that words define: an axis from pairs, a lean between two groups, and the plane through three words. */

import { addScaled, dot } from "./pca.js";
import { targetOf } from "./neighbors.js";
import { vectorOf, type Space } from "./table.js";

export type Pair = readonly [low: string, high: string];

/** The mean of the differences, second word minus first, at length 1. */
export function axisFromPairs(space: Space, pairs: readonly Pair[]): Float64Array {
  if (pairs.length === 0) {
    throw new RangeError("an axis needs at least 1 pair of words, got 0");
  }
  const axis = new Float64Array(space.dim);
  for (const [low, high] of pairs) {
    addScaled(axis, vectorOf(space, high), 1 / pairs.length);
    addScaled(axis, vectorOf(space, low), -1 / pairs.length);
  }
  const length = Math.sqrt(dot(axis, axis));
  if (length === 0) {
    throw new RangeError(`the differences of the ${pairs.length} pairs cancel: they point nowhere`);
  }
  return axis.map((number) => number / length);
}

/** How far words reach along an axis. */
export function along(space: Space, words: readonly string[], axis: Float64Array): number[] {
  return words.map((word) => dot(vectorOf(space, word), axis));
}

/** +1 at the middle of the first group, -1 at that of the second, along the line through both. */
export function leans(
  space: Space,
  words: readonly string[],
  groups: readonly [readonly string[], readonly string[]],
): number[] {
  const [a, b] = groups.map((group) => centroid(space, group));
  const direction = a.map((number, c) => number - b[c]);
  const lengthSquared = dot(direction, direction);
  if (lengthSquared === 0) {
    throw new RangeError("both poles are the same point, so there is no line between them");
  }
  const middle = (dot(a, direction) + dot(b, direction)) / 2;
  return words.map((word) => ((dot(vectorOf(space, word), direction) - middle) * 2) / lengthSquared);
}

function centroid(space: Space, words: readonly string[]): Float64Array {
  if (words.length === 0) {
    throw new RangeError("a pole needs at least 1 word, got 0");
  }
  const mean = new Float64Array(space.dim);
  words.forEach((word) => addScaled(mean, vectorOf(space, word), 1 / words.length));
  return mean;
}

/**
 * Where the target a - b + c, and then some words, lie on the plane through three words, all at length 1: `b` is the
 * origin, `a` lies to its right. The target lies in this plane, other words are seen from above.
 */
export function analogyPlane(
  space: Space,
  terms: readonly string[],
  words: readonly string[],
): [x: number, y: number][] {
  const [a, b, c] = terms.map((word) => vectorOf(space, word, true));
  const minus = (from: Float64Array, other: Float64Array): Float64Array =>
    from.map((number, i) => number - other[i]);
  const first = minus(a, b);
  scale(first, Math.sqrt(dot(first, first)) || 1);
  const second = minus(c, b);
  addScaled(second, first, -dot(second, first));
  const length = Math.sqrt(dot(second, second));
  scale(second, length > 1e-9 ? length : Infinity);
  const points = [targetOf(space, terms), ...words.map((word) => vectorOf(space, word, true))];
  return points.map((point) => [dot(minus(point, b), first), dot(minus(point, b), second)]);
}

function scale(vector: Float64Array, divisor: number): void {
  vector.forEach((number, c) => {
    vector[c] = number / divisor;
  });
}
