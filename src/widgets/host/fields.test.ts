import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../test/planted.js";
import {
  explorerState,
  familiesState,
  translationState,
  headsState,
  latentState,
  masksState,
  playgroundState,
  positionsState,
  questionState,
  word2vecState,
} from "../test/states.js";
import { problemWith, sharedFields, type State } from "./fields.js";

const RIGHT: [string, State][] = [
  ["as the page gives it", explorerState()],
  ["an empty sentence", explorerState({ tokens: [], labels: [], follow: -1 })],
  ["no poles", explorerState({ poles: [[], []] })],
  ["a temperature of one's own", explorerState({ divide_by: 0.01 })],
  ["a locked cell", explorerState({ locked: [3, 0] })],
  ["256 tokens", explorerState({ tokens: Array(256).fill("a"), labels: Array(256).fill("a") })],
  ["a label of 400 emoji", explorerState({ tokens: ["[UNK]"], labels: ["🍎".repeat(400)], follow: 0 })],
  ["a question", questionState()],
  ["an answered question", questionState({ picked: 1 })],
  ["models", playgroundState()],
  ["heads", headsState({ stage: 7, view: "split" })],
  ["a head that is off", playgroundState({ off: ["writer.decoder.layers.0.self_attention.2"] })],
  ["a text of 2000 characters", playgroundState({ source: "好".repeat(2000) })],
  ["families", familiesState()],
  ["translation", translationState()],
  [
    "choices and a row of one's own",
    translationState({
      forced: { 2: 7 },
      rows: [{ attention: "decoder.layers.0.cross_attention", head: -1, query: 0, weights: [0.25, 0.75] }],
    }),
  ],
  ["a block that the family leaves out", familiesState({ family: "encoder-only", block: "decoder.norm" })],
  ["a latent space", latentState()],
  ["a latent space turned", latentState({ dimensions: 3, camera: [-170.5, 20, 3.25, 0.1, -0.2] })],
  ["a word of any script", latentState({ word: "猴" })],
  ["16 pairs", latentState({ y_axis: Array(16).fill(["a", "b"]) })],
  ["masks", masksState()],
  ["a painted mask", masksState({ preset: "own", own: "1000/0110" })],
  ["positions", positionsState()],
  ["words in another order", positionsState({ order: "4,1,2,3,0", positions: false, view: "shuffle" })],
  [
    "the largest of positions",
    positionsState({ width: 128, base: 1e6, length: 128, position: 127, head: 1 }),
  ],
  ["a trainer", word2vecState()],
  ["a computed step", word2vecState({ computed: true, steps: 5000 })],
  ["a text of 10,000 characters", word2vecState({ text: "好".repeat(10_000) })],
  ["the largest seed", playgroundState({ seed: 2 ** 32 - 1, temperature: 2, top_k: 1000 })],
];

