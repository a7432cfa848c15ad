import { describe, expect, test } from "vitest";
import { smallModel, type Changes } from "../../test/models.js";
import { expectClose } from "../../test/numbers.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { attendTo, type Keys, type Rules } from "./attention.js";
import { FAMILIES, type Family } from "./config.js";
import { LiveReading, type Input } from "./live.js";
import { NO_TRACE, Trace, type Edits } from "./trace.js";
import { finish, type Transformer } from "./transformer.js";

const SOURCE = [8, 0, 4, 17, 4, 11];
const TARGET = [3, 1, 22, 9];

function inputOf(family: Family): Input {
  return {
    ...(family === "decoder-only" ? {} : { source: SOURCE }),
    ...(family === "encoder-only" ? {} : { target: TARGET }),
  };
}

const KINDS: [string, Changes][] = [
  ["pre-norm, sinusoidal", {}],
  ["post-norm, rotary", { norm: "post", positions: "rotary" }],
  ["ALiBi, padding", { positions: "alibi", pad_id: 4 }],
];

describe.each(KINDS)("%s", (_, changes) => {
  test.each(FAMILIES)("%s: looking changes nothing", (family) => {
    const { model } = smallModel(family, changes);
    const quiet = new LiveReading(model, inputOf(family)).update();
    const watched = new LiveReading(model, inputOf(family), { record: true }).update();
    const some = new LiveReading(model, inputOf(family), { record: [".weights", "logits"] }).update();
    expect(watched.logits).toEqual(quiet.logits);
    expect(quiet.record.size).toBe(0);
    const names = [...watched.record.keys()].filter((name) => name.endsWith(".weights") || name === "logits");
    expect([...some.record.keys()].sort()).toEqual(names.sort());
    expect(names.filter((name) => name !== "logits").sort()).toEqual(
      model.attentionNames.map((name) => `${name}.weights`).sort(),
    );
  });

  test.each(FAMILIES)(
    "%s: an edit, taken back, leaves no trace; what is kept is what was asked for",
    (family) => {
      const { model } = smallModel(family, changes);
      const live = new LiveReading(model, inputOf(family), { record: true });
      const copy = (): [string, number[]][] =>
        [...live.update().record].map(([name, { data }]) => [name, [...data]]);
      const before = copy();
      for (const name of model.attentionNames) {
        const edited = live.update({ gates: { [name]: [0, 1, 1] } });
        const fresh = new LiveReading(model, inputOf(family), { record: true });
        expect(edited.logits).toEqual(fresh.update({ gates: { [name]: [0, 1, 1] } }).logits);
        expect(edited.record).toEqual(fresh.update({ gates: { [name]: [0, 1, 1] } }).record);
      }
      expect(copy()).toEqual(before);
    },
  );

  test("tokens to come change nothing before them, and the cache changes nothing at all", () => {
    const { model } = smallModel("encoder-decoder", changes);
    const memory = finish(model.encode(SOURCE));
    const read = (ids: number[]): Float32Array => finish(model.decode([ids], model.newCache(), memory));
    const all = read(TARGET);
    const D = model.config.d_model;
    expectClose(read([3, 1, 5, 5]).subarray(0, 2 * D), all.subarray(0, 2 * D), 1e-6);
    const cache = model.newCache();
    for (const [position, id] of TARGET.entries()) {
      const one = finish(model.decode([[id]], cache, memory));
      expectClose(one, all.subarray(position * D, (position + 1) * D), 1e-5);
    }
  });

  test("the texts of a batch know nothing of each other, also after they are reordered", () => {
    const { model } = smallModel("decoder-only", changes);
    const cache = model.newCache();
    finish(model.decode([[3, 1], [5, 9], [7, 7]], cache, null)); // prettier-ignore
    cache.reorder([2, 0, 0, 1]);
    const found = finish(model.decode([[2], [2], [6], [2]], cache, null));
    const texts = [[7, 7, 2], [3, 1, 2], [3, 1, 6], [5, 9, 2]]; // prettier-ignore
    const D = model.config.d_model;
    for (const [row, text] of texts.entries()) {
      const alone = finish(model.decode([text], model.newCache(), null));
      expectClose(found.subarray(row * D, (row + 1) * D), alone.subarray(2 * D), 1e-5);
    }
  });
});

// --- attention on paper -----------------------------------------------------------------------------------------------

type Attend = typeof attendTo;

const KEYS: Keys = {
  // Two heads of width 1: a token's two numbers are its two heads.
  key: Float32Array.of(0, 1, Math.log(3), 1, 0, 1),
  value: Float32Array.of(4, 1, 8, 2, 100, 3),
  ...{ batch: 1, length: 2, stride: 3 },
};
const FREE: Rules = { causalFrom: null, real: null, slopes: null, start: 0 };

