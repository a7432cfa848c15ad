import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { coordinatesOf, firstAxes, shareShown, turned } from "./axes.js";
import { cbowLoss, skipGramLoss, softplus, type Gradients, type Matrices } from "./losses.js";
import * as losses from "./losses.js";
import { METHODS, Run, type Method, type Settings } from "./run.js";
import { placesOf, problemOf, readCorpus, sentencesOf } from "./text.js";

const TEXT = "Kings rule lands. Queens rule lands. Cats eat fish. Dogs eat fish!";
const SETTINGS: Settings = {
  loss: "softmax",
  window: 2,
  dim: 3,
  learningRate: 0.2,
  negatives: 2,
  seed: 5,
};

/** Numbers that follow no pattern, of both signs. */
const wild = (length: number, start: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin(7 * i * i + start) * 1.3);

const V = 5;
const DIM = 3;
const matrices = (): Matrices => ({ inputs: wild(V * DIM, 1), outputs: wild(V * DIM, 2), dim: DIM });

type LossOf = (losses: typeof import("./losses.js"), at: Matrices) => Gradients;
const CASES: Record<string, LossOf> = {
  "CBOW, softmax": (from, at) => from.cbowLoss(at, [1, 3, 1], 4, null),
  "CBOW, noise": (from, at) => from.cbowLoss(at, [2, 0], 4, [4, 1, 1]),
  "skip-gram, softmax": (from, at) => from.skipGramLoss(at, 2, [0, 4, 0], null),
  "skip-gram, noise": (from, at) =>
    from.skipGramLoss(
      at,
      2,
      [0, 4],
      [
        [1, 2],
        [4, 3],
      ],
    ),
};

/** The gradients are how the loss changes when one number changes a little. */
function checkSlopes(from: typeof losses): void {
  for (const [name, lossOf] of Object.entries(CASES)) {
    const found = lossOf(from, matrices());
    for (const side of ["inputs", "outputs"] as const) {
      const gradient = side === "inputs" ? found.inputGradient : found.outputGradient;
      gradient.forEach((slope, cell) => {
        const [below, above] = [-1e-5, 1e-5].map((change) => {
          const at = matrices();
          at[side][cell] += change;
          return lossOf(from, at).loss;
        });
        expect((above - below) / 2e-5, `${name}, ${side} ${cell}`).toBeCloseTo(slope, 7);
      });
    }
  }
}

describe("the gradients", () => {
  const mistakes: Record<string, Mistake> = {
    "the mean's gradient not divided": ["toward, 1 / contexts.length", "toward, 1"],
    "a repeated word once": ["of contexts)", "of new Set(contexts))"],
    "the truth forgotten": ["(place === truth ? 1 : 0)", "0"],
    "no gradient for the vector": ["toward[d] += error", "toward[d] += 0"],
  };

  test("are the slopes of the loss", () => checkSlopes(losses));
  test.each(Object.entries(mistakes))("a planted mistake is caught: %s", async (_, mistake) => {
    const mistaken = await mutantOf<typeof losses>("engine/word2vec/losses.ts", mistake);
    expect(() => checkSlopes(mistaken)).toThrow();
  });

  test("of scores that are all 0, each word has its share", () => {
    const empty = { inputs: wild(V * DIM, 1), outputs: new Float64Array(V * DIM), dim: DIM };
    expect(cbowLoss(empty, [0, 1], 2, null).loss).toBeCloseTo(Math.log(V), 12);
    expect(skipGramLoss(empty, 0, [1, 2], [[3], [4]]).loss).toBeCloseTo(4 * Math.LN2, 12);
  });

  test("scores of any size have a loss", () => {
    expect(softplus(1e5)).toBe(1e5);
    expect(softplus(-1e5)).toBe(0);
    const huge = { inputs: wild(6, 1).map((n) => n * 1e3), outputs: wild(6, 2).map((n) => n * 1e3), dim: 3 };
    const { loss, outputGradient } = cbowLoss(huge, [0], 1, null);
    expect(Number.isFinite(loss)).toBe(true);
    expect(outputGradient.every(Number.isFinite)).toBe(true);
  });
});

describe("the text", () => {
  test("is cut at the ends of sentences only", () => {
    expect(sentencesOf("It is 3.5 e.g. now! 猫吃<b>鱼</b>。\n_x ?")).toEqual([
      ["it", "is", "3", "5", "e", "g"],
      ["now"],
      ["猫", "吃", "b", "鱼", "b"],
      ["_x"],
    ]);
  });

  test("the window stays inside a sentence", () => {
    const corpus = readCorpus(TEXT);
    expect(corpus.words).toEqual(["eat", "fish", "lands", "rule", "cats", "dogs", "kings", "queens"]);
    const named = placesOf(corpus, 2).map(({ center, context }) => [
      corpus.words[center],
      context.map((id) => corpus.words[id]).join(" "),
    ]);
    expect(named.slice(0, 4)).toEqual([
      ["kings", "rule lands"],
      ["rule", "kings lands"],
      ["lands", "kings rule"],
      ["queens", "rule lands"],
    ]);
    expect(named).toHaveLength(12);
  });

  test.each([
    ["", "empty"],
    ["<>&!", "empty"],
    ["one One ONE", "one-word"],
    ["one. two. three", "no-context"],
    ["one two", null],
  ])("%j: %s", (text, problem) => expect(problemOf(readCorpus(text))).toBe(problem));

  test("of many words the most frequent ones stay, and the rest is counted", () => {
    const words = Array.from({ length: 200 }, (_, n) => `w${n} ${n < 130 ? `w${n}` : ""}`);
    const { leftOut, leftOutTimes, words: kept } = readCorpus(words.join(" "));
    expect([kept.length, leftOut, leftOutTimes]).toEqual([120, 80, 90]);
  });
});

