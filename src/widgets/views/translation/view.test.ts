// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Step } from "../../engine/model/decoding.js";
import { ModelClient } from "../../engine/worker/client.js";
import { inProcess } from "../../engine/worker/in-process.js";
import type { Context, View } from "../../host/context.js";
import type { Models, ModelState, OpenModel } from "../../host/models.js";
import { PageModel } from "../../host/page-model.js";
import { translator } from "../../host/strings.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { modelFiles } from "../../test/models.js";
import { translationState } from "../../test/states.js";
import * as real from "./index.js";

type Module = typeof real;

const t = translator("en", (key) => {
  throw new Error(`no string ${key}`);
});
const TEXT = "一丁七";
const PACE = 450;
const MOST = 11; // tokens; the random model rarely ends before
const STACKS = [
  ["encoder", ["attention"], 2],
  ["decoder", ["self_attention", "cross_attention"], 3],
] as const;
const ATTENTIONS = STACKS.flatMap(([stack, names, layers]) =>
  Array.from({ length: layers }, (_, layer) => names.map((name) => `${stack}.layers.${layer}.${name}`)),
).flat();
const CROSS = "decoder.layers.2.cross_attention";

const closing: (() => void)[] = [];
/** What was painted on canvases: every text, and how often cells were, and how high. */
const painted = { texts: [] as string[], cells: 0, height: 0 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  vi.stubGlobal("ResizeObserver", SizedObserver);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(() => fakeContext() as never);
  const colors = ["page", "panel", "ink", "muted", "line", "hairline", "query", "scale-high", "key"];
  colors.forEach((name, place) =>
    document.documentElement.style.setProperty(`--attn-${name}`, `#${String(place + 1).repeat(6)}`),
  );
});

