// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { tableFromState } from "../../engine/table.js";
import { problemWith, sharedFields } from "../../host/fields.js";
import { readHash, writeHash } from "../../host/hash.js";
import { translator } from "../../host/strings.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { TOKENS_DEFAULTS, tokensState } from "../../test/states.js";
import { PageModel } from "../../host/page-model.js";
import { chip, faceOf } from "./chips.js";
import { codesOf, Cutter, Learner } from "./compute.js";
import { describe as said } from "./describe.js";
import { distancesIn, nearest, pairsOf } from "./distancespart.js";
import { csvOf, jsonOf } from "./exports.js";
import type { Frame } from "./frame.js";
import { placeOn } from "./linepicture.js";
import { bytesOf, grouped, idsAround } from "./pictureparts.js";
import { programOf } from "./pythoncode.js";
import { lookupPlane, project, raisedPlane, unproject } from "./raisepicture.js";
import { readDefaults, readState, textToKeep, wordToKeep, type State } from "./state.js";

const T = translator("en", (key) => {
  throw new Error(key);
});

const floats = (...values: number[]): string =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(values).buffer)));

const TABLE = tableFromState({
  ...{
    tokens: ["low", "slow", "fruit", "phone", "l", "##o"],
    dim: 2,
    dtype: "float32",
    scales: null,
    maps: null,
  },
  rows: floats(3, 4, 4, 3, 1, 0, 0, 1, 1, 1, 2, 2),
});

function stateOf(changes: Partial<State> = {}): State {
  return { ...(TOKENS_DEFAULTS as unknown as State), ...changes };
}

function frameOf(changes: Partial<State> = {}): Frame {
  const state = stateOf(changes);
  const learned = state.cut === "byte-pairs" ? new Learner().learn(state.text, 300, 1000) : null;
  const cut = new Cutter().cut(state, learned, TABLE);
  const codes = codesOf(state, cut, TABLE, () => true);
  return { state, cut, learned, codes, picked: 0, loading: { phase: "full" } } as unknown as Frame;
}

describe("the state", () => {
  test("is read from the model, and its defaults", () => {
    const model = new PageModel(tokensState({ merges: 7 }), () => undefined);
    expect(readState(model)).toEqual(stateOf({ merges: 7 }));
    expect(readDefaults(model)).toEqual(TOKENS_DEFAULTS);
  });

  test("keeps of a typed text what can be cut", () => {
    expect(textToKeep("a\ud83cb🍎")).toBe("a?b🍎");
    expect(Array.from(textToKeep("🍎".repeat(10_001))).length).toBe(10_000);
    expect(textToKeep("x".repeat(10_000))).toBe("x".repeat(10_000));
  });

  test("takes only words that can be compared", () => {
    expect(wordToKeep("  pear ", ["low"])).toBe("pear");
    expect(wordToKeep("low", ["low"])).toBeNull();
    expect(wordToKeep(" ", [])).toBeNull();
    expect(wordToKeep("x".repeat(41), [])).toBeNull();
    expect(wordToKeep("g", ["a", "b", "c", "d", "e", "f"])).toBeNull();
  });
});

type ProblemWith = typeof problemWith;

const RIGHT = [
  {},
  { text: "" },
  { text: "🍎".repeat(10_000) },
  { words: ["a", "b", "c", "d", "e", "<b>"] },
  { matrix: [0, -1, 1] },
  { moved: { low: [0.5, -1] } },
];
const WRONG: [Record<string, unknown>, RegExp][] = [
  [{ text: "x".repeat(10_001) }, /text cannot be/],
  [{ cut: "bytes" }, /cut cannot be "bytes"/],
  [{ merges: 301 }, /merges cannot be 301/],
  [{ merges: 1.5 }, /merges cannot be/],
  [{ words: ["a", "b"] }, /words cannot be/],
  [{ words: ["a", "b", "b"] }, /words cannot be/],
  [{ words: ["a", "b", " c"] }, /words cannot be/],
  [{ words: ["a", "b", "c", "d", "e", "f", "g"] }, /words cannot be/],
  [{ words: ["a", "b", "x".repeat(41)] }, /words cannot be/],
  [{ matrix: [1] }, /matrix cannot be/],
  [{ matrix: [1, 1.1] }, /matrix cannot be/],
  [{ matrix: [NaN, 1] }, /matrix cannot be/],
  [{ view: "map" }, /view cannot be/],
  [{ moved: { low: [0.5] } }, /moved cannot be/],
  [{ moved: { low: [2, 0] } }, /moved cannot be/],
  [{ moved: { " low": [0, 0] } }, /moved cannot be/],
  [{ moved: [] }, /moved cannot be/],
  [{ table: null }, /table cannot be/],
  [{ examples: [1] }, /examples cannot be/],
];

