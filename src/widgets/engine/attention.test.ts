import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../test/planted.js";
import { expectClose, randomVector } from "../test/numbers.js";
import {
  arithmetic,
  attend,
  divisorOf,
  rescale,
  softmax,
  type Attention,
  type AttendOptions,
} from "./attention.js";
import type { AffineMap, HeadMaps } from "./table.js";

type Attend = (x: Float32Array, n: number, dim: number, options: AttendOptions) => Attention;

/** Attention written out with plain loops in double precision, and the mistakes that can be switched on in it. */
const MISTAKES = [
  "softmax over the wrong axis",
  "no scale",
  "scale by the width of the vectors instead of the queries",
  "scale multiplied",
  "d where sqrt(d) was asked",
  "scores transposed",
  "keys mixed instead of values",
  "weights transposed in the mix",
  "biases left out",
  "no maximum taken off",
  "maximum of all rows taken off",
  "weights not normalized",
] as const;

type Mistake = (typeof MISTAKES)[number] | "none";

function plainAttend(mistake: Mistake): Attend {
  return (x, n, dim, { maps, divideBy }) => {
    const rows = Array.from({ length: n }, (_, i) => [...x.slice(i * dim, (i + 1) * dim)]);
    const queries = rows.map((row) => plainMap(maps?.query, row, mistake));
    const keys = rows.map((row) => plainMap(maps?.key, row, mistake));
    const values = rows.map((row) => plainMap(maps?.value, row, mistake));
    const dk = maps?.query.rows ?? dim;
    const mixed = mistake === "keys mixed instead of values" ? keys : values;
    const dv = mixed[0].length;
    const divisor = plainDivisor(divideBy, dk, dim, mistake);
    const scores = queries.map((query, i) =>
      keys.map((key, j) =>
        mistake === "scores transposed" ? plainDot(queries[j], keys[i]) : plainDot(query, key),
      ),
    );
    const scaled = scores.map((row) => row.map((score) => score / divisor));
    const rowMax = scaled.map((row) => Math.max(...row));
    const taken = rowMax.map((largest) => plainShift(largest, Math.max(...rowMax), mistake));
    const exponentials = scaled.map((row, i) => row.map((score) => Math.exp(score - taken[i])));
    const rowSum = exponentials.map((row) => row.reduce((sum, one) => sum + one, 0));
    const columnSum = exponentials.map((_, j) => exponentials.reduce((sum, row) => sum + row[j], 0));
    const weights = exponentials.map((row, i) =>
      row.map((one, j) => one / plainSum(rowSum[i], columnSum[j], mistake)),
    );
    const outputs = weights.map((row, i) =>
      Array.from({ length: dv }, (_, c) =>
        row.reduce(
          (sum, w, j) =>
            sum + (mistake === "weights transposed in the mix" ? weights[j][i] : w) * mixed[j][c],
          0,
        ),
      ),
    );
    const flat = (matrix: number[][]): Float32Array => Float32Array.from(matrix.flat());
    return {
      ...{ n, dk, dv, divisor, queries: flat(queries), keys: flat(keys), values: flat(values) },
      ...{ scores: flat(scores), scaled: flat(scaled), rowMax: Float32Array.from(rowMax) },
      ...{ exponentials: flat(exponentials), rowSum: Float32Array.from(rowSum) },
      ...{ weights: flat(weights), outputs: flat(outputs) },
    };
  };
}

function plainMap(map: AffineMap | undefined, row: number[], mistake: Mistake): number[] {
  if (map === undefined) {
    return row;
  }
  const biases = mistake === "biases left out" ? null : map.bias;
  return Array.from({ length: map.rows }, (_, r) => {
    const weights = [...map.weight.slice(r * map.columns, (r + 1) * map.columns)];
    return plainDot(weights, row) + (biases?.[r] ?? 0);
  });
}

function plainDot(left: number[], right: number[]): number {
  return left.reduce((sum, number, c) => sum + number * right[c], 0);
}

function plainDivisor(
  divideBy: AttendOptions["divideBy"],
  dk: number,
  dim: number,
  mistake: Mistake,
): number {
  const width = mistake === "scale by the width of the vectors instead of the queries" ? dim : dk;
  const root = mistake === "d where sqrt(d) was asked" ? width : Math.sqrt(width);
  const divisor = { one: 1, sqrt: root, d: width }[String(divideBy)] ?? Number(divideBy);
  if (mistake === "no scale") {
    return 1;
  }
  return mistake === "scale multiplied" ? 1 / divisor : divisor;
}