afterEach(() => {
  closing.splice(0).forEach((close) => close());
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Every box is 420 by 336. */
class SizedObserver {
  readonly #callback: (entries: unknown[]) => void;
  constructor(callback: (entries: unknown[]) => void) {
    this.#callback = callback;
  }
  observe(): void {
    queueMicrotask(() => this.#callback([{ contentRect: { width: 420, height: 336 } }]));
  }
  disconnect(): void {
    return;
  }
}

function fakeContext(): object {
  const known: Record<string, unknown> = {
    measureText: (text: string) => ({ width: 7 * text.length }),
    createImageData: (width: number, height: number) => ({
      ...{ width, height, data: new Uint8ClampedArray(4 * width * height) },
    }),
    fillText: (text: string) => painted.texts.push(text),
    drawImage: (_canvas: unknown, _x: number, _y: number, _width: number, height: number) => {
      painted.cells += 1;
      painted.height = height;
    },
  };
  return new Proxy(known, { get: (target, name: string) => target[name] ?? (() => undefined) });
}

let opened: Promise<OpenModel> | null = null;

/** The same small random translator for all tests. */
function openModel(): Promise<OpenModel> {
  opened ??= (async () => {
    const client = new ModelClient(inProcess(0));
    const files = modelFiles("encoder-decoder", { source_vocab_size: 29, max_length: MOST });
    const info = await client.call("load", "translator", files);
    const description = JSON.parse(files.description) as Record<string, unknown>;
    return { key: "translator", client, info, description };
  })();
  return opened;
}

/** A model that arrives as soon as it is asked for. */
class Store implements Models {
  needed = 0;
  #state: ModelState = { phase: "absent" };
  readonly listeners = new Set<() => void>();
  state(): ModelState {
    return this.#state;
  }
  need(): void {
    if (this.#state.phase === "absent") {
      this.needed += 1;
      this.#state = { phase: "loading", loaded: 0, total: 3 };
      void openModel().then((model) => {
        this.#state = { phase: "ready", model };
        this.listeners.forEach((listener) => listener());
      });
    }
  }
  onChange(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }
}

type Mounted = ReturnType<typeof open>;

function open({ mount }: Module, changes: Record<string, unknown> = {}, home: Context["home"] = "kernel") {
  const card = { ...(translationState()["card"] as object), attentions: ATTENTIONS };
  const page = translationState({ text: TEXT, card, ...changes });
  page["defaults"] = { ...(page["defaults"] as object), text: TEXT };
  const saved: Record<string, unknown>[] = [];
  const [root, state, store] = [
    document.createElement("div"),
    new PageModel(page, (one) => saved.push(one)),
    new Store(),
  ];
  document.body.replaceChildren(root);
  const context = { model: state, t, lang: "en", models: store, home, shareLink: null };
  const view: View = mount(root, context as unknown as Context);
  closing.push(() => view.destroy());
  const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string): HTMLElement => {
    const found = all(selector).at(0);
    if (found === undefined) {
      throw new Error(`no ${selector}`);
    }
    return found;
  };
  const text = (selector: string): string[] => all(selector).map((node) => node.textContent);
  const rest = (time = 25): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));
  /** Until the translation of what is asked is there, and drawn. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) {
      await rest();
      const isBusy = one(".attn-trl-outcome").getAttribute("aria-busy") === "true";
      if (!isBusy && !/Loading|Starting|Press/.test(one(".attn-load-line").textContent)) {
        return;
      }
    }
    throw new Error(one(".attn-load-line").textContent);
  };
  const button = (name: string): HTMLButtonElement => {
    const found = all("button").find((node) => node.textContent === name);
    if (found === undefined) {
      throw new Error(`no button ${name}`);
    }
    return found as HTMLButtonElement;
  };
  return {
    ...{ root, state, store, view, all, one, text, rest, settle, button, saved },
    press: async (name: string): Promise<void> => {
      button(name).click();
      await rest();
    },
    pick: async (selector: string): Promise<void> => {
      one(selector).click();
      await settle();
    },
    choose: async (selector: string, value: number): Promise<void> => {
      const select = one(selector) as HTMLSelectElement;
      select.value = String(value);
      select.dispatchEvent(new Event("change"));
      await rest();
    },
    slide: async (label: string, value: number | string): Promise<void> => {
      const input = one(`input[aria-label="${label}"]`) as HTMLInputElement;
      input.value = String(value);
      input.dispatchEvent(new Event("input"));
      await rest();
      await settle();
    },
    type: async (typed: string): Promise<void> => {
      const input = one(".attn-input-row input") as HTMLInputElement;
      input.focus();
      input.value = typed;
      input.dispatchEvent(new Event("input"));
      await rest(300);
    },
    tokens: () => text(".attn-trl-token:not([data-mark=next]) > span:first-child"),
    shares: () => text(".attn-trl-token:not([data-mark=next]) > .attn-trl-share"),
    candidates: () => text(".attn-trl-candidate .attn-trl-name").filter((name) => name !== ""),
    count: () => one(".attn-trl-count").textContent,
    said: () => one(".attn-trl-text").textContent.trim(),
  };
}

/** An explorer whose text has been translated to its end. */
async function openReady(module: Module, changes: Record<string, unknown> = {}): Promise<Mounted> {
  const found = open(module, changes);
  found.state.set("text", `${TEXT}五`);
  found.state.set("text", changes["text"] ?? TEXT);
  await found.rest();
  await found.settle();
  return found;
}

// --- what the engine says by itself ------------------------------------------------------------------------------------

type Options = Record<string, unknown>;

async function engine(
  options: Options = {},
  typed = TEXT,
  kind: "greedy" | "sample" = "greedy",
): Promise<Step[]> {
  const { client, key } = await openModel();
  const { ids } = await client.call("prepare", key, { typed }, "test");
  const found: Step[] = [];
  const request = { ids, options: { maxNewTokens: MOST, weights: true, ...options } };
  const steps = client.steps(kind, key, request, `test ${kind}`) as AsyncIterable<Step>;
  for await (const step of steps) {
    found.push(step);
  }
  return found;
}

async function spelled(ids: readonly number[]): Promise<string[]> {
  const { client, key } = await openModel();
  return (await client.call("decode", key, { ids: [...ids] }, "test spelling")).shown;
}

const two = (value: number): string => value.toFixed(2);

/** The tokens on screen, and what each was chosen with, are the engine's. */
async function shows(found: Mounted, steps: readonly Step[]): Promise<void> {
  expect(found.tokens().map((name) => name.replace(/ \(.*\)$/, ""))).toEqual(
    await spelled(steps.map(({ token }) => token)),
  );
  expect(found.shares()).toEqual(steps.map(({ filtered, token }) => two(filtered[token])));
}

/** The weights of one row, as the sliders of the editor have them. */
const weightsShown = ({ text }: Mounted): string[] => text(".attn-trl-key .attn-trl-number");

const meanOf = (step: Step, name: string): string[] => {
  const { shape, data } = step.attention.get(`${name}.weights`) ?? {
    shape: [1, 0],
    data: new Float32Array(),
  };
  const [heads, keys] = shape;
  return Array.from({ length: keys }, (_, key) => {
    const column = Array.from({ length: heads }, (__, head) => data[head * keys + key]);
    return two(column.reduce((sum, weight) => sum + weight, 0) / heads);
  });
};

// --- the checks ----------------------------------------------------------------------------------------------------------

/** What is typed is read; step by step the text grows, the newest distribution is shown, and the end is the end. */
async function checkSteps(module: Module): Promise<void> {
  const found = open(module, {}, "book");
  const { type, settle, press, count, tokens, button, text, state, store, candidates, said } = found;
  expect(store.needed, "nothing is fetched before the reader acts").toBe(0);
  await type("丁一");
  await settle();
  expect(store.needed).toBe(1);
  expect(state.get("text")).toBe("丁一");
  expect(text(".attn-trl-source")).toEqual(["丁", "一", "</s>"]);
  const steps = await engine({}, "丁一");
  expect(count()).toBe(`Step 0 of ${steps.length}`);
  expect(tokens()).toEqual([]);
  const likeliest = [...steps[0].distribution.entries()].sort((a, b) => b[1] - a[1]).slice(0, 7);
  expect(candidates()).toEqual(await spelled(likeliest.map(([id]) => id)));
  expect(text(".attn-trl-candidate .attn-trl-number")).toEqual(
    likeliest.map(([, share]) => share.toFixed(3)),
  );
  await press("Step");
  await press("Step");
  expect(count()).toBe(`Step 2 of ${steps.length}`);
  await shows(found, steps.slice(0, 2));
  expect(text("[data-mark=next]")).toHaveLength(1);
  expect(text(".attn-part-title").join(" ")).toContain("Step 3: what could come next");
  await press("Back");
  await shows(found, steps.slice(0, 1));
  expect(found.one(".attn-trl-live, [aria-live]").isConnected).toBe(true);
  await press("Run to the end");
  expect(button("Stop").disabled).toBe(false);
  for (let turn = 0; turn < MOST; turn += 1) {
    vi.advanceTimersByTime(PACE);
    await found.rest();
  }
  await shows(found, steps);
  expect(state.get("steps")).toBeNull();
  expect([button("Run to the end").disabled, button("Step").disabled]).toEqual([true, true]);
  expect(said().length).toBeGreaterThan(0);
  await press("Start again");
  expect([count(), said()]).toEqual([`Step 0 of ${steps.length}`, ""]);
}

/** Another candidate is taken, what follows is the engine's with it dictated, and it can be taken back. */
async function checkChoosing(module: Module): Promise<void> {
  const found = await openReady(module);
  const { all, pick, settle, state, one, text, rest } = found;
  const plain = await engine();
  await shows(found, plain);
  all(".attn-trl-token")[1].click();
  await rest();
  expect(text(".attn-part-title").join(" ")).toContain("Step 2:");
  const name = text(".attn-trl-candidate .attn-trl-name")[2];
  await pick("li:nth-child(3) .attn-trl-candidate");
  const [id] = Object.values(state.get<Record<string, number>>("forced"));
  expect(await spelled([id])).toEqual([name]);
  expect(Object.keys(state.get("forced"))).toEqual(["1"]);
  await shows(found, await engine({ forced: { 1: id } }));
  expect(one("[data-mark=forced]").getAttribute("data-step")).toBe("1");
  expect(one("li:nth-child(3) .attn-trl-candidate").getAttribute("data-chosen")).toBe("forced");
  expect(one(".attn-trl-plain").textContent).toContain("Without your changes");
  expect(all("[data-mark=changed]").length).toBeGreaterThan(0);
  all(".attn-trl-token")[0].click(); // an earlier choice makes the later one void
  await rest();
  await pick("li:nth-child(2) .attn-trl-candidate");
  expect(Object.keys(state.get("forced"))).toEqual(["0"]);
  await pick(".attn-trl-undo");
  expect(state.get("forced")).toEqual({});
  await shows(found, plain);
  state.set("steps", 2);
  await rest();
  one("[data-mark=next]").click();
  await rest();
  await pick("li:nth-child(4) .attn-trl-candidate"); // the token to come: it is written at once
  expect([state.get("steps"), Object.keys(state.get("forced"))]).toEqual([3, ["2"]]);
  await pick("[data-chosen=forced]"); // pressed again
  await settle();
  expect(state.get("forced")).toEqual({});
}

/** Beam and sampling are the engine's, each with its numbers. */
async function checkDecoding(module: Module): Promise<void> {
  const found = await openReady(module);
  const { all, pick, one, text, slide, press } = found;
  expect(one(".attn-trl-beam").hidden).toBe(true);
  expect(all(".attn-setting:not([hidden])")).toHaveLength(0);
  await pick("input[value=beam]");
  expect(one(".attn-trl-beam").hidden).toBe(false);
  expect(all(".attn-setting:not([hidden])")).toHaveLength(1);
  const { client, key } = await openModel();
  const { ids } = await client.call("prepare", key, { typed: TEXT }, "test");
  const options = { maxNewTokens: MOST, width: 3, lengthPenalty: 0.7 };
  await slide("Width", 3);
  const steps = [];
  for await (const step of client.steps("beam", key, { ids, options }, "test beam")) {
    steps.push(step);
  }
  const scores = steps.flatMap(({ live, finished, index }) =>
    [...live, ...finished.filter((one) => one.ids.length === index + 1)].map(({ score }) => score),
  );
  const shown = text(".attn-trl-node-score").filter((score) => score !== "");
  expect(shown.map((score) => Number(score.replace("−", "-"))).sort()).toEqual(
    scores.map((score) => Number(score.toFixed(2))).sort(),
  );
  const best = steps[steps.length - 1].best.ids;
  expect(found.tokens()).toEqual(await spelled(best));
  await press("Start again");
  await press("Step");
  expect(text(".attn-trl-node-text")).toHaveLength(4); // the start and three
  await press("Step");
  expect(text(".attn-trl-node-text")).toHaveLength(7);

  await pick("input[value=sample]");
  await slide("Temperature", 1.5);
  await slide("Top k (0 = all)", 9);
  await slide("Top p", 0.75);
  await slide("Seed", 6);
  found.state.set("steps", null);
  await found.rest();
  const sampling = { temperature: 1.5, topK: 9, topP: 0.75, seed: 6 };
  const drawn = await engine(sampling, TEXT, "sample");
  await shows(found, drawn);
  const [{ filtered }] = drawn;
  const kept = text(".attn-trl-candidate .attn-trl-number")
    .map(Number)
    .filter((share) => share > 0);
  expect(kept.length).toBe(Math.min(7, [...filtered].filter((share) => share >= 0.0005).length));
  await slide("Seed", 7.5);
  await slide("Seed", "");
  expect(found.state.get("seed"), "no whole number is no seed").toBe(6);
}

/** All three attentions, layer by layer and head by head; a row that is overwritten changes the next token. */
async function checkLooking(module: Module): Promise<void> {
  const found = await openReady(module);
  const { one, all, text, choose, pick, rest, state, button, slide, press } = found;
  const steps = await engine();
  const [layers, heads] = [".attn-trl-selects select:first-child", ".attn-trl-selects select:last-child"];
  one(".attn-toggle input").click();
  await rest();
  expect(one(".attn-trl-editor").hidden).toBe(false);
  expect(weightsShown(found)).toEqual(meanOf(steps[0], CROSS));
  await choose(".attn-trl-editor select", 3);
  expect(weightsShown(found)).toEqual(meanOf(steps[3], CROSS));
  await choose(layers, 0);
  await choose(heads, 1);
  const look = steps[3].attention.get("decoder.layers.0.cross_attention.weights");
  expect(weightsShown(found)).toEqual(Array.from(look?.data.slice(4, 8) ?? [], two));
  await pick("input[value=decoder]");
  await choose(heads, -1);
  expect(weightsShown(found)).toEqual(meanOf(steps[3], "decoder.layers.0.self_attention"));
  expect(text(".attn-trl-key-name")[0]).toBe("<start>");
  await pick("input[value=encoder]");
  expect(weightsShown(found)).toHaveLength(4);
  expect(all(`${layers} option`)).toHaveLength(2);
  await pick("input[value=cross]");
  await choose(layers, 2);

  const only = one(".attn-trl-key:nth-child(3) button");
  only.focus();
  await pick(".attn-trl-key:nth-child(3) button");
  expect(document.activeElement).toBe(only);
  const rows = state.get<{ attention: string; head: number; query: number; weights: number[] }[]>("rows");
  expect(rows).toEqual([{ attention: CROSS, head: -1, query: 3, weights: [0, 0, 1, 0] }]);
  const edits = { rows: { [CROSS]: [0, 1, 2].map((head) => ({ head, query: 3, weights: [0, 0, 1, 0] })) } };
  const after = await engine({ edits });
  await shows(found, after);
  const listed = text(".attn-trl-candidate .attn-trl-number").map(Number);
  const top = Math.max(...after[3].distribution);
  expect(listed[0]).toBeCloseTo(top, 3);
  const id = [...after[3].distribution].indexOf(top);
  const change = after[3].distribution[id] - steps[3].distribution[id];
  expect(Number(text(".attn-trl-change")[0].replace("−", "-"))).toBeCloseTo(change, 3);
  await slide(`Weight of ${text(".attn-trl-key-name")[0]}`, 0.6);
  expect(weightsShown(found)).toEqual(["0.60", "0.00", "0.40", "0.00"]);
  await choose(heads, 2);
  await press("Evenly");
  await found.settle();
  expect(state.get("rows")).toHaveLength(2);
  expect(weightsShown(found)).toEqual(["0.25", "0.25", "0.25", "0.25"]);
  await press("Undo this row");
  await found.settle();
  expect(state.get("rows")).toHaveLength(1);
  button("Undo all rows").click();
  await rest();
  await found.settle();
  await shows(found, steps);
  one(".attn-trl-editor").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  await rest();
  expect(one(".attn-trl-editor").hidden).toBe(true);
}

/** A tapped cell is read out and stays lit; a picture that says the same is not painted again. */
async function checkPicture(module: Module): Promise<void> {
  const found = await openReady(module);
  const { one, rest, state, press, text } = found;
  const steps = await engine();
  const map = one(".attn-attention-map");
  await rest();
  const before = painted.cells;
  expect(before).toBeGreaterThan(0);
  const at = { clientX: 130, clientY: 60, bubbles: true };
  const weights = steps.map((step) => meanOf(step, CROSS).map(Number));
  const readout = (): string => one(".attn-map-readout").textContent;
  const isRead = (): void => {
    const [, row = "", column = "", weight] = /^(.+) looks at (.+): ([\d.]+)$/.exec(readout()) ?? [];
    const place = [found.tokens().indexOf(row), text(".attn-trl-source").indexOf(column)];
    expect(Number(weight), readout()).toBeCloseTo(weights[place[0]][place[1]], 2);
  };
  map.dispatchEvent(new MouseEvent("click", at));
  await rest();
  isRead();
  const tapped = readout();
  map.dispatchEvent(new PointerEvent("pointermove", { ...at, clientY: 110, pointerType: "touch" }));
  map.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "touch" }));
  await rest();
  isRead();
  expect(readout()).not.toBe(tapped);
  expect(painted.cells, "the cells are as they were").toBe(before);
  map.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "mouse" }));
  await rest();
  expect(one(".attn-map-readout").textContent).toBe("Each row sums to 1.");
  painted.texts.length = 0;
  state.set("head", 1);
  await rest();
  expect(painted.cells).toBe(before + 1);
  expect(painted.texts).toContain(two(steps[0].attention.get(`${CROSS}.weights`)?.data[4] ?? NaN));
  const cell = painted.height / steps.length;
  await press("Start again");
  painted.texts.length = 0;
  await press("Step");
  expect(painted.texts.filter((one) => /^0\.\d\d$|^1\.00$/.test(one)).length).toBe(2 * 4 + 2); // and the legend
  expect(painted.height, "cells are as large as in the end").toBe(2 * cell);
}

