// @vitest-environment happy-dom
import { describe, expect, test, vi } from "vitest";
import { playgroundState } from "../../test/states.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { Candidates } from "../shared/candidates.js";
import { HeadGrid } from "../shared/headgrid.js";
import { layoutMatrix } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import { visibleToken } from "../shared/tokentext.js";
import { csvOf, jsonOf } from "./exports.js";
import type { Frame } from "./frame.js";
import { programOf } from "./pythoncode.js";
import { rowNames, weightsOf, workedExample, type Run } from "./run.js";
import { gatesOf, inputsOf, shownAttention, TRAITS, type Card, type State } from "./state.js";

const PAGE = playgroundState();
const CARD = (PAGE["cards"] as Record<string, Card>)["translator"];
const CROSS = "decoder.layers.0.cross_attention";

function stateOf(changes: Partial<State> = {}): State {
  const names = Object.keys(TRAITS) as (keyof State)[];
  return { ...Object.fromEntries(names.map((name) => [name, PAGE[TRAITS[name]]])), ...changes } as State;
}

/** Two heads, two rows, three columns, as float16 in base64. */
const HALVES = Uint16Array.of(0x3c00, 0, 0, 0x3800, 0x3800, 0, 0, 0x3c00, 0, 0, 0, 0x3c00);
const STORED = {
  inputs: { source: "一丁", decoding: "greedy", off: [] },
  text: "a, b",
  ids: [7, 8],
  tokens: [
    { text: " a", probability: 0.5, candidates: [[" a", 0.5, 0.25] as [string, number, number]] },
    { text: '"b', probability: 0.25, candidates: [] },
  ],
  next: null,
  read: ["一", "丁", "<end>"],
  attention: {
    [CROSS]: {
      shape: [2, 2, 3] as [number, number, number],
      data: btoa(String.fromCharCode(...new Uint8Array(HALVES.buffer))),
    },
  },
};

function exampleRun(): Run {
  const run = workedExample("translator", { translator: STORED }, stateOf());
  if (run === null) {
    throw new Error("no example");
  }
  return run;
}

describe("the worked example", () => {
  test("is read back as Python wrote it", () => {
    const run = exampleRun();
    expect(run.inputs).toBe(inputsOf(stateOf(), "translator"));
    expect(run.tokens[0]).toEqual({
      ...{ id: 7, text: " a", probability: 0.5 },
      candidates: [{ text: " a", probability: 0.5, own: 0.25 }],
    });
    expect(Array.from(weightsOf(run, CROSS, 0))).toEqual([1, 0, 0, 0.5, 0.5, 0]);
    expect(Array.from(weightsOf(run, CROSS, 1))).toEqual([0, 1, 0, 0, 0, 1]);
    expect(Array.from(weightsOf(run, CROSS, -1))).toEqual([0.5, 0.5, 0, 0.25, 0.25, 0.5]);
    expect(rowNames(run, "next")).toEqual([" a", '"b']);
    expect(workedExample("writer", { translator: STORED }, stateOf())).toBeNull();
  });

  test("a row sees no column that was not there yet", () => {
    const run = exampleRun();
    const looks = [run.looks[0], new Map([[CROSS, { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) }]])];
    expect(Array.from(weightsOf({ ...run, looks }, CROSS, 1)).slice(3)).toEqual([0, 1, 0]);
  });
});