function plainShift(rowMax: number, overallMax: number, mistake: Mistake): number {
  if (mistake === "no maximum taken off") {
    return 0;
  }
  return mistake === "maximum of all rows taken off" ? overallMax : rowMax;
}

function plainSum(rowSum: number, columnSum: number, mistake: Mistake): number {
  if (mistake === "weights not normalized") {
    return 1;
  }
  return mistake === "softmax over the wrong axis" ? columnSum : rowSum;
}

function map(rows: number, columns: number, weight: number[], bias: number[] | null): AffineMap {
  return { rows, columns, weight: Float32Array.from(weight), bias: bias && Float32Array.from(bias) };
}

function randomMaps(dim: number, width: number, valueWidth: number, seed: number): HeadMaps {
  const one = (rows: number, offset: number): AffineMap => ({
    rows,
    columns: dim,
    weight: randomVector(rows * dim, seed + offset),
    bias: randomVector(rows, seed + offset + 1),
  });
  return { label: "", width, query: one(width, 0), key: one(width, 2), value: one(valueWidth, 4) };
}

// Two tokens of two dimensions, worked out on paper: x = [1 0], [1 1], so the scores are [1 1], [1 2].
const SMALL = Float32Array.of(1, 0, 1, 1);
const E = Math.E;

// Three tokens of two dimensions, mapped to queries and keys of one and values of three.
const SMALL_MAPS: HeadMaps = {
  label: "on paper",
  width: 1,
  query: map(1, 2, [1, 0], [1]), // q = x0 + 1
  key: map(1, 2, [0, 2], null), // k = 2 x1
  value: map(3, 2, [1, 0, 0, 1, 1, 1], [0, 0, 10]), // v = (x0, x1, x0 + x1 + 10)
};

function checkAttention(candidate: Attend): void {
  checkOnPaper(candidate);
  checkMapsOnPaper(candidate);
  checkLargeScores(candidate);
  checkAgainstPlainLoops(candidate);
}

function checkOnPaper(candidate: Attend): void {
  const one = candidate(SMALL, 2, 2, { maps: null, divideBy: "one" });
  expectClose(one.scores, [1, 1, 1, 2], 0);
  expectClose(one.weights, [1 / 2, 1 / 2, 1 / (1 + E), E / (1 + E)], 1e-7);
  expectClose(one.outputs, [1, 1 / 2, 1, E / (1 + E)], 1e-7);
  const root = candidate(SMALL, 2, 2, { maps: null, divideBy: "sqrt" });
  expectClose(
    root.scaled,
    [1, 1, 1, 2].map((score) => score / Math.SQRT2),
    1e-7,
  );
  expectClose(root.weights.slice(2), [0.33023845, 0.66976155], 1e-7); // 1 / (1 + exp(1 / sqrt 2))
  const d = candidate(SMALL, 2, 2, { maps: null, divideBy: "d" });
  expectClose(d.weights.slice(2), [0.37754067, 0.62245933], 1e-7); // 1 / (1 + exp(1 / 2))
  expectClose(d.rowMax, [0.5, 1], 0);
  expectClose(d.exponentials, [1, 1, Math.exp(-0.5), 1], 1e-7);
  expectClose(d.rowSum, [2, 1 + Math.exp(-0.5)], 1e-7);
}

function checkMapsOnPaper(candidate: Attend): void {
  const x = Float32Array.of(0, 0, 1, 1, 2, -1);
  const { queries, keys, values, scores, ...rest } = candidate(x, 3, 2, { maps: SMALL_MAPS, divideBy: 0.5 });
  expectClose(queries, [1, 2, 3], 0);
  expectClose(keys, [0, 2, -2], 0);
  expectClose(values, [0, 0, 10, 1, 1, 12, 2, -1, 11], 0);
  expectClose(scores, [0, 2, -2, 0, 4, -4, 0, 6, -6], 0);
  expectClose(rest.scaled, [0, 4, -4, 0, 8, -8, 0, 12, -12], 0);
  expect([rest.n, rest.dk, rest.dv, rest.divisor]).toEqual([3, 1, 3, 0.5]);
  const sum = 1 + Math.exp(4) + Math.exp(-4);
  const [w0, w1, w2] = [1 / sum, Math.exp(4) / sum, Math.exp(-4) / sum];
  expectClose(rest.weights.slice(0, 3), [w0, w1, w2], 1e-7);
  expectClose(rest.outputs.slice(0, 3), [w1 + 2 * w2, w1 - w2, 10 * w0 + 12 * w1 + 11 * w2], 1e-6);
}

