/** The explorer of heads, mounted as a page mounts it: on a page that has no pictures, with small random models. */

import { ModelClient } from "../engine/worker/client.js";
import { inProcess } from "../engine/worker/in-process.js";
import type { Context, ViewFactory } from "../host/context.js";
import type { ModelFiles, Models, ModelState, OpenModel } from "../host/models.js";
import { PageModel } from "../host/page-model.js";
import { translator } from "../host/strings.js";
import { modelFiles } from "./models.js";
import { headsState } from "./states.js";

export const NAMES = {
  translator: [0, 1]
    .map((layer) => `encoder.layers.${layer}.attention`)
    .concat(
      [0, 1, 2].flatMap((layer) => [
        `decoder.layers.${layer}.self_attention`,
        `decoder.layers.${layer}.cross_attention`,
      ]),
    ),
  writer: [0, 1].map((layer) => `decoder.layers.${layer}.self_attention`),
  reader: [0, 1].map((layer) => `encoder.layers.${layer}.attention`),
};
export const HEADS = 3;
export const LENGTH = 14;
const FAMILY = { translator: "encoder-decoder", writer: "decoder-only", reader: "encoder-only" } as const;
type Name = keyof typeof FAMILY;

// --- the worked example: each head does what its place says ------------------------------------------------------------

const SOURCE = ["一", "丁", "一", "。", "七", "</s>"];
const TARGET = ["<s>", " a", "b"];
const WRITTEN = [" a", "b", "</s>"];

type Rule = (row: number, column: number, count: number) => number;
const is = (truth: boolean): number => Number(truth);
const RULES: Readonly<Record<string, Rule>> = {
  previous: (row, column) => is(column === Math.max(0, row - 1)),
  next: (row, column, count) => is(column === Math.min(count - 1, row + 1)),
  same: (row, column) => is(column === (row === 0 ? 2 : row === 2 ? 0 : row)),
  itself: (row, column) => is(column === row),
  first: (_, column) => is(column === 0),
  delimiter: (_, column) => (column === 3 || column === 5 ? 0.5 : 0),
  causal: (row, column) => (column <= row ? 1 / (row + 1) : 0),
  even: (_, __, count) => 1 / count,
};

/** A number from 0 to 1 as float16. */
function half(number: number): number {
  if (number === 0) {
    return 0;
  }
  const exponent = Math.floor(Math.log2(number));
  return ((exponent + 15) << 10) + Math.round((number / 2 ** exponent - 1) * 1024);
}

function packed(shape: number[], numbers: number[]): { shape: number[]; data: string } {
  const bytes = new Uint8Array(Uint16Array.from(numbers, half).buffer);
  return { shape, data: btoa(String.fromCharCode(...bytes)) };
}

function weightsOf(rules: readonly string[], rows: number, columns: number): ReturnType<typeof packed> {
  const numbers = rules.flatMap((rule) =>
    Array.from({ length: rows * columns }, (_, place) =>
      RULES[rule](Math.floor(place / columns), place % columns, columns),
    ),
  );
  return packed([rules.length, rows, columns], numbers);
}

const S = SOURCE.length;
const PARTS = {
  x: packed(
    [S, 6],
    Array.from({ length: S * 6 }, (_, place) => place / 64),
  ),
  ...Object.fromEntries(
    ["query", "key", "value", "heads"].map((part, seed) => [
      part,
      packed(
        [HEADS, S, 2],
        Array.from({ length: HEADS * S * 2 }, (_, place) => ((place * 5 + seed) % 32) / 32),
      ),
    ]),
  ),
  scores: packed(
    [HEADS, S, S],
    Array.from({ length: HEADS * S * S }, (_, place) => (place % 16) / 16),
  ),
  weights: weightsOf(["previous", "next", "same"], S, S),
  output: packed(
    [S, 6],
    Array.from({ length: S * 6 }, (_, place) => 1 - place / 64),
  ),
};