describe("the state", () => {
  test("names what a result depends on, and nothing else", () => {
    const inputs = inputsOf(stateOf(), "translator");
    const same: Partial<State>[] = [{ temperature: 1 }, { prompt: "x" }, { head: 2 }, { model: "writer" }];
    const other: Partial<State>[] = [
      ...[{ source: "丁" }, { decoding: "beam" as const }],
      { off: [`translator.${CROSS}.0`] },
    ];
    same.forEach((change) => expect(inputsOf(stateOf(change), "translator")).toBe(inputs));
    other.forEach((change) => expect(inputsOf(stateOf(change), "translator")).not.toBe(inputs));
    expect(inputsOf(stateOf({ off: [`writer.${CROSS}.0`] }), "translator")).toBe(inputs);
    const seeded = inputsOf(stateOf({ seed: 2 }), "writer");
    expect(seeded).not.toBe(inputsOf(stateOf(), "writer"));
  });

  test("heads that are not there have no gate", () => {
    const off = [`translator.${CROSS}.1`, `translator.${CROSS}.9`, `writer.${CROSS}.0`, "translator.gone.0"];
    expect(gatesOf(stateOf({ off }), "translator", CARD)).toEqual({ [CROSS]: [1, 0, 1] });
    expect(gatesOf(stateOf(), "translator", CARD)).toEqual({});
  });

  test("an attention of another model gives way to the last one of this", () => {
    expect(shownAttention(stateOf({ look: "decoder.layers.5.cross_attention" }), CARD)).toBe(CROSS);
    expect(shownAttention(stateOf({ model: "reader" }), CARD)).toBe("encoder.layers.0.attention");
  });
});

describe("what can be taken away", () => {
  const frame = { run: exampleRun(), state: stateOf(), card: { ...CARD, heads: 2 } } as unknown as Frame;

  test("the tokens as CSV", () => {
    expect(csvOf(frame)).toBe(
      'place,token,probability,candidate 1,probability 1\r\n0, a,0.5, a,0.5\r\n1,"""b",0.25\r\n',
    );
    expect(csvOf({ ...frame, run: null })).toBe("place,token,probability\r\n");
  });

  test("everything as JSON", () => {
    const found = JSON.parse(jsonOf(frame)) as Record<string, unknown>;
    expect(found).toMatchObject({ model: "translator", input: "一丁", text: "a, b", read: STORED.read });
    expect((found["attention"] as Record<string, unknown>)[CROSS]).toEqual([
      [
        [1, 0, 0],
        [0.5, 0.5, 0],
      ],
      [
        [0, 1, 0],
        [0, 0, 1],
      ],
    ]);
    expect(JSON.parse(jsonOf({ ...frame, run: null }))).toMatchObject({ tokens: [], attention: {} });
  });
});

describe("the Python that gives the same", () => {
  test.each([
    [{}, 'load_translator().translate("一丁", width=1)'],
    [{ decoding: "beam" as const }, 'load_translator().translate("一丁")'],
    [{ source: 'a"\u200b\\' }, 'translate("a\\"\\u200b\\\\", width=1)'],
    [{ off: [`translator.${CROSS}.0`] }, `    "translator.${CROSS}.0",`],
    [
      { model: "writer" as const },
      'ModelPlayground("writer", "一", temperature=0.7, top_k=40, seed=1, length=4)',
    ],
    [{ model: "writer" as const, temperature: 0 }, 'load_writer().write("一", max_new_tokens=4)'],
    [{ model: "reader" as const }, 'load_reader().fill("一__丁")'],
  ])("%j", (change, line) => {
    expect(programOf(stateOf(change), 4)).toContain(line);
  });
});

describe("candidates", () => {
  const make = (): Candidates => new Candidates({ label: "five", rows: 3, chosenLabel: "chosen" });

  test("are bars with their numbers, and the room of those that are missing stays", () => {
    const list = make();
    list.show(
      [
        { text: " <b>", probability: 0.75, own: 0.5 },
        { text: "x", probability: 0.1236, own: 0.1236 },
      ],
      1,
    );
    const rows = [...list.element.children];
    expect(rows).toHaveLength(3);
    expect(rows[0].querySelector("b")).toBeNull();
    expect(rows[0].textContent).toContain("<b>0.750");
    expect(rows[1].textContent).toContain("0.124");
    const [bar, own] = ["bar", "own"].map((name) =>
      rows[0].querySelector<HTMLElement>(`.attn-candidate-${name}`),
    );
    expect([bar?.style.width, own?.style.left, own?.hidden]).toEqual(["75.00%", "50.00%", false]);
    expect(rows[1].querySelector<HTMLElement>(".attn-candidate-own")?.hidden).toBe(true);
    const chosen = rows.map((row) => row.querySelector<HTMLElement>(".attn-visually-hidden")?.hidden);
    expect(chosen).toEqual([true, false, true]);
    expect(rows[2].getAttribute("aria-hidden")).toBe("true");
  });

  test("what the eye cannot see has a sign", () => {
    expect(visibleToken(" a\n\tb")).toBe("·a↵⇥b");
  });
});

