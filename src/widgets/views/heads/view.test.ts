// @vitest-environment happy-dom
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  closeModels,
  drawnOn,
  EXAMPLE,
  LENGTH,
  modelOf,
  NAMES,
  openHeads,
  preparePage,
  Sight,
  type Mounted,
} from "../../test/heads.js";
import { mutantInside, type Mistake } from "../../test/mutant.js";
import * as real from "./index.js";

type Module = typeof real;
type Name = keyof typeof NAMES;

const open: Mounted[] = [];
const mounted = (...given: Parameters<typeof openHeads>): Mounted => {
  const view = openHeads(...given);
  open.push(view);
  return view;
};

beforeEach(() => preparePage((name, value) => vi.stubGlobal(name, value)));
afterEach(() => {
  vi.useRealTimers();
  open.splice(0).forEach(({ destroy }) => destroy());
  vi.unstubAllGlobals();
});
afterAll(closeModels);

const wait = (time: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, time));

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 300; turn += 1) {
    if (isSo()) {
      return;
    }
    await wait(10);
  }
  throw new Error(`waited for ${what}; ${open.map(lineOf).join()}`);
}

const lineOf = ({ one }: Mounted): string => one(".attn-load-line").textContent;

/** Until the model has computed what is on screen, and every picture is made. */
async function settled(view: Mounted, said = "just now"): Promise<void> {
  await wait(30);
  const isBusy = (): boolean => view.one(".attn-mh-heads").getAttribute("aria-busy") === "true";
  await until(() => !isBusy() && lineOf(view).includes(said), `the model: ${lineOf(view)}`);
  await wait(60);
}

const painted = ({ text }: Mounted, rows: number): Promise<void> =>
  until(() => text(".attn-mh-weight").filter((weight) => weight !== "").length === 3 * rows, "all pictures");

// --- what is shown of an example --------------------------------------------------------------------------------------

/** Each head of the example was made to do one thing, and is found to do it. */
async function checkLabels(module: Module): Promise<void> {
  const view = mounted(module);
  const { text, all, one } = view;
  await painted(view, 8);
  const [encoder, self, cross] = [
    ["before", "after", "same", "itself", "first", "marks"],
    ["spread", "first", "itself"],
    ["spread", "first", "marks"],
  ];
  const decoder = [...self, ...cross];
  expect(text(".attn-mh-kind")).toEqual([...encoder, ...decoder, ...decoder, ...decoder]);
  expect(new Set(text(".attn-mh-weight"))).toEqual(new Set(["1.00"]));
  const said: string[] = [];
  for (const place of [0, 1, 2, 5, 6]) {
    all(".attn-mh-open")[place].click();
    await wait(30);
    said.push(one(".attn-mh-does").textContent);
  }
  expect(said[0]).toBe("token before: 1.00 of the weight on average over 5 rows; chance 0.17.");
  expect(said[1]).toBe("token after: 1.00 of the weight on average over 5 rows; chance 0.17.");
  expect(said[2]).toContain("same token elsewhere: 1.00 of the weight on average over 2 rows; chance 0.17.");
  expect(said[3]).toBe("punctuation and marks: 1.00 of the weight on average over 6 rows; chance 0.33.");
  expect(said[4]).toBe("spread out: entropy 1.00 of the largest possible, over 2 rows.");
}

