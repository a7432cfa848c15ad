import { describe, expect, test } from "vitest";
import { smallModel } from "../../test/models.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { beamSearch, lengthDivisor, type BeamOptions, type BeamStep } from "./beam.js";
import { greedy, sample, withoutPauses, type Steps } from "./decoding.js";
import { keepTopK, keepTopP, logSoftmax, randomFrom, tokenAt, withTemperature } from "./sampling.js";
import type { Transformer } from "./transformer.js";

const PROMPT = [3, 1, 22];
const { model } = smallModel("decoder-only");

const all = <One>(steps: Steps<One>): One[] => [...withoutPauses(steps)];
const last = <One>(steps: Steps<One>): One | undefined => all(steps).at(-1);

// --- beam search against every text there is --------------------------------------------------------------------------

type Search = (model: Transformer, ids: readonly number[], options: BeamOptions) => Steps<BeamStep>;

/** With room for all texts of two tokens, the search must find the likeliest of them. */
function checkSearch(search: Search): void {
  const V = model.config.vocab_size;
  const step = all(search(model, PROMPT, { width: V * V, maxNewTokens: 2 }))[1];
  const byHand: { ids: number[]; logProbability: number }[] = [];
  for (let first = 0; first < V; first += 1) {
    const [one, two] = all(greedy(model, PROMPT, { maxNewTokens: 2, forced: { 0: first } }));
    two.distribution.forEach((probability, second) =>
      byHand.push({ ids: [first, second], logProbability: one.logProbability + Math.log(probability) }),
    );
  }
  byHand.sort((a, b) => b.logProbability - a.logProbability);
  expect(step.live.map(({ ids }) => ids)).toEqual(byHand.map(({ ids }) => ids));
  step.live.forEach(({ logProbability }, i) =>
    expect(logProbability).toBeCloseTo(byHand[i].logProbability, 4),
  );
  const narrow = all(search(model, PROMPT, { width: 1, maxNewTokens: 5 }));
  expect(narrow.map(({ best }) => best.ids)).toEqual(
    all(greedy(model, PROMPT, { maxNewTokens: 5 })).map(({ ids }) => ids),
  );
  const long = all(search(model, PROMPT, { width: 3, maxNewTokens: 7, lengthPenalty: 1, weights: true }));
  for (const { index, live, distributions, attention } of long) {
    expect(distributions).toHaveLength(index === 0 ? 1 : 3);
    expect([...attention.values()].map(({ shape }) => shape)).toEqual(
      Array(2).fill([index === 0 ? 1 : 3, 3, PROMPT.length + index]),
    );
    live.forEach(({ score, logProbability }) =>
      expect(score).toBeCloseTo(logProbability / lengthDivisor(index + 1, 1), 9),
    );
  }
}

const changed = (change: (step: BeamStep, options: BeamOptions) => BeamStep): Search =>
  function* (of, ids, options) {
    for (const step of beamSearch(of, ids, options)) {
      yield step && change(step, options);
    }
    return undefined;
  };

checkedAgainstMistakes("beamSearch", checkSearch, beamSearch, {
  "one text less": (of, ids, options) => beamSearch(of, ids, { ...options, width: options.width - 1 || 1 }),
  "worst first": changed((step) => ({ ...step, live: [...step.live].reverse() })),
  "no penalty": (of, ids, options) => beamSearch(of, ids, { ...options, lengthPenalty: null }),
  "probabilities of one text": changed((step) => ({
    ...step,
    distributions: step.distributions.slice(0, 1),
  })),
  "another text": (of, ids, options) => beamSearch(of, ids.slice(1), options),
});

test("the length divisor is 2 for 7 tokens and alpha 1", () => {
  expect(lengthDivisor(7, 1)).toBe(2);
  expect(lengthDivisor(1, 0.6)).toBe(1);
});

// --- sampling ---------------------------------------------------------------------------------------------------------

