import { expect, test } from "vitest";
import { attend, softmax, type Attention } from "../../engine/attention.js";
import { lean, poleCentroids } from "../../engine/lean.js";
import { expectClose, randomVector } from "../../test/numbers.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { tableOf } from "../../test/tables.js";
import { movement } from "./follow.js";
import { guessOutcome } from "./guess.js";
import { outputLedger, sharesOf, weightLedger } from "./ledger.js";
import { effectiveWords, heaviest, polesAreDistinct, sceneMaker, weightedMean } from "./scene.js";
import type { Frame } from "./frame.js";
import type { State } from "./state.js";

const WORDS = ["apple", "banana", "phone", "fruit", "[UNK]"];
const TABLE = tableOf(
  Object.fromEntries(WORDS.map((word, seed) => [word, [...randomVector(3, seed + 1, 2)]])),
);
const STATE: State = {
  tokens: ["apple", "banana", "apple", "phone"],
  labels: ["Apple", "banana", "apple", "phone"],
  maps: "shared",
  divideBy: "sqrt",
  follow: 0,
  poles: [["fruit", "banana"], ["phone"]],
  locked: null,
};

/** Attention whose weights are given. */
function withWeights(rows: readonly (readonly number[])[]): Attention {
  const n = rows.length;
  return {
    ...attend(randomVector(n * 2, 9), n, 2, { maps: null, divideBy: "one" }),
    weights: Float32Array.from(rows.flat()),
  };
}

checkedAgainstMistakes<typeof weightedMean>(
  "the lean of an output is the weighted mean of the leans",
  (mean) => {
    const { attention, picture } = sceneMaker(true)(STATE, TABLE);
    if (attention === null || picture === null) {
      return expect.fail("nothing was computed");
    }
    const poles = poleCentroids(TABLE, STATE.poles, null);
    for (let row = 0; row < attention.n; row += 1) {
      const output = attention.outputs.slice(row * attention.dv, (row + 1) * attention.dv);
      expectClose([mean(attention, row, picture.leans)], [lean(output, poles)], 1e-5);
    }
  },
  weightedMean,
  {
    "the column instead of the row": ({ n, weights }, row, numbers) =>
      numbers.reduce((sum, number, j) => sum + weights[j * n + row] * number, 0),
    "all words alike": ({ n }, _, numbers) => numbers.reduce((sum, number) => sum + number / n, 0),
  },
);

checkedAgainstMistakes<typeof effectiveWords>(
  "among how many words a row is spread",
  (spread) => {
    const rows = withWeights([
      [0.25, 0.25, 0.25, 0.25],
      [0, 1, 0, 0],
      [0.5, 0, 0.5, 0],
      [0.9, 0.1, 0, 0],
    ]);
    expectClose(
      [0, 1, 2].map((row) => spread(rows, row)),
      [4, 1, 2],
      1e-6,
    );
    expectClose([spread(rows, 3)], [Math.exp(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1))], 1e-6);
  },
  effectiveWords,
  {
    "1 over the sum of squares": ({ n, weights }, row) =>
      1 / weights.subarray(row * n, (row + 1) * n).reduce((sum, weight) => sum + weight ** 2, 0),
    "the entropy itself": (attention, row) => Math.log(effectiveWords(attention, row)),
    "powers of two": (attention, row) => 2 ** Math.log(effectiveWords(attention, row)),
  },
);

test("what has not changed is not computed again", () => {
  const sceneOf = sceneMaker(true);
  const first = sceneOf(STATE, TABLE);
  expect(sceneOf({ ...STATE, follow: 1, locked: [0, 1] }, TABLE), "looking elsewhere").toBe(first);
  const scaled = sceneOf({ ...STATE, divideBy: 3 }, TABLE);
  expect(scaled.attention?.scores, "scores do not know the divisor").toBe(first.attention?.scores);
  expect(scaled.picture, "nor does the picture").toBe(first.picture);
  expect(scaled.attention?.weights).not.toEqual(first.attention?.weights);
  expect(sceneOf({ ...STATE, tokens: ["phone"], labels: ["phone"] }, TABLE).n).toBe(1);
  expect(sceneOf({ ...STATE, tokens: [], labels: [] }, TABLE)).toMatchObject({
    n: 0,
    attention: null,
    picture: null,
  });
});

