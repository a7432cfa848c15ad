// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { headsState } from "../../test/states.js";
import { logProbability, namesOf, weightsOf, type Look } from "./look.js";
import { mostChanged } from "./outcome.js";
import { programOf } from "./pythoncode.js";
import { inputsOf } from "./session.js";
import { headOf, openedOf, type Card, type State } from "./state.js";

const PAGE = headsState();
const STATE = PAGE as unknown as State;
const CARD = (PAGE["cards"] as Record<string, Card>)["translator"];
const CROSS = "decoder.layers.0.cross_attention";
const LOOK: Look = {
  original: "a b",
  output: "a c",
  tokens: ["a", " b", "<end>"],
  before: [0.5, 0.5, 1],
  after: [0.4, 0.125, 1],
  candidates: [[], [], []],
  names: { source: ["一", "<end>"], target: ["<start>", "a", " b"], written: ["a", " b", "<end>"] },
  weights: new Map([
    [CROSS, { shape: [2, 3, 2], data: Float32Array.of(1, 0, 0, 1, 0.5, 0.5, 0, 1, 0, 1, 1, 0) }],
  ]),
};

describe("a look", () => {
  test("has the weights of one head, or the mean of all", () => {
    expect([...weightsOf(LOOK, CROSS, 1)]).toEqual([0, 1, 0, 1, 1, 0]);
    expect([...weightsOf(LOOK, CROSS, -1)]).toEqual([0.5, 0.5, 0, 1, 0.75, 0.25]);
    expect(weightsOf(LOOK, "another", 0)).toHaveLength(0);
  });

  test("names rows by what looks", () => {
    expect(namesOf(LOOK.names, CROSS)).toEqual({ queries: ["a", " b", "<end>"], keys: ["一", "<end>"] });
    expect(namesOf(LOOK.names, "decoder.layers.0.self_attention").queries[0]).toBe("<start>");
    expect(namesOf(LOOK.names, "encoder.layers.0.attention").queries).toEqual(["一", "<end>"]);
  });

  test("tells what changed", () => {
    expect(logProbability(LOOK.before)).toBeCloseTo(2 * Math.log(0.5));
    expect(mostChanged(LOOK)).toBe(1);
    expect(mostChanged(null)).toBe(0);
  });
});

describe("the state", () => {
  test("opens what the model has", () => {
    expect(openedOf(STATE, CARD)).toBe("encoder.layers.0.attention");
    expect(openedOf({ ...STATE, attention: CROSS }, CARD)).toBe(CROSS);
    expect(headOf({ ...STATE, head: 5 }, CARD)).toBe(-1);
  });

  test("a look depends on the text and on the model's own switches, in any order", () => {
    const [a, b] = [`translator.${CROSS}.0`, `translator.${CROSS}.1`];
    expect(inputsOf({ ...STATE, off: [a, b] })).toBe(inputsOf({ ...STATE, off: [b, "reader.x.0", a] }));
    expect(inputsOf({ ...STATE, off: [a] })).not.toBe(inputsOf(STATE));
    expect(inputsOf({ ...STATE, source: "丁" })).not.toBe(inputsOf(STATE));
    expect(inputsOf({ ...STATE, prompt: "x" })).toBe(inputsOf(STATE));
  });

  test("is a program", () => {
    const program = programOf({ ...STATE, off: [`translator.${CROSS}.0`], attention: CROSS, head: 1 }, CARD);
    expect(program).toContain('translator.read("一丁")');
    expect(program).toContain(`    "${CROSS}": torch.tensor([0, 1, 1]),`);
    expect(program).toContain(`weights = record["${CROSS}.weights"][0]\nprint(weights[1])`);
    expect(program).not.toContain("MultiHeadExplorer");
    expect(programOf({ ...STATE, view: "split" }, CARD)).not.toContain("memory");
  });
});