/** Pictures are of their own heads; one opens large, by pointer and by keyboard, and nothing is fetched for it. */
async function checkOpening(module: Module): Promise<void> {
  const view = mounted(module);
  const { all, one, text, state, key, press, canvas, needed } = view;
  expect(text(".attn-mh-text")).toEqual(["ab", "ab"]);
  await painted(view, 8);
  const [white, black] = [0xffffffff, 0xff000000];
  const pictureOf = (place: number): number[] => [
    ...(drawnOn(all(".attn-mh-small")[place] as HTMLCanvasElement).pixels ?? []),
  ];
  expect(pictureOf(0).slice(0, 8)).toEqual([black, ...Array<number>(5).fill(white), black, white]);
  expect(pictureOf(1).slice(0, 3)).toEqual([white, black, white]);
  expect(one(".attn-mh-opened-title").textContent).toBe("Encoder 1, mean of 3 heads");
  expect(canvas(".attn-attention-map canvas").texts.slice(0, 4)).toEqual(["0.33", "0.33", "0.33", "0.00"]);
  expect((all(".attn-mh-buttons button") as HTMLButtonElement[]).map(({ disabled }) => disabled)).toEqual([
    ...[true, true, true],
  ]);
  all(".attn-mh-open")[5].click();
  await wait(60);
  expect([state.get("attention"), state.get("head")]).toEqual([NAMES.translator[1], 2]);
  expect(one(".attn-mh-opened-title").textContent).toBe("Encoder 2, head 3");
  expect(canvas(".attn-attention-map canvas").texts.slice(0, 6)).toEqual([
    ...["0.00", "0.00", "0.00", "0.50", "0.00", "0.50"],
  ]);
  const pressed = all(".attn-mh-open").map((button) => button.getAttribute("aria-pressed"));
  expect([pressed.indexOf("true"), pressed.lastIndexOf("true")]).toEqual([5, 5]);
  const walked = (): number => all(".attn-mh-open").indexOf(document.activeElement as HTMLElement);
  all(".attn-mh-open")[5].focus();
  ["ArrowDown", "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowUp"].forEach((name) => {
    key(document.activeElement as Element, name);
  });
  expect(walked()).toBe(5); // the last one has no neighbor to the right
  key(document.activeElement as Element, "ArrowUp");
  expect(walked()).toBe(2);
  expect(all("[tabindex='0'].attn-mh-open").map((button) => all(".attn-mh-open").indexOf(button))).toEqual([
    2, 8,
  ]);
  press("Mean of all");
  await wait(30);
  expect(state.get("head")).toBe(-1);
  key(one(".attn-attention-map"), "ArrowDown");
  await wait(30);
  expect(one(".attn-mh-opened .attn-mh-readout").textContent).toBe("一 looks at 一: 0.667");
  expect(needed, "looking fetches nothing").toEqual([]);
}

/** Where there is little room, what is not in use is folded, and says what goes on inside. */
async function checkFolds(module: Module): Promise<void> {
  const { all, text } = mounted(module, { off: [`translator.${NAMES.translator[3]}.1`] });
  const folds = all(".attn-mh-fold");
  expect(folds.map((fold) => fold.hasAttribute("data-open"))).toEqual([false, true, false]);
  expect(text(".attn-mh-fold-button")).toEqual([
    "Each token's probability ",
    "Encoder all 6 are on",
    "Decoder 1 of 18 are off",
  ]);
  all(".attn-mh-fold-button").forEach((button) => button.click());
  expect(folds.map((fold) => fold.hasAttribute("data-open"))).toEqual([true, false, true]);
  const said = all(".attn-mh-fold-button").map((button) => button.getAttribute("aria-expanded"));
  expect(said).toEqual(["true", "false", "true"]);
  const named = all(".attn-mh-fold-button").map((button) => button.getAttribute("aria-controls"));
  expect(named).toEqual(all(".attn-mh-fold-body").map(({ id }) => id));
  await Promise.resolve();
}

/** Nothing is drawn as it opens; then one row at a time, those in sight first. */
async function checkSlices(module: Module): Promise<void> {
  vi.useFakeTimers();
  const { all, state } = mounted(module);
  const rows = (): number[] => all(".attn-mh-row").map((row) => row.querySelectorAll("canvas").length);
  expect(rows()).toEqual(Array(8).fill(0));
  Sight.all[0].see([4, 5].map((row) => all(".attn-mh-row")[row]));
  Sight.all[0].see([all(".attn-mh-row")[5]], false);
  const seen: string[] = [];
  for (let turn = 0; turn < 60; turn += 1) {
    vi.advanceTimersToNextTimer();
    const filled = rows().flatMap((count, row) => (count > 0 ? [row] : []));
    if (filled.join("") !== seen.at(-1)) {
      seen.push(filled.join(""));
    }
  }
  expect(seen.slice(0, 4)).toEqual(["", "4", "04", "014"]);
  expect(seen.at(-1)).toBe("01234567");
  state.set("model", "reader");
  vi.advanceTimersByTime(100);
  expect(rows()).toEqual([3, 3]);
  await Promise.resolve();
}

// --- what is computed -------------------------------------------------------------------------------------------------

interface Expected {
  output: string;
  before: number[];
  after: number[];
}