/** Reset, an address, a kernel, a text that cannot be read. */
async function checkState(module: Module): Promise<void> {
  const found = await openReady(module, { forced: { 2: 5 }, steps: 4, look: "decoder", head: 1 });
  const { state, press, settle, rest, type, one, text, saved, button } = found;
  state.set("forced", { 2: 5 });
  await rest();
  await settle();
  await shows(found, (await engine({ forced: { 2: 5 } })).slice(0, 4));
  await type("七");
  await settle();
  expect([state.get("forced"), state.get("rows"), state.get("steps")]).toEqual([{}, [], 0]);
  await press("Reset");
  expect([state.get("text"), state.get("look"), state.get("steps")]).toEqual([TEXT, "cross", null]);
  expect(saved.at(-1)?.["text"]).toBe(TEXT);
  await type("  ");
  await settle();
  expect(one(".attn-problem").textContent).toContain("The text is empty");
  expect(found.tokens()).toEqual([]);
  await type("<b>x</b>");
  await settle();
  expect(one(".attn-problem").textContent).toContain("< b >");
  expect(found.root.querySelector("b")).toBeNull();
  await type("一".repeat(12));
  await settle();
  expect(one(".attn-problem").textContent).toContain("12 characters; the translator reads at most 10");
  button("Cut it").click();
  await rest();
  await settle();
  expect(state.get("text")).toBe("一".repeat(10));
  expect(text(".attn-trl-source")).toHaveLength(11);

  const page = open(module, {}, "book");
  page.state.set("text", "丁");
  await page.rest();
  expect(page.store.needed, "an address fetches nothing").toBe(0);
  expect(page.one(".attn-load-line").textContent).toContain("Press Run to the end");
  const beside = open(module);
  beside.state.set("text", "丁");
  await beside.rest();
  await beside.settle();
  await shows(beside, await engine({}, "丁"));
}

