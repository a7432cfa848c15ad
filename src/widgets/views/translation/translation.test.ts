import { describe, expect, it } from "vitest";
import type { Card } from "../models/state.js";
import { candidateIds, rowEdits } from "./compute.js";
import { moved, normalized } from "./editor.js";
import { programOf } from "./pythoncode.js";
import { shownOf, weightsOf, type Level, type Node, type Run } from "./run.js";
import { attentionOf, inputsOf, type State } from "./state.js";

const STATE: State = {
  ...{ text: "好", decoding: "greedy", temperature: 1, topK: 0, topP: 1, width: 2, seed: 1 },
  ...{ forced: {}, steps: null, look: "cross", layer: -1, head: -1, rows: [] },
};
const CARD = {
  attentions: [
    "encoder.layers.0.attention",
    "decoder.layers.0.self_attention",
    "decoder.layers.0.cross_attention",
  ],
} as unknown as Card;

const node = (ids: number[], parent = 0, finished = false): Node => ({
  ...{ ids, id: ids[ids.length - 1], text: ids.join(), probability: 0.5, logProbability: -1, score: -1 },
  ...{ parent, finished },
});
const look = new Map([["a", { shape: [2, 2], data: new Float32Array([1, 0, 0.5, 0.5]) }]]);
const row = { candidates: [], looks: look };
const level = (rows: number, nodes: Node[], best: number[]): Level => ({
  ...{ rows: Array.from({ length: rows }, () => ({ ...row })), nodes, best, text: best.join(" ") },
});
/** A beam of two: the better one of the first step loses in the second, and the best ends in the third. */
const RUN: Run = {
  ...{ inputs: "", read: ["好", "<end>"], encoder: new Map(), plain: null },
  levels: [
    level(1, [node([1]), node([2])], [1]),
    level(2, [node([2, 3], 1), node([1, 4], 0)], [2, 3]),
    level(2, [node([1, 4, 5], 1), node([2, 3, 0], 0, true)], [2, 3, 0]),
  ],
};

describe("what is shown of a run", () => {
  it("is the best text of that step, with the token to come", () => {
    const { tokens, rows, total } = shownOf(RUN, 1);
    expect(tokens.map(({ id }) => id)).toEqual([1]);
    expect(rows).toEqual([RUN.levels[0].rows[0], RUN.levels[1].rows[0]]);
    expect(rows[1]).toBe(RUN.levels[1].rows[0]);
    expect(total).toBe(3);
  });

  it("follows the parents of a beam", () => {
    const { tokens, rows } = shownOf(RUN, 2);
    expect(tokens.map(({ id }) => id)).toEqual([2, 3]);
    expect(rows[1]).toBe(RUN.levels[1].rows[1]);
    expect(rows[2]).toBe(RUN.levels[2].rows[0]);
  });

  it("has nothing to come after the end, and the first distribution at the start", () => {
    expect(shownOf(RUN, null).rows).toHaveLength(3);
    expect(shownOf(RUN, null).tokens).toHaveLength(3);
    expect(shownOf(RUN, 0).rows).toEqual([RUN.levels[0].rows[0]]);
    expect(shownOf(null, null).rows).toEqual([]);
  });

  it("is the mean of the heads, or one of them", () => {
    const shown = shownOf(RUN, 0);
    expect(Array.from(weightsOf(RUN, shown, "cross", "a", -1).values)).toEqual([0.75, 0.25]);
    expect(Array.from(weightsOf(RUN, shown, "cross", "a", 1).values)).toEqual([0.5, 0.5]);
  });
});

describe("candidates", () => {
  const own = Float64Array.from([0.01, 0.2, 0.05, 0.3, 0.1, 0.02, 0.15, 0.06, 0.07, 0.04]);

  it("are the likeliest, in order", () => {
    expect(candidateIds(own, [], null)).toEqual([3, 1, 6, 4, 8, 7, 2]);
  });

  it("have the chosen one and the one that was likeliest before among them", () => {
    const before = Float64Array.from([0.9, 0.1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(candidateIds(own, [5], before)).toEqual([3, 1, 6, 4, 8, 5, 0]);
  });
});

describe("a row of one's own", () => {
  it("goes to all heads, and loses what no key is there for", () => {
    const own = {
      attention: "decoder.layers.0.self_attention",
      head: -1,
      query: 1,
      weights: [0.5, 0.25, 0.25],
    };
    const edits = rowEdits([own], 2, 9)["decoder.layers.0.self_attention"];
    expect(edits.map(({ head, weights }) => [head, weights])).toEqual([
      [0, [0.5, 0.25]],
      [1, [0.5, 0.25]],
    ]);
  });

  it("sums to 1 after a slider moved", () => {
    expect(moved([0.5, 0.25, 0.25], 0, 0.8).map((weight) => Number(weight.toFixed(9)))).toEqual([
      0.8, 0.1, 0.1,
    ]);
    expect(moved([1, 0, 0], 0, 0.4)).toEqual([0.4, 0.3, 0.3]);
    expect(moved([1], 0, 0.2)).toEqual([1]);
    expect(normalized([1, 1, 1])).toEqual([0.333333, 0.333333, 0.333333]);
  });
});

describe("the state", () => {
  it("says what a translation depends on, and no more", () => {
    expect(inputsOf({ ...STATE, seed: 9, width: 5 })).toBe(inputsOf(STATE));
    expect(inputsOf({ ...STATE, decoding: "beam", width: 5 })).not.toBe(
      inputsOf({ ...STATE, decoding: "beam" }),
    );
    expect(inputsOf({ ...STATE, forced: { 10: 1, 2: 1 } })).toBe(
      inputsOf({ ...STATE, forced: { 2: 1, 10: 1 } }),
    );
  });

  it("takes the last layer where a stack has no such one", () => {
    expect(attentionOf({ look: "decoder", layer: 5 }, CARD)).toBe("decoder.layers.0.self_attention");
    expect(attentionOf({ look: "encoder", layer: -1 }, CARD)).toBe("encoder.layers.0.attention");
  });

  it("is a program", () => {
    const rows = [{ attention: "decoder.layers.0.cross_attention", head: -1, query: 0, weights: [1, 0] }];
    const told = { steps: 2, tokens: [3, 7], rows: 3, picked: 2, source: 2, heads: 2, attention: "x" };
    const program = programOf({ ...STATE, decoding: "beam", forced: { 1: 7 }, rows, steps: 2 }, told);
    expect(program).toContain("        *(RowEdit(head, 0, (1, 0,)) for head in range(2)),");
    expect(program).toContain("    steps = list(beam_search(model, ids, width=2, length_penalty=");
    expect(program).toContain("forced = {1: 7}\n");
    const drawn = programOf({ ...STATE, text: 'a"\u200b', decoding: "sample", topK: 5 }, told);
    expect(drawn).toContain('translator.read("a\\"\\u200b").ids');
    expect(drawn).toContain("forced = {0: 3, 1: 7}\n");
    expect(drawn).toContain("top_k=min(5, len(target)), top_p=1");
  });
});
