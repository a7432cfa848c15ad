// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NAMES, openHeads, preparePage, type Mounted } from "../../test/heads.js";
import { mutantInside, type Mistake } from "../../test/mutant.js";
import * as real from "./index.js";

type Module = typeof real;

const open: Mounted[] = [];
let wantsStillness = false;

beforeEach(() => {
  preparePage((name, value) => vi.stubGlobal(name, value));
  wantsStillness = false;
  vi.stubGlobal("matchMedia", () => ({ matches: wantsStillness, addEventListener: () => undefined }));
  vi.useFakeTimers();
});
afterEach(() => {
  open.splice(0).forEach(({ destroy }) => destroy());
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const FRAME = 17;
const [MOVE, STEP] = [700, 2200]; // ms of one move, and with its rest

interface Split extends Mounted {
  caption: () => string;
  stage: () => number;
  /** Where the frames around the blocks are drawn. */
  places: () => string;
  go: (time: number) => void;
}

function mounted(module: Module, changes: Record<string, unknown> = {}): Split {
  const view = openHeads(module, { view: "split", ...changes });
  open.push(view);
  vi.advanceTimersByTime(200);
  return {
    ...view,
    caption: () => view.one(".attn-mh-caption").textContent,
    stage: () => view.state.get<number>("stage"),
    places: () =>
      view
        .canvas(".attn-mh-stage canvas")
        .rectangles.map((place) => place.join(" "))
        .join(","),
    go: (time) => vi.advanceTimersByTime(time),
  };
}

/** Each stage says what happens, with this attention's own sizes, and draws its tables with their letters. */
function checkStages(module: Module): void {
  const { caption, stage, press, one, canvas, go, places } = mounted(module);
  const drawn = (): string[] => canvas(".attn-mh-stage canvas").texts;
  expect(caption()).toBe("1. The attention reads X: 6 tokens, 6 numbers each.");
  expect(drawn()).toEqual(["X", "(6, 6)"]);
  const said = [
    "2. Three maps make Q, K and V, each 6 wide.",
    "3. Each vector is cut into 3 pieces of 2 numbers",
    "4. The axes are exchanged: (T, 3, 2) becomes (3, T, 2).",
    "5. Each head compares its own queries and keys: scores, 6 by 6",
    "6. The weights mix the head's values: Z, 6 by 2, in each of the 3 heads.",
    "7. The results are put side by side again: 3 pieces of 2 make (6, 6).",
    "8. W_O mixes all heads into the output O, (6, 6)",
  ];
  for (const [place, words] of said.entries()) {
    press("Forward");
    go(MOVE + 100);
    expect(caption()).toContain(words);
    expect(stage()).toBe(place + 1);
  }
  expect(drawn()).toEqual(expect.arrayContaining(["Z", "O", "× W_O ↓"]));
  press("Forward");
  go(100);
  expect(stage(), "there is nothing behind the last").toBe(7);
  press("Back");
  go(MOVE + 100);
  expect(stage()).toBe(6);
  const slider = one(".attn-slider") as HTMLInputElement;
  expect(slider.value).toBe("6");
  slider.value = "2";
  slider.dispatchEvent(new Event("input"));
  go(FRAME);
  expect([stage(), slider.getAttribute("aria-valuetext")]).toEqual([2, caption()]);
  expect(drawn()).toEqual(expect.arrayContaining(["Q", "K", "V", "1", "2", "3"]));
  expect(drawn().filter((each) => each === "(6, 6)")).toHaveLength(4);
  const far = places(); // a long way is jumped
  go(MOVE);
  expect(places()).toBe(far);
}

/** A head that is off says so where the heads lie apart. */
function checkOff(module: Module): void {
  const gone = `translator.${NAMES.translator[0]}.1`;
  const { canvas, state, go } = mounted(module, {
    stage: 5,
    off: [gone, `translator.${NAMES.translator[1]}.2`],
  });
  const drawn = (): string[] => canvas(".attn-mh-stage canvas").texts.filter((each) => /^[1-3]/.test(each));
  expect(drawn()).toEqual(["1", "2 off", "3"]);
  state.set("off", []);
  go(100);
  expect(drawn()).toEqual(["1", "2", "3"]);
}

/** It plays from stage to stage with a rest at each, can be stopped at any time, and begins anew at its end. */
function checkPlaying(module: Module): void {
  const { stage, press, go, one, state } = mounted(module);
  press("Play");
  go(FRAME);
  expect(stage()).toBe(1);
  expect(one(".attn-mh-controls").textContent).toContain("Pause");
  go(STEP - 100);
  expect(stage()).toBe(1);
  go(100);
  expect(stage()).toBe(2);
  press("Pause");
  go(3 * STEP);
  expect(stage()).toBe(2);
  expect(one(".attn-mh-controls").textContent).toContain("Play");
  press("Play");
  go(FRAME + STEP);
  expect(stage()).toBe(4);
  press("Back");
  go(2 * STEP);
  expect(stage(), "a step of the reader's own ends the playing").toBe(3);
  press("Play");
  go(5 * STEP);
  expect(stage()).toBe(7);
  expect(one(".attn-mh-controls").textContent).toContain("Play");
  press("Play");
  go(FRAME);
  expect(stage()).toBe(0);
  go(STEP);
  expect(stage()).toBe(1);
  state.set("view", "heads");
  go(3 * STEP);
  expect(stage(), "nothing plays unseen").toBe(1);
}

/** Tables move to their next place frame by frame; at once where motion is not wanted. */
function checkMotion(module: Module): void {
  const view = mounted(module, { stage: 2 });
  const { press, go, places } = view;
  const from = places();
  press("Forward");
  go(MOVE / 2);
  const half = places();
  go(MOVE);
  const to = places();
  expect(new Set([from, half, to]).size).toBe(3);
  go(MOVE);
  expect(places()).toBe(to);
  view.destroy();
  wantsStillness = true;
  const still = mounted(module, { stage: 2 });
  still.press("Forward");
  still.go(2 * FRAME);
  expect(still.places()).toBe(to);
  still.press("Play");
  still.go(2 * FRAME);
  expect(still.stage(), "it still plays, by jumps").toBe(4);
}

/** Each number can be read: by arrows in a table, by page keys from table to table, and by the pointer. */
function checkReading(module: Module): void {
  const { one, key, go, text, press, canvas, stage } = mounted(module, { stage: 4 });
  const box = one(".attn-mh-stage");
  const read = (...keys: string[]): string => {
    keys.forEach((name) => key(box, name));
    go(FRAME);
    return text(".attn-mh-split .attn-mh-readout")[0];
  };
  expect(read()).toContain("Point at a cell");
  expect(read("ArrowRight")).toBe("Q of head 1, 一, number 1 of all: 0.0000");
  expect(read("ArrowRight", "ArrowDown")).toBe("Q of head 1, 丁, number 2 of all: 0.4688"); // 15 of 32
  expect(read("ArrowRight")).toContain("丁, number 2"); // there is no third number
  expect(read("PageDown")).toBe("Q of head 2, 丁, number 4 of all: 0.3438"); // (75 % 32) of 32
  const frames = canvas(".attn-mh-stage canvas").rectangles.length;
  expect(read("PageDown", "PageDown", "PageDown", "PageDown")).toContain("K of head 3");
  expect(read("PageDown", "ArrowRight")).toBe("QKᵀ/√Dₕ of head 1, 丁 and 一: 0.5000");
  expect(read(...Array<string>(3).fill("PageDown"), "ArrowLeft")).toBe("A of head 1, 丁 and 丁: 0.0000");
  expect(read("ArrowLeft")).toBe("A of head 1, 丁 and 一: 1.0000");
  expect(canvas(".attn-mh-stage canvas").rectangles.length).toBe(frames);
  box.dispatchEvent(new MouseEvent("pointermove", { clientX: 70, clientY: 32 }));
  go(FRAME);
  expect(read()).toContain("Q of head 1, 一, number 1");
  press("Back");
  go(2 * MOVE);
  expect(stage()).toBe(3);
  box.dispatchEvent(new Event("blur"));
  go(FRAME);
  expect(read()).toContain("Point at a cell");
}

/** Another attention has other numbers: they are not known before its model was there. */
function checkChoice(module: Module): void {
  const { one, all, go, caption, canvas, state, needed } = mounted(module);
  const choice = one("select") as HTMLSelectElement;
  expect(all("option").map((option) => option.textContent)).toEqual([
    ...["Encoder 1", "Encoder 2", "Decoder 1, self", "Decoder 1, cross", "Decoder 2, self"],
    ...["Decoder 2, cross", "Decoder 3, self", "Decoder 3, cross"],
  ]);
  choice.value = NAMES.translator[3];
  choice.dispatchEvent(new Event("change"));
  go(100);
  expect(state.get("attention")).toBe(NAMES.translator[3]);
  expect(caption()).toBe("Run the model to see the numbers of this attention.");
  expect(canvas(".attn-mh-stage canvas").texts).toEqual([caption()]);
  expect(needed).toEqual([]);
  state.set("attention", "");
  go(100);
  expect(caption()).toContain("6 tokens, 6 numbers each");
}

const SPLIT = "views/heads/split.ts";
const MOTION = "views/heads/motion.ts";
const TABLES = "views/heads/tables.ts";
const PICTURE = "views/heads/splitpicture.ts";
const STAGES = "views/heads/stages.ts";
type Check = (module: Module) => void;
const CHECKS: Readonly<Record<string, Check>> = {
  "each stage says what happens": checkStages,
  "a head that is off says so": checkOff,
  "it plays and stops": checkPlaying,
  "tables move": checkMotion,
  "each number can be read": checkReading,
  "another attention is chosen": checkChoice,
};
const MISTAKES: Readonly<Record<string, readonly [string, Mistake, Check]>> = {
  "the width of all for a head's": [TABLES, ["H === 0 ? 0 : D / H", "D"], checkStages],
  "rows for columns": [TABLES, ["T: rows, S: columns", "T: rows, S: columns + 1"], checkStages],
  "a step too far": [MOTION, ["Math.min(LAST, stage)", "stage"], checkStages],
  "always gliding": [MOTION, ["Math.abs(way) > 1.001", "Math.abs(way) > 99"], checkStages],
  "a shape of one head": [PICTURE, ["[shape[1], shape[0] * shape[2]]", "[shape[1], shape[2]]"], checkStages],
  "any attention's switches": [
    PICTURE,
    ["headName(state.model, attention, head)", 'headName(state.model, "encoder.layers.1.attention", head)'],
    checkOff,
  ],
  "cannot be stopped": [MOTION, ["clearTimeout(this.#timer);", ""], checkPlaying],
  "no rest": [MOTION, ["setTimeout(next, MOVE + REST)", "setTimeout(next, MOVE)"], checkPlaying],
  "never begins anew": [MOTION, ["show(isAtEnd ? 0 : now());", "show(now());"], checkPlaying],
  "a step does not stop it": [
    MOTION,
    ["    this.stop();\n    this.#options.show(", "    this.#options.show("],
    checkPlaying,
  ],
  "plays unseen": [SPLIT, ["      this.#motion.stop();\n      return;", "      return;"], checkPlaying],
  "the button says play for ever": [
    SPLIT,
    ['isPlaying ? "heads.pause" : "heads.play"', 'isPlaying ? "heads.play" : "heads.play"'],
    checkPlaying,
  ],
  "nothing moves": [MOTION, ["this.position < 0 || ", "this.position < 9 || "], checkMotion],
  "motion whether wanted or not": [MOTION, ["this.#stillness.matches", "false"], checkMotion],
  "tables jump back": [
    STAGES,
    ["const eased = share * share * (3 - 2 * share);", "const eased = 0;"],
    checkMotion,
  ],
  "another head's numbers": [TABLES, ["head * size, (head + 1) * size", "0, size"], checkReading],
  "columns by rows": [
    TABLES,
    ["[row * sizeOf(parts, block).columns + column]", "[column * sizeOf(parts, block).columns + row]"],
    checkReading,
  ],
  "a cell beyond the table": [
    SPLIT,
    ["column: inside(from.column + right, columns)", "column: from.column + right"],
    checkReading,
  ],
  "page keys stay in the table": [SPLIT, ["PageDown: [1, 0, 0]", "PageDown: [0, 1, 0]"], checkReading],
  "numbers of one head": [
    TABLES,
    ["head * sizeOf(parts, block).columns + cell.column", "cell.column"],
    checkReading,
  ],
  "any attention's numbers": [
    "views/heads/session.ts",
    [
      "const partsKey = (inputs: string, attention: string): string => `${attention} ${inputs}`;",
      "const partsKey = (inputs: string, _: string): string => inputs;",
    ],
    checkChoice,
  ],
  "what is not known is empty": [
    SPLIT,
    ['"heads.waiting" : "heads.absent"', '"heads.waiting" : "heads.waiting"'],
    checkChoice,
  ],
};

describe("an attention that is cut open", () => {
  test.each(Object.entries(CHECKS))("%s", (_, check) => check(real));

  test.each(Object.entries(MISTAKES))(
    "a planted mistake is caught: %s",
    async (_, [file, mistake, check]) => {
      vi.useRealTimers();
      const module = await mutantInside<Module>("views/heads/index.ts", file, mistake);
      vi.useFakeTimers();
      expect(() => check(module)).toThrow();
    },
  );
});