/** Whoever moves a slider asks for the next translation before the last one is there: only the newest counts. */
async function checkHaste(module: Module): Promise<void> {
  const found = await openReady(module);
  const { state, rest, settle, all } = found;
  const { client } = await openModel();
  const own = (weights: number[]) => [{ attention: CROSS, head: -1, query: 0, weights }];
  const before = [0, 0, 0, 1];
  state.set("rows", own(before));
  await rest();
  await settle();
  for (const weights of [[1, 0, 0, 0], before, before]) {
    const spy = heldBack(client, () => state.set("rows", own(weights)));
    state.set("rows", own([0, 0, 1, 0]));
    await rest();
    await settle();
    spy.mockRestore();
    expect(all(".attn-problem").map((node) => node.textContent)).toEqual([]);
    const edits = { rows: { [CROSS]: [0, 1, 2].map((head) => ({ head, query: 0, weights })) } };
    await shows(found, await engine({ edits }));
  }
}

/** All steps of the first translation are there; before it can ask for more, another is begun by `meanwhile`. */
function heldBack(client: ModelClient, meanwhile: () => void) {
  const steps = client.steps.bind(client) as (...asked: unknown[]) => AsyncGenerator;
  let asked = 0;
  async function* held(inner: AsyncGenerator): AsyncGenerator {
    yield* inner;
    meanwhile();
    for (let turn = 0; turn < 20 && asked < 2; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const spy = vi.spyOn(client, "steps") as unknown as {
    mockImplementation: (steps: unknown) => { mockRestore: () => void };
  };
  return spy.mockImplementation((...question: unknown[]) => {
    asked += 1;
    return asked === 1 ? held(steps(...question)) : steps(...question);
  });
}

type Check = (module: Module) => Promise<void>;

const MISTAKES: Readonly<Record<string, [file: string, mistake: Mistake, check: Check]>> = {
  "a step goes nowhere": ["index", ["isLast ? null : steps + 1", "isLast ? null : steps"], checkSteps],
  "a run stops after one step": ["index", ["isLost || !this.#step()", "this.#step()"], checkSteps],
  "back goes to the start": ["index", ["this.#shownNow().steps - 1)", "0)"], checkSteps],
  "the first candidates stay": ["index", ["this.#state.steps === null ? 0 : last", "0"], checkSteps],
  "an unfinished text has no next": ["run", ["rows.push(levels[count].rows[place]);", ""], checkSteps],
  "the likeliest last": ["compute", ["own[second] - own[first]", "own[first] - own[second]"], checkSteps],
  "the model's choice is fed back": [
    "compute",
    ["weights: true, forced }", "weights: true }"],
    checkChoosing,
  ],
  "later choices stay": ["index", ["Number(at) < step)", "Number(at) !== step)"], checkChoosing],
  "a choice is never taken back": ["index", ["Number(at) !== step)", "Number(at) >= 0)"], checkChoosing],
  "the token to come is not written": ["index", ["Math.min(step + 1, total)", "state.steps"], checkChoosing],
  "another step is changed": [
    "choosing",
    ["choose(this.#step, candidate.id)", "choose(this.#step + 1, candidate.id)"],
    checkChoosing,
  ],
  "changes are not marked": ["writing", ["plain.ids[step] !== id", "false"], checkChoosing],
  "a beam of another width": ["compute", ["width: state.width", "width: 4"], checkDecoding],
  "no length penalty": ["compute", ["info.decoding.lengthPenalty", "null"], checkDecoding],
  "the whole tree at once": ["tree", ["slice(0, shown.steps)", "slice(0)"], checkDecoding],
  "no temperature": [
    "compute",
    ["temperature, topK, topP, seed }", "temperature: 1, topK, topP, seed }"],
    checkDecoding,
  ],
  "no top k": ["compute", ["state.topK === 0 ? null", "state.topK >= 0 ? null"], checkDecoding],
  "the model's own shares": [
    "compute",
    ["probability: used[id], log", "probability: own[id], log"],
    checkDecoding,
  ],
  "any seed": ["asking", ["(step < 1 || Number.isInteger(value))", "(value >= 0)"], checkDecoding],
  "always the last layer": ["state", ["names[layer] ??", "undefined ??"], checkLooking],
  "always all heads": ["run", ["head >= 0 && head < heads", "head > 99"], checkLooking],
  "self-attention is cross-attention": [
    "state",
    ["/^decoder.*\\.self_attention$/", "/^decoder.*\\.cross_attention$/"],
    checkLooking,
  ],
  "one head is overwritten": ["compute", ["head < 0 ? Array", "head < -1 ? Array"], checkLooking],
  "the first row is overwritten": [
    "editor",
    ["query: this.#query, weights:", "query: 0, weights:"],
    checkLooking,
  ],
  "before is now": ["compute", ["then?.[id] ?? null", "then === null ? null : own[id]"], checkLooking],
  "sliders are made anew": [
    "editor",
    ["if (keys !== this.#built)", "if (keys !== this.#built || listed !== '')"],
    checkLooking,
  ],
  "a slider alone": ["editor", ["(weight / rest) * (1 - value)", "weight"], checkLooking],
  "an undo takes all back": [
    "editor",
    ["rows: this.#others(state, attention) });\n    }\n  }\n}", "rows: [] });\n    }\n  }\n}"],
    checkLooking,
  ],
  "each redraw paints": ["looking", ["head, rows, ramp);", "head, [...rows], ramp);"], checkPicture],
  "a tap is not read out": [
    "../shared/attentionmap",
    ["this.#go(place);\n    this.#pick", "this.#pick"],
    checkPicture,
  ],
  "a finger that lifts takes all along": [
    "../shared/attentionmap",
    ['pointerType !== "touch"', "pointerType"],
    checkPicture,
  ],
  "cells shrink while the text grows": [
    "picture",
    ["rows: longest,", "rows: now.rows.length,"],
    checkPicture,
  ],
  "the numbers of all heads": [
    "picture",
    ["state.look, attention, state.head)", "state.look, attention, -1)"],
    checkPicture,
  ],
  "choices outlive their text": [
    "asking",
    ["forced: {}, rows: [], steps: 0", "rows: [], steps: 0"],
    checkState,
  ],
  "a reset keeps the view": [
    "index",
    ["this.#shell.set(readDefaults(this.#context.model));", ""],
    checkState,
  ],
  "an address fetches": [
    "index",
    ["isThere || this.#context.home", "true || this.#context.home"],
    checkState,
  ],
  "a kernel waits": ["index", ['this.#context.home === "kernel"', "false"], checkState],
  "an old translation goes on": [
    "session",
    ["if (turn !== this.#turn) {\n          throw", "if (turn < 0) {\n          throw"],
    checkHaste,
  ],
  "what was on its way replaces what is there": ["index", ["session.halt(); // back", "// back"], checkHaste],
  "one character too many": [
    "session",
    ["characters.length <= most;", "characters.length <= most + 1;"],
    checkState,
  ],
};

/** The whole view with one of its modules mistaken. */
async function mistaken(file: string, mistake: Mistake): Promise<Module> {
  if (file === "index") {
    return mutantOf<Module>("views/translation/index.ts", mistake);
  }
  vi.resetModules();
  const mutant = await mutantOf<object>(`views/translation/${file}.ts`, mistake);
  vi.doMock(`./${file}.js`, () => mutant);
  try {
    return await import("./index.js");
  } finally {
    vi.doUnmock(`./${file}.js`);
    vi.resetModules();
  }
}

describe("the explorer of translations", () => {
  test("reads, steps, runs to the end", () => checkSteps(real));
  test("takes another token", () => checkChoosing(real));
  test("keeps a beam and draws", () => checkDecoding(real));
  test("looks, and is looked elsewhere", () => checkLooking(real));
  test("paints what changed", () => checkPicture(real));
  test("keeps up with haste", () => checkHaste(real));
  test("has a state", () => checkState(real));

  test("goes when it is closed", async () => {
    const { view, root, store, state } = await openReady(real);
    view.destroy();
    expect(root.childElementCount).toBe(0);
    expect(store.listeners.size).toBe(0);
    state.set("text", "丁"); // nobody hears it any more
  });

  test("passes with a module that is planted, but not mistaken", async () => {
    const module = await mistaken("compute", ["SHOWN = 7;", "SHOWN = 7; "]);
    for (const check of [
      checkSteps,
      checkChoosing,
      checkDecoding,
      checkLooking,
      checkPicture,
      checkState,
      checkHaste,
    ]) {
      await check(module);
    }
  });

  test.each(Object.entries(MISTAKES))(
    "a planted mistake is caught: %s",
    async (_, [file, mistake, check]) => {
      const module = await mistaken(file, mistake);
      await expect(check(module)).rejects.toThrow();
    },
    30_000,
  );
});