const WRONG: [string, State, RegExp][] = [
  ["a mask of letters", masksState({ own: "10/1x" }), /own cannot be "10\/1x"/],
  ["a mask of 25 rows", masksState({ own: Array(25).fill("1").join("/") }), /own cannot be/],
  ["an unknown fault", masksState({ fault: "typo" }), /fault cannot be "typo"/],
  ["a window of nothing", masksState({ window: 0 }), /window cannot be 0/],
  ["an odd width", positionsState({ width: 33 }), /width cannot be 33/],
  ["a base of 1", positionsState({ base: 1 }), /base cannot be 1/],
  ["a position too far", positionsState({ position: 128 }), /position cannot be 128/],
  ["a text of 201 characters", positionsState({ text: "a".repeat(201) }), /text cannot be/],
  ["an order without 1", positionsState({ order: "0,2" }), /order cannot be "0,2"/],
  ["an order with a word twice", positionsState({ order: "0,1,1" }), /order cannot be "0,1,1"/],
  ["an order with a gap", positionsState({ order: "0,,1" }), /order cannot be/],
  ["an order of 13 words", positionsState({ order: [...Array(13).keys()].join() }), /order cannot be/],
  ["positions that are a number", positionsState({ positions: 1 }), /positions cannot be 1/],
  ["learned positions on any words", positionsState({ added: "learned" }), /added cannot be "learned"/],
  ["an unknown scheme", positionsState({ scheme: "rope" }), /scheme cannot be "rope"/],
  ["a head that no table has", positionsState({ head: 2 }), /head 2 is shown, but there are 2/],
  ["no tables", positionsState({ tables: null }), /tables cannot be null/],
  [
    "another kind",
    explorerState({ kind: "decoder" }),
    /no widget of kind "decoder"; known are self-attention/,
  ],
  ["a kind that objects have", explorerState({ kind: "toString" }), /no widget of kind "toString"/],
  ["another version", explorerState({ version: 2 }), /version 2, expected 1/],
  ["257 tokens", explorerState({ tokens: Array(257).fill("a") }), /tokens cannot be/],
  ["tokens that are numbers", explorerState({ tokens: [1, 2, 3, 4] }), /tokens cannot be \[1,2,3,4\]/],
  ["a label of 401 characters", explorerState({ labels: ["x".repeat(401), "", "", ""] }), /labels cannot be/],
  ["fewer labels than tokens", explorerState({ labels: ["I"] }), /4 tokens but 1 labels/],
  ["unknown maps", explorerState({ maps: "heads" }), /maps cannot be "heads"/],
  ["a head that is not there", explorerState({ maps: "head", asset: null }), /these vectors have none/],
  ["division by 0", explorerState({ divide_by: 0 }), /divide_by cannot be 0/],
  ["division by infinity", explorerState({ divide_by: Infinity }), /divide_by cannot be/],
  ["following half a token", explorerState({ follow: 0.5 }), /follow cannot be 0.5/],
  ["following what is not there", explorerState({ follow: 4 }), /token 4 is followed, but there are 4/],
  ["a cell outside", explorerState({ locked: [0, 4] }), /cell \(0, 4\) is locked, but there are 4/],
  ["half a cell", explorerState({ locked: [0] }), /locked cannot be \[0\]/],
  ["one pole", explorerState({ poles: [["fruit"]] }), /poles cannot be/],
  ["one empty pole", explorerState({ poles: [["fruit"], []] }), /poles cannot be/],
  ["poles of numbers", explorerState({ poles: [[1], [2]] }), /poles cannot be/],
  ["no table", explorerState({ table: undefined }), /table cannot be missing/],
  ["no choices", questionState({ choices: [] }), /choices cannot be \[\]/],
  ["a choice that is text", questionState({ choices: ["yes"] }), /choices cannot be/],
  ["another model", playgroundState({ model: "poet" }), /model cannot be "poet"/],
  ["a text of 2001 characters", playgroundState({ source: "好".repeat(2001) }), /source cannot be/],
  ["a text that is a number", playgroundState({ prompt: 1 }), /prompt cannot be 1/],
  ["a negative temperature", playgroundState({ temperature: -0.1 }), /temperature cannot be/],
  ["a temperature above 2", playgroundState({ temperature: 2.1 }), /temperature cannot be/],
  ["a broken seed", playgroundState({ seed: 1.5 }), /seed cannot be/],
  ["a seed of 33 bits", playgroundState({ seed: 2 ** 32 }), /seed cannot be/],
  ["a head without a name", playgroundState({ off: ["translator"] }), /off cannot be/],
  ["an attention with markup", playgroundState({ look: "<b>" }), /look cannot be/],
  ["written words", playgroundState({ written: ["a"] }), /written cannot be/],
  ["no cards", playgroundState({ cards: null }), /cards cannot be/],
  ["a choice that is no token", translationState({ forced: { 2: -1 } }), /forced cannot be/],
  ["a choice at no step", translationState({ forced: { x: 1 } }), /forced cannot be/],
  ["steps below none", translationState({ steps: -1 }), /steps cannot be -1/],
  [
    "a row that sums to 2",
    translationState({
      rows: [{ attention: "decoder.layers.0.cross_attention", head: 0, query: 0, weights: [1, 1] }],
    }),
    /rows cannot be/,
  ],
  ["another family", familiesState({ family: "decoder" }), /family cannot be "decoder"/],
  ["a sentence of 2001 characters", familiesState({ sentence: "_".repeat(2001) }), /sentence cannot be/],
  ["a block that is not there", familiesState({ block: "encoder.cross_attention" }), /block cannot be/],
  ["a writer that writes nothing", familiesState({ writes: 0 }), /writes cannot be 0/],
  ["a word of 101 characters", latentState({ word: "a".repeat(101) }), /word cannot be/],
  ["no word", latentState({ word: "" }), /word cannot be ""/],
  ["four dimensions", latentState({ dimensions: 4 }), /dimensions cannot be 4/],
  ["a table that is not there", latentState({ source: "own" }), /there is no table "own"/],
  [
    "a map that is not there",
    latentState({ source: "own", tables: { own: {} }, projection: "tsne" }),
    /no t-SNE/,
  ],
  ["four terms", latentState({ terms: ["a", "b", "c", "d"] }), /terms cannot be/],
  ["half a pair", latentState({ x_axis: [["a"]] }), /x_axis cannot be/],
  ["no pair at all", latentState({ x_axis: [] }), /x_axis cannot be \[\]/],
  ["17 pairs", latentState({ y_axis: Array(17).fill(["a", "b"]) }), /y_axis cannot be/],
  ["a camera without a zoom", latentState({ camera: [0, 0, 0, 0, 0] }), /camera cannot be/],
  ["a camera of four numbers", latentState({ camera: [0, 0, 1, 0] }), /camera cannot be/],
  ["a camera that is lost", latentState({ camera: [0, 0, 1, NaN, 0] }), /camera cannot be/],
  ["nothing placed", latentState({ placed: [] }), /placed cannot be/],
  ["one meaning", latentState({ poles: [["a"], []] }), /poles cannot be/],
  ["no example", latentState({ example: null }), /example cannot be/],
  ["a text of 10,001 characters", word2vecState({ text: "好".repeat(10_001) }), /text cannot be/],
  ["another loss", word2vecState({ loss: "hinge" }), /loss cannot be "hinge"/],
  ["one dimension", word2vecState({ dim: 1 }), /dim cannot be 1/],
  ["a window of 6", word2vecState({ window: 6 }), /window cannot be 6/],
  ["no learning", word2vecState({ learning_rate: 0 }), /learning_rate cannot be 0/],
  ["too much learning", word2vecState({ learning_rate: 0.6 }), /learning_rate cannot be 0.6/],
  ["no noise", word2vecState({ negatives: 0 }), /negatives cannot be 0/],
  ["5001 steps", word2vecState({ steps: 5001 }), /steps cannot be 5001/],
  ["half computed", word2vecState({ computed: "yes" }), /computed cannot be "yes"/],
  ["another side", word2vecState({ side: "both" }), /side cannot be "both"/],
  ["no examples", word2vecState({ examples: null }), /examples cannot be null/],
  ["a pick beyond the choices", questionState({ picked: 2 }), /choice 2 is picked, but there are 2/],
];