test("poles must hold known words, and not the same ones", () => {
  expect(polesAreDistinct([["fruit"], ["phone"]], TABLE)).toBe(true);
  expect(
    polesAreDistinct(
      [
        ["fruit", "phone"],
        ["phone", "fruit"],
      ],
      TABLE,
    ),
  ).toBe(false);
  expect(polesAreDistinct([["fruit"], []], TABLE)).toBe(false);
  expect(polesAreDistinct([["fruit"], ["tree"]], TABLE)).toBe(false);
});

checkedAgainstMistakes<typeof guessOutcome>(
  "judging a guess",
  (judge) => {
    const attention = withWeights([
      [0.5, 0.2, 0.3],
      [0.4, 0.2, 0.4],
      [0, 0, 1],
    ]);
    const frame = (follow: number, guess: number, on = true): Frame =>
      ({
        scene: { attention, names: ["a", "b", "c"], n: 3 },
        state: { follow },
        ui: { prediction: { on, guess } },
      }) as unknown as Frame;
    expect(judge(frame(0, 0))).toMatchObject({
      key: "self-attention.guess.right",
      values: { best: "a", most: "0.50" },
    });
    expect(judge(frame(0, 1))).toEqual({
      key: "self-attention.guess.wrong",
      values: { guess: "b", weight: "0.20", rank: 3, count: 3, best: "a", most: "0.50" },
    });
    expect(judge(frame(1, 2))?.key, "a tie is right").toBe("self-attention.guess.right");
    expect(judge(frame(0, -1)), "no guess yet").toBeNull();
    expect(judge(frame(0, 0, false)), "switched off").toBeNull();
    expect(judge(frame(-1, 0)), "nobody is followed").toBeNull();
    expect(judge(frame(0, 7)), "a word that is gone").toBeNull();
  },
  guessOutcome,
  {
    "every guess is right": (frame) => {
      const outcome = guessOutcome(frame);
      return outcome === null ? null : { ...outcome, key: "self-attention.guess.right" };
    },
    "the first of two equals wins": (frame) => {
      const outcome = guessOutcome(frame);
      const { attention } = frame.scene;
      const best =
        attention === null || frame.state.follow < 0 ? -1 : heaviest(attention, frame.state.follow)[0];
      const key = `self-attention.guess.${best === frame.ui.prediction.guess ? "right" : "wrong"}`;
      return outcome === null ? null : { ...outcome, key };
    },
  },
);

test("the ledger of a weight can be followed with a pocket calculator", () => {
  const attention = attend(randomVector(5 * 3, 4, 2), 5, 3, { maps: null, divideBy: "sqrt" });
  const lines = weightLedger(attention, 3, 1, "weights");
  const [score, scaled, shifted, exponential, weight] = lines.map(({ number }) =>
    Number(number.replace("−", "-")),
  );
  const largest = Number(String(lines[2].operation.values["largest"]).replace("−", "-"));
  const sum = Number(lines[4].operation.values["sum"]);
  expectClose(
    [score / Math.sqrt(3), scaled - largest, Math.exp(shifted)],
    [scaled, shifted, exponential],
    2e-4,
  );
  expectClose([exponential / sum], [weight], 2e-4);
  expect(lines.map(({ current }) => current)).toEqual([false, false, false, false, true]);
  expect(weightLedger(attention, 3, 1, "scores")[0].current).toBe(true);
  expect(lines[1].operation.values["divisor"]).toBe("√3 = 1.7321");
});

