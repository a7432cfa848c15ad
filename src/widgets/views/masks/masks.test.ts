// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Context, View } from "../../host/context.js";
import { PageModel } from "../../host/page-model.js";
import { translator } from "../../host/strings.js";
import { ModelClient } from "../../engine/worker/client.js";
import { inProcess } from "../../engine/worker/in-process.js";
import { readHash, writeHash } from "../../host/hash.js";
import type { ModelState } from "../../host/models.js";
import { modelFiles } from "../../test/models.js";
import { mutantWithin, type Mistake } from "../../test/mutant.js";
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
const LENGTH = 25; // as many tokens as a cell to paint has room for, and one more
const ports: { close: () => void }[] = [];
const later = setTimeout; // the real one

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame"],
  });
});

afterEach(() => {
  views.splice(0).forEach((view) => view.destroy());
  ports.splice(0).forEach((port) => port.close());
  vi.useRealTimers();
});

function open({ mount }: Module, changes: Record<string, unknown> = {}) {
  const [root, model] = [document.createElement("div"), new PageModel(masksState(changes), () => undefined)];
  document.body.replaceChildren(root);
  const needed: unknown[] = [];
  const store = { state: { phase: "absent" } as ModelState, tell: (): void => undefined };
  const models = {
    state: () => store.state,
    need: (files: unknown) => needed.push(files),
    onChange: (tell: () => void) => {
      store.tell = tell;
      return () => undefined;
    },
  };
  const context = { model, t, lang: "en", models, home: "book", shareLink: null } as unknown as Context;
  views.push(mount(root, context));
  vi.advanceTimersByTime(80); // the pictures come one a frame
  const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
  const frame = (): void => {
    vi.advanceTimersByTime(17);
  };
  const cell = (place: number): HTMLElement => all("[role=grid] tbody td")[place];
  return {
    ...{ root, model, needed, all, frame, cell },
    become: (state: ModelState) => {
      store.state = state;
      store.tell();
      frame();
    },
    /** The mask on screen, row by row. */
    mask: () => {
      const cells = all("[role=grid] tbody td").map((each) =>
        Number(each.ariaSelected === "true" || each.getAttribute("aria-selected") === "true"),
      );
      const columns = all("[role=grid] thead th").length;
      return cells
        .join("")
        .match(new RegExp(`.{${columns}}`, "g"))
        ?.join("/");
    },
    choose: (label: string, value: string) => {
      const select = all("select").find(
        (each) => each.getAttribute("aria-label") === label,
      ) as HTMLSelectElement;
      select.value = value;
      select.dispatchEvent(new Event("change"));
      frame();
    },
    type: (text: string) => {
      const input = all("input[type=text]")[0] as HTMLInputElement;
      input.value = text;
      input.dispatchEvent(new Event("input"));
      vi.advanceTimersByTime(300);
      frame();
    },
    /** Real time for the model, until it has said what is waited for. */
    until: async (isSo: () => boolean) => {
      for (let wait = 0; wait < 300 && !isSo(); wait += 1) {
        await new Promise((resolve) => later(resolve, 4));
        frame();
      }
      expect(isSo(), "this came in time").toBe(true);
    },
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
  const [masked, weights] = ["masked", "weights"].map(
    (grid) => () => text(`.attn-msk-picture[data-picture=${grid}] tbody td`),
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
  const scores = (): (string | null)[] => text(".attn-msk-picture[data-picture=scores] tbody td");
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

/** A stroke paints every cell that it passes with what its first cell became, and is taken back as one. */
function checkStroke(module: Module): void {
  const { model, cell, frame, press, mask } = open(module);
  const at = (place: number): void => {
    document.elementFromPoint = () => cell(place);
    cell(4).dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
  };
  at(9); // nothing is pressed
  cell(4).dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  [7, 15].forEach(at); // within one frame, and over cells that nobody heard of
  window.dispatchEvent(new PointerEvent("pointerup"));
  at(0); // and no longer
  frame();
  expect(model.get("own")).toBe("1000/0000/1110/1110");
  expect(mask()).toBe("1000/0000/1110/1110");
  cell(3).dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  at(1);
  window.dispatchEvent(new PointerEvent("pointerup"));
  frame();
  expect(model.get("own")).toBe("1111/0000/1110/1110");
  press("Undo");
  expect(model.get("own")).toBe("1000/0000/1110/1110");
  press("Undo");
  expect([model.get("preset"), mask()]).toEqual(["causal", "1000/1100/1110/1111"]);
}

/** All of it by keys: to the borders and no farther, rows, columns, and what belongs to the browser. */
function checkKeys(module: Module): void {
  const { model, key, cell, all, frame, mask } = open(module);
  const focused = (): number => all("[role=grid] tbody td").indexOf(document.activeElement as HTMLElement);
  ["ArrowUp", "ArrowLeft", "ArrowRight", "ArrowDown"].forEach((name) => key(0, name));
  expect(focused()).toBe(5);
  expect(all("[role=grid] td[tabindex='0']")).toEqual([cell(5)]);
  ["ArrowRight", "ArrowRight", "ArrowRight"].forEach((name) => key(5, name));
  expect(focused(), "a row has an end").toBe(7);
  ["ArrowDown", "ArrowDown", "ArrowDown"].forEach((name) => key(7, name));
  expect(focused()).toBe(15);
  key(15, "Enter");
  expect(mask()).toBe("1000/1100/1110/1110");
  key(15, "r");
  expect(mask()).toBe("1000/1100/1110/1111");
  const before = model.get("own");
  key(15, "r", { ctrlKey: true });
  key(15, "c", { metaKey: true });
  expect(model.get("own"), "a copy and a reload are not painting").toBe(before);
  key(15, "z", { ctrlKey: true });
  expect(mask()).toBe("1000/1100/1110/1110");
  all("[role=grid] thead th")[1].click();
  frame();
  expect(mask(), "the name of a key opens its column").toBe("1100/1100/1110/1110");
  all("[role=grid] tbody th")[2].click();
  frame();
  expect(model.get("row")).toBe(2);
  expect(all("[role=grid] tr[data-looked] th")[0].textContent).toBe("丁");
}

/** Each preset's mask, and the slider of those that have a size. */
function checkPresets(module: Module): void {
  const { model, choose, mask, all, frame } = open(module, { prefix: 2 });
  const wanted = {
    padding: "1110/1110/1110/1110",
    "causal-padding": "1000/1100/1110/1110",
    prefix: "1100/1100/1110/1111",
    window: "1000/1100/0110/0011",
    none: "1111/1111/1111/1111",
    causal: "1000/1100/1110/1111",
  };
  const size = all(".attn-msk-settings input[type=range]")[0] as HTMLInputElement;
  for (const [preset, rows] of Object.entries(wanted)) {
    choose("Mask", preset);
    expect(mask(), preset).toBe(rows);
    expect(size.disabled, preset).toBe(preset === "none" || preset === "causal");
  }
  choose("Mask", "window");
  expect([size.value, size.max]).toEqual(["2", "4"]);
  size.value = "3";
  size.dispatchEvent(new Event("input"));
  frame();
  expect([model.get("window"), mask()]).toEqual([3, "1000/1100/1110/0111"]);
}

/** The faults by their switch, each with what shows it. */
function checkFaults(module: Module): void {
  const { choose, mask, all, text } = open(module, { row: 1 });
  const sentinel = all("select").find((each) => each.getAttribute("aria-label") === "Instead of −∞");
  const masked = (): (string | null)[] => text("[data-picture=masked] tbody td");
  choose("What is wrong", "wrong-axis");
  expect(mask()).toBe("1111/0111/0011/0001");
  choose("What is wrong", "inverted");
  expect(mask()).toBe("0111/0011/0001/0000");
  choose("What is wrong", "empty-row");
  expect(mask()).toBe("1000/0000/1110/1111");
  expect((sentinel as HTMLSelectElement).disabled).toBe(true);
  choose("What is wrong", "half-precision");
  expect((sentinel as HTMLSelectElement).disabled).toBe(false);
  expect(text("[data-picture=masked] .attn-msk-said")[0]).toContain("−10,000");
  expect(masked()).not.toContain("−∞");
  choose("Instead of −∞", "-1e9");
  expect(masked(), "float16 has no such number").toContain("−∞");
}

/** Who reaches whom: the count follows from the mask, the row and the layers. */
function checkGraph(module: Module): void {
  const { model, frame, text, all, choose } = open(module, { preset: "window", view: "graph" });
  const said = (): string => text(".attn-msk-reach")[0] ?? "";
  expect(said()).toContain("After 2 layers, 3 of 4 tokens can reach “七”");
  const layers = all('input[aria-label="Layers"]')[0] as HTMLInputElement;
  layers.value = "1";
  layers.dispatchEvent(new Event("input"));
  frame();
  expect(model.get("layers")).toBe(1);
  expect(said()).toContain("After 1 layers, 2 of 4");
  choose("The row that is looked at", "0");
  expect(said()).toContain("1 of 4 tokens can reach “<s>”");
  expect(all(".attn-msk-graph")[0].getAttribute("aria-label")).toBe(said());
}

/** The reset button brings back all that the page began with, and there is nothing left to undo. */
function checkReset(module: Module): void {
  const { model, paint, press, choose, all, mask } = open(module);
  paint(13);
  choose("What is wrong", "inverted");
  press("Find the fault");
  press("Reset");
  for (const [name, value] of Object.entries(MASKS_DEFAULTS)) {
    expect(model.get(name), name).toEqual(value);
  }
  expect(mask()).toBe("1000/1100/1110/1111");
  const undo = all("button").find((each) => each.textContent === "Undo") as HTMLButtonElement;
  expect(undo.disabled).toBe(true);
}

/** What is typed stays as it was typed, as text; what is too long is said with both numbers. */
function checkTyping(module: Module): void {
  const { model, type, text, all, needed } = open(module);
  type("<b>x</b>");
  expect(model.get("text")).toBe("<b>x</b>");
  expect(all("b")).toEqual([]);
  expect(needed.length).toBeGreaterThan(0);
  type("丁".repeat(2001));
  expect(Array.from(model.get<string>("text"))).toHaveLength(2000);
  expect((all("input[type=text]")[0] as HTMLInputElement).value).toHaveLength(2001);
  expect(text(".attn-load-line")[0]).toContain("2001 characters; the first 2000");
}

/** A download that failed is told, and tried again when the reader says so, not before. */
function checkFailure(module: Module): void {
  const { paint, needed, become, press, text, frame } = open(module);
  paint(13);
  const asked = needed.length;
  become({ phase: "failed", reason: "unreachable", detail: "status 503" });
  for (let redraw = 0; redraw < 5; redraw += 1) {
    paint(redraw);
    frame();
  }
  expect(needed.length, "nobody asked for another attempt").toBe(asked);
  expect(text(".attn-load-line")[0]).toContain("The Writer could not be fetched");
  expect(text(".attn-load-line")[0]).toContain("status 503");
  press("Try again");
  expect(needed.length).toBe(asked + 1);
}

/** The address holds what the reader painted, and brings it back; what does not fit is left out. */
function checkAddress(module: Module): void {
  const { model, paint, choose } = open(module);
  choose("Mask", "window");
  paint(0);
  const page = masksState();
  const state = {
    ...page,
    ...Object.fromEntries(Object.keys(MASKS_DEFAULTS).map((name) => [name, model.get(name)])),
  };
  const hash = writeHash("", state, MASKS_DEFAULTS);
  const again = open(module, readHash(hash, page, MASKS_DEFAULTS) ?? {});
  expect(again.mask()).toBe("0000/1100/0110/0011");
  const bad = hash.replace("0000", "0002");
  expect(bad).not.toBe(hash);
  expect(readHash(bad, page, MASKS_DEFAULTS)?.["own"]).toBe("");
}

type Family = "decoder-only" | "encoder-decoder";

async function ready(family: Family): Promise<Extract<ModelState, { phase: "ready" }>> {
  const port = inProcess();
  ports.push(port);
  const client = new ModelClient(port);
  const files = modelFiles(family, { max_length: LENGTH });
  const info = await client.call("load", family, files);
  const description = JSON.parse(files.description) as Record<string, unknown>;
  return { phase: "ready", model: { key: family, client, info, description } };
}

/** The next token after a row under a mask in all heads of all layers, asked of the model itself. */
async function wanted(
  { model }: Awaited<ReturnType<typeof ready>>,
  mask: string,
  row: number,
): Promise<string> {
  const allowed = Uint8Array.from([...mask.replaceAll("/", "")].map(Number));
  const masks = Object.fromEntries(
    [0, 1].map((layer) => [`decoder.layers.${layer}.self_attention`, { rows: 4, columns: 4, allowed }]),
  );
  const look = { input: { target: [0, 4, 5, 6] }, edits: { masks }, options: { logits: [row] } };
  const { logits } = await model.client.call("look", model.key, look);
  const powers = Array.from(logits, Math.exp);
  const most = Math.max(...powers) / powers.reduce((sum, power) => sum + power, 0);
  return most.toFixed(3);
}

/** The prediction is the model's own under this very mask, for the row that is looked at. */
async function checkPrediction(module: Module): Promise<void> {
  const { paint, become, until, all, text, choose, mask, model, frame } = open(module);
  const state = await ready("decoder-only");
  const under = all(".attn-msk-column")[1];
  const isDone = (): boolean => under.getAttribute("aria-busy") === "false";
  const first = (): string => text(".attn-msk-column:last-child .attn-candidate-number")[0] ?? "";
  expect(isDone()).toBe(true);
  paint(13);
  expect(isDone()).toBe(false);
  become(state);
  await until(isDone);
  expect(first()).toBe(await wanted(state, mask() ?? "", 3));
  choose("The row that is looked at", "1");
  paint(3);
  paint(6);
  await until(isDone);
  expect(first()).toBe(await wanted(state, mask() ?? "", 1));
  expect(first(), "another mask, another share").not.toBe(await wanted(state, "1000/1100/1110/1111", 1));
  const exact = text(".attn-candidates")[1];
  model.set("sentinel", "-10");
  choose("What is wrong", "half-precision");
  frame();
  await until(isDone);
  expect(text(".attn-candidates")[1], "a leak in the first layer").not.toBe(exact);
}

/** A text of the reader's own, the translator's cross-attention, and what each of them cannot read. */
async function checkReading(module: Module): Promise<void> {
  const { become, until, type, text, all, mask, model, frame } = open(module);
  become(await ready("decoder-only"));
  const names = (part: string): (string | null)[] => text(`[role=grid] ${part} th`);
  type("丁七");
  await until(() => names("tbody").length === 3);
  expect(names("tbody")).toEqual(["<s>", "丁", "七"]);
  expect(mask()).toBe("100/110/111");
  model.set("view", "training");
  frame();
  await until(() => all(".attn-msk-training tbody tr").length === 2);
  const rows = all(".attn-msk-training tbody tr").map((row) =>
    [...row.children].map((each) => each.textContent),
  );
  rows.forEach(([, , together, alone]) => expect(Number(together)).toBeCloseTo(Number(alone), 5));
  model.set("view", "steps");
  type("丁".repeat(30));
  await until(() => text(".attn-load-line")[0]?.includes("at most 23") ?? false);
  expect(text(".attn-load-line")[0]).toContain("30 tokens");
  expect(names("tbody"), "the last that fits stays").toEqual(["<s>", "丁", "七"]);
}

async function checkCross(module: Module): Promise<void> {
  const { become, until, type, text, all, choose, mask } = open(module, { example: crossExample() });
  become(await ready("encoder-decoder"));
  choose("Mask", "cross");
  type("一丁龘");
  await until(() => text("[role=grid] thead th").length === 4);
  expect(text("[role=grid] thead th")).toEqual(["一", "丁", "龘", "</s>"]);
  expect(mask()?.split("/")[0]).toBe("1110");
  const axis = all('option[value="wrong-axis"]')[0] as HTMLOptionElement;
  expect(axis.disabled, "only a square mask hides that mistake").toBe(
    text("[role=grid] tbody th").length !== 4,
  );
  type("龘");
  await until(() => text(".attn-load-line")[0]?.includes("knows none of these characters: 龘") ?? false);
  type("");
  await until(() => text(".attn-load-line")[0]?.includes("There is nothing to read") ?? false);
}

/** A translator's reading of two tokens by three. */
function crossExample(): Record<string, unknown> {
  const scores = btoa(String.fromCharCode(...new Uint8Array(new Float32Array(3 * 6).buffer)));
  const tokens = { queries: ["<s>", "x"], keys: ["一", "丁", "</s>"], ids: [0, 5], source: [4, 5, 2] };
  const translator = { text: "一丁", ...tokens, cut: 0, scores, plain: [[], []], training: [] };
  return { ...(masksState()["example"] as object), translator };
}

const CHECKS: Readonly<Record<string, (module: Module) => void | Promise<void>>> = {
  "a cell is painted and taken back": checkPainting,
  "a stroke is painted": checkStroke,
  "keys do all of it": checkKeys,
  "presets and their sizes": checkPresets,
  "each step is shown": checkSteps,
  "faults are switches": checkFaults,
  "a mystery is solved": checkMystery,
  "who reaches whom": checkGraph,
  "reset brings everything back": checkReset,
  "what is typed is text": checkTyping,
  "the address brings the mask back": checkAddress,
  "a failed download waits": checkFailure,
  "the prediction follows the mask": checkPrediction,
  "a text is read and learned from": checkReading,
  "a translation is read": checkCross,
};

const ENTRY = "views/masks/index.ts";

/** What is wrong, the check that notices, the file, the line as it is and as it would be. */
const MISTAKES: readonly (readonly [string, keyof typeof CHECKS, string, Mistake])[] = [
  ["painting turns cells off only", "a cell is painted and taken back", "index.ts", ["isOn ? 1 : 0", "0"]],
  [
    ...(["what is painted is not kept", "a cell is painted and taken back", "index.ts"] as const),
    ["this.#past.push({ preset, own, fault });", ""],
  ],
  [
    ...(["a mystery can be painted", "a mystery is solved", "index.ts"] as const),
    ["!isNew || this.#state.mystery > 0", "!isNew"],
  ],
  ["each cell of a stroke is a step", "a stroke is painted", "index.ts", ["fault }, goesOn);", "fault });"]],
  [
    "a stroke skips cells",
    "a stroke is painted",
    "stroke.ts",
    ["{ length: steps }", "{ length: Math.min(1, steps) }"],
  ],
  [
    "a stroke never ends",
    "a stroke is painted",
    "paintpart.ts",
    ["() => (this.#stroke = null)", "() => undefined"],
  ],
  [
    ...(["a stroke is painted on what was drawn", "a stroke is painted", "index.ts"] as const),
    ["    const mask = this.#mask();", "    const mask = this.#frame?.numbers.mask ?? null;"],
  ],
  ["a row has no end", "keys do all of it", "paintpart.ts", ["column < columns", "column < 99"]],
  [
    "a reload paints",
    "keys do all of it",
    "paintpart.ts",
    ["event.ctrlKey || event.metaKey || event.altKey", "false"],
  ],
  [
    "a column's name does nothing",
    "keys do all of it",
    "paintpart.ts",
    ["if (column >= 0) {", "if (column > 99) {"],
  ],
  ["a row's name does nothing", "keys do all of it", "grid.ts", ["options.onRow(row);", ""]],
  [
    "the size is not shown",
    "presets and their sizes",
    "asking.ts",
    ["this.#size.value = String(state[name]);", ""],
  ],
  [
    "a size changes nothing",
    "presets and their sizes",
    "asking.ts",
    ["[name]: Number(this.#size.value)", ""],
  ],
  [
    "a fault is never applied",
    "faults are switches",
    "numbers.ts",
    ["faultyMask(base, fault,", "faultyMask(base, 'none',"],
  ],
  [
    ...(["the painted mask is not read", "a cell is painted and taken back", "numbers.ts"] as const),
    ['preset === "own" || preset === "own-cross"', "false"],
  ],
  [
    ...(["the first head whatever is asked", "each step is shown", "numbers.ts"] as const),
    ["Math.min(state.head, reading.scores.length - 1)", "0"],
  ],
  ["an empty row without NaN", "each step is shown", "numbers.ts", ['fault === "empty-row" ? NaN : 0', "0"]],
  [
    ...(["half precision is exact", "faults are switches", "numbers.ts"] as const),
    ['fault === "half-precision"\n      ? halfSoftmax', 'state.text === ""\n      ? halfSoftmax'],
  ],
  [
    ...(["the sentinel of the code", "faults are switches", "describe.ts"] as const),
    ["`−${thousands(-Number(sentinel))}`", "sentinel"],
  ],
  [
    "every answer is right",
    "a mystery is solved",
    "mysterypart.ts",
    ["state.answer === shown.fault", "true"],
  ],
  [
    "the mask is not hidden",
    "a mystery is solved",
    "paintpart.ts",
    [
      '"hidden", isMystery);\n    setAttribute(this.#hidden',
      '"hidden", false);\n    setAttribute(this.#hidden',
    ],
  ],
  [
    "one layer whatever is set",
    "who reaches whom",
    "graphpart.ts",
    ["row, state.layers);\n    const values", "row, 1);\n    const values"],
  ],
  ["the last row whatever is asked", "who reaches whom", "numbers.ts", ["row < 0 ?", "row < 99 ?"]],
  ["undo outlives a reset", "reset brings everything back", "index.ts", ["this.#past.length = 0;", ""]],
  ["a text as long as it was typed", "what is typed is text", "asking.ts", [".slice(0, MAX_TEXT)", ""]],
  ["each redraw tries again", "a failed download waits", "session.ts", ['state.phase === "absent"', "true"]],
  [
    "nobody can try again",
    "a failed download waits",
    "session.ts",
    ["this.#wished = null;\n    this.need(model);", ""],
  ],
  [
    ...(["the mask in the first layer alone", "the prediction follows the mask", "index.ts"] as const),
    ["names.map((name) => [name,", "names.slice(0, 1).map((name) => [name,"],
  ],
  [
    "the first row's next token",
    "the prediction follows the mask",
    "session.ts",
    ["wish.row, wish.edits", "0, wish.edits"],
  ],
  [
    ...(["half precision is not given to the model", "the prediction follows the mask", "index.ts"] as const),
    ["rows: { [names[0]]: rows }", "rows: {}"],
  ],
  [
    "alone is the place before",
    "a text is read and learned from",
    "asked.ts",
    ["ids.slice(0, place + 1), [place]", "ids.slice(0, Math.max(1, place)), [Math.max(0, place - 1)]"],
  ],
  [
    "an unknown character has no name",
    "a translation is read",
    "asked.ts",
    ["[...characters, ...shown.slice(characters.length)]", "shown"],
  ],
  ["what nobody knows is read", "a translation is read", "asked.ts", ["if (!hasKnown)", "if (false)"]],
];

describe("the explorer of masks", () => {
  test.each(Object.entries(CHECKS))("%s", (_, check) => check(real));

  test("an import that is led astray changes nothing by itself", async () => {
    const same = await mutantWithin<Module>(ENTRY, "session.ts", [
      "export class Session",
      "export  class Session",
    ]);
    expect(same).not.toBe(real);
    for (const check of Object.values(CHECKS)) {
      await check(same);
    }
  });

  test.each(MISTAKES)("a planted mistake is caught: %s", async (_, name, file, mistake) => {
    const mutant = await mutantWithin<Module>(ENTRY, file, mistake);
    await expect((async () => CHECKS[name](mutant))()).rejects.toThrow();
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