export const EXAMPLE = {
  ...{ text: "一丁一。七", off: [], original: "ab", output: "ab", tokens: WRITTEN },
  before: [0.5, 0.25, 0.125],
  after: [0.5, 0.25, 0.125],
  candidates: WRITTEN.map((token) => [
    [token, 0.5],
    ["c", 0.25],
  ]),
  names: { source: SOURCE, target: TARGET, written: WRITTEN },
  weights: Object.fromEntries(
    NAMES.translator.map((name) => {
      if (name.startsWith("encoder")) {
        const rules = name.includes(".0.") ? ["previous", "next", "same"] : ["itself", "first", "delimiter"];
        return [name, weightsOf(rules, S, S)];
      }
      return name.endsWith(".self_attention")
        ? [name, weightsOf(["causal", "first", "itself"], 3, 3)]
        : [name, weightsOf(["even", "first", "delimiter"], 3, S)];
    }),
  ),
  parts: PARTS,
  attention: NAMES.translator[0],
};

// --- a page without pictures ------------------------------------------------------------------------------------------

/** What a canvas was told to draw. */
export interface Drawn {
  texts: string[];
  rectangles: number[][];
  pixels: Uint32Array | null;
}

const drawings = new WeakMap<HTMLCanvasElement, Drawn>();

export function drawnOn(canvas: HTMLCanvasElement): Drawn {
  const known = drawings.get(canvas) ?? { texts: [], rectangles: [], pixels: null };
  drawings.set(canvas, known);
  return known;
}

function contextOf(canvas: HTMLCanvasElement): unknown {
  const drawn = drawnOn(canvas);
  const tools: Record<string, unknown> = {
    measureText: (text: string) => ({ width: 7 * text.length }),
    clearRect: () => Object.assign(drawn, { texts: [], rectangles: [] }),
    fillText: (text: string) => drawn.texts.push(text),
    strokeRect: (...place: number[]) => drawn.rectangles.push(place),
    createImageData: (width: number, height: number) => {
      return { width, height, data: new Uint8ClampedArray(4 * width * height) };
    },
    putImageData: ({ data }: { data: Uint8ClampedArray }) => {
      drawn.pixels = new Uint32Array(data.slice().buffer);
    },
  };
  return new Proxy(tools, { get: (target, name) => target[name as string] ?? (() => undefined) });
}

const SIZE = { width: 640, height: 440 };

/** Sizes are told a moment after they are asked for, as a browser does. */
class Sizes {
  readonly #tell: ResizeObserverCallback;
  constructor(tell: ResizeObserverCallback) {
    this.#tell = tell;
  }
  observe(): void {
    const entry = { contentRect: SIZE } as unknown as ResizeObserverEntry;
    setTimeout(() => this.#tell([entry], this as unknown as ResizeObserver));
  }
  disconnect(): void {
    return;
  }
}

/** What is in sight is told by the test. */
export class Sight {
  static readonly all: Sight[] = [];
  readonly watched: Element[] = [];
  readonly #tell: IntersectionObserverCallback;
  constructor(tell: IntersectionObserverCallback) {
    this.#tell = tell;
    Sight.all.push(this);
  }
  observe(element: Element): void {
    this.watched.push(element);
  }
  disconnect(): void {
    this.watched.length = 0;
  }
  see(elements: readonly Element[], isIntersecting = true): void {
    const entries = elements.map((target) => ({ target, isIntersecting }));
    this.#tell(entries as unknown as IntersectionObserverEntry[], this as unknown as IntersectionObserver);
  }
}

/** Canvases that note what is drawn, colors from white to black, and observers that work without a layout. */
export function preparePage(stub: (name: string, value: unknown) => void): void {
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement) {
    return contextOf(this);
  } as unknown as typeof HTMLCanvasElement.prototype.getContext;
  const style = document.createElement("style");
  const colors = { page: "#fff", "scale-high": "#000", negative: "#a00", positive: "#00a", ink: "#111" };
  const rules = Object.entries(colors).map(([name, color]) => `--attn-${name}: ${color};`);
  style.textContent = `.attn { ${rules.join(" ")} }`;
  document.head.replaceChildren(style);
  Sight.all.length = 0;
  stub("ResizeObserver", Sizes);
  stub("IntersectionObserver", Sight);
}

// --- models -----------------------------------------------------------------------------------------------------------

