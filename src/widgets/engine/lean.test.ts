import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../test/planted.js";
import { expectClose, randomVector } from "../test/numbers.js";
import { tableOf } from "../test/tables.js";
import { attend } from "./attention.js";
import { lean, plane, poleCentroids, type Poles } from "./lean.js";
import type { AffineMap } from "./table.js";

// On paper: poles at (4, 1) and (0, 1), so the middle is (2, 1) and only the first coordinate counts.
const PAPER: Poles = { a: Float32Array.of(4, 1), b: Float32Array.of(0, 1) };

type Lean = typeof lean;

function checkLean(candidate: Lean): void {
  const cases: [number[], number][] = [
    [[4, 1], 1],
    [[0, 1], -1],
    [[2, 1], 0],
    [[2, 40], 0],
    [[3, -7], 0.5],
    [[8, 0], 3],
  ];
  for (const [vector, expected] of cases) {
    expectClose([candidate(Float32Array.from(vector), PAPER)], [expected], 1e-9);
  }
  // A slanted line: from (0, 0) to (3, 4); (4, -3) is at right angles to it.
  const slanted: Poles = { a: Float32Array.of(3, 4), b: Float32Array.of(0, 0) };
  expectClose([candidate(Float32Array.of(1.5 + 4, 2 - 3), slanted)], [0], 1e-9);
  expectClose([candidate(Float32Array.of(2.25, 3), slanted)], [0.5], 1e-9);
  // Attention mixes values, and lean mixes with them.
  const [n, dim] = [6, 4];
  const { weights, values, outputs } = attend(randomVector(n * dim, 2), n, dim, {
    maps: null,
    divideBy: "one",
  });
  const poles: Poles = { a: randomVector(dim, 40), b: randomVector(dim, 41) };
  const leanOf = (rows: Float32Array, row: number): number =>
    candidate(rows.slice(row * dim, (row + 1) * dim), poles);
  for (let i = 0; i < n; i += 1) {
    const mixed = Array.from({ length: n }, (_, j) => weights[i * n + j] * leanOf(values, j));
    expectClose([leanOf(outputs, i)], [mixed.reduce((sum, part) => sum + part, 0)], 1e-5);
  }
}

const halfDistance = (poles: Poles): number =>
  Math.hypot(...poles.a.map((number, c) => (number - poles.b[c]) / 2));
const distance = (left: Float32Array, right: Float32Array): number =>
  Math.hypot(...left.map((x, c) => x - right[c]));

checkedAgainstMistakes("lean", checkLean, lean, {
  "poles swapped": (vector, { a, b }) => lean(vector, { a: b, b: a }),
  "0 at the second pole": (vector, poles) => lean(vector, poles) + 1,
  "1 to 0 instead of 1 to -1": (vector, poles) => lean(vector, poles) / 2,
  "in lengths instead of half distances": (vector, poles) => lean(vector, poles) * halfDistance(poles),
  "difference of distances": (vector, { a, b }) =>
    (distance(vector, b) - distance(vector, a)) / (distance(vector, b) + distance(vector, a)),
});

type PlaneOf = typeof plane;

function checkPlane(candidate: PlaneOf): void {
  // In two dimensions the picture is the thing itself: x counts from the middle, y from the line.
  const flat = candidate(PAPER, [Float32Array.of(3, 1), Float32Array.of(2, 4), Float32Array.of(0, -1)]);
  expectClose(flat.x, [1, 0, -2], 1e-9);
  expectClose(flat.y, [0, 3, -2], 1e-9);
  // In five: the line along the first axis, points that differ most along the third, then along the second.
  const poles: Poles = { a: Float32Array.of(6, 0, 0, 0, 0), b: Float32Array.of(0, 0, 0, 0, 0) };
  const points = [
    [100, 1, 5, 0, 0],
    [-50, -1, -5, 0, 0],
    [3, 1, -5, 0, 0],
    [0, -1, 5, 0, 0],
  ].map((point) => Float32Array.from(point));
  const picture = candidate(poles, points);
  expectClose(picture.x, [97, -53, 0, -3], 1e-6);
  expectClose(picture.y, [5, -5, -5, 5], 1e-3);
  checkLargestVariance(candidate);
}

const DIM = 7;

/** No direction off the line between the poles shows the points farther apart. */
function checkLargestVariance(candidate: PlaneOf): void {
  const poles: Poles = { a: randomVector(DIM, 50), b: randomVector(DIM, 51) };
  const points = Array.from({ length: 9 }, (_, i) => randomVector(DIM, 60 + i, 1 + i));
  const { x, y } = candidate(poles, points);
  const shown = variance(y);
  for (let seed = 0; seed < 200; seed += 1) {
    const direction = offAxis(randomVector(DIM, 300 + seed), poles);
    const shadows = points.map((point) => point.reduce((sum, number, c) => sum + number * direction[c], 0));
    expect(variance(shadows)).toBeLessThanOrEqual(shown * (1 + 1e-6));
  }
  // Nothing in the picture is farther apart than it is.
  points.forEach((point, i) => {
    const between = Math.hypot(x[i] - x[0], y[i] - y[0]);
    expect(between).toBeLessThanOrEqual(distance(point, points[0]) + 1e-5);
  });
}