/** Query 1 scores 0 and log 3 in head 0: a quarter and three quarters. Query 0 scores nothing: halves. */
function checkAttend(attend: Attend): void {
  const query = Float32Array.of(0, 0, 1, 0);
  expectClose(attend(query, 1, 2, KEYS, FREE, NO_TRACE), [6, 1.5, 7, 1.5], 1e-5);
  const causal = { ...FREE, causalFrom: 0 };
  expectClose(attend(query, 1, 2, KEYS, causal, NO_TRACE), [4, 1, 7, 1.5], 1e-5);
  const padded = { ...FREE, real: Uint8Array.of(0, 1, 1) };
  expectClose(attend(query, 1, 2, KEYS, padded, NO_TRACE), [8, 2, 8, 2], 1e-5);
  const shut = { ...FREE, real: Uint8Array.of(0, 0, 1) }; // nobody to look at: weights of 0, not NaN
  expectClose(attend(query, 1, 2, KEYS, shut, NO_TRACE), [0, 0, 0, 0], 0);
  const falling = { ...FREE, slopes: Float64Array.of(Math.log(3), 0) }; // head 0 forgets two thirds a token
  expectClose(attend(query, 1, 2, KEYS, falling, NO_TRACE), [5, 1.5, 4 * 0.1 + 8 * 0.9, 1.5], 1e-5);
  const edits: Edits = {
    gates: { here: [2, 1] },
    masks: { here: { rows: 1, columns: 1, allowed: [0] } },
    rows: { here: [{ head: 1, query: 1, weights: [3] }] },
  };
  const edited = attend(query, 1, 2, KEYS, causal, new Trace(false, edits).at("here"));
  expectClose(edited, [0, 0, 14, 3], 1e-5);
}

checkedAgainstMistakes("attendTo", checkAttend, attendTo, {
  "never causal": (query, B, H, keys, rules, trace) =>
    attendTo(query, B, H, keys, { ...rules, causalFrom: null }, trace),
  "padding seen": (query, B, H, keys, rules, trace) =>
    attendTo(query, B, H, keys, { ...rules, real: null }, trace),
  "what is beyond the length is seen": (query, B, H, keys, rules, trace) =>
    attendTo(query, B, H, { ...keys, length: keys.stride }, rules, trace),
  "one head": (query, B, _, keys, rules, trace) => attendTo(query, B, 1, keys, rules, trace),
  "no slopes": (query, B, H, keys, rules, trace) =>
    attendTo(query, B, H, keys, { ...rules, slopes: null }, trace),
  "no edits": (query, B, H, keys, rules) => attendTo(query, B, H, keys, rules, NO_TRACE),
  "keys for values": (query, B, H, keys, rules, trace) =>
    attendTo(query, B, H, { ...keys, value: keys.key }, rules, trace),
});

// --- errors -------------------------------------------------------------------------------------------------------------

describe("what a model cannot read is refused in words", () => {
  const { model } = smallModel("encoder-decoder");
  const memory = finish(model.encode(SOURCE));
  const decode = (ids: number[][], of: Transformer = model) => finish(of.decode(ids, of.newCache(), memory));

  test.each([
    ["too long", () => decode([Array<number>(12).fill(1)]), /12 tokens, but max_length=11/],
    ["an id too large", () => decode([[3, 23]]), /from 0 to 22, got 23/],
    ["no id", () => decode([[]]), /texts of 0 tokens/],
    ["texts of two lengths", () => decode([[1, 2], [3]]), /texts of 2, 1 tokens/],
    ["no memory", () => finish(model.decode([[1]], model.newCache(), null)), /needs a memory/],
    ["a memory too many", () => decode([[1]], smallModel("decoder-only").model), /no cross-attention/],
    ["an encoder without one", () => finish(smallModel("decoder-only").model.encode([1])), /has no encoder/],
    ["no target", () => new LiveReading(model, { source: [1] }), /encoder-decoder needs a target/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(RangeError);
  });

  const NAME = "encoder.layers.1.attention";

  test.each<[string, Edits, RegExp]>([
    [
      "an unknown name",
      { gates: { encoder: [1, 1, 1] } },
      /no attention is named "encoder"; known are encoder\./,
    ],
    ["a gate of another size", { gates: { [NAME]: [1, 0] } }, /has 2 numbers for 3 heads/],
    ["a gate that is no number", { gates: { [NAME]: [1, NaN, 0] } }, /number 1 of 3 is NaN/],
    [
      "cells missing",
      { masks: { [NAME]: { rows: 2, columns: 3, allowed: [1] } } },
      /2 x 3 = 6 cells, but has 1/,
    ],
    ["an unknown head", { rows: { [NAME]: [{ head: 3, query: 0, weights: [] }] } }, /no head 3/],
    ["no position", { rows: { [NAME]: [{ head: 0, query: -1, weights: [] }] } }, /query -1/],
    [
      "more weights than keys",
      { rows: { [NAME]: [{ head: 0, query: 2, weights: [0, 0, 0, 0, 0, 0, 0.5] }] } },
      /query 2 of encoder.layers.1.attention has 6 keys, but 7 weights/,
    ],
  ])("edits: %s", (_, edits, message) => {
    const live = new LiveReading(model, { source: SOURCE, target: TARGET });
    const before = live.update().logits;
    expect(() => live.update(edits)).toThrow(message);
    expect(live.update().logits).toEqual(before); // and nothing is lost
  });
});