type ProblemWith = typeof problemWith;

function checkStates(problem: ProblemWith): void {
  for (const [name, state] of RIGHT) {
    expect(problem(state), name).toBeNull();
  }
  for (const [name, state, message] of WRONG) {
    expect(problem(state) ?? "no problem seen", name).toMatch(message);
  }
}

/** The check with one field always put right before it looks. */
const blindTo =
  (...keys: string[]): ProblemWith =>
  (state) => {
    const rights: Record<string, State> = {
      question: questionState(),
      models: playgroundState(),
      families: familiesState(),
      translation: translationState(),
      "latent-space": latentState(),
      word2vec: word2vecState(),
    };
    const right = rights[state["kind"] as string] ?? explorerState();
    return problemWith({ ...state, ...Object.fromEntries(keys.map((key) => [key, right[key]])) });
  };

checkedAgainstMistakes("problemWith", checkStates, problemWith, {
  "accepts everything": () => null,
  "accepts nothing": () => "no",
  "any version": blindTo("version"),
  "any tokens": blindTo("tokens", "labels"),
  "any divisor": blindTo("divide_by"),
  "any cell": blindTo("locked"),
  "any poles": blindTo("poles"),
  "any choices": blindTo("choices"),
  "any seed": blindTo("seed"),
  "any heads": blindTo("off"),
  "any block": blindTo("block"),
  "any family": blindTo("family"),
  "any word": blindTo("word"),
  "any camera": blindTo("camera"),
  "any pairs": blindTo("x_axis"),
  "any table": blindTo("source"),
  "any steps": blindTo("steps"),
  "any order": blindTo("order"),
  "any width": blindTo("width"),
  "any learning rate": blindTo("learning_rate"),
});