function variance(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  return numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0);
}

/** The part of a vector at right angles to the line between the poles, of length 1. */
function offAxis(vector: Float32Array, poles: Poles): number[] {
  const axis = [...poles.a].map((number, c) => number - poles.b[c]);
  const share = axis.reduce((sum, a, c) => sum + a * vector[c], 0) / axis.reduce((sum, a) => sum + a * a, 0);
  const rest = [...vector].map((number, c) => number - share * axis[c]);
  const length = Math.hypot(...rest);
  return rest.map((number) => number / length);
}

checkedAgainstMistakes("plane", checkPlane, plane, {
  "x in leans instead of lengths": (poles, points) => {
    const { x, y } = plane(poles, points);
    return { x: x.map((number) => number / halfDistance(poles)), y };
  },
  "y along some direction": (poles, points) => ({
    ...plane(poles, points),
    y: points.map((point) => point[1] - 1),
  }),
  "y is the distance from the line": (poles, points) => {
    const picture = plane(poles, points);
    return { ...picture, y: picture.y.map(Math.abs) };
  },
  "y of the largest variance, line included": (poles, points) => {
    const { x, y } = plane(poles, points);
    return { x, y: y.map((number, i) => number + x[i]) };
  },
  "x from the first pole": (poles, points) => {
    const { x, y } = plane(poles, points);
    return { x: x.map((number) => number - halfDistance(poles)), y };
  },
});

describe("lean", () => {
  test("is refused where there is no line, or the widths differ", () => {
    expect(() => lean(PAPER.a, { a: PAPER.a, b: PAPER.a })).toThrow("the same point");
    expect(() => lean(PAPER.a, { a: PAPER.a, b: new Float32Array(3) })).toThrow(
      "poles of 2 and 3 dimensions",
    );
    expect(() => lean(new Float32Array(5), PAPER)).toThrow("a vector of 5 dimensions and poles of 2");
  });
});

describe("plane", () => {
  test("no points, one point, the same point twice, points on the line", () => {
    expect(plane(PAPER, [])).toEqual({ x: [], y: [] });
    expect(plane(PAPER, [Float32Array.of(2, 6)])).toEqual({ x: [0], y: [5] });
    expect(plane(PAPER, [Float32Array.of(2, 6), Float32Array.of(2, 6)])).toEqual({ x: [0, 0], y: [5, 5] });
    expect(plane(PAPER, [Float32Array.of(9, 1), Float32Array.of(0, 1)])).toEqual({ x: [7, -2], y: [0, 0] });
  });

  test("never gives anything but numbers, and the same ones each time", () => {
    const point = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 8 }), (points) => {
        const vectors = points.map((one) => Float32Array.from(one));
        const { x, y } = plane(PAPER, vectors);
        expect([...x, ...y].every(Number.isFinite)).toBe(true);
        expect(plane(PAPER, vectors)).toEqual({ x, y });
      }),
    );
  });
});

type Centroids = typeof poleCentroids;

const TABLE = tableOf({ fruit: [1, 2], pear: [3, 6], phone: [0, -1] });
const MAP: AffineMap = { rows: 1, columns: 2, weight: Float32Array.of(10, 1), bias: Float32Array.of(100) };

function checkCentroids(candidate: Centroids): void {
  const poles = [["fruit", "pear"], ["phone"]] as const;
  expect(candidate(TABLE, poles, null)).toEqual({ a: Float32Array.of(2, 4), b: Float32Array.of(0, -1) });
  expect(candidate(TABLE, poles, MAP)).toEqual({ a: Float32Array.of(124), b: Float32Array.of(99) });
}

checkedAgainstMistakes("poleCentroids", checkCentroids, poleCentroids, {
  "only the first word counts": (table, [a, b], map) => poleCentroids(table, [[a[0]], b], map),
  "the map left out": (table, poles) => poleCentroids(table, poles, null),
  "the bias left out": (table, poles, map) => poleCentroids(table, poles, map && { ...map, bias: null }),
});

test("a pole without words, or with an unknown one, is refused", () => {
  expect(() => poleCentroids(TABLE, [[], ["phone"]], null)).toThrow("at least 1 word, not 0");
  expect(() => poleCentroids(TABLE, [["kiwi"], ["phone"]], null)).toThrow('"kiwi" is not among the 3 tokens');
});
