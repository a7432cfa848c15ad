import { expect, test } from "vitest";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import * as real from "./bytepairtraining.js";
import { cutByList, cutByPairs, shownBytes, splitCharacters, splitWords } from "./cuts.js";

type Training = typeof real;
type Summary = [string, number, number, number];

/** Each merge as its new token, its count, its id and the tokens that are left. */
function learned(training: Training, text: string, most = 99): Summary[] {
  const trainer = new training.MergeTrainer(text);
  while (trainer.steps.length < most && trainer.step());
  return trainer.steps.map(({ id, count, left }) => [shownBytes(trainer.tokens[id]), count, id, left]);
}

function check(training: Training): void {
  // By hand: an stands three times side by side, then b an twice. No other pair does.
  expect(learned(training, "banana band")).toEqual([
    ["an", 3, 256, 8],
    ["ban", 2, 257, 6],
  ]);
  // aa stands six times in seven letters, and three times of them it can be merged.
  expect(learned(training, "aaaaaaa", 2)).toEqual([
    ["aa", 6, 256, 4],
    ["aaaa", 2, 257, 3],
  ]);
  // Of equals, the smaller ids: ab before bc before ca.
  expect(learned(training, "abc abc", 1)[0]).toEqual(["ab", 2, 256, 5]);
  expect(learned(training, "xy ab xy ab ", 1)[0][0]).toBe(" a");
  // No pair reaches from a chunk into the next.
  expect(learned(training, "a.a.a.a.")).toEqual([]);
  expect(learned(training, "")).toEqual([]);
  expect(learned(training, "猴猴").map(([token]) => token)).toEqual(["<8C B4>", "猴"]);
  const trainer = new training.MergeTrainer("low lower");
  while (trainer.step());
  const merged = training.mergedText("low slow", trainer.steps);
  expect(training.withoutBorders(merged)).toEqual([257, 32, 115, 257]);
}

const MISTAKES: Record<string, Mistake> = {
  "pairs that stand once": ["LEAST_COUNT = 2", "LEAST_COUNT = 1"],
  "ties by the larger ids": ["key < best", "key > best"],
  "the same place twice": ["at += isPair ? 1 : 0", "at += 0"],
  "every chunk once": ["this.#times.push(times)", "this.#times.push(1)"],
  "old neighbors stay": ["first, -times, place", "first, 0, place"],
  "counts instead of merges": ["this.bytes) - merged", "this.bytes) - count"],
};

test("merges are learned as by hand", () => check(real));

test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
  const planted = await mutantOf<Training>("engine/text/bytepairtraining.ts", mistake);
  expect(() => check(planted)).toThrow();
});

test("an excerpt shows what stands around a pair, and how often it is found so", () => {
  const found = real.excerptsOf(real.mergedText("banana banana bandana", []), [97, 110]);
  const read = found.map(({ before, after, times }) => {
    const text = (ids: readonly number[]): string => String.fromCharCode(...ids);
    return [text(before), text(after), times];
  });
  expect(read).toEqual([
    ["b", "ana", 1],
    ["ban", "a", 2],
    [" b", "ana", 1],
    [" b", "dan", 1],
    ["and", "a", 1],
  ]);
});

test("a text of 10,000 characters is learned and cut in slices that are short", () => {
  const text = "水果猴子手机".repeat(1666) + "abcd";
  const trainer = new real.MergeTrainer(text);
  while (trainer.steps.length < 300 && trainer.step());
  const { steps, tokens } = trainer;
  const cut = cutByPairs(text, steps, tokens);
  expect(cut.tokens.join("")).toBe(text);
  expect(cut.tokens.length).toBe(steps.at(-1)?.left);
});

test("words and characters have ids by how often they stand in the text", () => {
  const words = cutByList("to be, or not to be: 猴猴🍎", splitWords);
  expect(words.tokens).toEqual(["to", "be", ",", "or", "not", "to", "be", ":", "猴", "猴", "🍎"]);
  expect(words.ids).toEqual([1, 0, 3, 6, 5, 1, 0, 4, 2, 2, 7]);
  expect(words.code("not")).toEqual({ id: 5, pieces: ["not"] });
  expect(words.code("perhaps")).toEqual({ id: null, pieces: ["perhaps"] });
  expect(words.code("to be")).toEqual({ id: null, pieces: ["to", "be"] });
  const characters = cutByList("banana", splitCharacters);
  expect(characters.ids).toEqual([2, 0, 1, 0, 1, 0]);
  expect(cutByList("", splitWords)).toMatchObject({ tokens: [], ids: [], size: 0 });
});
