import { expect, test } from "vitest";
import { mutantOf, type Mistake } from "../test/mutant.js";
import * as real from "./codings.js";

type Codings = typeof real;

function check(codings: Codings): void {
  const distances = codings.distancesOf([4, 5, null, 9], 11, [[3, 4], [4, 3], null, [0, 0]]);
  expect(distances.ids[0]).toEqual([0, 1, NaN, 5]);
  expect(distances.ids[3][0]).toBe(5);
  expect(distances.oneHot[0][1]).toBeCloseTo(Math.SQRT2, 12);
  expect(distances.oneHot[0][0]).toBe(0);
  expect(distances.oneHotDot[0].map(Number)).toEqual([1, 0, NaN, 0]);
  expect(distances.cosine[0][1]).toBeCloseTo(0.96, 12);
  expect(distances.cosine[0][3]).toBe(0); // no direction
  expect(distances.euclid[0][1]).toBeCloseTo(Math.SQRT2, 12);
  expect(distances.euclid[0][3]).toBe(5);

  expect(codings.raiseIds([1, 4], [2, 0.5])).toEqual([[2, 0.5], [8, 2]]); // prettier-ignore
  const raised = codings.fitLine(codings.raiseIds([3, 7, 9997], [-0.3, 0.7, 0.9]));
  expect(raised.rank).toBe(1);
  expect(raised.offLine).toBeLessThan(1e-9);
  expect(codings.fitLine([[1, 0], [0, 1]])).toEqual({ rank: 2, offLine: Math.SQRT1_2 }); // prettier-ignore
  const fit = codings.fitLine([[2, 1], [1, 2], [-1, 1]]); // prettier-ignore
  expect(fit.rank).toBe(2);
  expect(fit.offLine).toBeCloseTo(1, 12); // the singular values are 3 and sqrt(3)
  expect(codings.fitLine([[0, 0, 0]])).toEqual({ rank: 0, offLine: 0 });
  expect(codings.fitLine([])).toEqual({ rank: 0, offLine: 0 });
  expect(codings.oneHotBytes(45, 30_522)).toBe(5_493_960);
}

const MISTAKES: Record<string, Mistake> = {
  "signed differences": ["Math.abs(a - b)", "a - b"],
  "squared distances": ["return Math.sqrt(sum);", "return sum;"],
  "no length in the cosine": ["dot(a, b) / lengths", "dot(a, b)"],
  "ids added": ["id * entry", "id + entry"],
  "columns not turned": ["SWEEPS = 30", "SWEEPS = 0"],
  "a sum for a mean": ["Math.sqrt(rest / points.length)", "Math.sqrt(rest)"],
  "rounding counts": ["NOTHING = 1e-9", "NOTHING = 0"],
};

test("codings are as by hand", () => check(real));

test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
  const planted = await mutantOf<Codings>("engine/codings.ts", mistake);
  expect(() => check(planted)).toThrow();
});