describe("a run", () => {
  const run = (method: Method, changes: Partial<Settings> = {}): Run =>
    new Run(readCorpus(TEXT), { ...SETTINGS, ...changes }, method);
  const after = (one: Run, steps: number): Run => {
    while (one.steps < steps) {
      one.apply();
    }
    return one;
  };

  test("both sides start from the same matrix, and the output matrix is zero", () => {
    const [cbow, skipGram] = METHODS.map((method) => run(method));
    expect(cbow.matrices.inputs).toEqual(skipGram.matrices.inputs);
    expect(cbow.matrices.outputs.every((number) => number === 0)).toBe(true);
    expect(run("cbow", { seed: 6 }).matrices.inputs).not.toEqual(cbow.matrices.inputs);
    expect(cbow.matrices.inputs.every((number) => Math.abs(number) <= 1 / 3)).toBe(true);
  });

  test.each(METHODS)("%s: computing changes nothing, applying does", (method) => {
    for (const loss of ["softmax", "negative-sampling"] as const) {
      const one = after(run(method, { loss }), 20);
      const [inputs, outputs] = [one.matrices.inputs.slice(), one.matrices.outputs.slice()];
      const step = one.compute();
      expect(one.compute()).toBe(step);
      expect(one.matrices.inputs).toEqual(inputs);
      expect(one.steps).toBe(20);
      one.apply();
      expect(one.last).toMatchObject({ number: 20, isApplied: true, loss: step.loss });
      one.matrices.inputs.forEach((number, cell) =>
        expect(number).toBeCloseTo(inputs[cell] - 0.2 * step.inputGradient[cell], 12),
      );
      one.matrices.outputs.forEach((number, cell) =>
        expect(number).toBeCloseTo(outputs[cell] - 0.2 * step.outputGradient[cell], 12),
      );
      expect(after(run(method, { loss }), 21).matrices).toEqual(one.matrices);
    }
  });

  test("learns: the loss of the last pass is less than that of the first", () => {
    for (const method of METHODS) {
      const { losses: all } = after(run(method), 12 * 40);
      const sum = (part: number[]): number => part.reduce((total, loss) => total + loss, 0);
      expect(sum(all.slice(-12))).toBeLessThan(0.75 * sum(all.slice(0, 12)));
    }
  });

  test("too large steps grow without bound, which is seen", () => {
    const text = "a a b a c a a b d c a a b e a d a a c b a a";
    const settings = { ...SETTINGS, window: 5, dim: 10, learningRate: 0.5 };
    const one = new Run(readCorpus(text), settings, "skip-gram");
    expect(one.isFinite).toBe(true);
    expect(after(one, 2000).isFinite).toBe(false);
    expect(after(run("skip-gram"), 2000).isFinite).toBe(true);
  });
});

describe("the axes of the picture", () => {
  const inputs = wild(8 * 4, 3).map((number, cell) => number * [1, 6, 3, 0.5][cell % 4]);

  checkedAgainstMistakes(
    "end at the directions of most spread",
    (turn) => {
      let axes = firstAxes(4);
      for (let time = 0; time < 300; time += 1) {
        axes = turn(axes, inputs, 4);
      }
      const product = axes[0].reduce((sum, number, d) => sum + number * axes[1][d], 0);
      expect(product).toBeCloseTo(0, 10);
      const share = shareShown(inputs, 4, axes);
      for (let angle = 0; angle < 6; angle += 1) {
        const other = [wild(4, angle), wild(4, angle + 20)] as const;
        expect(share).toBeGreaterThanOrEqual(shareShown(inputs, 4, turned(other, inputs, 4)) - 1e-9);
      }
      expect(share).toBeGreaterThan(0.8);
    },
    turned,
    {
      "never turned": (axes) => axes,
      "one axis twice": (axes, rows, dim) => [turned(axes, rows, dim)[0], turned(axes, rows, dim)[0]],
    },
  );

  test("two dimensions are drawn as they are", () => {
    expect(Array.from(coordinatesOf(Float64Array.of(1, 2, 3, 4), 2, firstAxes(2)))).toEqual([1, 2, 3, 4]);
    expect(shareShown(Float64Array.of(1, 2, 3, 5), 2, firstAxes(2))).toBeCloseTo(1, 12);
  });
});
