import { describe, expect, test } from "vitest";
import { expectClose, randomVector } from "../../test/numbers.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { add, gelu, layerNorm, linear, relu, type Matrix } from "./kernels.js";
import { accelerate } from "./simd.js";

type Linear = typeof linear;

function matrixOf(rows: number, columns: number, hasBias: boolean): Matrix {
  const weight = randomVector(rows * columns, rows * 31 + columns);
  return { rows, columns, weight, bias: hasBias ? randomVector(rows, 7) : null, fast: null };
}

/** The product as its definition says. */
function byDefinition(x: Float32Array, n: number, { rows, columns, weight, bias }: Matrix): number[] {
  return Array.from({ length: n * rows }, (_, cell) => {
    const [i, j] = [Math.floor(cell / rows), cell % rows];
    let sum = bias?.[j] ?? 0;
    for (let c = 0; c < columns; c += 1) {
      sum += x[i * columns + c] * weight[j * columns + c];
    }
    return sum;
  });
}

// Every remainder of rows by 4, of outputs by 4 and by 8.
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 11].flatMap((n) =>
  [1, 3, 4, 6, 8, 13].flatMap((rows) => [5, 12].map((columns) => ({ n, rows, columns }))),
);

const checkLinear =
  (isFast: boolean) =>
  (product: Linear): void => {
    for (const { n, rows, columns } of SIZES) {
      const matrices = [matrixOf(rows, columns, true), matrixOf(rows, columns, false)];
      const before = matrices.map(({ weight }) => weight.slice());
      if (isFast) {
        accelerate(matrices);
        expect(matrices.every(({ fast }) => (fast === null) === (columns % 4 !== 0))).toBe(true);
        expect(matrices.map(({ weight }) => weight.slice())).toEqual(before);
      }
      const x = randomVector(n * columns, n);
      for (const matrix of matrices) {
        expectClose(product(x, n, matrix), byDefinition(x, n, matrix), 2e-6);
      }
    }
  };

const MISTAKES: Record<string, Linear> = {
  "no bias": (x, n, matrix) => linear(x, n, { ...matrix, bias: null, fast: null }),
  "the last row forgotten": (x, n, matrix) => linear(x, n, matrix).fill(0, (n - 1) * matrix.rows),
  "the last output forgotten": (x, n, matrix) =>
    linear(x, n, matrix).map((y, cell) => (cell % matrix.rows === 12 ? 0 : y)),
  "rows in another order": (x, n, matrix) => linear(x, n, matrix).reverse(),
};

checkedAgainstMistakes("linear in plain loops", checkLinear(false), linear, MISTAKES);
checkedAgainstMistakes("linear four numbers at a time", checkLinear(true), linear, MISTAKES);

test("where WebAssembly is missing or forbidden, the plain loops do it", () => {
  const real = globalThis.WebAssembly;
  Reflect.deleteProperty(globalThis, "WebAssembly");
  try {
    const matrix = matrixOf(4, 8, true);
    accelerate([matrix]);
    expect(matrix.fast).toBeNull();
  } finally {
    Object.assign(globalThis, { WebAssembly: real });
  }
});

type Norm = typeof layerNorm;

function checkNorm(norm: Norm): void {
  // 1 and 3: mean 2, deviation 1. 0, 0: no deviation, and eps keeps it from 0 / 0.
  const found = norm(
    Float32Array.of(1, 3, 0, 0, -6, 2),
    Float32Array.of(2, 10),
    Float32Array.of(0.5, 0),
    1e-5,
  );
  expectClose(found, [-1.5, 10, 0.5, 0, -1.5, 10], 1e-4);
  const wide = norm(Float32Array.of(1, 3), Float32Array.of(1, 1), Float32Array.of(0, 0), 3); // sqrt(1 + 3) = 2
  expectClose(wide, [-0.5, 0.5], 1e-6);
}

checkedAgainstMistakes("layerNorm", checkNorm, layerNorm, {
  "the sample's variance": (x, weight, bias, eps) =>
    layerNorm(x, weight.map((w) => w / Math.sqrt(2)), bias, eps / 2), // prettier-ignore
  "no bias": (x, weight, bias, eps) =>
    layerNorm(
      x,
      weight,
      bias.map(() => 0),
      eps,
    ),
  "no eps": (x, weight, bias) => layerNorm(x, weight, bias, 0),
  "over all rows": (x, weight, bias, eps) =>
    layerNorm(
      x.map((one) => one / 2 + x[0] / 2),
      weight,
      bias,
      eps,
    ),
});

type Bend = typeof gelu;

/** x times the share of the normal distribution below x, by adding up thin slices. */
function geluByDefinition(x: number): number {
  const slices = 4000;
  let area = 0;
  for (let i = 0; i < slices; i += 1) {
    const z = ((i + 0.5) / slices) * x;
    area += (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * (x / slices);
  }
  return x * (0.5 + area);
}

function checkGelu(bend: Bend): void {
  const x = Float32Array.from({ length: 81 }, (_, i) => (i - 40) / 8);
  expectClose(bend(x.slice()), Array.from(x, geluByDefinition), 2e-6);
}

checkedAgainstMistakes("gelu", checkGelu, gelu, {
  "by tanh": (x) =>
    x.map((one) => 0.5 * one * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (one + 0.044715 * one ** 3)))),
  "by a sigmoid": (x) => x.map((one) => one / (1 + Math.exp(-1.702 * one))),
  "erf of x": (x) => gelu(x.map((one) => one * Math.SQRT2)).map((one) => one / Math.SQRT2),
});

describe("the small ones", () => {
  test("relu and add", () => {
    expect(relu(Float32Array.of(-1, 0, 2))).toEqual(Float32Array.of(0, 0, 2));
    expect(add(Float32Array.of(1, 2), Float32Array.of(3, -5))).toEqual(Float32Array.of(4, -3));
  });
});
