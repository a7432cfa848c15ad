/**
 * The two directions in which vectors spread most, followed from step to step.
 *
 * The same as `turned` of `attnlab.widgets.word2vec_trainer_run`: one step of the power method at each step of training,
 * so that a picture turns smoothly where principal axes computed anew would jump and change sides.
 */

export type Axes = readonly [Float64Array, Float64Array];

const FLAT = 1e-9; // what is left of a direction below that share is rounding

/** The first two unit vectors. */
export function firstAxes(dim: number): Axes {
  return [unitVector(dim, 0), unitVector(dim, 1)];
}

/** Axes turned toward the two directions in which the rows of `inputs` (V, D) spread most. */
export function turned(axes: Axes, inputs: Float64Array, dim: number): Axes {
  const mean = meanOf(inputs, dim);
  const moved = axes.map((axis) => spreadAlong(axis, mean, inputs, dim));
  const length = Math.sqrt(dot(moved[0], moved[0]));
  const first = length > 0 ? moved[0].map((number) => number / length) : axes[0];
  return [first, across(moved[1], first, axes[1])];
}

/** Where the rows stand along the axes, (V, 2). */
export function coordinatesOf(inputs: Float64Array, dim: number, axes: Axes): Float64Array {
  const points = new Float64Array((2 * inputs.length) / dim);
  for (let row = 0; row < inputs.length / dim; row += 1) {
    for (let d = 0; d < dim; d += 1) {
      points[2 * row] += inputs[row * dim + d] * axes[0][d];
      points[2 * row + 1] += inputs[row * dim + d] * axes[1][d];
    }
  }
  return points;
}

/** Which share of the vectors' spread around their mean the axes show, from 0 to 1. */
export function shareShown(inputs: Float64Array, dim: number, axes: Axes): number {
  const mean = meanOf(inputs, dim);
  const points = coordinatesOf(inputs, dim, axes);
  const middle = coordinatesOf(mean, dim, axes);
  let [shown, all] = [0, 0];
  inputs.forEach((number, cell) => (all += (number - mean[cell % dim]) ** 2));
  points.forEach((number, cell) => (shown += (number - middle[cell % 2]) ** 2));
  return all > 0 ? shown / all : 1;
}

/** The covariance of the rows, times their number, times an axis. */
function spreadAlong(
  axis: Float64Array,
  mean: Float64Array,
  inputs: Float64Array,
  dim: number,
): Float64Array {
  const moved = new Float64Array(dim);
  for (let start = 0; start < inputs.length; start += dim) {
    let along = 0;
    for (let d = 0; d < dim; d += 1) {
      along += (inputs[start + d] - mean[d]) * axis[d];
    }
    for (let d = 0; d < dim; d += 1) {
      moved[d] += (inputs[start + d] - mean[d]) * along;
    }
  }
  return moved;
}

/** The part of a vector at right angles to the first axis; of the axis before where nothing is left of it. */
function across(vector: Float64Array, first: Float64Array, before: Float64Array): Float64Array {
  const units = Array.from(first, (_, place) => unitVector(first.length, place));
  for (const candidate of [vector, before, ...units]) {
    const rest = without(candidate, first);
    const length = Math.sqrt(dot(rest, rest));
    if (length > FLAT * Math.sqrt(dot(candidate, candidate))) {
      const again = without(
        rest.map((number) => number / length),
        first,
      ); // once more: the first time leaves rounding
      const size = Math.sqrt(dot(again, again));
      return again.map((number) => number / size);
    }
  }
  return before;
}

function without(vector: Float64Array, direction: Float64Array): Float64Array {
  const along = dot(vector, direction);
  return vector.map((number, place) => number - along * direction[place]);
}

function meanOf(inputs: Float64Array, dim: number): Float64Array {
  const sums = new Float64Array(dim);
  inputs.forEach((number, cell) => (sums[cell % dim] += number));
  return sums.map((sum) => (sum * dim) / inputs.length);
}

function unitVector(dim: number, place: number): Float64Array {
  return Float64Array.from({ length: dim }, (_, index) => (index === place ? 1 : 0));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, number, place) => sum + number * b[place], 0);
}
