// @vitest-environment happy-dom
import { afterEach, describe, expect, test } from "vitest";
import { ModelClient } from "../../engine/worker/client.js";
import { inProcess } from "../../engine/worker/in-process.js";
import type { Context, View } from "../../host/context.js";
import type { ModelFiles, Models, ModelState } from "../../host/models.js";
import { PageModel } from "../../host/page-model.js";
import { translator } from "../../host/strings.js";
import { modelFiles } from "../../test/models.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { familiesState } from "../../test/states.js";
import * as real from "./index.js";

type Module = typeof real;

const t = translator("en", (key) => {
  throw new Error(`no string ${key}`);
});
const closing: (() => void)[] = [];

afterEach(() => {
  closing.splice(0).forEach((close) => close());
});

const FAMILY = { translator: "encoder-decoder", writer: "decoder-only", reader: "encoder-only" } as const;

/** Models that arrive as soon as they are asked for. */
class Store implements Models {
  readonly needed: string[] = [];
  readonly states = new Map<string, ModelState>();
  readonly listeners = new Set<() => void>();
  state(files: ModelFiles): ModelState {
    return this.states.get(nameOf(files)) ?? { phase: "absent" };
  }
  need(files: ModelFiles): void {
    if (this.state(files).phase === "absent") {
      this.needed.push(nameOf(files));
      this.states.set(nameOf(files), { phase: "loading", loaded: 0, total: 3 });
      void this.#open(nameOf(files));
    }
  }
  onChange(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }
  async #open(name: string): Promise<void> {
    const port = inProcess();
    closing.push(() => port.close());
    const client = new ModelClient(port);
    const files = modelFiles(FAMILY[name as keyof typeof FAMILY], { max_length: 11 });
    const info = await client.call("load", name, files);
    const description = JSON.parse(files.description) as Record<string, unknown>;
    this.states.set(name, { phase: "ready", model: { key: name, client, info, description } });
    this.listeners.forEach((listener) => listener());
  }
}

const nameOf = ({ weights }: ModelFiles): string => weights.asset.split("/")[1];

interface Opened {
  root: HTMLElement;
  state: PageModel;
  store: Store;
  view: View;
  one: (selector: string) => HTMLElement;
  block: (label: string, column?: string) => HTMLElement;
  kept: () => string[];
  family: (name: string) => void;
  type: (text: string) => Promise<void>;
  rest: () => Promise<void>;
  settle: (said?: string) => Promise<void>;
}

function cardsWithOwnFiles(): unknown {
  const cards = familiesState()["cards"] as Record<string, { files: ModelFiles }>;
  const named = (name: string, { files: { description, weights } }: { files: ModelFiles }): ModelFiles => ({
    description,
    weights: { ...weights, asset: `models/${name}/weights` },
  });
  return Object.fromEntries(
    Object.entries(cards).map(([name, card]) => [name, { ...card, files: named(name, card) }]),
  );
}

const RUNS = {
  translator: {
    inputs: { source: "一丁", decoding: "greedy", off: [] },
    ...{ text: "worked", ids: [7], tokens: [{ text: "worked", probability: 0.5, candidates: [] }] },
    ...{ next: null, read: ["一", "丁", "</s>"], attention: {} },
  },
  writer: {
    inputs: { prompt: "一", temperature: 0, top_k: 0, seed: 0, off: [] },
    ...{ text: "一 on", ids: [8], tokens: [{ text: " on", probability: 0.25, candidates: [] }] },
    ...{ next: [], read: ["<s>", "一", " on"], attention: {} },
  },
};

