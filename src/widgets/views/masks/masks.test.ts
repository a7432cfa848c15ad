// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Context, View } from "../../host/context.js";
import { PageModel } from "../../host/page-model.js";
import { translator } from "../../host/strings.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { masksState, MASKS_DEFAULTS } from "../../test/states.js";
import * as real from "./index.js";
import { graphOf } from "./graph.js";
import { presetMask } from "../../engine/masks.js";
import { programOf } from "./pythoncode.js";
import type { State } from "./state.js";

type Module = typeof real;

const t = translator("en", (key) => {
  throw new Error(`no string ${key}`);
});
const views: View[] = [];

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame"],
  });
});

afterEach(() => {
  views.splice(0).forEach((view) => view.destroy());
  vi.useRealTimers();
});

function open({ mount }: Module, changes: Record<string, unknown> = {}) {
  const [root, model] = [document.createElement("div"), new PageModel(masksState(changes), () => undefined)];
  document.body.replaceChildren(root);
  const needed: unknown[] = [];
  const models = {
    state: () => ({ phase: "absent" }),
    need: (files: unknown) => needed.push(files),
    onChange: () => () => undefined,
  };
  const context = { model, t, lang: "en", models, home: "book", shareLink: null } as unknown as Context;
  views.push(mount(root, context));
  const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
  const frame = (): void => {
    vi.advanceTimersByTime(17);
  };
  const cell = (place: number): HTMLElement => all("[role=grid] tbody td")[place];
  return {
    ...{ root, model, needed, all, frame, cell },
    text: (selector: string) => all(selector).map((node) => node.textContent),
    paint: (place: number) => {
      cell(place).dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
      window.dispatchEvent(new PointerEvent("pointerup"));
      frame();
    },
    key: (place: number, key: string, more = {}) => {
      cell(place).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
      frame();
    },
    press: (name: string) => {
      const button = all("button").find((each) => each.textContent === name);
      button?.click();
      frame();
    },
  };
}

/** Painting with the pointer and the keyboard, and taking it back. */
function checkPainting(module: Module): void {
  const { model, paint, key, cell, press, text, needed } = open(module);
  expect(needed, "nothing is fetched before the reader acts").toEqual([]);
  expect(text(".attn-msk-said")[0]).toContain("10 of 16");
  paint(13); // row 3, column 1
  expect([model.get("preset"), model.get("own")]).toEqual(["own", "1000/1100/1110/1011"]);
  expect(cell(13).getAttribute("aria-selected")).toBe("false");
  expect(cell(13).getAttribute("aria-label")).toBe("七 may not look at 一");
  expect(needed.length, "now the model is asked for").toBeGreaterThan(0);
  key(13, "ArrowUp");
  expect(document.activeElement).toBe(cell(9));
  key(9, " ");
  expect(model.get("own")).toBe("1000/1100/1010/1011");
  key(9, "c"); // the column of the cell: on unless all of it is
  expect(model.get("own")).toBe("1100/1100/1110/1111");
  press("Undo");
  expect(model.get("own")).toBe("1000/1100/1010/1011");
  key(9, "z", { ctrlKey: true });
  press("Undo");
  expect([model.get("preset"), model.get("own")]).toEqual(["causal", ""]);
}

/** The pictures follow from the mask: minus infinity, weights of 0, NaN where nothing looks for an empty row. */
function checkSteps(module: Module): void {
  const { model, frame, text } = open(module);
  const [masked, weights] = [2, 3].map(
    (grid) => () => text(`.attn-msk-picture:nth-child(${grid + 1}) tbody td`),
  );
  expect(masked().filter((value) => value === "−∞")).toHaveLength(6);
  expect(weights()[0]).toBe("1.00");
  expect(weights().slice(1, 4)).toEqual(["0.00", "0.00", "0.00"]);
  model.set("fault", "empty-row");
  model.set("row", 1);
  frame();
  expect(weights().slice(4, 8)).toEqual(["NaN", "NaN", "NaN", "NaN"]);
  model.set("fault", "inverted");
  frame();
  expect(masked()[0]).toBe("−∞");
  expect(masked()[3]).not.toBe("−∞");
  expect(weights().slice(12), "attnlab gives an empty row nothing").toEqual(["0.00", "0.00", "0.00", "0.00"]);
  model.set("fault", "half-precision");
  model.set("sentinel", "-10");
  frame();
  expect(masked().filter((value) => value === "−∞")).toHaveLength(0);
  const scores = (): (string | null)[] => text(".attn-msk-picture:nth-child(2) tbody td");
  const first = scores();
  model.set("head", 2);
  model.set("preset", "none");
  frame();
  expect(scores(), "another head has other scores").not.toEqual(first);
  expect(text(".attn-msk-said")[0]).toContain("16 of 16");
  expect(text(".attn-msk-said")[1]).toContain("Head 3");
}