const TEXTS = { translator: "一丁", writer: "一", reader: "一__丁" };
const IDS = { translator: [4, 5, 2], writer: [1, 4], reader: [1, 4, 3, 5, 2] };
const [START, BLANK] = [1, 2];

function softmax(logits: Float32Array | Float64Array, V: number, row: number): number[] {
  const raised = [...logits.slice(row * V, (row + 1) * V)].map(Math.exp);
  const sum = raised.reduce((total, one) => total + one, 0);
  return raised.map((one) => one / sum);
}

/** What a model makes of its text, asked for without the view. */
async function expectedOf(name: Name, gates: Record<string, number[]>): Promise<Expected> {
  const { client, key, info } = await modelOf(name);
  const ids = IDS[name];
  const V = info.config.vocab_size;
  const ask = async (input: object, places: number[], edits: object): Promise<number[][]> => {
    const options = { record: [], logits: places };
    const { logits } = await client.call("look", key, { input, edits, options }, "expected");
    return places.map((_, row) => softmax(logits, V, row));
  };
  const best = (shares: number[]): number => shares.indexOf(Math.max(...shares));
  const spelled = async (found: readonly number[]): Promise<string> =>
    (await client.call("decode", key, { ids: found }, "spelled")).text;
  if (name === "translator") {
    const written = async (edits: object): Promise<readonly number[]> => {
      let found: readonly number[] = [];
      const options = { maxNewTokens: LENGTH, edits };
      for await (const step of client.steps("greedy", key, { ids, options }, "expected")) {
        found = step.ids;
      }
      return found;
    };
    const original = await written({});
    const input = { source: ids, target: [START, ...original.slice(0, -1)] };
    const places = original.map((_, place) => place);
    const before = await ask(input, places, {});
    const after = await ask(input, places, { gates });
    const of = (shares: number[][]): number[] => original.map((id, place) => shares[place][id]);
    return { output: await spelled(await written({ gates })), before: of(before), after: of(after) };
  }
  const place = name === "writer" ? ids.length - 1 : BLANK;
  const input = name === "writer" ? { target: ids } : { source: ids };
  const [[before], [after]] = [await ask(input, [place], {}), await ask(input, [place], { gates })];
  const [id, now] = [best(before), best(after)];
  const filled = ids.map((one, at) => (at === BLANK ? now : one));
  const output = name === "writer" ? TEXTS.writer + (await spelled([now])) : await spelled(filled);
  return { output, before: [before[id]], after: [after[id]] };
}

/** The table, the texts and the sum are those of the model with these heads off. */
async function agrees(view: Mounted, name: Name, gates: Record<string, number[]>): Promise<void> {
  const { text } = view;
  const [original, expected] = [await expectedOf(name, {}), await expectedOf(name, gates)];
  expect(text(".attn-mh-text")).toEqual([original.output, expected.output === "" ? "–" : expected.output]);
  const decimals = (numbers: number[]): string[] => numbers.map((one) => one.toFixed(3));
  expect(text(".attn-mh-change tbody td:nth-child(3)")).toEqual(decimals(expected.before));
  expect(text(".attn-mh-change tbody td:nth-child(4)")).toEqual(decimals(expected.after));
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + Math.log(one), 0);
  const [before, after] = [sum(expected.before), sum(expected.after)];
  const shown = (number: number): string => Math.abs(number).toFixed(2);
  const total = text(".attn-mh-total")[0].replaceAll(/[−+]/g, "");
  expect(total).toContain(`${shown(before)} before, ${shown(after)} after (${shown(after - before)})`);
  const isChanged = expected.output !== original.output;
  expect(view.all(".attn-mh-text[data-changed]")).toHaveLength(isChanged ? 1 : 0);
}

const off = (name: Name, attention: string, heads: number[]): string[] =>
  heads.map((head) => `${name}.${attention}.${head}`);