describe("the grid of heads", () => {
  function open(): { grid: HeadGrid; boxes: () => HTMLInputElement[]; onToggle: ReturnType<typeof vi.fn> } {
    const onToggle = vi.fn();
    const grid = new HeadGrid({
      label: "heads",
      headLabel: String,
      boxLabel: (row, head) => `${row}, ${head}`,
      onToggle,
      signal: new AbortController().signal,
    });
    document.body.replaceChildren(grid.element);
    grid.show(["first", "second"], 3, (attention, head) => attention === 1 && head === 2);
    return { grid, onToggle, boxes: () => [...grid.element.querySelectorAll("input")] };
  }

  test("shows which are on, and tells what is switched", () => {
    const { boxes, onToggle, grid } = open();
    expect(boxes().map((box) => box.checked)).toEqual([true, true, true, true, true, false]);
    expect(boxes()[4].getAttribute("aria-label")).toBe("second, 1");
    const [first] = boxes();
    first.checked = false;
    first.dispatchEvent(new Event("change"));
    expect(onToggle).toHaveBeenCalledWith(0, 0, false);
    grid.show(["first", "second"], 3, () => false);
    expect(boxes()[0]).toBe(first);
    grid.show(["other"], 2, () => false);
    expect(boxes()).toHaveLength(2);
  });

  test("arrows walk, and the tab key reaches one box", () => {
    const { boxes } = open();
    const press = (key: string): unknown =>
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    boxes()[0].focus();
    ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft"].forEach(press);
    expect(document.activeElement).toBe(boxes()[4]);
    expect(boxes().map((box) => box.tabIndex)).toEqual([-1, -1, -1, -1, 0, -1]);
  });
});

const PEN = { measure: (text: string) => 8 * text.length } as unknown as Pen;
type Layout = typeof layoutMatrix;

/** Cells of a matrix that is no square stay inside its box, and may be wider than high. */
function checkLayout(layoutOf: Layout): void {
  for (const [rows, columns] of [
    [9, 5],
    [2, 40],
    [30, 4],
  ]) {
    const names = { rows: Array<string>(rows).fill("row"), columns: Array<string>(columns).fill("column") };
    const box = { width: 460, height: 336, rows, columns, zoom: null };
    for (const stretch of [1, 2]) {
      const layout = layoutOf(PEN, names, { ...box, stretch });
      expect(layout.left + layout.cellWidth * columns).toBeLessThanOrEqual(460);
      expect(layout.top + layout.cellHeight * rows).toBeLessThanOrEqual(336);
      expect(layout.cellWidth).toBeGreaterThanOrEqual(layout.cellHeight);
      expect(layout.cellWidth).toBeLessThanOrEqual(stretch * layout.cellHeight);
      expect(layout.slanted).toBe(48 > layout.cellWidth - 6);
    }
    expect(layoutOf(PEN, names, box).cellWidth).toBe(layoutOf(PEN, names, box).cellHeight);
  }
}

checkedAgainstMistakes("layoutMatrix", checkLayout, layoutMatrix, {
  "never stretched nor slanted": (pen, names, box) => ({ ...layoutMatrix(pen, names, box), slanted: false }),
  "sized by its rows": (pen, names, box) => {
    const layout = layoutMatrix(pen, names, box);
    const cellHeight = Math.floor((box.height - layout.top - 44) / box.rows);
    return { ...layout, cellHeight, cellWidth: cellHeight };
  },
});
