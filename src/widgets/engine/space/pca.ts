/**
 * Principal axes of a vocabulary's vectors at length 1: the directions in which they spread most.
 *
 * A block of directions is multiplied by the covariance again and again, and in between turned to its own best axes
 * (subspace iteration with a Rayleigh-Ritz step). Of the block, more than the wanted axes, the first settle quickly.
 */

import type { Space } from "./table.js";

export interface Axes {
  mean: Float64Array;
  /** Of length 1 and at right angles; in each the largest entry is positive. */
  axes: Float64Array[];
  /** The share of the whole variance along each. */
  shares: number[];
}

const BLOCK = 12;
const MOST_STEPS = 600;
const SETTLED = 1e-11; // how far a direction may still turn in a step
const ROWS_AT_ONCE = 250; // between two pauses: a few milliseconds

/** The first `count` principal axes. It takes a while: `pause` is awaited every few milliseconds. */
export async function principalAxes(space: Space, count: number, pause: () => Promise<void>): Promise<Axes> {
  const { mean, covariance } = await covarianceOf(space, pause);
  const { dim } = space;
  const total = mean.reduce((sum, _, i) => sum + covariance[i * dim + i], 0);
  const wanted = Math.min(count, dim, space.words.length);
  if (total <= 1e-12 || wanted < 1) {
    return { mean, axes: [], shares: [] };
  }
  let block = startingBlock(dim);
  let values: number[] = [];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const before = block;
    ({ block, values } = ritz(covariance, dim, orthonormal(block.map((one) => times(covariance, one)))));
    const settled = block.slice(0, wanted).every((one, i) => isSame(one, before[i]));
    if (settled) {
      break;
    }
    await pause();
  }
  const axes = block.slice(0, wanted).map(withFixedSign);
  return { mean, axes, shares: values.slice(0, wanted).map((value) => value / total) };
}

/** Where each word lies along the axes: words x dimensions, 0 along axes that are not there. */
export function placesAlong(space: Space, { mean, axes }: Axes, dimensions: number): Float64Array {
  const { dim, rows, lengths, words } = space;
  const places = new Float64Array(words.length * dimensions);
  const offsets = axes.map((axis) => dot(axis, mean));
  for (let row = 0; row < words.length; row += 1) {
    const scale = 1 / (lengths[row] || 1);
    for (let a = 0; a < Math.min(dimensions, axes.length); a += 1) {
      let sum = 0;
      const axis = axes[a];
      for (let c = 0, at = row * dim; c < dim; c += 1, at += 1) {
        sum += rows[at] * axis[c];
      }
      places[row * dimensions + a] = sum * scale - offsets[a];
    }
  }
  return places;
}

async function covarianceOf(
  space: Space,
  pause: () => Promise<void>,
): Promise<{ mean: Float64Array; covariance: Float64Array }> {
  const { dim, rows, lengths, words } = space;
  const mean = new Float64Array(dim);
  const covariance = new Float64Array(dim * dim);
  const unit = new Float64Array(dim);
  for (let row = 0; row < words.length; row += 1) {
    const scale = 1 / (lengths[row] || 1);
    for (let c = 0; c < dim; c += 1) {
      unit[c] = rows[row * dim + c] * scale;
      mean[c] += unit[c] / words.length;
    }
    for (let i = 0; i < dim; i += 1) {
      const factor = unit[i];
      for (let j = i, at = i * dim + i; j < dim; j += 1, at += 1) {
        covariance[at] += factor * unit[j];
      }
    }
    if (row % ROWS_AT_ONCE === 0) {
      await pause();
    }
  }
  for (let i = 0; i < dim; i += 1) {
    for (let j = i; j < dim; j += 1) {
      covariance[i * dim + j] = covariance[i * dim + j] / words.length - mean[i] * mean[j];
      covariance[j * dim + i] = covariance[i * dim + j];
    }
  }
  return { mean, covariance };
}