/** One head, one row, all but one: each changes the probabilities as the model itself says; all on brings them back. */
async function checkSwitching(module: Module, name: Name = "reader"): Promise<void> {
  const view = mounted(module, { model: name, off: ["elsewhere.x.0"], ...textOf(name) });
  const { all, one, state, press } = view;
  const [first, second] = NAMES[name].slice(-2);
  const rows = NAMES[name].length;
  await painted(view, rows);
  const place = 3 * (rows - 2) + 1;
  all(".attn-mh-box input")[place].click();
  await settled(view);
  const mine = (): string[] => state.get<string[]>("off").filter((each) => each.startsWith(name));
  expect(mine()).toEqual(off(name, first, [1]));
  expect(all(".attn-mh-tile[data-off]")).toHaveLength(1);
  expect(one(".attn-mh-grid-top .attn-quiet").textContent).toBe(`1 of ${3 * rows} are off`);
  await agrees(view, name, { [first]: [1, 0, 1] });
  all(".attn-mh-row-switch")[rows - 1].click();
  await settled(view);
  expect(mine()).toEqual([...off(name, first, [1]), ...off(name, second, [0, 1, 2])]);
  expect(all(".attn-mh-row-switch")[rows - 1].textContent).toBe("All on");
  await agrees(view, name, { [first]: [1, 0, 1], [second]: [0, 0, 0] });
  all(".attn-mh-row-switch")[rows - 1].click();
  all(".attn-mh-open")[place].click();
  await settled(view);
  expect(one(".attn-mh-opened").hasAttribute("data-off")).toBe(true);
  press("Switch on");
  press("Only this head");
  await settled(view);
  expect(mine()).toEqual(off(name, first, [0, 2]));
  await agrees(view, name, { [first]: [0, 1, 0] });
  press("Switch all on");
  await settled(view);
  expect(state.get("off")).toEqual(["elsewhere.x.0"]);
  await agrees(view, name, {});
  expect(view.needed).toEqual([name]);
}

const textOf = (name: Name): Record<string, string> => {
  const trait = { translator: "source", writer: "prompt", reader: "sentence" }[name];
  return { [trait]: TEXTS[name] };
};

// --- asking -----------------------------------------------------------------------------------------------------------

/** What is typed is read; what cannot be read is explained, with its numbers, and stays in the box. */
async function checkTyping(module: Module): Promise<void> {
  const view = mounted(module);
  const { type, one, state, text, needed } = view;
  const input = one(".attn-input") as HTMLInputElement;
  type("丁 <b>一");
  await wait(280);
  expect(state.get("source")).toBe("丁 <b>一");
  await settled(view, "< b >");
  expect(needed).toEqual(["translator"]);
  expect(text(".attn-input-row b")).toEqual([]);
  const first = text(".attn-mh-text")[0];
  expect(first).not.toBe("ab");
  type(TEXTS.translator);
  await settled(view);
  await agrees(view, "translator", {});
  const said: [string, string][] = [
    ["", "The text is empty"],
    ["🙂", "knows none"],
    ["一".repeat(LENGTH), `at most ${LENGTH - 1}`],
    ["一".repeat(2001), "at most 2000"],
  ];
  for (const [typed, explained] of said) {
    type(typed);
    await until(() => lineOf(view).includes(explained), `${explained}: ${lineOf(view)}`);
    expect(input.value).toBe(typed);
  }
  expect(Array.from(state.get<string>("source"))).toHaveLength(LENGTH); // the longest that was taken over
  one(".attn-load-line button:not([hidden])").click();
  await wait(30);
  expect(Array.from(input.value)).toHaveLength(2000);
}

/** Another model has its own text and its own heads; what is typed for the first is kept. */
async function checkModels(module: Module): Promise<void> {
  const view = mounted(module, { head: 2 });
  const { type, one, state, all, text } = view;
  const input = one(".attn-input") as HTMLInputElement;
  type("丁");
  one("input[value=reader]").click();
  await painted(view, 2);
  expect([state.get("source"), input.value]).toEqual(["丁", "一__丁"]);
  expect(text(".attn-mh-row-name")).toEqual(["Layer 1", "Layer 2"]);
  expect(lineOf(view)).toContain("Press");
  expect(all(".attn-mh-change tbody tr")).toHaveLength(0);
  one(".attn-run").click();
  await settled(view);
  await agrees(view, "reader", {});
  type("一丁");
  await until(() => lineOf(view).includes("no blank"), lineOf(view));
  await until(() => text(".attn-mh-weight").every((weight) => weight === "\u00a0"), "no labels");
  type(`${"一".repeat(LENGTH)}__`);
  await until(() => lineOf(view).includes(`15 tokens; the reader reads at most ${LENGTH - 2}`), lineOf(view));
  one("input[value=writer]").click();
  await painted(view, 2);
  one(".attn-run").click();
  await settled(view);
  await agrees(view, "writer", {});
}