function checkStates(problem: ProblemWith): void {
  RIGHT.forEach((changes) => expect(problem(tokensState(changes))).toBeNull());
  WRONG.forEach(([changes, message]) => expect(problem(tokensState(changes)) ?? "").toMatch(message));
}

const blindTo =
  (key: string): ProblemWith =>
  (state) =>
    problemWith({ ...state, [key]: tokensState()[key] });

checkedAgainstMistakes("what a state may hold", checkStates, problemWith, {
  "nothing is wrong": () => null,
  "any words": blindTo("words"),
  "any matrix": blindTo("matrix"),
  "any points": blindTo("moved"),
  "any text": blindTo("text"),
});

describe("a link", () => {
  test.each([
    ["words", ["a,b", "c;d", "<b>", "猴"]],
    ["matrix", [-1, 0.05]],
    ["moved", {}],
    ["moved", { "a,b;c": [0.5, -1], __proto: [0, 0.25] }],
    ["text", "a, b & <script>"],
  ])("spells %s %j and reads it back", (key, value) => {
    const field = sharedFields("tokens")[key];
    expect(field.accepts(value)).toBe(true);
    expect(field.toText(value)).not.toMatch(/[&=#\s<>"]/);
    expect(field.fromText(field.toText(value))).toEqual(value);
  });

  test("carries the whole state", () => {
    const changes = {
      text: "slow 猴",
      cut: "byte-pairs",
      merges: 0,
      view: "raise",
      moved: { low: [0.1, 0.2] },
    };
    const hash = writeHash("", tokensState(changes), TOKENS_DEFAULTS);
    expect(readHash(hash, tokensState(), TOKENS_DEFAULTS)).toEqual({ ...TOKENS_DEFAULTS, ...changes });
    expect(readHash("#attn&tokens.moved=%", tokensState(), TOKENS_DEFAULTS)).toEqual(TOKENS_DEFAULTS);
  });
});

describe("what is on screen", () => {
  test("each cut has its own tokens, ids and codes", () => {
    expect(frameOf().cut).toMatchObject({ tokens: ["low", "lower", "lowest"], ids: [0, 1, 2], size: 3 });
    expect(frameOf({ cut: "characters" }).cut?.size).toBe(8);
    const pairs = frameOf({ cut: "byte-pairs", merges: 2 });
    expect(pairs.cut?.tokens.slice(0, 4)).toEqual(["low", " ", "low", "e"]);
    expect(pairs.codes.map(({ code }) => code?.id)).toEqual([257, null, null]);
    const pieces = frameOf({ cut: "wordpiece", text: "Low slow lo x" });
    expect(pieces.cut?.tokens).toEqual(["low", "slow", "l", "##o", "[UNK]"]);
    expect(pieces.cut?.ids.slice(0, 4)).toEqual([0, 1, 4, 5]);
    expect(new Cutter().cut(stateOf({ cut: "wordpiece" }), null, null)).toBeNull();
  });

  test("a word has a vector only where the table holds it whole", () => {
    const { codes } = frameOf({ words: ["low", "lo", "Slow"], moved: { lo: [0.5, 0.5] } });
    expect(codes.map(({ vector }) => vector && [...vector])).toEqual([[3, 4], null, [4, 3]]);
    expect(codes[0].row.map((value) => value.toFixed(3))).toEqual(["0.600", "0.800"]);
    expect(codes[1].row).toEqual([0.5, 0.5]);
    const unknown = codesOf(stateOf(), null, TABLE, (word) => word === "low");
    expect(unknown.map(({ vector }) => vector === undefined)).toEqual([false, true, true]);
  });

  test("the nearest pairs are all that are equally near", () => {
    const distances = distancesIn(frameOf({ words: ["low", "lower", "lowest", "slow"] }));
    expect(nearest(distances, "ids")).toEqual([{ first: 0, second: 1 }, { first: 1, second: 2 }]); // prettier-ignore
    expect(nearest(distances, "cosine")).toEqual([{ first: 0, second: 3 }]);
    expect(nearest(distancesIn(frameOf({ text: "" })), "ids")).toEqual([]);
    expect(pairsOf(5)).toHaveLength(10);
  });

  test("what was typed is text, and what cannot be seen has a sign", () => {
    const made = chip("<img src=x onerror=alert(1)>", 3, 1);
    expect(made.querySelector("img")).toBeNull();
    expect(made.textContent).toBe("<img·src=x·onerror=alert(1)>3");
    const face = (token: string): string => element(faceOf(token));
    expect([face(" a"), face("\n"), face("\u200d"), face("\u0301"), face("<E7 8C>")]).toEqual([
      ...["·a", "↵", "U+200D", "U+0301", "<E7 8C>"],
    ]);
  });

  test("it is said in words", () => {
    expect(said(frameOf(), T)).toBe(
      "3 tokens, 3 of them different; the vocabulary holds 3. low 0, lower 1, lowest 2.",
    );
    expect(said(frameOf({ view: "raise", moved: { low: [0, 1], slow: [1, 0] } }), T)).toMatch(
      /Rank 1; .*: 0\.0000\..*Rank 2; .*: 0\.5774\./,
    );
    expect(said({ ...frameOf(), cut: null }, T)).toBe("");
  });
});

function element(children: (Node | string)[]): string {
  const box = document.createElement("div");
  box.append(...children);
  return box.textContent;
}

describe("pictures", () => {
  test("ids lie evenly on the line", () => {
    const places = [0, 1, 2].map((id) => placeOn(500, 3, id));
    expect(places[1] - places[0]).toBeCloseTo(places[2] - places[1], 9);
    expect(placeOn(500, 1, 0)).toBeGreaterThan(0);
  });

  test("a picture of raised ids is a plane that can be read back", () => {
    const size = { width: 330, height: 300 };
    const plane = raisedPlane(frameOf(), size);
    const [x, y] = project(plane, [1.25, -0.5]);
    expect(unproject(plane, x, y).map((value) => value.toFixed(6))).toEqual(["1.250000", "-0.500000"]);
    expect(project(lookupPlane(size), [0, 0])).toEqual([165, 150]);
  });

  test("three numbers keep a line a line", () => {
    const plane = { size: { width: 300, height: 300 }, range: 1 };
    const [a, b, c] = [0, 1, 2].map((times) =>
      project(
        plane,
        [0.1, -0.3, 0.4].map((w) => w * times),
      ),
    );
    expect((b[0] - a[0]) * (c[1] - a[1])).toBeCloseTo((c[0] - a[0]) * (b[1] - a[1]), 9);
  });

  test("around an id stand its neighbors", () => {
    expect(idsAround(5, 20, 2)).toEqual([3, 4, 5, 6, 7]);
    expect(idsAround(0, 20, 2)).toEqual([0, 1, 2, 3, 4]);
    expect(idsAround(19, 20, 2)).toEqual([15, 16, 17, 18, 19]);
    expect(idsAround(1, 3, 4)).toEqual([0, 1, 2]);
  });

  test("numbers and bytes as one says them", () => {
    expect([grouped(7), grouped(1035), grouped(1_234_567)]).toEqual(["7", "1,035", "1,234,567"]);
    expect([bytesOf(180), bytesOf(4140), bytesOf(5_493_960)]).toEqual(["180 B", "4.1 kB", "5.5 MB"]);
  });
});

describe("what can be taken away", () => {
  test("the tokens as CSV", () => {
    expect(csvOf(frameOf({ text: 'low, "x"' }))).toBe(
      'place,token,id\r\n0,low,2\r\n1,",",1\r\n2,"""",0\r\n3,x,3\r\n4,"""",0\r\n',
    );
  });

  test("everything as JSON", () => {
    const found = JSON.parse(jsonOf(frameOf({ cut: "byte-pairs", merges: 1 }))) as Record<string, unknown>;
    expect(found).toMatchObject({
      ...{ cut: "byte-pairs", vocabulary_size: 257, merges: 1 },
      steps: [{ pair: [108, 111], count: 3, id: 256, left: 13, token: "lo" }],
    });
    expect(found["raised"]).toHaveLength(13);
  });
});

test.each([
  [{}, "WordTokenizer.from_text(text)"],
  [{ cut: "characters" as const }, "CharacterTokenizer.from_text(text)"],
  [{ cut: "byte-pairs" as const }, "ByteLevelBPE.train(text, 3)"],
  [{ cut: "wordpiece" as const }, "load_word_vectors()"],
  [{ view: "one-hot" as const }, "one_hot(ids, len(tokenizer))"],
  [{ view: "raise" as const, matrix: [1, -0.5, 0.25] }, "np.outer(ids, [1, -0.5, 0.25])"],
  [{ view: "distances" as const }, 'words=["low", "lower", "slow"]'],
  [{ text: "" }, 'TokenizerExplorer("", cut="words"'],
  [{ text: 'a"\n\u200b' }, 'text = "a\\"\\n\\u200b"'],
])("the Python for %j", (changes, expected) => {
  expect(programOf(stateOf(changes))).toContain(expected);
});
