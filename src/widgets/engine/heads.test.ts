import { describe, expect, test } from "vitest";
import { mutantOf, type Mistake } from "../test/mutant.js";
import * as real from "./heads.js";

const TOKENS = ["<start>", "The", " king", ",", " the", " queen", ".", "<end>"];
const T = TOKENS.length;

function table(weight: (row: number, column: number) => number): Float32Array {
  return Float32Array.from({ length: T * T }, (_, place) => weight(Math.floor(place / T), place % T));
}

const looked = (data: Float32Array, causal = false): real.Looked => {
  return { data, heads: data.length / (T * T), queries: TOKENS, keys: null, causal };
};

/** Heads that do one thing each are found to do it; one that looks everywhere alike scores chance. */
function check({ headScores, labelsOf, holds }: typeof real): void {
  const even = table(() => 1 / T);
  const [flat] = headScores(looked(even));
  expect(flat.map(({ rows }) => rows)).toEqual([T - 1, T - 1, T, 2, T, T, T]);
  flat.slice(0, -1).forEach((score) => expect(score.weight).toBeCloseTo(score.chance, 6));
  expect(labelsOf(flat).map(({ kind }) => kind)).toEqual(["spread"]);
  const back = table((row, column) => Number(column === Math.max(0, row - 1)));
  const first = table((_, column) => Number(column === 0));
  const [before, beginning] = headScores(looked(Float32Array.of(...back, ...first)));
  expect(labelsOf(before)[0]).toMatchObject({ kind: "previous", weight: 1, rows: T - 1 });
  expect(labelsOf(beginning).map(({ kind }) => kind)).toEqual(["first", "delimiter"]);
  const below = table((row, column) => (column <= row ? 1 / (row + 1) : 0));
  const [causal] = headScores(looked(below, true));
  expect(causal[1].rows).toBe(0);
  expect(causal[4].rows).toBe(T - 1);
  expect(causal[6].weight).toBeCloseTo(1, 6);
  expect(causal[0].weight).toBeCloseTo(causal[0].chance, 6);
  expect(holds({ kind: "previous", weight: 0.5, chance: 0.26, rows: 9 })).toBe(false);
}

describe("what heads do", () => {
  test("is measured", () => check(real));

  test.each<[string, Mistake]>([
    ["next for previous", ["column === row - 1", "column === row + 1"]],
    ["no causality", ["looked.causal ? row + 1 : Tk", "looked.causal ? Tk : Tk"]],
    ["itself counts as the same", ["!(isOwn && column === row)", "true"]],
    ["rows without a choice count", ["columns.length < seen[row]", "columns.length <= seen[row]"]],
    ["a sum for a mean", ["weight: weight / rows", "weight"]],
    ["chance is forgotten", ["&& weight >= LEAST_LIFT * chance", ""]],
    ["entropy of all columns", ["entropy / Math.log(count)", "entropy / Math.log(Tk)"]],
  ])("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<typeof real>("engine/heads.ts", mistake);
    expect(() => check(mutant)).toThrow();
  });

  test("sizes that do not fit are an error", () => {
    expect(() => real.headScores({ ...looked(new Float32Array(3)), heads: 1 })).toThrow(RangeError);
  });
});