/** Reset, the address and the kernel: a page computes only what is wished for, a kernel means it. */
async function checkOutside(module: Module): Promise<void> {
  const view = mounted(module);
  const { state, needed, press, text, one, type } = view;
  const heads = off("translator", NAMES.translator[0], [0]);
  state.assign({ off: heads, head: 1, attention: NAMES.translator[3], view: "heads" }); // followed from a link
  await wait(60);
  expect(needed, "a link fetches no model").toEqual([]);
  expect(one(".attn-mh-opened-title").textContent).toBe("Decoder 1, cross, head 2");
  expect(lineOf(view)).toContain("Press");
  one(".attn-run").click();
  await settled(view, "。");
  const before = text(".attn-mh-change tbody td:last-child");
  state.assign({ off: off("translator", NAMES.translator[0], [0, 1, 2]) });
  await settled(view, "。");
  expect(text(".attn-mh-change tbody td:last-child"), "a link is followed at once").not.toEqual(before);
  type("丁丁丁");
  press("Reset");
  await wait(300);
  expect([state.get("off"), state.get("head"), state.get("source")]).toEqual([[], -1, EXAMPLE.text]);
  expect((one(".attn-input") as HTMLInputElement).value).toBe(EXAMPLE.text);
  expect(text(".attn-mh-text")).toEqual(["ab", "ab"]);
  const kernel = mounted(module, {}, "kernel");
  kernel.state.set("source", "丁");
  expect(kernel.needed).toEqual(["translator"]);
  const cut = mounted(module, {}, "kernel");
  cut.state.set("view", "split");
  expect(cut.needed, "of this attention the example has the numbers").toEqual([]);
  cut.state.set("attention", NAMES.translator[3]);
  expect(cut.needed).toEqual(["translator"]);
}

type Check = (module: Module) => Promise<void>;
const switchedTranslator: Check = (module) => checkSwitching(module, "translator");
const CHECKS: Readonly<Record<string, Check>> = {
  "labels are computed": checkLabels,
  "a head opens": checkOpening,
  "parts fold": checkFolds,
  "pictures are made one row at a time": checkSlices,
  "a reader's heads are switched": checkSwitching,
  "a translator's heads are switched": switchedTranslator,
  "a writer's heads are switched": (module) => checkSwitching(module, "writer"),
  "a text is typed": checkTyping,
  "a model is chosen": checkModels,
  "others change the state": checkOutside,
};

