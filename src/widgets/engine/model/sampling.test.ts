import { describe, expect, test } from "vitest";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { numbersFrom } from "../../test/numbers.js";
import * as real from "./sampling.js";

type Filters = Pick<typeof real, "keepTopK" | "keepTopP">;

/** The tokens in the order of their numbers, of equal ones those with lower ids first. */
function likeliestFirst(distribution: Float64Array): number[] {
  const tokens = Array.from(distribution.keys());
  return tokens.sort((first, second) => distribution[second] - distribution[first] || first - second);
}

function onlyThese(distribution: Float64Array, tokens: readonly number[]): Float64Array {
  const kept = distribution.map((number, token) => (tokens.includes(token) ? number : 0));
  const total = kept.reduce((sum, number) => sum + number, 0);
  return kept.map((number) => number / total);
}

/** What the real ones must give, to the last bit: by sorting all tokens. */
const plain: Filters = {
  keepTopK: (distribution, k) => onlyThese(distribution, likeliestFirst(distribution).slice(0, k)),
  keepTopP: (distribution, p) => {
    const kept: number[] = [];
    let sum = 0;
    for (const token of likeliestFirst(distribution)) {
      sum += distribution[token];
      if (sum - distribution[token] >= p) {
        break;
      }
      kept.push(token);
    }
    return onlyThese(distribution, kept);
  },
};

/** Numbers of all sizes, some of them equal to others, some 0; and two whose sums reach a bound exactly. */
function distributions(): Float64Array[] {
  const next = numbersFrom(5);
  const exact = [[0.125, 0.25, 0.5, 0.125], Array<number>(4).fill(0.25)].map((one) => Float64Array.from(one));
  const drawn = Array.from({ length: 60 }, (_, i) => {
    const few = 2 + (i % 7);
    const wishes = Float64Array.from({ length: 3 + (i % 29) }, () => {
      const rough = Math.round(few * next()) / few;
      return i % 3 === 0 ? Math.exp(9 * next()) : i % 3 === 1 ? Math.exp(4 * rough) : Math.max(0, rough);
    });
    wishes[i % wishes.length] += 0.1;
    const total = wishes.reduce((sum, wish) => sum + wish, 0);
    return wishes.map((wish) => wish / total);
  });
  return [...exact, ...drawn];
}

function check({ keepTopK, keepTopP }: Filters): void {
  for (const distribution of distributions()) {
    for (let k = 1; k <= distribution.length; k += 1) {
      expect(keepTopK(distribution, k)).toEqual(plain.keepTopK(distribution, k));
    }
    for (const p of [1e-9, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999999999]) {
      expect(keepTopP(distribution, p)).toEqual(plain.keepTopP(distribution, p));
    }
  }
}

describe("top-k and top-p", () => {
  test("are the same as by sorting all tokens", () => check(real));

  test.each<[string, Mistake]>([
    ["all that are as likely as the bound", ["return equal >= 0 ? probability : 0", "return probability"]],
    ["one of those too few", ["return equal >= 0 ?", "return equal > 0 ?"]],
    ["none of those", ["return equal >= 0 ? probability : 0", "return 0"]],
    ["those are not counted", ["      equal -= 1;\n      return", "      return"]],
    ["the next bound", ["ascending.length - count]", "ascending.length - count - 1]"]],
    ["the sum with the next one", ["if (sum - next >= p)", "if (sum >= p)"]],
    ["p itself is not enough", ["if (sum - next >= p)", "if (sum - next > p)"]],
    ["the least likely first", ["ascending.length - 1 - count]", "count]"]],
  ])("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<Filters>("engine/model/sampling.ts", mistake);
    expect(() => check(mutant)).toThrow();
  });
});