function open(
  { mount }: Module,
  changes: Record<string, unknown> = {},
  home: Context["home"] = "book",
): Opened {
  const page = familiesState({ runs: RUNS, ...changes, cards: cardsWithOwnFiles() });
  const [root, state, store] = [
    document.createElement("div"),
    new PageModel(page, () => undefined),
    new Store(),
  ];
  document.body.replaceChildren(root);
  const context = { model: state, t, lang: "en", models: store, home, shareLink: null };
  const view = mount(root, context as unknown as Context);
  closing.push(() => view.destroy());
  const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string): HTMLElement => {
    const found = all(selector).at(0);
    if (found === undefined) {
      throw new Error(`no ${selector}`);
    }
    return found;
  };
  const wait = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));
  const rest = (): Promise<void> => wait(40);
  const settle = async (said = "just now"): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) {
      await rest();
      const isBusy = one(".attn-family-outcome").getAttribute("aria-busy") === "true";
      if (!isBusy && one(".attn-load-line").textContent.includes(said)) {
        return;
      }
    }
    throw new Error(one(".attn-load-line").textContent);
  };
  return {
    ...{ root, state, store, view, one, rest, settle },
    block: (label, column) =>
      all(`.attn-block${column === undefined ? "" : `[data-column=${column}]`}`).find((node) =>
        node.textContent.startsWith(label),
      ) ?? root,
    kept: () => all(".attn-block[data-kept]").map((node) => node.dataset["part"] ?? ""),
    family: (name) => one(`input[value=${name}]`).click(),
    type: async (text) => {
      const input = one(".attn-input") as HTMLInputElement;
      input.focus();
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await wait(300);
    },
  };
}

/** A family is looked at without a model; its blocks stay, its example is shown, what it reads is its own. */
async function checkLooking(module: Module): Promise<void> {
  const { store, kept, family, rest, one, block, state } = open(module);
  expect(kept()).toHaveLength(13);
  expect(one(".attn-answer").textContent).toBe("worked");
  expect(one(".attn-load-line").textContent).toContain("A worked example");
  expect(one(".attn-half[data-stack=decoder] .attn-feds").textContent).toBe("<s>");
  family("decoder-only");
  await rest();
  expect(kept()).toEqual([
    "embedding",
    "positions",
    "self_attention",
    "feed_forward",
    "norm",
    "output",
    "softmax",
  ]);
  expect(one(".attn-answer").textContent).toBe("一 on");
  expect(one(".attn-half[data-stack=encoder]").hidden).toBe(true);
  expect(one(".attn-explained").textContent).toContain("Left out in this family"); // cross-attention
  expect(one(".attn-about").textContent).toBe("7 of 13 blocks stay · 2,668 weights");
  expect((one(".attn-input") as HTMLInputElement).value).toBe("一");
  expect(one(".attn-family-table").textContent).toContain("GPT");
  block("Masked").dispatchEvent(new Event("pointerenter"));
  await rest();
  expect(one(".attn-explained").textContent).toContain("Masked self-attention");
  expect(state.get("block")).toBe("decoder.cross_attention");
  one(".attn-diagram").dispatchEvent(new Event("pointerleave"));
  block("Softmax").click();
  await rest();
  expect(state.get("block")).toBe("softmax");
  expect(block("Softmax").getAttribute("aria-pressed")).toBe("true");
  expect(one(".attn-explained").textContent).toContain("Softmax");
  block("Softmax").focus();
  block("Softmax").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  await rest();
  expect(state.get("block")).toBe("output");
  expect(document.activeElement).toBe(block("Output"));
  expect(
    [...document.querySelectorAll<HTMLElement>(".attn-block")].filter((node) => node.tabIndex === 0),
  ).toHaveLength(1);
  expect(store.needed).toEqual([]);
}

/** What is typed is read by the model of the family, and the writer writes as much as Python's. */
async function checkRunning(module: Module): Promise<void> {
  const { store, family, rest, one, type, settle, state } = open(module);
  await type("丁一");
  expect(store.needed).toEqual(["translator"]);
  await settle();
  expect(state.get("source")).toBe("丁一");
  expect(one(".attn-half[data-stack=encoder] .attn-feds").textContent).toBe("丁一</s>");
  family("decoder-only");
  await rest();
  expect(one(".attn-answer").textContent).toBe("一 on"); // still the example
  one(".attn-run").click();
  await settle();
  const written = (): number => document.querySelectorAll(".attn-fed[data-written]").length;
  expect(written()).toBe(4);
  const text = one(".attn-answer").textContent;
  one(".attn-run").click(); // again, not further
  await rest();
  await settle();
  expect(written()).toBe(4);
  expect(one(".attn-answer").textContent).toBe(text);
  state.set("prompt", "丁"); // from an address; the model is there
  await rest();
  await settle();
  expect(one(".attn-given").textContent).toBe("丁");
  expect(written()).toBe(4);
  one(".attn-tools button").click(); // reset
  await rest();
  expect([state.get("family"), state.get("prompt")]).toEqual(["encoder-decoder", "一"]);
  expect(one(".attn-answer").textContent).toBe("worked");
  family("decoder-only");
  await rest();
  expect(one(".attn-answer").textContent).toBe("一 on");
  expect(one(".attn-load-line").textContent).toContain("A worked example");
  expect(store.needed).toEqual(["translator", "writer"]);
}

