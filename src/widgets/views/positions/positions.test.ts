// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { attend, encoding, readTables } from "../../engine/positions.js";
import type { Context, View } from "../../host/context.js";
import { PageModel } from "../../host/page-model.js";
import { translator } from "../../host/strings.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { positionsState, POSITION_TABLES } from "../../test/states.js";
import { accuracyChart, patternMatrix } from "./pictures.js";
import { drawChart, placeNear, type Chart } from "./chart.js";
import * as realFormulas from "./formulas.js";
import { csvOf, jsonOf } from "./exports.js";
import type { Frame } from "./frame.js";
import * as real from "./index.js";
import * as realNumbers from "./numbers.js";
import { programOf } from "./pythoncode.js";
import { readSentence, type Reading } from "./reading.js";
import * as realShuffle from "./shufflepart.js";
import * as realSchemes from "./schemespart.js";
import * as realState from "./state.js";
import * as realSum from "./sumpart.js";
import * as realEncoding from "./encodingpart.js";
import { tableFromState, type TableState } from "../../engine/table.js";

type Module = typeof real;

const t = translator("en", (key) => {
  throw new Error(`no string ${key}`);
});
const WORDS = ["the", "dog", "bites", "man", "an", "apple", "ate", "monkey"];
const D = 6;
const ROWS = Float32Array.from({ length: WORDS.length * D }, (_, place) => ((place * 5) % 13) / 6 - 1);
const TABLE: TableState = {
  ...{ tokens: WORDS, dim: D, dtype: "float32", scales: null, words: WORDS.length, maps: null },
  rows: btoa(String.fromCharCode(...new Uint8Array(ROWS.buffer))),
};
const TABLES = readTables(POSITION_TABLES);
const SIZE = { width: 600, height: 360 };

/** A canvas that draws nothing, and boxes that have a size. */
function stubCanvas(): void {
  const context = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (kept, name: string) => {
        if (name === "measureText") {
          return (text: string) => ({ width: 6 * text.length });
        }
        if (name === "createImageData") {
          return (width: number, height: number) => {
            return { width, height, data: new Uint8ClampedArray(4 * width * height) };
          };
        }
        return kept[name] ?? (() => undefined);
      },
      set: (kept, name: string, value) => {
        kept[name] = value;
        return true;
      },
    },
  );
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(context as never);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      readonly #tell: (entries: unknown[]) => void;
      constructor(tell: (entries: unknown[]) => void) {
        this.#tell = tell;
      }
      observe(): void {
        this.#tell([{ contentRect: SIZE }]);
      }
      disconnect(): void {
        this.#tell([{ contentRect: SIZE }]);
      }
    },
  );
}

const views: View[] = [];

beforeEach(() => {
  stubCanvas();
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame"],
  });
});