/** Scores of 1e4 overflow exp unless the row's largest is taken off first. */
function checkLargeScores(candidate: Attend): void {
  const { weights } = candidate(Float32Array.of(100, 0, 0, -100, 99, 0), 3, 2, {
    maps: null,
    divideBy: "one",
  });
  expectClose(weights, [1, 0, 0, 0, 1, 0, 1, 0, 0], 1e-7);
}

/** All sizes different: 7 tokens of 5 dimensions, queries of 3, values of 4. */
function checkAgainstPlainLoops(candidate: Attend): void {
  const x = randomVector(7 * 5, 11, 2);
  for (const maps of [null, randomMaps(5, 3, 4, 23)]) {
    for (const divideBy of ["one", "sqrt", "d", 0.3] as const) {
      const actual = candidate(x, 7, 5, { maps, divideBy });
      const expected = plainAttend("none")(x, 7, 5, { maps, divideBy });
      for (const name of ["queries", "keys", "values", "scores", "scaled", "rowMax"] as const) {
        expectClose(actual[name], expected[name], 1e-5);
      }
      for (const name of ["exponentials", "rowSum", "weights", "outputs"] as const) {
        expectClose(actual[name], expected[name], 1e-5);
      }
    }
  }
}

checkedAgainstMistakes(
  "attend",
  checkAttention,
  attend,
  Object.fromEntries(MISTAKES.map((mistake) => [mistake, plainAttend(mistake)])),
);

test("the plain loops without a mistake pass too, so the mistakes alone are what is caught", () => {
  checkAttention(plainAttend("none"));
});

describe("attend", () => {
  const matrix = fc
    .record({ n: fc.integer({ min: 0, max: 9 }), dim: fc.integer({ min: 1, max: 6 }) })
    .chain(({ n, dim }) =>
      fc.record({
        n: fc.constant(n),
        dim: fc.constant(dim),
        x: fc.array(fc.float({ min: -5, max: 5, noNaN: true }), { minLength: n * dim, maxLength: n * dim }),
        divideBy: fc.constantFrom("one", "sqrt", "d", 0.25, 7),
      }),
    );

  test("rows of weights sum to 1 and no output leaves the box of the values", () => {
    fc.assert(
      fc.property(matrix, ({ n, dim, x, divideBy }) => {
        const { weights, outputs } = attend(Float32Array.from(x), n, dim, {
          maps: null,
          divideBy: divideBy as AttendOptions["divideBy"],
        });
        for (let i = 0; i < n; i += 1) {
          const sum = weights.slice(i * n, (i + 1) * n).reduce((total, weight) => total + weight, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-5);
          for (let c = 0; c < dim; c += 1) {
            const column = x.filter((_, index) => index % dim === c);
            expect(outputs[i * dim + c]).toBeLessThanOrEqual(Math.max(...column) + 1e-5);
            expect(outputs[i * dim + c]).toBeGreaterThanOrEqual(Math.min(...column) - 1e-5);
          }
        }
      }),
    );
  });

  test("tokens in another order give the same outputs in that order", () => {
    const [n, dim] = [6, 5];
    const x = randomVector(n * dim, 3);
    const options: AttendOptions = { maps: randomMaps(dim, 3, 4, 7), divideBy: "sqrt" };
    const order = [4, 0, 5, 2, 1, 3];
    const shuffled = Float32Array.from(order.flatMap((i) => [...x.slice(i * dim, (i + 1) * dim)]));
    const { outputs } = attend(x, n, dim, options);
    const expected = order.flatMap((i) => [...outputs.slice(i * 4, (i + 1) * 4)]);
    expectClose(attend(shuffled, n, dim, options).outputs, expected, 1e-6);
  });

  test("no token at all, and one token alone", () => {
    const none = attend(new Float32Array(0), 0, 3, { maps: null, divideBy: "sqrt" });
    expect([none.weights.length, none.outputs.length, none.rowMax.length]).toEqual([0, 0, 0]);
    const one = attend(Float32Array.of(3, -2), 1, 2, { maps: null, divideBy: "sqrt" });
    expect([...one.weights, ...one.outputs]).toEqual([1, 3, -2]);
  });

  test("the input stays as it was, and nothing of it is shared", () => {
    const x = randomVector(6, 5);
    const before = x.slice();
    attend(x, 3, 2, { maps: null, divideBy: "d" }).queries.fill(9);
    expect(x).toEqual(before);
  });

  test.each([NaN, Infinity, -Infinity])("%d in the input is refused, with its place", (bad) => {
    const x = Float32Array.of(1, 2, 3, 4, bad, 6);
    expect(() => attend(x, 3, 2, { maps: null, divideBy: "sqrt" })).toThrow(/row 2 of 3, column 0 of 2/);
  });

  test("scores beyond float32 are refused, and so is a divisor that makes them so", () => {
    expect(() => attend(Float32Array.of(3e38), 1, 1, { maps: null, divideBy: "sqrt" })).toThrow(
      /the score is Infinity/,
    );
    expect(() => attend(Float32Array.of(1e10), 1, 1, { maps: null, divideBy: 1e-30 })).toThrow(
      /divided by 1e-30/,
    );
  });

  test("sizes that do not fit are refused with both numbers", () => {
    expect(() => attend(new Float32Array(5), 2, 3, { maps: null, divideBy: "d" })).toThrow(
      /need 6 numbers, not 5/,
    );
    expect(() => attend(new Float32Array(0), 2, 0, { maps: null, divideBy: "d" })).toThrow(
      /2 vectors of 0 dimensions/,
    );
  });
});