/** What a kernel sets is run; what an address says waits for the reader. */
async function checkHomes(module: Module): Promise<void> {
  const page = open(module);
  page.state.set("source", "丁");
  await page.rest();
  expect(page.store.needed).toEqual([]);
  expect(page.one(".attn-load-line").textContent).toContain("Press Translate");
  const beside = open(module, {}, "kernel");
  beside.state.set("sentence", "丁__");
  beside.state.set("family", "encoder-only");
  await beside.rest();
  await beside.settle();
  expect(beside.store.needed).toContain("reader");
}

/** What cannot be read stays in the box, and is said. */
async function checkTexts(module: Module): Promise<void> {
  const { one, type, rest, state, settle, family, store } = open(module);
  const input = one(".attn-input") as HTMLInputElement;
  const long = "丁".repeat(10_000);
  await type(long);
  expect(input.value).toBe(long);
  expect(one(".attn-load-line").textContent).toContain("10000 characters; at most 2000");
  expect(state.get("source")).toBe("一丁");
  one(".attn-run").click();
  await rest();
  expect(store.needed).toEqual([]);
  expect(input.value).toBe(long);
  one(".attn-load-line .attn-framed:not([hidden])").click();
  await rest();
  expect(state.get("source")).toBe("丁".repeat(2000));
  await type("<b>丁</b>");
  await settle("never learned: < b >");
  expect(state.get("source")).toBe("<b>丁</b>");
  expect(one(".attn-reading").querySelector("b")).toBeNull();
  family("encoder-only");
  await rest();
  await type("no blank");
  await settle("There is no blank");
}

async function check(module: Module): Promise<void> {
  await checkLooking(module);
  await checkRunning(module);
  await checkHomes(module);
  await checkTexts(module);
}

const FILE = "views/families/index.ts";
const MISTAKES: Record<string, Mistake> = {
  "a family fetches": ["this.#shell.set({ family });", "this.#shell.set({ family }); this.#run();"],
  "a writer goes on": [
    'if (this.#state.model === "writer") {\n      this.#written = [];\n    }\n    this.#session',
    "this.#session",
  ],
  "a writer writes nothing": [
    "this.#session.run(this.#state, this.#writes)",
    "this.#session.run(this.#state, 0)",
  ],
  "an address fetches": ['|| this.#context.home === "kernel") &&', "|| true) &&"],
  "a kernel waits": ['|| this.#context.home === "kernel") &&', ") &&"],
  "what is pointed at is picked": [
    "looked: this.#pointed ?? this.#chosen.block",
    "looked: this.#chosen.block",
  ],
  "what was written outlives a reset": [
    "this.#written = this.#writtenAtFirst();\n    this.#shell.set(readDefaults",
    "this.#shell.set(readDefaults",
  ],
  "nothing is saved back": ["this.#shell.set(change);", "void change;"],
};

describe("the explorer of families", () => {
  test("looks without a model", () => checkLooking(real));
  test("runs the model of the family", () => checkRunning(real));
  test("hears of its state from elsewhere", () => checkHomes(real));
  test("says what it cannot read", () => checkTexts(real), 15_000);

  test("goes when it is closed", () => {
    const { view, root, store, state } = open(real);
    view.destroy();
    expect(root.childElementCount).toBe(0);
    expect(store.listeners.size).toBe(0);
    state.set("family", "encoder-only"); // nobody hears it any more
  });

  test.each(Object.entries(MISTAKES))(
    "a planted mistake is caught: %s",
    async (_, mistake) => {
      const module = await mutantOf<Module>(FILE, mistake);
      await expect(check(module)).rejects.toThrow();
    },
    30_000,
  );
});
