import { describe, expect, test } from "vitest";
import { mutantOf, type Mistake } from "../test/mutant.js";
import * as real from "./masks.js";

type Module = typeof real;

const SIZES = { window: 2, prefix: 1, padding: 1 };
const text = (module: Module, preset: real.Preset, Tq = 3, Tk = 4): string =>
  module.textOf(module.presetMask(preset, Tq, Tk, SIZES));

const float = (...values: number[]): Float32Array => Float32Array.from(values);

function check(module: Module): void {
  const { faultyMask, halfSoftmax, leakOf, maskedSoftmax, maskOf, presetMask, reachOf, roundToHalf, textOf } =
    module;
  expect(text(module, "causal")).toBe("1000/1100/1110");
  expect(text(module, "padding")).toBe("1110/1110/1110");
  expect(text(module, "causal-padding", 4, 4)).toBe("1000/1100/1110/1110");
  expect(text(module, "prefix", 2, 4)).toBe("1000/1100");
  expect(text(module, "window", 4, 4)).toBe("1000/1100/0110/0011");
  expect(text(module, "none", 1, 2)).toBe("11");

  const causal = presetMask("causal", 3, 3, SIZES);
  expect(textOf(faultyMask(causal, "inverted", 0))).toBe("011/001/000");
  expect(textOf(faultyMask(causal, "wrong-axis", 0))).toBe("111/011/001");
  expect(textOf(faultyMask(causal, "empty-row", 1))).toBe("100/000/111");
  expect(faultyMask(presetMask("cross", 2, 3, SIZES), "wrong-axis", 0)).toEqual(
    presetMask("cross", 2, 3, SIZES),
  );

  const two = { Tq: 2, Tk: 2, allowed: Uint8Array.of(1, 0, 0, 0) };
  const exact = maskedSoftmax(float(3, 9, 1, 1), two, 0);
  expect([...exact.masked]).toEqual([3, -Infinity, -Infinity, -Infinity]);
  expect([...exact.weights]).toEqual([1, 0, 0, 0]);
  expect([...maskedSoftmax(float(3, 9, 1, 1), two, NaN).weights.subarray(2)]).toEqual([NaN, NaN]);
  const open = { Tq: 1, Tk: 2, allowed: Uint8Array.of(1, 1) };
  expect(maskedSoftmax(float(Math.log(3), 0), open, 0).weights[0]).toBeCloseTo(0.75, 6);

  const half = halfSoftmax(float(3, 9, 1, 2), two, -10);
  expect([...half.masked], "added, not put in its place").toEqual([3, -1, -9, -8]);
  expect(half.weights[1]).toBeCloseTo(Math.exp(-4) / (1 + Math.exp(-4)), 4);
  expect(leakOf(half.weights, two)).toBeCloseTo((0.018 + 1) / 2, 3);
  expect([...halfSoftmax(float(3, 9, 1, 2), two, -1e9).weights.subarray(2)], "beyond float16").toEqual([
    NaN,
    NaN,
  ]);

  expect([1.0004, 0.1, -2049, 65_519, 65_520, 2 ** -25, 3 * 2 ** -25].map(roundToHalf)).toEqual([
    1,
    0.0999755859375,
    -2048,
    65_504,
    Infinity,
    0,
    2 ** -23,
  ]);

  const window = presetMask("window", 5, 5, SIZES);
  expect([...reachOf(window, 2).subarray(20)], "two layers see two windows").toEqual([0, 0, 1, 1, 1]);
  expect([...reachOf(faultyMask(window, "empty-row", 4), 3).subarray(20)], "it keeps itself").toEqual([
    0, 0, 0, 0, 1,
  ]);

  expect(textOf(maskOf("011/10", causal)), "what the text lacks stays").toBe("011/100/111");
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "a window that is one too wide": ["q - k < window", "q - k <= window"],
  "a prefix that is one too wide": ["k < prefix", "k <= prefix"],
  "padding at the beginning": ["k < Tk - padding", "k >= padding"],
  "the row of another query is emptied": ["Math.floor(at / Tk) === row", "at % Tk === row"],
  "a zero in the place of minus infinity": ["score : -Infinity", "score : 0"],
  "an empty row without a word": [": row.map(() => empty)", ": row.map(() => 0)"],
  "the sentinel in the place of the score": ["roundToHalf(half + low)", "low"],
  "halves rounded down": ["rest > 0.5 || (rest === 0.5 && below % 2 !== 0)", "false"],
  "halves away from the even": ["below % 2 !== 0", "below % 2 === 0"],
  "no largest half": ["Math.abs(rounded) > LARGEST_HALF", "false"],
  "one layer whatever is asked": ["layer < layers", "layer < 1"],
  "a token forgets itself": ["let found = own;", "let found = 0;"],
};

describe("masks", () => {
  test("are right", () => check(real));

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<Module>("engine/masks.ts", mistake);
    expect(() => check(mutant)).toThrow();
  });
});