type Filter = (numbers: Float64Array, bound: number) => Float64Array;
const row = (...numbers: number[]): Float64Array => Float64Array.from(numbers);
const close = (found: Float64Array, ...expected: number[]): void =>
  expected.forEach((number, i) => expect(found[i]).toBeCloseTo(number, 12));

checkedAgainstMistakes(
  "withTemperature",
  (filter: Filter) => {
    close(filter(row(Math.log(3), 0), 1), 0.75, 0.25); // odds of 3 to 1 are 9 to 1 at half the temperature
    close(filter(row(Math.log(3), 0), 0.5), 0.9, 0.1);
    close(filter(row(800, 700), 1e-9), 1, 0);
    expect(() => filter(row(1, 2), 0)).toThrow("above 0, got 0");
  },
  withTemperature,
  {
    multiplied: (numbers, t) => withTemperature(numbers, 1 / t),
    "the largest not taken off": (numbers, t) => {
      const shares = numbers.map((one) => Math.exp(one / t));
      return shares.map((one) => one / shares.reduce((a, b) => a + b));
    },
    "no check": (numbers, t) => withTemperature(numbers, t || 1),
  },
);

checkedAgainstMistakes(
  "keepTopK",
  (filter: Filter) => {
    close(filter(row(0.3, 0.2, 0.5), 2), 0.375, 0, 0.625);
    close(filter(row(0.25, 0.25, 0.25, 0.25), 2), 0.5, 0.5, 0, 0); // of equal ones those with lower ids
    expect(() => filter(row(0.5, 0.5), 3)).toThrow("from 1 to the vocabulary's 2 tokens, got 3");
  },
  keepTopK,
  {
    "not brought to a sum of 1": (numbers, k) =>
      numbers.map((one, i) => (keepTopK(numbers, k)[i] > 0 ? one : 0)),
    "one too many": (numbers, k) => keepTopK(numbers, Math.min(k + 1, numbers.length)),
    "the higher ids": (numbers, k) => keepTopK(numbers.slice().reverse(), k).reverse(),
  },
);

checkedAgainstMistakes(
  "keepTopP",
  (filter: Filter) => {
    close(filter(row(0.125, 0.25, 0.5, 0.125), 0.6), 0, 1 / 3, 2 / 3, 0);
    close(filter(row(0.125, 0.25, 0.5, 0.125), 0.5), 0, 0, 1, 0); // 0.5 alone reaches it
    close(filter(row(0.25, 0.25, 0.25, 0.25), 0.3), 0.5, 0.5, 0, 0);
    close(filter(row(0.1, 0.2, 0.7), 1), 0.1, 0.2, 0.7);
    expect(() => filter(row(1), 1.5)).toThrow("at most 1, got 1.5");
  },
  keepTopP,
  {
    "without the one that reaches p": (numbers, p) => keepTopP(numbers, Math.max(p - 0.2, 0.01)),
    "one more than reaches p": (numbers, p) => keepTopP(numbers, Math.min(p + 0.1, 1)),
    "no check": (numbers, p) => keepTopP(numbers, Math.min(p, 1)),
  },
);

describe("drawing", () => {
  test("a number falls on the token whose share it lies in", () => {
    const shares = row(0, 0.25, 0, 0.5, 0.25, 0);
    const found = [0, 0.2499, 0.25, 0.7499, 0.75, 0.999999].map((fraction) => tokenAt(shares, fraction));
    expect(found).toEqual([1, 1, 3, 3, 4, 4]);
    expect(tokenAt(shares, 1)).toBe(4); // what rounding leaves over
  });

  test("mulberry32 gives its published numbers, and is even", () => {
    const random = randomFrom(0);
    expect([random(), random()].map((one) => Math.round(one * 2 ** 32))).toEqual([1144304738, 1416247]);
    const other = randomFrom(7);
    const counts = Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) {
      counts[Math.floor(other() * 10)] += 1;
    }
    counts.forEach((count) => expect(Math.abs(count - 1000)).toBeLessThan(150)); // 5 deviations
  });

  test("the same seed draws the same tokens; a forced step draws as well", () => {
    const draw = (seed: number, forced = {}): readonly number[] =>
      all(sample(model, PROMPT, { seed, maxNewTokens: 6, temperature: 5, forced })).map(({ token }) => token);
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    expect(draw(3, { 0: draw(3)[0], 2: draw(3)[2] })).toEqual(draw(3));
  });

  test("log-probabilities of one row, and NaN in it", () => {
    close(logSoftmax(Float32Array.of(9, 9, 1e4, 1e4), 2, 1), Math.log(0.5), Math.log(0.5));
    expect(() => logSoftmax(Float32Array.of(1, NaN), 2, 0)).toThrow("NaN for token 1 of 2");
  });
});