/** A mystery hides the mask and the settings, and tells the right answer from the wrong ones. */
function checkMystery(module: Module): void {
  const { model, press, all, text, frame, paint } = open(module);
  press("Find the fault");
  expect(all(".attn-msk-settings")[0].hidden).toBe(true);
  expect(all("[role=grid]")[0].parentElement?.hidden).toBe(true);
  expect(text(".attn-msk-asked")[0]).toContain("causal");
  paint(1);
  expect(model.get("own"), "a hidden mask is not painted").toBe("");
  const answer = (fault: string): string | null => {
    const input = all(`.attn-msk-case input[value="${fault}"]`)[0] as HTMLInputElement;
    input.click();
    frame();
    return text(".attn-msk-feedback")[0];
  };
  expect(answer("wrong-axis")).toMatch(/^Not this\. Exchanged axes/);
  expect(answer("inverted")).toMatch(/^Right\. Weights stand exactly/);
  press("Next case");
  expect([model.get("mystery"), model.get("answer")]).toEqual([2, ""]);
  expect(answer("inverted")).toMatch(/^Not this/);
  expect(answer("empty-row")).toMatch(/^Right/);
  press("Back to the mask");
  expect(model.get("mystery")).toBe(0);
  expect(all(".attn-msk-settings")[0].hidden).toBe(false);
}

function checkAll(module: Module): void {
  checkPainting(module);
  checkSteps(module);
  checkMystery(module);
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "painting turns cells off only": ["isOn ? 1 : 0", "0"],
  "what is painted is not kept": ["this.#past.push({ preset, own, fault });", ""],
  "a fault is never applied": ["faultyMask(base, fault, row)", "faultyMask(base, 'none', row)"],
  "the painted mask is not read": ['preset === "own" || preset === "own-cross"', "false"],
  "the first head whatever is asked": ["Math.min(state.head, reading.scores.length - 1)", "0"],
  "an empty row without NaN": ['fault === "empty-row" ? NaN : 0', "0"],
  "half precision is exact": [
    'fault === "half-precision"\n      ? halfSoftmax',
    'state.text === ""\n      ? halfSoftmax',
  ],
  "a mystery can be painted": ["mask === undefined || this.#state.mystery > 0", "mask === undefined"],
};

describe("the explorer of masks", () => {
  test("paints", () => checkPainting(real));
  test("shows each step", () => checkSteps(real));
  test("hides a fault", () => checkMystery(real));

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<Module>("views/masks/index.ts", mistake);
    expect(() => checkAll(mutant)).toThrow();
  });

  test("the training of a text is told", () => {
    const { model, frame, text } = open(real);
    model.set("view", "training");
    frame();
    expect(text(".attn-msk-training tbody tr")).toHaveLength(3);
    expect(text(".attn-msk-shown .attn-quiet").join(" ")).toContain("3 runs over 6 tokens");
  });

  test("a text that nobody has read waits for the model, and the example stays", () => {
    const { model, frame, text, needed } = open(real);
    model.set("text", "七");
    frame();
    expect(needed.length).toBeGreaterThan(0);
    expect(text("[role=grid] tbody th")).toEqual(["<s>", "一", "丁", "七"]);
  });

  test("the graph lights what can reach a row", () => {
    const tokens = ["a", "b", "c", "d"];
    const mask = presetMask("window", 4, 4, { window: 2, prefix: 0, padding: 0 });
    const graph = graphOf({ queries: tokens, keys: tokens }, mask, 3, 2, false);
    expect(graph.lit.map((level) => [...level].sort())).toEqual([[1, 2, 3], [2, 3], [3]]);
    expect(graph.lines).toHaveLength(2 * 7);
    const crossed = graphOf(
      { queries: ["x"], keys: tokens },
      { Tq: 1, Tk: 4, allowed: Uint8Array.of(0, 1, 1, 0) },
      0,
      3,
      true,
    );
    expect(crossed.levels).toHaveLength(2);
    expect([...crossed.lit[0]]).toEqual([1, 2]);
  });

  test("the program names the mask, its size and its fault", () => {
    const state = { ...MASKS_DEFAULTS } as unknown as State;
    const program = programOf({ ...state, preset: "window", window: 3, fault: "inverted" }, 2);
    expect(program).toContain("sliding_window_mask(T, window=3)\nmask = ~mask\n");
    expect(programOf({ ...state, preset: "cross" }, 0)).toContain('preset="cross"');
    expect(programOf({ ...state, preset: "own-cross", own: "10" }, 0)).toContain(
      'w.own, w.preset = "10", "own-cross"',
    );
  });
});