describe("what a link spells is read back as it was", () => {
  const values: [string, unknown][] = [
    ["tokens", ["a,b", "c;d", "&", "=", "#", "%", "猴", "🍎", "<img src=x onerror=alert(1)>", "", " "]],
    ["tokens", []],
    ["poles", [["fruit", "a,b", ";"], ["phone"]]],
    ["poles", [[], []]],
    ["divide_by", "one"],
    ["divide_by", 0.1],
    ["divide_by", 1e-6],
    ["divide_by", 1e6],
    ["divide_by", 123456],
    ["follow", -1],
    ["follow", 12],
    ["locked", null],
    ["locked", [3, 0]],
    ["maps", "head"],
  ];
  test.each(values)("%s %j", (key, value) => {
    const field = sharedFields("self-attention")[key];
    expect(field.accepts(value)).toBe(true);
    expect(field.toText(value)).not.toMatch(/[&=#\s<>"]/);
    expect(field.fromText(field.toText(value))).toEqual(value);
  });

  test.each([
    ["source", "a,b & <img src=x onerror=alert(1)> 好%"],
    ["temperature", 0.05],
    ["seed", 4294967295],
    ["off", ["reader.encoder.layers.3.attention.0", "writer.decoder.layers.0.self_attention.2"]],
    ["off", []],
    ["look", "decoder.layers.2.cross_attention"],
    ["look", ""],
    ["head", -1],
  ])("of models: %s %j", (key, value) => {
    const field = sharedFields("models")[key];
    expect(field.accepts(value)).toBe(true);
    expect(field.toText(value)).not.toMatch(/[&=#\s<>"]/);
    expect(field.fromText(field.toText(value))).toEqual(value);
  });

  test.each([
    ["family", "encoder-only"],
    ["sentence", "He __ <b>, & 100% 好"],
    ["block", "decoder.cross_attention"],
  ])("of families: %s %j", (key, value) => {
    const field = sharedFields("families")[key];
    expect(field.accepts(value)).toBe(true);
    expect(field.toText(value)).not.toMatch(/[&=#\s<>"]/);
    expect(field.fromText(field.toText(value))).toEqual(value);
  });
  test.each([
    ["word", "a,b;c & <img src=x onerror=alert(1)>"],
    ["camera", [-12.5, 3, 1.25, 0, -0.125]],
    ["terms", ["king", "a,b", "女王"]],
    [
      "x_axis",
      [
        ["car", "banana"],
        ["a;b", "c,d"],
      ],
    ],
    ["y_axis", []],
    ["placed", ["apple"]],
    ["dimensions", 3],
  ])("of a latent space: %s %j", (key, value) => {
    const field = sharedFields("latent-space")[key];
    expect(field.accepts(value)).toBe(true);
    expect(field.toText(value)).not.toMatch(/[&=#\s<>"]/);
    expect(field.fromText(field.toText(value))).toEqual(value);
  });
  test.each([
    ["text", "the <b> & 100% 狗"],
    ["order", "4,1,2,3,0"],
    ["order", ""],
    ["positions", false],
    ["base", 1_000_000],
    ["added", "rotary"],
  ])("of positions: %s %j", (key, value) => {
    const field = sharedFields("positions")[key];
    expect(field.accepts(value)).toBe(true);
    expect(field.toText(value)).not.toMatch(/[&=#\s<>"]/);
    expect(field.fromText(field.toText(value))).toEqual(value);
  });
  test.each([
    ["text", "Kings & <b>queens</b>.\n猫吃鱼。%"],
    ["loss", "negative-sampling"],
    ["learning_rate", 0.001],
    ["steps", 5000],
    ["computed", true],
    ["computed", false],
    ["follow", ""],
  ])("of word2vec: %s %j", (key, value) => {
    const field = sharedFields("word2vec")[key];
    expect(field.accepts(value)).toBe(true);
    expect(field.toText(value)).not.toMatch(/[&=#\s<>"]/);
    expect(field.fromText(field.toText(value))).toEqual(value);
  });

  test("a link never says what a writer wrote", () => {
    expect(Object.keys(sharedFields("models"))).not.toContain("written");
  });

  test("half of a surrogate pair becomes the sign for what cannot be shown", () => {
    const field = sharedFields("self-attention")["labels"];
    expect(field.fromText(field.toText(["a\ud83c"]))).toEqual(["a\uFFFD"]);
  });

  test.each(["1e-300", "1e300"])("no score survives being divided by %s", (text) => {
    const field = sharedFields("self-attention")["divide_by"];
    expect(field.accepts(field.fromText(text))).toBe(false);
  });

  test.each(["", " 1", "0x10", "1e999", "NaN", "-", "one!", "__proto__"])("%j is no number", (text) => {
    const { divide_by: divideBy, follow } = sharedFields("self-attention");
    expect(divideBy.accepts(divideBy.fromText(text))).toBe(false);
    expect(follow.accepts(follow.fromText(text))).toBe(false);
  });
});