const ENGINE = "engine/heads.ts";
const GRID = "views/heads/grid.ts";
const ROW = "views/heads/headrow.ts";
const OPENED = "views/heads/opened.ts";
const OUTCOME = "views/heads/outcome.ts";
const COMPUTE = "views/heads/compute.ts";
const SESSION = "views/heads/session.ts";
const INDEX = "views/heads/index.ts";
const MISTAKES: Readonly<Record<string, readonly [string, Mistake, Check]>> = {
  "previous is next": [ENGINE, ["column === row - 1", "column === row + 1"], checkLabels],
  "next is the one after": [ENGINE, ["column === row + 1", "column === row + 2"], checkLabels],
  "same counts itself": [ENGINE, ["!(isOwn && column === row)", "true"], checkLabels],
  "same counts all": [ENGINE, ["looking[row] === looked[column] && !", "!"], checkLabels],
  "a delimiter is a word": [
    ENGINE,
    ["delimiter: (_, column) => marks[column]", "delimiter: (_, column) => !marks[column]"],
    checkLabels,
  ],
  "any mark is the first": [ENGINE, ["column === 0,", "marks[column],"], checkLabels],
  "another head's labels": ["views/heads/look.ts", [".at(head)) ?? []", ".at(head - 1)) ?? []"], checkLabels],
  "labels see what is to come": [
    "views/heads/look.ts",
    ['causal: attention.endsWith(".self_attention")', "causal: false"],
    checkLabels,
  ],
  "every picture is the mean": [
    ROW,
    ["weightsOf(look, attention, head).forEach", "weightsOf(look, attention, -1).forEach"],
    checkOpening,
  ],
  "the first head opens": [GRID, ["head: tile.head });", "head: 0 });"], checkOpening],
  "arrows walk by columns": [
    GRID,
    ["[row + down, column + right]", "[row + right, column + down]"],
    checkOpening,
  ],
  "tab reaches one stack": [GRID, ["group?.rows.forEach", "this.#rows.forEach"], checkOpening],
  "every head is reached by tab": [ROW, ["head === current ? 0 : -1", "0"], checkOpening],
  "the opened head is the mean": [
    OPENED,
    ["const values = weightsOf(look, attention, head);", "const values = weightsOf(look, attention, -1);"],
    checkOpening,
  ],
  "a fold stays shut": [
    "views/heads/fold.ts",
    ['setAttribute(this.element, "data-open", isOpen);', ""],
    checkFolds,
  ],
  "all groups are open": [GRID, ["stack === stackOf(attention)", "true"], checkFolds],
  "from the top whatever is in sight": [
    "views/heads/slices.ts",
    ["this.#inSight.has(element)", "element === null"],
    checkSlices,
  ],
  "out of sight is forgotten": [
    "views/heads/slices.ts",
    ['isIntersecting ? "add" : "delete"', '"add"'],
    checkSlices,
  ],
  "all rows at once": [
    GRID,
    ["this.#slices.request();", "this.#rows.forEach((row) => this.#paint(row));"],
    checkSlices,
  ],
  "pictures before the page stands": [INDEX, ["if (this.#isWarm) {", "if (!this.#isWarm) {"], checkSlices],
  "a box switches its neighbor": [
    GRID,
    [".names(state.model)[tile.head]", ".names(state.model)[0]"],
    checkSwitching,
  ],
  "a row switches the first": [
    GRID,
    ["const names = row.names(state.model);", "const names = this.#rows[0].names(state.model);"],
    checkSwitching,
  ],
  "all on forgets other models": [GRID, ["off: [...elsewhere, ...off]", "off"], checkSwitching],
  "only this head, but it": [OPENED, ["one !== head)", "one === head)"], checkSwitching],
  "nothing is switched off": ["views/models/state.ts", [") ? 0 : 1", ") ? 1 : 1"], checkSwitching],
  "before is after": [
    COMPUTE,
    ["before: isChanged ? opening.before : after", "before: after"],
    checkSwitching,
  ],
  "the sum of shares": ["views/heads/look.ts", ["sum + Math.log(share)", "sum + share"], checkSwitching],
  "the change the other way": [
    OUTCOME,
    ["fixed(after, DECIMALS)", "fixed(before, DECIMALS)"],
    checkSwitching,
  ],
  "the translation stays": [COMPUTE, ["? translate(opened, ids, gates)", "? written"], switchedTranslator],
  "an old output is shown": [
    OUTCOME,
    ['look.output === "" ? "–" : look.output', "look.original"],
    switchedTranslator,
  ],
  "what is typed stays half typed": [
    INDEX,
    ["this.#asking.forget();\n    this.#shell.set(readDefaults", "this.#shell.set(readDefaults"],
    checkOutside,
  ],
  "a link fetches a model": [INDEX, ["(isThere || ", "(isThere || this.#state.head > 0 || "], checkOutside],
  "a kernel's wish is not met": [INDEX, ["isKernel && !isThere && isCut", "false"], checkOutside],
  "a link is not followed": [INDEX, ["(isThere || ", "("], checkOutside],
  "another text's look counts": [SESSION, ["known.text === text", "known.name === name"], checkTyping],
  "problems are kept quiet": [
    SESSION,
    ["look: null, problem: problemOf(error", "look: null, problem: null && problemOf(error"],
    checkModels,
  ],
  "no problem is looked for": [
    SESSION,
    ["if (problem !== null) {", "if (problem === undefined) {"],
    checkTyping,
  ],
  "rows of the first model": [
    GRID,
    ["if (this.#model === state.model) {", 'if (this.#model !== "") {'],
    checkModels,
  ],
  "an older look stays": [
    SESSION,
    ["this.#works.set(name, work);", 'this.#works.set("translator", work);'],
    checkModels,
  ],
};

describe("the explorer of heads", () => {
  test.each(Object.entries(CHECKS))("%s", (_, check) => check(real));

  test.each(Object.entries(MISTAKES))(
    "a planted mistake is caught: %s",
    async (_, [file, mistake, check]) => {
      const module = await mutantInside<Module>("views/heads/index.ts", file, mistake);
      await expect(check(module)).rejects.toThrow();
    },
  );
});