describe("rescale", () => {
  test("gives what attend gives with the other divisor, and shares what did not change", () => {
    const x = randomVector(5 * 3, 8);
    const first = attend(x, 5, 3, { maps: null, divideBy: "one" });
    const other = rescale(first, 2.5);
    expect(other).toEqual(attend(x, 5, 3, { maps: null, divideBy: 2.5 }));
    expect(other.scores).toBe(first.scores);
  });
});

describe("divisorOf", () => {
  test("1, the root, the width, and a number of one's own", () => {
    expect([divisorOf("one", 9), divisorOf("sqrt", 9), divisorOf("d", 9), divisorOf(0.5, 9)]).toEqual([
      1, 3, 9, 0.5,
    ]);
  });

  test.each([0, -1, NaN, Infinity, "half" as never])("%s is refused", (bad) => {
    expect(() => divisorOf(bad, 9)).toThrow(String(bad));
  });
});

test("softmax of a matrix that is not square: each row sums to 1", () => {
  const { weights } = softmax(Float32Array.of(0, 0, 0, Math.log(2), 0, 0), 2, 3);
  expectClose(weights, [1 / 3, 1 / 3, 1 / 3, 1 / 2, 1 / 4, 1 / 4], 1e-7);
});

type ArithmeticOf = typeof arithmetic;

/** Each printed number follows from the printed numbers before it. */
function checkArithmetic(candidate: ArithmeticOf): void {
  const x = randomVector(6 * 5, 17);
  const attention = attend(x, 6, 5, { maps: randomMaps(5, 3, 4, 31), divideBy: "sqrt" });
  for (const [i, j] of [
    [0, 0],
    [2, 4],
    [5, 1],
  ]) {
    const steps = candidate(attention, i, j);
    expect(steps.products.length).toBe(3);
    expectClose([steps.products.reduce((sum, product) => sum + product, 0)], [steps.score], 1e-6);
    expectClose([steps.score / attention.divisor], [steps.scaled], 1e-6);
    expectClose([steps.rowMax], [Math.max(...attention.scaled.slice(i * 6, (i + 1) * 6))], 0);
    expectClose([Math.exp(steps.scaled - steps.rowMax)], [steps.exponential], 1e-6);
    expectClose(
      [steps.rowSum],
      [attention.exponentials.slice(i * 6, (i + 1) * 6).reduce((a, b) => a + b, 0)],
      1e-5,
    );
    expectClose([steps.exponential / steps.rowSum], [steps.weight], 1e-6);
    expect(steps.weight).toBe(attention.weights[i * 6 + j]);
  }
}

checkedAgainstMistakes("arithmetic", checkArithmetic, arithmetic, {
  "row and column swapped": (attention, i, j) => arithmetic(attention, j, i),
  "products of the neighbor": (attention, i, j) => ({
    ...arithmetic(attention, i, j),
    products: arithmetic(attention, i, (j + 1) % attention.n).products,
  }),
  "sum of another row": (attention, i, j) => ({
    ...arithmetic(attention, i, j),
    rowSum: attention.rowSum[(i + 1) % attention.n],
  }),
});

test("a cell outside the matrix is refused with both numbers", () => {
  const attention = attend(SMALL, 2, 2, { maps: null, divideBy: "one" });
  expect(() => arithmetic(attention, 0, 2)).toThrow("cell (0, 2) of a 2 x 2 matrix");
});