const closing: (() => void)[] = [];
const opened = new Map<Name, Promise<OpenModel>>();

/** One of the three, as the page has it once it has arrived. */
export function modelOf(name: Name): Promise<OpenModel> {
  const known = opened.get(name) ?? load(name);
  opened.set(name, known);
  return known;
}

async function load(name: Name): Promise<OpenModel> {
  const port = inProcess();
  closing.push(() => port.close());
  const client = new ModelClient(port);
  const files = modelFiles(FAMILY[name], { max_length: LENGTH });
  const info = await client.call("load", name, files);
  return { key: name, client, info, description: JSON.parse(files.description) as Record<string, unknown> };
}

export function closeModels(): void {
  closing.splice(0).forEach((close) => close());
  opened.clear();
}

const nameOf = ({ weights }: ModelFiles): Name => weights.asset.split("/")[1] as Name;

/** Models that arrive as soon as they are asked for. */
class Store implements Models {
  readonly needed: string[] = [];
  readonly #states = new Map<string, ModelState>();
  readonly #listeners = new Set<() => void>();
  state(files: ModelFiles): ModelState {
    return this.#states.get(nameOf(files)) ?? { phase: "absent" };
  }
  need(files: ModelFiles): void {
    if (this.state(files).phase === "absent") {
      this.needed.push(nameOf(files));
      this.#states.set(nameOf(files), { phase: "loading", loaded: 0, total: 3 });
      void this.#open(nameOf(files));
    }
  }
  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }
  async #open(name: Name): Promise<void> {
    const model = await modelOf(name);
    this.#states.set(name, { phase: "ready", model });
    this.#listeners.forEach((listener) => listener());
  }
}

function cards(): unknown {
  const state = headsState()["cards"] as Record<Name, { files: ModelFiles }>;
  return Object.fromEntries(
    Object.entries(state).map(([name, card]) => {
      const { description, weights } = card.files;
      const files = { description, weights: { ...weights, asset: `models/${name}/weights` } };
      return [name, { ...card, files, attentions: NAMES[name as Name], heads: HEADS, max_length: LENGTH }];
    }),
  );
}

// --- the explorer -----------------------------------------------------------------------------------------------------

export interface Mounted {
  root: HTMLElement;
  state: PageModel;
  needed: readonly string[];
  all: (selector: string) => HTMLElement[];
  one: (selector: string) => HTMLElement;
  text: (selector: string) => string[];
  /** Presses a button by its words. */
  press: (name: string) => void;
  key: (node: Element, key: string) => void;
  type: (text: string) => void;
  canvas: (selector: string) => Drawn;
  destroy: () => void;
}

const t = translator("en", (key) => {
  throw new Error(`no string ${key}`);
});

export function openHeads(
  { mount }: { mount: ViewFactory },
  changes: Record<string, unknown> = {},
  home: Context["home"] = "book",
): Mounted {
  const source = { source: EXAMPLE.text };
  const page = headsState({ ...source, runs: { translator: EXAMPLE }, ...changes, cards: cards() });
  page["defaults"] = { ...(page["defaults"] as object), ...source };
  const [root, store] = [document.createElement("div"), new Store()];
  const state = new PageModel(page, () => undefined);
  document.body.replaceChildren(root);
  const context = { model: state, t, lang: "en", models: store, home, shareLink: null };
  const view = mount(root, context as unknown as Context);
  const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string): HTMLElement => {
    const found = all(selector).at(0);
    if (found === undefined) {
      throw new Error(`no ${selector}`);
    }
    return found;
  };
  return {
    ...{ root, state, needed: store.needed, all, one },
    text: (selector) => all(selector).map((node) => node.textContent),
    press: (name) => {
      const found = all("button").find((each) => each.textContent === name);
      if (found === undefined) {
        throw new Error(`no button ${name}`);
      }
      found.click();
    },
    key: (node, key) =>
      node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })),
    type: (text) => {
      const input = one(".attn-input") as HTMLInputElement;
      input.focus();
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
    canvas: (selector) => drawnOn(one(selector) as HTMLCanvasElement),
    destroy: () => view.destroy(),
  };
}