/** Directions with no pattern that data could share, the same every time. */
function startingBlock(dim: number): Float64Array[] {
  const size = Math.min(BLOCK, dim);
  return Array.from({ length: size }, (_, a) =>
    new Float64Array(dim).map((_, c) => (a === c ? 1 : Math.sin((a + 1) * 12.9898 + (c + 1) * 78.233))),
  );
}

/** Whether two directions are one, up to their sign. */
function isSame(one: Float64Array, other: Float64Array): boolean {
  const sign = dot(one, other) < 0 ? -1 : 1;
  return one.reduce((sum, number, c) => sum + (number - sign * other[c]) ** 2, 0) < SETTLED ** 2;
}

/** The block turned to its own principal axes, the largest first, with the variance along each. */
function ritz(
  covariance: Float64Array,
  dim: number,
  basis: Float64Array[],
): { block: Float64Array[]; values: number[] } {
  const size = basis.length;
  const images = basis.map((one) => times(covariance, one));
  const small = basis.map((one) => images.map((image) => dot(one, image)));
  const { vectors, values } = jacobi(small);
  const order = values.map((_, i) => i).sort((first, second) => values[second] - values[first]);
  const block = order.map((column) => {
    const direction = new Float64Array(dim);
    for (let k = 0; k < size; k += 1) {
      addScaled(direction, basis[k], vectors[k][column]);
    }
    return direction;
  });
  return { block, values: order.map((column) => values[column]) };
}

/** Eigenvalues and eigenvectors (as columns) of a small symmetric matrix, by rotations that zero one pair at a time. */
function jacobi(given: readonly number[][]): { vectors: number[][]; values: number[] } {
  const size = given.length;
  const a = given.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep += 1) {
    let off = 0;
    for (let p = 0; p < size; p += 1) {
      for (let q = p + 1; q < size; q += 1) {
        off += a[p][q] ** 2;
        rotate(a, vectors, p, q);
      }
    }
    if (off === 0) {
      break;
    }
  }
  return { vectors, values: a.map((row, i) => row[i]) };
}

function rotate(a: number[][], vectors: number[][], p: number, q: number): void {
  if (Math.abs(a[p][q]) < 1e-300) {
    a[p][q] = a[q][p] = 0;
    return;
  }
  const angle = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const tangent = (angle >= 0 ? 1 : -1) / (Math.abs(angle) + Math.hypot(angle, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (const rows of [a, vectors]) {
    for (const row of rows) {
      [row[p], row[q]] = [cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]];
    }
  }
  a[p].forEach((value, k) => {
    const other = a[q][k];
    a[p][k] = cosine * value - sine * other;
    a[q][k] = sine * value + cosine * other;
  });
  a[p][q] = a[q][p] = 0;
}

/** The same span, at right angles: twice Gram-Schmidt. A direction that adds nothing is left out. */
function orthonormal(block: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const one of block) {
    const length = Math.sqrt(dot(one, one));
    const rest = one.slice();
    for (let pass = 0; pass < 2; pass += 1) {
      basis.forEach((known) => addScaled(rest, known, -dot(rest, known)));
    }
    const left = Math.sqrt(dot(rest, rest));
    if (left > 1e-13 * length && left > 0) {
      basis.push(rest.map((number) => number / left));
    }
  }
  return basis;
}

/** A direction and its opposite are equally good: the one whose largest entry is positive is taken. */
function withFixedSign(direction: Float64Array): Float64Array {
  const most = direction.reduce((best, number) => (Math.abs(number) > Math.abs(best) ? number : best));
  return most < 0 ? direction.map((number) => -number) : direction;
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const dim = vector.length;
  const product = new Float64Array(dim);
  for (let i = 0; i < dim; i += 1) {
    let sum = 0;
    for (let j = 0, at = i * dim; j < dim; j += 1, at += 1) {
      sum += matrix[at] * vector[j];
    }
    product[i] = sum;
  }
  return product;
}

export function addScaled(total: Float64Array, vector: Float64Array, factor: number): void {
  for (let c = 0; c < total.length; c += 1) {
    total[c] += factor * vector[c];
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c += 1) {
    sum += a[c] * b[c];
  }
  return sum;
}