describe("steps", () => {
  test("of equally likely tokens the lowest id", () => {
    const { model: undecided } = smallModel("decoder-only", { vocab_size: 5 });
    undecided.logits = () => new Float32Array(5);
    const steps = all(greedy(undecided, [1], { maxNewTokens: 1 }));
    expect(steps[0].token).toBe(0);
  });

  test("forced tokens, probabilities and the reason to stop", () => {
    const steps = all(greedy(model, PROMPT, { maxNewTokens: 7, endId: 2, forced: { 0: 4, 1: 4, 2: 2 } }));
    expect(steps.map(({ ids, forced, reason }) => [ids, forced, reason])).toEqual([
      [[4], true, null],
      [[4, 4], true, null],
      [[4, 4, 2], true, "end"],
    ]);
    for (const { distribution, logProbability, token } of steps) {
      expect(distribution.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      expect(logProbability).toBeCloseTo(Math.log(distribution[token]), 12);
    }
    expect(last(greedy(model, PROMPT, { maxNewTokens: 4 }))?.reason).toBe("max_new_tokens");
    const full = all(greedy(model, PROMPT, { maxNewTokens: 40 }));
    expect([full.length, full.at(-1)?.reason]).toEqual([9, "max_length"]); // 11 - 3 + 1
  });

  test("edits change what is said, and the cache knows of them", () => {
    const { model: translator } = smallModel("encoder-decoder");
    const options = { maxNewTokens: 6, startId: 1, weights: true };
    const edits = {
      gates: { "encoder.layers.0.attention": [0, 0, 0] },
      rows: { "decoder.layers.1.self_attention": [{ head: 1, query: 2, weights: [1] }] },
      masks: {
        "decoder.layers.2.cross_attention": { rows: 4, columns: 2, allowed: [0, 1, 0, 1, 0, 1, 0, 1] },
      },
    };
    const texts = (extra: object) =>
      all(greedy(translator, PROMPT, { ...options, ...extra })).map(({ distribution }) => distribution);
    const plain = texts({});
    const cached = texts({ edits });
    const again = texts({ edits, useCache: false });
    expect(Math.abs(cached[0][0] - plain[0][0])).toBeGreaterThan(1e-6);
    cached.forEach((distribution, step) =>
      distribution.forEach((one, token) => expect(one).toBeCloseTo(again[step][token], 5)),
    );
    const [, , third] = all(greedy(translator, PROMPT, { ...options, edits }));
    const rows = third.attention.get("decoder.layers.1.self_attention.weights");
    expect([...(rows?.data.slice(3, 6) ?? [])]).toEqual([1, 0, 0]);
    const crossed = third.attention.get("decoder.layers.2.cross_attention.weights");
    expect(crossed?.data[0]).toBe(0);
  });

  test.each([
    [
      "an encoder that writes",
      () => greedy(smallModel("encoder-only").model, [1], { maxNewTokens: 1 }),
      /writes no text/,
    ],
    [
      "no start",
      () => greedy(smallModel("encoder-decoder").model, [1], { maxNewTokens: 1 }),
      /needs a startId/,
    ],
  ])("%s is an error of the call", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