afterEach(() => {
  views.splice(0).forEach((view) => view.destroy());
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** What a root holds, and the hands of a reader on it. */
function handsOn(root: HTMLElement) {
  const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
  const frame = (): void => {
    vi.advanceTimersByTime(17);
  };
  const one = (selector: string): HTMLElement => {
    const [found] = all(selector);
    expect(found, selector).toBeDefined();
    return found;
  };
  return {
    ...{ all, one, frame },
    text: (selector: string) => all(selector).map((node) => node.textContent.replace(/\s+/g, " ").trim()),
    visible: (selector: string) => all(selector).filter((node) => node.closest("[hidden]") === null),
    key: (selector: string, key: string, more = {}) => {
      one(selector).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
      frame();
    },
    slide: (label: string, value: number) => {
      const slider = all(`input[type=range][aria-label="${label}"]`).find(
        (each) => each.closest("[hidden]") === null,
      ) as HTMLInputElement;
      slider.value = String(value);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      frame();
    },
    press: (name: string) => {
      const button = all("button").find((each) => each.textContent === name);
      expect(button, name).toBeDefined();
      button?.click();
      frame();
    },
  };
}

function open({ mount }: Module, changes: Record<string, unknown> = {}) {
  const [root, model] = [
    document.createElement("div"),
    new PageModel(positionsState({ table: TABLE, asset: null, ...changes }), () => undefined),
  ];
  document.body.replaceChildren(root);
  const wanted: string[] = [];
  const loadAsset = (name: string): Promise<ArrayBuffer> => {
    wanted.push(name);
    return new Promise(() => undefined);
  };
  const context = { model, t, lang: "en", home: "book", shareLink: null, loadAsset } as unknown as Context;
  views.push(mount(root, context));
  const set = (name: string, value: unknown): void => {
    model.set(name, value);
    vi.advanceTimersByTime(17);
  };
  return { root, model, wanted, set, ...handsOn(root) };
}

const sentence = (text = "the dog bites the man"): Reading => readSentence(text, tableFromState(TABLE), true);

/** A frame without colors, for what is not drawn. */
function frameOf(changes: Partial<realState.State> = {}, numbers = realNumbers): Frame {
  const state = { ...realState.readDefaults(new PageModel(positionsState(), () => undefined)), ...changes };
  const reading = sentence(state.text);
  const calculator = new numbers.Calculator(TABLES);
  return {
    ...{
      state,
      reading,
      tables: TABLES,
      numbers: calculator,
      look: { entry: 0, other: null, measured: null },
    },
    ...{
      order: calculator.order(state as realState.State, reading),
      isRead: true,
      loading: { phase: "full" },
    },
    palette: new Proxy({}, { get: () => "#888888" }),
    ramps: {
      sequential: { css: ["#fff", "#000"], ink: ["#000", "#fff"], pixels: new Uint32Array(257) },
      diverging: { css: ["#fff", "#000"], ink: ["#000", "#fff"], pixels: new Uint32Array(257) },
    },
  } as unknown as Frame;
}

/** One part by itself, and what it asked the widget for. */
function partOf(make: (actions: never) => { element: HTMLElement; update: (frame: Frame) => void }) {
  const asked: Record<string, unknown>[] = [];
  const looked: Record<string, unknown>[] = [];
  const actions = {
    ...{ t, signal: new AbortController().signal, redraw: () => undefined, fetch: () => undefined },
    change: (change: Record<string, unknown>) => asked.push(change),
    look: (look: Record<string, unknown>) => looked.push(look),
  };
  const part = make(actions as never);
  document.body.replaceChildren(part.element);
  return { part, asked, looked, ...handsOn(part.element) };
}

/** The views, their order on the page, and what of the state each of them takes. */
function checkMounted(module: Module): void {
  const { model, visible, text, set, wanted } = open(module);
  expect(visible(".attn-pos-encoding")).toHaveLength(1);
  expect(visible(".attn-pos-words")).toHaveLength(0);
  for (const view of ["sum", "shuffle", "schemes"]) {
    set("view", view);
    expect(visible(`.attn-pos-${view}`), view).toHaveLength(1);
    expect(visible(".attn-pos-words"), view).toHaveLength(view === "schemes" ? 0 : 1);
    expect(visible(".attn-pos-encoding")).toHaveLength(0);
  }
  set("view", "encoding");
  set("length", 9); // the position goes on to be 10 in the state, and is shown as the last
  expect(text(".attn-pos-encoding .attn-pos-title")[1]).toBe("The clocks of position 8");
  expect(model.get("position")).toBe(10);
  set("width", 4);
  set("pair", 40);
  expect(text(".attn-pos-clock:has(input:checked)")).toHaveLength(1);
  expect(text(".attn-pos-encoding .attn-quiet.attn-pos-said")[0]).toContain("Pair 1 (entries 2 and 3)");
  set("view", "sum");
  expect(text(".attn-pos-sum .attn-pos-formula")[0], "in the sum a pair is one of the word's").toMatch(
    /^x4: /,
  );
  set("token", 11);
  expect(text(".attn-piece[aria-pressed=true] .attn-face")).toEqual(["4man"]);
  set("order", "1,0,2"); // of another text
  expect(text(".attn-face")).toEqual(["0the", "1dog", "2bites", "3the", "4man"]);
  expect(wanted).toEqual([]);
}

/** A word that the page does not have is fetched, in the views that need it; until then the last text stays. */
function checkFetching(module: Module): void {
  const { wanted, set, text, press, model } = open(module, { asset: "words" });
  set("text", "a zebra");
  expect(wanted, "the encoding needs no word").toEqual([]);
  set("view", "shuffle");
  expect(wanted).toEqual(["words"]);
  expect(text(".attn-face")).toEqual(["0the", "1dog", "2bites", "3the", "4man"]);
  expect(text(".attn-hint")[0]).toContain("Loading");
  set("text", "the man ate an apple");
  expect(text(".attn-face")).toEqual(["0the", "1man", "2ate", "3an", "4apple"]);
  press("Reset");
  expect([model.get("text"), model.get("view")]).toEqual(["the dog bites the man", "encoding"]);
}

const INDEX_MISTAKES: Readonly<Record<string, Mistake>> = {
  "every view is shown": ['setAttribute(part.element, "hidden", !isShown);', ""],
  "the words stand in no view": ['hasWords ? ["words", view] : [view]', "[view]"],
  "a position beyond the end": ["clamp(state.position, 0, state.length - 1)", "state.position"],
  "a pair beyond the width": ["clamp(state.pair, 0, Math.max(1, pairs) - 1)", "state.pair"],
  "pairs of the position in the sum": ['state.view === "sum" ? D : state.width', "state.width"],
  "a token beyond the sentence": ["clamp(state.token, 0, Math.max(1, T) - 1)", "state.token"],
  "words are never fetched": ['view === "sum" || view === "shuffle") &&', 'view === "schemes") &&'],
  "words are fetched for every view": ['(view === "sum" || view === "shuffle") &&', ""],
  "a text half known is shown": ["if (found.isCertain) {", "if (found.T > 0) {"],
  "a reset of nothing": ["this.#shell.set(readDefaults(this.#context.model));", ""],
};

/** The picture's cell, the clocks and the curve: each says its arithmetic, with numbers that can be added up. */
function checkEncoding({ EncodingPart }: typeof realEncoding): void {
  const { part, asked, looked, text, key, slide, all, visible } = partOf(
    (actions) => new EncodingPart(actions),
  );
  const show = (changes: Partial<realState.State> = {}, look = {}): void => {
    const frame = frameOf(changes);
    part.update({ ...frame, look: { ...frame.look, ...look } });
  };
  show({ pair: 2 });
  expect(visible(".attn-pos-clock")).toHaveLength(16);
  expect(text(".attn-pos-formula")[0]).toBe(
    "Position 10, entry 4: sin(10 / 10,0004/32) = sin(3.1623) = −0.0207",
  );
  show({ pair: 2 }, { entry: 5 });
  expect(text(".attn-pos-formula")[0]).toContain("entry 5: cos(10 / 10,0004/32) = cos(3.1623) = −0.9998");
  show({ pair: 3 }, { entry: 5 }); // of another pair: its first entry
  expect(text(".attn-pos-formula")[0]).toContain("entry 6: sin");
  const speeds = Array.from({ length: 16 }, (_, pair) => 10_000 ** (-pair / 16));
  const product = (distance: number): string =>
    speeds.reduce((sum, speed) => sum + Math.cos(distance * speed), 0).toFixed(4);
  expect(text(".attn-pos-formula")[1]).toContain("p10 · p13 = cos(3 · 1) + cos(3 · 0.5623)");
  expect(text(".attn-pos-formula")[1]).toContain(`= −0.99 − 0.12 + 0.58 + … = ${product(3)}`);
  key(".attn-pos-dots", "ArrowRight");
  expect(looked.at(-1)).toEqual({ other: 14 });
  show({}, { other: 14 });
  expect(text(".attn-pos-formula")[1]).toContain(`= ${product(4)}`);
  expect(all(".attn-pos-dots")[0].getAttribute("aria-valuetext")).toContain(product(4));
  key(".attn-pos-dots", "Enter");
  expect(asked.at(-1)).toEqual({ position: 14 });
  expect(looked.at(-1), "the two change places").toEqual({ other: 10 });
  slide("Base", 3);
  expect(asked.at(-1)).toEqual({ base: 20 });
  show({ width: 64 });
  expect(visible(".attn-pos-clock")).toHaveLength(32);
  all(".attn-pos-clock input")[7].dispatchEvent(new Event("change"));
  expect(asked.at(-1)).toEqual({ pair: 7 });
  show({ width: 6 });
  expect(visible(".attn-pos-clock")).toHaveLength(3);
  key(".attn-attention-map", "ArrowRight");
  key(".attn-attention-map", "ArrowDown");
  show({ width: 6 });
  expect(text(".attn-pos-formula")[0]).toMatch(/^Position 1, entry 0: sin\(1 \//);
  expect(text(".attn-pos-formula")[1], "the row under the pointer is the other position").toMatch(
    /^p10 · p1 = cos\(9/,
  );
  [1, 2, 3].forEach(() => key(".attn-attention-map", "ArrowRight"));
  key(".attn-attention-map", "Enter");
  expect([asked.at(-1), looked.at(-1)]).toEqual([{ position: 1, pair: 1 }, { entry: 3 }]);
}

const ENCODING_MISTAKES: Readonly<Record<string, Mistake>> = {
  "the entry of another pair": ["Math.floor(look.entry / 2) === state.pair", "look.entry > 0"],
  "a click follows no pair": ["pair: Math.floor(column / 2)", "pair: column"],
  "the other position stays": ["look({ other: this.#position });", ""],
  "the picture previews nothing": [
    "this.#placeIn(state)?.row ?? otherOf({ state, look })",
    "otherOf({ state, look })",
  ],
  "the base is its step": ["change({ base: BASES[step] })", "change({ base: step })"],
  "the dot product of its neighbor": ["state.position)[other]", "state.position)[other - 1]"],
};

/** Both vectors, their sum, and how long they are. */
function checkSum({ SumPart }: typeof realSum): void {
  const { part, asked, text, slide } = partOf((actions) => new SumPart(actions));
  part.update(frameOf({ view: "sum", token: 4, pair: 1, order: "4,1,2,3,0" }));
  const [man, place] = [ROWS.subarray(3 * D, 4 * D), encoding(5, D, 10_000).subarray(0, D)];
  const length = (row: Float32Array): number => Math.hypot(...row);
  const sum = man.map((entry, at) => entry + place[at]);
  const cosine = man.reduce((total, entry, at) => total + entry * sum[at], 0) / length(man) / length(sum);
  const wanted = [length(man), length(place), length(sum), cosine].map((number) => number.toFixed(3));
  expect(text(".attn-pos-numbers td")).toEqual(wanted);
  const ends = text(".attn-pos-formula")[0].replaceAll("−", "-").split(/ x3: /);
  expect(ends.map((end) => end.split(" = ")[1])).toEqual([sum[2].toFixed(3), sum[3].toFixed(3)]);
  slide("Pair", 2);
  expect(asked.at(-1)).toEqual({ pair: 2 });
  part.update(frameOf({ view: "sum", token: 4, positions: false }));
  expect(text(".attn-pos-numbers td").slice(1)).toEqual(["0.000", wanted[0], "1.000"]);
  part.update(frameOf({ view: "sum", text: "" }));
  expect(text(".attn-pos-numbers td")).toEqual(["", "", "", ""]);
}

const SUM_MISTAKES: Readonly<Record<string, Mistake>> = {
  "the word's length twice": ["fixed(norms.sum, 3)", "fixed(norms.word, 3)"],
  "the wrong pair": ["[2 * pair, 2 * pair + 1]", "[pair, pair + 1]"],
  "the sine of nothing": ["fixed(sum[entry], 3)", "fixed(word[entry], 3)"],
};

/** Without positions the same outputs, permuted; with them others; and the number that says so. */
function checkShuffle({ ShufflePart }: typeof realShuffle): void {
  const { part, asked, text, press, one, all } = partOf((actions) => new ShufflePart(actions));
  const show = (changes: Partial<realState.State>): void =>
    part.update(frameOf({ view: "shuffle", ...changes }));
  show({});
  expect(one(".attn-pos-verdict").dataset["verdict"]).toBe("still");
  show({ order: "4,1,2,3,0" });
  const x = sentence().vectors;
  const order = [4, 1, 2, 3, 0];
  const before = attend(x, 5, D, "sinusoidal", 10_000).outputs;
  const moved = Float32Array.from(order.flatMap((word) => [...x.subarray(word * D, (word + 1) * D)]));
  const after = attend(moved, 5, D, "sinusoidal", 10_000).outputs;
  const changes = order.map((word, place) =>
    Math.max(...Array.from({ length: D }, (_, c) => Math.abs(after[place * D + c] - before[word * D + c]))),
  );
  expect(text(".attn-pos-verdict")[0]).toContain(
    `${Math.max(...changes).toFixed(4)}. With sinusoidal positions, order`,
  );
  expect(one(".attn-pos-outputs").getAttribute("aria-label")).toContain(`man ${changes[0].toFixed(4)}`);
  show({ order: "4,1,2,3,0", positions: false });
  expect(one(".attn-pos-verdict").dataset["verdict"]).toBe("permuted");
  show({ order: "4,3,2,1,0", added: "alibi" }); // every distance stays
  expect(one(".attn-pos-verdict").dataset["verdict"]).toBe("same");
  show({ order: "4,1,2,3,0", token: 4 });
  const [one4, now] = [attend(x, 5, D, "sinusoidal", 10_000), attend(moved, 5, D, "sinusoidal", 10_000)];
  const heaviest = [0, 1, 2, 3].reduce((best, key) =>
    one4.weights[20 + key] > one4.weights[20 + best] ? key : best,
  );
  const label = ["the", "dog", "bites", "the"][heaviest];
  const there = order.indexOf(heaviest);
  expect(text(".attn-readout")[0]).toBe(
    `“man” looks at “${label}” with weight ${one4.weights[20 + heaviest].toFixed(4)} as typed, ${now.weights[there].toFixed(4)} now.`,
  );
  press("Shuffle");
  const next = String(asked.at(-1)?.["order"]);
  expect(next.split(",").map(Number).sort()).toEqual([0, 1, 2, 3, 4]);
  expect(next).not.toBe("4,1,2,3,0");
  show({});
  for (let round = 0; round < 12; round += 1) {
    press("Swap two");
    const swapped = String(asked.at(-1)?.["order"]).split(",").map(Number);
    const places = swapped.flatMap((word, place) => (word === place ? [] : [place]));
    expect(places).toHaveLength(2);
    expect(places, "two equal words leave the sentence as it was").not.toEqual([0, 3]);
  }
  show({ order: "4,1,2,3,0" });
  press("Original order");
  expect(asked.at(-1)).toEqual({ order: "" });
  show({ text: "" });
  expect(text(".attn-pos-verdict")).toEqual([""]);
  expect(all(".attn-pos-outputs")).toHaveLength(1);
}

const SHUFFLE_MISTAKES: Readonly<Record<string, Mistake>> = {
  "everything is the same": ["export const SAME = 1e-5", "export const SAME = 10"],
  "nothing is the same": ["change < SAME", "change < 0"],
  "permuted with positions": ['(state.positions ? "same" : "permuted")', '"permuted"'],
  "the weight of another word": ["order.indexOf(query) * T + order.indexOf(key)", "query * T + key"],
  "two equal words are swapped": ["labels[order[one]] !== labels[order[other]]", "true"],
  "the original order is this one": ["original: () => []", "original: (order) => order"],
  "a shuffle that moves nothing": ["shuffledOrder(order, this.#random)", "order"],
  "the smallest change": ["changeText(change), way", "changeText(0), way"],
};

/** Each scheme's score, what it gives beyond the training, and what was measured. */
function checkSchemes({ SchemesPart }: typeof realSchemes): void {
  const { part, asked, looked, text, slide, one, key, visible } = partOf(
    (actions) => new SchemesPart(actions),
  );
  const show = (changes: Partial<realState.State>, look = {}): void => {
    const frame = frameOf({ view: "schemes", ...changes });
    part.update({ ...frame, look: { ...frame.look, ...look } });
  };
  show({ scheme: "alibi", head: 1, length: 20, position: 15 }, { other: 4 });
  expect(text(".attn-pos-formula")).toEqual(["Query 15, key 4, distance −11: −0.0430"]); // -11 / 256
  expect(text(".attn-pos-beyond")[0]).toContain("falling by 0.003906 a step");
  show({ scheme: "learned", length: 20, position: 3 }, { other: 12 });
  expect(text(".attn-pos-formula")[0]).toContain("no number");
  expect(text(".attn-pos-beyond")[0]).toMatch(/^Beyond 12 there is no vector/);
  show({ scheme: "learned", length: 12, position: 3 }, { other: 11 });
  expect(text(".attn-pos-formula")[0]).toMatch(/distance \+8: −?\d\.\d{4}$/);
  expect(text(".attn-pos-beyond")[0]).toMatch(/^All 12 positions were seen/);
  expect(one(".attn-pos-beyond").dataset["beyond"]).toBeUndefined();
  key(".attn-pos-scores", "ArrowLeft");
  expect(looked.at(-1)).toEqual({ other: 10 });
  show({ scheme: "alibi" });
  expect(text(".attn-pos-shares")[0]).toMatch(/^With 24 tokens: ALiBi 81%, Rotary 50%, T5 63%/);
  key(".attn-pos-accuracy", "Home");
  expect(looked.at(-1)).toEqual({ measured: 0 });
  show({ scheme: "alibi" }, { measured: 0 });
  expect(text(".attn-pos-shares")[0]).toMatch(/^With 4 tokens: ALiBi 94%/);
  slide("Head", 2);
  expect(asked.at(-1)).toEqual({ head: 1 });
  const sliders = (): (string | null)[] =>
    visible(".attn-pos-field:not([data-idle]) input").map((input) => input.getAttribute("aria-label"));
  expect(sliders()).toEqual(["Positions", "Query at", "Head"]);
  show({ scheme: "rotary" });
  expect(sliders()).toEqual(["Positions", "Query at", "Width", "Base"]);
  show({ scheme: "learned" });
  expect(sliders()).toEqual(["Positions", "Query at"]);
}

const SCHEMES_MISTAKES: Readonly<Record<string, Mistake>> = {
  "the training never ends": ["length > trained ? `beyond", "length > 999 ? `beyond"],
  "the score of the first query": ["values[query * length + key]", "values[key]"],
  "the head is counted from 1": ["change({ head: head - 1 })", "change({ head })"],
  "NaN is a number": ["Number.isNaN(score) ?", "false ?"],
  "the distance the wrong way": ["signed(key - query, 0)", "signed(query - key, 0)"],
  "always the longest text": ["look.measured ?? tables", "null ?? tables"],
  "the first head's slope": ["alibiSlopes(heads)[state.head]", "alibiSlopes(heads)[0]"],
  "a head for every scheme": ['head.setIdle(!isOwn("head"))', "head.setIdle(false)"],
};

/** Orders, and the steps of the base. */
function checkState(state: typeof realState): void {
  expect(state.orderOf("", 3)).toEqual([0, 1, 2]);
  expect(state.orderOf("2,0,1", 3)).toEqual([2, 0, 1]);
  expect(state.orderOf("2,0,1", 4)).toEqual([0, 1, 2, 3]);
  expect(state.orderOf("2,2,1", 3)).toEqual([0, 1, 2]);
  expect(state.orderOf("2,1,0,1", 3)).toEqual([0, 1, 2]);
  expect(state.orderText([0, 1, 2])).toBe("");
  expect(state.orderText([1, 0, 2])).toBe("1,0,2");
  expect(state.moved([3, 2, 1, 0], 0, 2)).toEqual([2, 1, 3, 0]);
  expect(state.moved([3, 2, 1, 0], 3, 1)).toEqual([3, 0, 2, 1]);
  expect(state.swapped([3, 2, 1, 0], 1, 3)).toEqual([3, 0, 1, 2]);
  const seen = new Set<string>();
  let [order, last] = [[0, 1, 2, 3], 0];
  for (let round = 0; round < 60; round += 1) {
    const next = state.shuffledOrder(order, () => (last = (last * 16807 + 11) % 2147483647) / 2147483647);
    expect(next).not.toEqual(order);
    expect([...next].sort()).toEqual([0, 1, 2, 3]);
    seen.add(next.join());
    order = next;
  }
  expect(seen.size).toBeGreaterThan(12);
  expect(state.shuffledOrder([0], () => 0)).toEqual([0]);
  expect([state.BASES[0], state.BASES.at(-1), state.BASES.length]).toEqual([2, 1_000_000, 18]);
  expect(state.BASES[state.nearestBase(300)]).toBe(200);
}

const STATE_MISTAKES: Readonly<Record<string, Mistake>> = {
  "an order of another text": ["order.length === T && ", ""],
  "a word twice": ["new Set(order).size === T && ", ""],
  "the original order as numbers": ['(isMoved(order) ? order.join(",") : "")', 'order.join(",")'],
  "a move counts the gap": ["others.slice(0, to)", "others.slice(0, to + 1)"],
  "a swap that copies": ["place === other ? order[one]", "place === other ? order[other]"],
  "a shuffle may stay": ["isSame && next.length > 1", "isSame && next.length > 99"],
  "the nearest base on a straight scale": ["Math.abs(Math.log(one / base))", "-one"],
};

/** The sum and the shuffle of a sentence, against plain loops. */
function checkNumbers(numbers: typeof realNumbers): void {
  const frame = frameOf({ order: "4,1,2,3,0" }, numbers);
  const { state, reading } = frame;
  const calculator = frame.numbers;
  const sum = calculator.sum(state, reading, 0);
  expect(sum?.place, "the first word stands last now").toBe(4);
  expect(sum?.position[0]).toBeCloseTo(Math.sin(4), 5);
  expect(sum?.sum[1]).toBeCloseTo(ROWS[1] + Math.cos(4), 5);
  expect(sum?.norms.position).toBeCloseTo(Math.sqrt(3), 5);
  expect(calculator.sum({ ...state, base: 100 }, reading, 0)?.position[2]).toBeCloseTo(
    Math.sin(4 / 100 ** (1 / 3)),
    5,
  );
  expect(calculator.sum({ ...state, positions: false }, reading, 0)?.norms.position).toBe(0);
  const off = calculator.shuffle({ ...state, positions: false }, reading);
  expect(off.change).toBeLessThan(1e-6);
  const on = calculator.shuffle(state, reading);
  expect(on.change).toBeGreaterThan(0.05);
  expect(on.change).toBe(Math.max(...on.changes));
  expect(calculator.shuffle({ ...state, added: "alibi" }, reading).change).not.toBe(on.change);
  expect(calculator.shuffle(state, reading), "nothing is computed twice").toBe(
    calculator.shuffle(state, reading),
  );
  expect(calculator.dots(state, 3)[5]).toBeCloseTo(calculator.dots(state, 5)[3], 4);
  expect(calculator.pattern({ ...state, scheme: "alibi", length: 8 }, 0)[1]).toBeCloseTo(-1 / 16, 6);
}

const NUMBERS_MISTAKES: Readonly<Record<string, Mistake>> = {
  "the place where it was typed": ["const place = order.indexOf(token);", "const place = token;"],
  "positions are never off": ['state.positions ? state.added : "none"', "state.added"],
  "positions are added when off": ["const position = isOn", "const position = isOn || base > 0"],
  "another base": ["encoding(T, D, base)", "encoding(T, D, 10000)"],
  "the last change": ["Math.max(0, ...found)", "found[found.length - 1]"],
  "the order is not looked at": [
    "attend(shuffled(reading.vectors, reading.D, order)",
    "attend(shuffled(reading.vectors, reading.D, order.map((_, place) => place))",
  ],
};

/** Mistakes of a module, each seen by the check of it. */
function caught<Mutated>(
  file: string,
  check: (module: Mutated) => void,
  mistakes: Readonly<Record<string, Mistake>>,
): void {
  test.each(Object.entries(mistakes))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<Mutated>(`views/positions/${file}`, mistake);
    expect(() => check(mutant)).toThrow();
  });
}

describe("the explorer of positions", () => {
  const checkIndex = (module: Module): void => {
    checkMounted(module);
    checkFetching(module);
  };
  test("shows one view, and of the state what there is", () => checkMounted(real));
  test("fetches a word that it does not have", () => checkFetching(real));
  caught("index.ts", checkIndex, INDEX_MISTAKES);
});

describe("the encoding", () => {
  test("says its arithmetic", () => checkEncoding(realEncoding));
  caught("encodingpart.ts", checkEncoding, ENCODING_MISTAKES);
});

describe("the sum", () => {
  test("is the word and its position", () => checkSum(realSum));
  caught("sumpart.ts", checkSum, SUM_MISTAKES);
});

describe("the shuffle", () => {
  test("tells the same from the different", () => checkShuffle(realShuffle));
  caught("shufflepart.ts", checkShuffle, SHUFFLE_MISTAKES);
});

describe("the schemes", () => {
  test("say what they give beyond the training", () => checkSchemes(realSchemes));
  caught("schemespart.ts", checkSchemes, SCHEMES_MISTAKES);
});

describe("the state", () => {
  test("holds an order", () => checkState(realState));
  caught("state.ts", checkState, STATE_MISTAKES);
});

describe("the numbers", () => {
  test("are those of plain loops", () => checkNumbers(realNumbers));
  caught("numbers.ts", checkNumbers, NUMBERS_MISTAKES);
});

describe("words", () => {
  const places = (hands: ReturnType<typeof open>): string[] => hands.text(".attn-face");

  test("move with Alt and an arrow, and the focus goes with them", () => {
    const hands = open(real, { view: "shuffle" });
    hands.all(".attn-piece")[1].focus();
    hands.key(".attn-word:nth-child(2) .attn-piece", "ArrowRight", { altKey: true });
    expect(hands.model.get("order")).toBe("0,2,1,3,4");
    expect(places(hands)).toEqual(["0the", "1bites", "2dog", "3the", "4man"]);
    expect(document.activeElement?.textContent).toContain("dog");
    hands.key(".attn-word:nth-child(3) .attn-piece", "ArrowRight");
    expect(hands.model.get("order"), "an arrow alone walks").toBe("0,2,1,3,4");
    expect(document.activeElement?.textContent).toContain("3the");
    hands.key(".attn-word:nth-child(1) .attn-piece", "ArrowLeft", { altKey: true });
    expect(hands.model.get("order"), "the first goes no further").toBe("0,2,1,3,4");
  });

  test("typed markup is text, and too long a text is cut", () => {
    const hands = open(real, { view: "sum" });
    const input = hands.one("input[type=text]") as HTMLInputElement;
    input.value = "<b>dog</b>";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    vi.advanceTimersByTime(300);
    expect(hands.model.get("text")).toBe("<b>dog</b>");
    expect(hands.all("b")).toEqual([]);
    expect(places(hands).join(" ")).toContain("<");
    input.value = "dog ".repeat(99);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    vi.advanceTimersByTime(300);
    expect(String(hands.model.get("text"))).toHaveLength(200);
    expect(hands.text(".attn-hint")[0]).toContain("396");
    expect(places(hands)).toHaveLength(12);
  });
});

describe("what is drawn and saved", () => {
  test("a chart has its numbers, and the nearest place to a point", () => {
    const chart: Chart = {
      ...{ xs: [4, 12, 24], low: 0, high: 1, isNamed: false, caption: { x: "x", y: "y" }, uprights: [] },
      lines: [{ name: "", values: [1, NaN, 0.5], color: "red", width: 2, opacity: 1 }],
      text: (value) => value.toFixed(1),
    };
    const calls: unknown[][] = [];
    const pen = new Proxy(
      {},
      {
        get:
          (_, name) =>
          (...values: unknown[]) =>
            calls.push([name, ...values]) && 0,
      },
    );
    drawChart(pen as never, new Proxy({}, { get: () => "c" }) as never, SIZE, chart);
    expect(
      calls.filter(([name, , paint]) => name === "line" && (paint as { width?: number }).width === 2),
    ).toEqual([]);
    expect(
      calls.filter(([name]) => name === "dot"),
      "a gap parts the line in two dots",
    ).toHaveLength(2);
    expect([46, 250, 260, 600].map((x) => placeNear(SIZE, chart, x))).toEqual([0, 1, 1, 2]);
  });

  test("a pattern without all its numbers has a scale of those that it has", () => {
    const ramp = frameOf().ramps.diverging;
    const matrix = patternMatrix(Float32Array.of(NaN, -3, 1, NaN), 2, ramp, t);
    expect([matrix.scale.minimum, matrix.scale.maximum]).toEqual([-3, 3]);
    const chart = accuracyChart(TABLES.lengths, TABLES.accuracy, 12, "t5", frameOf().palette, t);
    expect(chart.lines.map(({ name }) => name).at(-1), "the chosen one on top").toBe("T5");
    expect(chart.lines).toHaveLength(7);
  });

  test("an entry's formula is right for sine and cosine", () => {
    const { state } = frameOf({ width: 8, base: 100 });
    const text = (entry: number): string =>
      realFormulas
        .entryFormula(state, 5, entry)
        .map((part) => (typeof part === "string" ? part : part.textContent))
        .join("");
    expect(text(2)).toBe(`sin(5 / 1002/8) = sin(1.5811) = ${Math.sin(5 / 100 ** 0.25).toFixed(4)}`);
    expect(text(7)).toBe(`cos(5 / 1006/8) = cos(0.1581) = ${Math.cos(5 / 100 ** 0.75).toFixed(4)}`);
    expect([6.283, 112.4, 35_332, 2_000_000].map(realFormulas.wavelengthText)).toEqual([
      "6.28",
      "112",
      "35k",
      "2.0M",
    ]);
    expect([0, 2.4e-7, 0.42].map(realFormulas.changeText)).toEqual(["0", "2.40\u2009×\u200910⁻⁷", "0.4200"]);
  });

  test("files hold what is on screen", () => {
    const frame = frameOf({ view: "shuffle", order: "4,1,2,3,0", scheme: "learned", length: 14 });
    const rows = csvOf(frame).split("\r\n");
    expect(rows[0]).toBe("word,place,place now,largest change");
    expect(rows[5]).toMatch(/^man,4,0,\d/);
    const saved = JSON.parse(jsonOf(frame)) as Record<string, unknown[]> & { pattern: unknown[][] };
    expect(saved.pattern[13][13]).toBe("NaN");
    expect(saved.pattern[3][3]).toBeTypeOf("number");
    expect([saved["outputs"].length, saved["sum_vectors"].length, saved["angles"].length]).toEqual([
      5, 3, 16,
    ]);
    expect(csvOf(frameOf({ view: "schemes", length: 8 })).split("\r\n")).toHaveLength(66);
    expect(csvOf(frameOf({ view: "sum" })).split("\r\n")[0]).toBe("entry,word,position,sum");
    expect(csvOf(frameOf()).split("\r\n")).toHaveLength(48 * 32 + 2);
  });

  test("the program names what is on screen", () => {
    expect(programOf(frameOf())).toContain("sinusoidal_positions(48, 32, base=10000)");
    const shuffle = frameOf({ view: "shuffle", added: "rotary", order: "1,0,2,3,4" });
    expect(programOf(shuffle)).toContain("order = [1, 0, 2, 3, 4]");
    expect(programOf(shuffle)).toContain("RotaryPositions(x.shape[1], base=10000)");
    expect(programOf(frameOf({ view: "shuffle", positions: false }))).not.toContain("Positions(");
    expect(programOf(frameOf({ view: "sum", positions: false }))).toContain("* 0");
    expect(programOf(frameOf({ view: "sum", text: "" }))).toBe("");
    expect(programOf(frameOf({ view: "schemes", scheme: "shaw", head: 1 }))).toContain("query[1]");
    expect(programOf(frameOf({ view: "schemes", scheme: "sinusoidal" }))).not.toContain("tables");
  });
});