checkedAgainstMistakes<typeof sharesOf>(
  "the shares of an output add up to it",
  (shares) => {
    const n = 12;
    const attention = attend(randomVector(n * 4, 6, 2), n, 4, { maps: null, divideBy: 1.5 });
    const parts = shares(attention, 7, 5);
    expect(parts).toHaveLength(5);
    expect(parts[4].token, "the last stands for all others").toBe(-1);
    expect(parts.slice(0, 4).map(({ token }) => token)).toEqual(
      [...heaviest(attention, 7).slice(0, 4)].sort((first, second) => first - second),
    );
    const total = parts.reduce(
      (sum, part) => sum.map((number, c) => number + part.contribution[c]),
      new Float32Array(4),
    );
    expectClose(total, attention.outputs.subarray(28, 32), 1e-5);
    const ledger = outputLedger(attention, 7, 2, parts, Array.from({ length: n }, String));
    expect(ledger).toHaveLength(6);
    expect(ledger[4].operation.values).toEqual({ count: 8 });
    expect(shares(attention, 7, 12).map(({ token }) => token)).toEqual(
      Array.from({ length: n }, (_, token) => token),
    );
  },
  sharesOf,
  {
    "the others are left out": (attention, query, most) =>
      sharesOf(attention, query, most).map((share) =>
        share.token < 0 ? { ...share, contribution: new Float32Array(4) } : share,
      ),
    "values without their weights": (attention, query, most) =>
      sharesOf({ ...attention, weights: attention.weights.map(() => 1) }, query, most),
    "another word's row": (attention, query, most) => sharesOf(attention, query - 1, most),
  },
);

test("softmax with a huge temperature spreads over all words, with a tiny one over one", () => {
  const n = 6;
  const scores = randomVector(n * n, 11, 10);
  const spreadAt = (divisor: number): number => {
    const { weights } = softmax(
      scores.map((score) => score / divisor),
      n,
      n,
    );
    return effectiveWords({ ...withWeights([[1]]), n, weights }, 2);
  };
  expectClose([spreadAt(1e6), spreadAt(1e-3)], [6, 1], 1e-3);
  expect(spreadAt(20)).toBeGreaterThan(spreadAt(5));
});

checkedAgainstMistakes<typeof movement>(
  "the sentence over the picture",
  (say) => {
    const about = (changes: Partial<State>, hiddenRow = -1): ReturnType<typeof movement> => {
      const state = { ...STATE, ...changes };
      return say({ state, scene: sceneMaker(true)(state, TABLE), hiddenRow });
    };
    const { attention, picture } = sceneMaker(true)(STATE, TABLE);
    if (attention === null || picture === null) {
      return expect.fail("nothing was computed");
    }
    const after = weightedMean(attention, 0, picture.leans);
    const pole = after > picture.leans[0] ? "fruit" : "phone";
    expect(about({})).toMatchObject({ key: "self-attention.moves.toward", values: { pole }, word: "apple" });
    expect(
      about({ poles: [STATE.poles[1], STATE.poles[0]] }).values["pole"],
      "poles the other way round",
    ).toBe(pole);
    expect(about({ divideBy: 1e-6 }).key, "a word that hears itself alone").toBe(
      "self-attention.moves.stays",
    );
    expect(about({}, 0), "not told before the guess").toMatchObject({ key: "self-attention.moves.secret" });
    expect(about({ follow: -1 }).key).toBe("self-attention.moves.nothing");
    expect(about({ tokens: [], labels: [], follow: -1 }).key).toBe("self-attention.moves.empty");
    expect(about({ poles: [["phone"], ["phone"]] }).key).toBe("self-attention.poles.same");
  },
  movement,
  {
    "always toward the first pole": (frame) => {
      const { values, ...rest } = movement(frame);
      return { ...rest, values: { ...values, pole: frame.state.poles[0][0] } };
    },
    "the secret is told": (frame) => movement({ ...frame, hiddenRow: -1 }),
    "it always moves": (frame) => ({ ...movement(frame), key: "self-attention.moves.toward" }),
  },
);
