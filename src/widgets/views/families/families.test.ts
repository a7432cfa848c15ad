// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { translator } from "../../host/strings.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { familiesState } from "../../test/states.js";
import type { Run } from "../models/run.js";
import type { ModelName } from "../models/state.js";
import { thousands } from "../shared/format.js";
import { BLOCKS, FAMILIES, isKept, MODEL_OF, stackOf, valuesOf, type FamilyCard } from "./blocks.js";
import * as explaining from "./explaining.js";
import { jsonOf } from "./exports.js";
import type { Frame } from "./frame.js";
import * as layout from "./layout.js";
import { pictureOf } from "./picture.js";
import { programOf } from "./pythoncode.js";
import * as reading from "./reading.js";
import { askedOf, readChosen, readDefaults, type Chosen } from "./state.js";
import * as walking from "./walking.js";

const CARDS = familiesState()["cards"] as Record<ModelName, FamilyCard>;
const t = translator("en", (key) => {
  throw new Error(`no string ${key}`);
});

function chosenOf(changes: Partial<Chosen> = {}): Chosen {
  const page = familiesState(changes);
  return readChosen({ get: (key: string) => page[key] } as unknown as Parameters<typeof readChosen>[0]);
}

function runOf(model: ModelName, read: string[], written: string[], next: boolean): Run {
  const tokens = written.map((text, id) => ({ id, text, probability: 0.5, candidates: [] }));
  const after = next ? { candidates: [], id: 7, text: "x" } : null;
  return { model, inputs: "[]", text: written.join(""), tokens, next: after, read, looks: [], reason: null };
}

function frameOf(changes: Partial<Chosen>, run: Run | null): Frame {
  const chosen = chosenOf(changes);
  const state = askedOf(chosen, []);
  return { chosen, state, run, card: CARDS[state.model], looked: chosen.block } as unknown as Frame;
}

interface Checked<Module> {
  file: string;
  real: Module;
  check: (module: Module) => void;
  mistakes: Record<string, Mistake>;
}

/** The check passes on the module, and on none that has one line of its source changed. */
function checkedAsModule<Module>(name: string, { file, real, check, mistakes }: Checked<Module>): void {
  describe(name, () => {
    test("is right", () => check(real));
    test.each(Object.entries(mistakes))("a planted mistake is caught: %s", async (_, mistake) => {
      const module = await mutantOf<Module>(file, mistake);
      expect(() => check(module)).toThrow();
    });
  });
}

checkedAsModule("the layout", {
  file: "views/families/layout.ts",
  real: layout,
  check({ PLACES, FLOWS, FRAMES, HEIGHT, CROSSING, LOOP, arrowhead, columnOf, GUTTER, MARGIN }) {
    for (const block of BLOCKS) {
      const { column, y, height } = PLACES[block];
      expect(column).toBe(stackOf(block) ?? "both");
      expect(y).toBeGreaterThan(0);
      expect(y + height).toBeLessThan(HEIGHT);
      const others = BLOCKS.filter(
        (other) => other !== block && [column, "both"].includes(PLACES[other].column),
      );
      for (const other of others) {
        const isApart = PLACES[other].y > y + height || PLACES[other].y + PLACES[other].height < y;
        expect(isApart, `${block} and ${other}`).toBe(true);
      }
    }
    for (const { column, y, height } of FRAMES) {
      const inside = BLOCKS.filter((block) => {
        const one = PLACES[block];
        return one.column === column && one.y > y && one.y + one.height < y + height;
      });
      expect(inside.every((block) => /attention|feed/.test(block))).toBe(true);
      expect(inside).toHaveLength(column === "encoder" ? 2 : 3);
    }
    const edges = new Set([
      0,
      HEIGHT,
      ...BLOCKS.flatMap((block) => [PLACES[block].y, PLACES[block].y + PLACES[block].height]),
    ]);
    for (const { y, height } of FLOWS) {
      expect(height).toBeGreaterThan(8);
      expect([edges.has(y), edges.has(y + height)]).toEqual([true, true]);
    }
    // What goes up to the output layer: the encoder's where it stands alone, else the decoder's.
    const { y: end, height } = PLACES.output;
    const up = (model: ModelName): string[] =>
      FLOWS.filter((flow) => flow.y === end + height && flow.isKept(CARDS[model])).map(
        ({ column }) => column,
      );
    expect([up("reader"), up("translator"), up("writer")]).toEqual([["encoder"], ["decoder"], ["decoder"]]);
    const kept = (model: ModelName, column: string): number =>
      FLOWS.filter((flow) => flow.column === column && flow.isKept(CARDS[model])).length;
    expect([kept("reader", "decoder"), kept("writer", "encoder")]).toEqual([0, 0]);
    expect([kept("reader", "encoder"), kept("translator", "encoder"), kept("writer", "decoder")]).toEqual([
      6, 5, 7,
    ]);
    expect(kept("reader", "both")).toBe(2);
    const centers = (block: "encoder.norm" | "decoder.cross_attention"): number =>
      PLACES[block].y + PLACES[block].height / 2;
    expect([CROSSING[0][1], CROSSING.at(-1)?.[1]]).toEqual([
      centers("encoder.norm"),
      centers("decoder.cross_attention"),
    ]);
    const right = arrowhead(CROSSING);
    const left = arrowhead(LOOP);
    expect(right[2]).toBeLessThan(right[0]);
    expect(left[2]).toBeGreaterThan(left[0]);
    const [encoder, decoder] = [columnOf("encoder", 560), columnOf("decoder", 560)];
    expect(decoder.x - encoder.width).toBe(GUTTER);
    expect(decoder.x + decoder.width).toBe(560 - MARGIN);
    expect(columnOf("both", 560)).toEqual({ x: 0, width: 560 - MARGIN });
  },
  mistakes: {
    "a block over another": ["y: 124, height: THIN", "y: 160, height: THIN"],
    "a block in the wrong column": [
      '"encoder.norm": { column: "encoder"',
      '"encoder.norm": { column: "decoder"',
    ],
    "a drawing that is cut": ["HEIGHT = 460", "HEIGHT = 430"],
    "a frame around too little": ["y: 162, height: 200", "y: 162, height: 140"],
    "the encoder always speaks": [
      'isKept(card, "encoder.norm") && !isKept(card, "decoder.norm")',
      'isKept(card, "encoder.norm")',
    ],
    "arrows that do not meet their blocks": [
      "return PLACES[block].y + PLACES[block].height;",
      "return PLACES[block].y;",
    ],
    "the bridge from elsewhere": [
      '[-INSET, middle("encoder.norm")]',
      '[-INSET, middle("encoder.feed_forward")]',
    ],
    "arrows backward": ["x > before ? -ARROW : ARROW", "x > before ? ARROW : -ARROW"],
    "no room between the columns": ["half + GUTTER", "half"],
  },
});

checkedAsModule("arrow keys", {
  file: "views/families/walking.ts",
  real: walking,
  check({ neighborOf }) {
    expect(neighborOf("encoder.attention", "ArrowUp")).toBe("encoder.feed_forward");
    expect(neighborOf("encoder.attention", "ArrowDown")).toBe("encoder.positions");
    expect(neighborOf("encoder.attention", "ArrowRight")).toBe("decoder.self_attention");
    expect(neighborOf("decoder.cross_attention", "ArrowLeft")).toBe("encoder.feed_forward");
    expect(neighborOf("encoder.norm", "ArrowUp")).toBe("output");
    expect(neighborOf("output", "ArrowDown")).toBe("decoder.norm");
    expect(neighborOf("output", "ArrowUp")).toBe("softmax");
    expect(neighborOf("softmax", "ArrowUp")).toBeNull();
    expect(neighborOf("output", "ArrowLeft")).toBeNull();
    expect(neighborOf("decoder.embedding", "ArrowDown")).toBeNull();
    expect(neighborOf("decoder.embedding", "ArrowRight")).toBeNull();
    expect(neighborOf("decoder.embedding", "Enter")).toBeNull();
    // From any block, all others can be reached.
    const reached = new Set<(typeof BLOCKS)[number]>(["softmax"]);
    for (let before = 0; before < reached.size;) {
      before = reached.size;
      [...reached].forEach((from) =>
        ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].forEach((key) => {
          const to = neighborOf(from, key);
          if (to !== null) {
            reached.add(to);
          }
        }),
      );
    }
    expect(reached.size).toBe(BLOCKS.length);
  },
  mistakes: {
    "up is down": ["ArrowUp: -1, ArrowDown: 1", "ArrowUp: 1, ArrowDown: -1"],
    "the furthest": ["sign * (PLACES[a].y - PLACES[b].y)", "sign * (PLACES[b].y - PLACES[a].y)"],
    "left is right": [
      'key === "ArrowLeft" ? "encoder" : "decoder"',
      'key === "ArrowLeft" ? "decoder" : "encoder"',
    ],
    "across to anywhere": ["distance(name) < distance(best)", "distance(name) > distance(best)"],
    "no way past both": [' || there === "both"', ""],
  },
});

checkedAsModule("what was read", {
  file: "views/families/reading.ts",
  real: reading,
  check({ readOf }) {
    const filled = readOf(runOf("reader", ["<s>", "a", "_"], ["b"], false), CARDS.reader);
    expect(filled).toEqual({ encoder: { tokens: ["<s>", "a", "_"], written: 0 }, decoder: null });

    const translated = readOf(runOf("translator", ["一", "丁"], ["x", "y", "</s>"], false), CARDS.translator);
    expect(translated.encoder).toEqual({ tokens: ["一", "丁"], written: 0 });
    expect(translated.decoder).toEqual({ tokens: ["<s>", "x", "y"], written: 2 });
    const begun = readOf(runOf("translator", ["一"], [], false), CARDS.translator); // nothing is written yet
    expect(begun.decoder).toEqual({ tokens: ["<s>"], written: 0 });
    const bare = readOf(runOf("translator", ["一"], ["x", "y"], false), { ...CARDS.translator, start: null });
    expect(bare.decoder).toEqual({ tokens: ["x"], written: 1 });

    const goesOn = readOf(runOf("writer", ["<s>", "a", "b", "c"], ["b", "c"], true), CARDS.writer);
    expect(goesOn).toEqual({ encoder: null, decoder: { tokens: ["<s>", "a", "b", "c"], written: 2 } });
    const ended = readOf(runOf("writer", ["<s>", "a", "b", "."], ["b", "."], false), CARDS.writer);
    expect(ended.decoder).toEqual({ tokens: ["<s>", "a", "b"], written: 1 });
    const full = Array.from({ length: 11 }, (_, place) => String(place)); // the last one had no place any more
    expect(readOf(runOf("writer", full, ["9", "10", "11"], false), CARDS.writer).decoder).toEqual({
      tokens: full,
      written: 2,
    });
    const alone = readOf(runOf("writer", ["<s>", "a"], [], false), CARDS.writer);
    expect(alone.decoder).toEqual({ tokens: ["<s>", "a"], written: 0 });
  },
  mistakes: {
    "the last token goes back in": ["tokens.slice(0, -1).map", "tokens.slice(0).map"],
    "no start": ["start === null ? back : [start, ...back]", "back"],
    "the end is read": ["isOver ? read.slice(0, -1) : read", "read"],
    "a full text is shortened": ["read.length < most", "read.length > 0"],
    "what comes next is counted": ["(run.next === null && tokens.length > 0 ? 1 : 0)", "0"],
    "a reader decodes": [
      "encoder: { tokens: read, written: 0 }, decoder: null",
      "encoder: null, decoder: { tokens: read, written: 0 }",
    ],
  },
});

checkedAsModule("an explanation", {
  file: "views/families/explaining.ts",
  real: explaining,
  check({ explain, countedLine }) {
    for (const family of FAMILIES) {
      const card = CARDS[MODEL_OF[family]];
      let shares = 0;
      for (const block of BLOCKS) {
        const { title, does, shape, weights } = explain(block, card, CARDS, t);
        expect([title, does, shape, weights].join(" ")).not.toMatch(/[{}]|NaN|undefined/);
        expect(weights.startsWith("Left out")).toBe(!isKept(card, block));
        expect(shape.startsWith("In the book’s translator:")).toBe(!isKept(card, block));
        const count = card.blocks[block] ?? 0;
        expect(weights.includes(thousands(count))).toBe(count > 0);
        shares += Number(/([\d.]+)%/.exec(weights)?.[1] ?? 0);
      }
      expect(Math.abs(shares - 100)).toBeLessThan(0.5);
    }
    const { reader, translator: both } = CARDS;
    expect(explain("encoder.embedding", both, CARDS, t).shape).toContain("29 tokens by 12");
    expect(explain("decoder.embedding", both, CARDS, t).shape).toContain("23 tokens by 12");
    expect(explain("encoder.embedding", reader, CARDS, t).shape).toContain("23 tokens by 12");
    expect(explain("decoder.cross_attention", reader, CARDS, t).shape).toContain(
      "each of 3 layers, 3 heads of 4 numbers",
    );
    expect(explain("encoder.attention", both, CARDS, t).shape).toContain("each of 2 layers");
    expect(explain("decoder.self_attention", CARDS.writer, CARDS, t).shape).toContain("each of 2 layers");
    expect(explain("decoder.feed_forward", both, CARDS, t).shape).toContain("from 12 numbers to 20 and back");
    const rotary = { ...reader, shape: { ...reader.shape, positions: "rotary", tie_embeddings: false } };
    expect(explain("encoder.positions", rotary, CARDS, t).shape).toContain("turned by angles");
    expect(explain("output", rotary, CARDS, t).shape).not.toContain("embedding");
    expect(explain("output", reader, CARDS, t).shape).toContain("embedding");
    const odd = { ...reader, shape: { ...reader.shape, positions: "alibi" } };
    expect(explain("encoder.positions", odd, CARDS, t).shape).toContain("inside attention");
    expect(explain("softmax", reader, CARDS, t).title).toBe("Softmax");
    expect(countedLine(frameOf({ family: "encoder-only" }, null), t)).toBe(
      "7 of 13 blocks stay · 2,668 weights",
    );
  },
  mistakes: {
    "a left-out block as if it were there": [
      "const shown = isKept ? card : all.translator;",
      "const shown = card;",
    ],
    "nothing is left out": ["Object.hasOwn(card.blocks, block)", 'block !== "softmax"'],
    "a share of 1": ["(100 * weights) / card.parameters", "weights / card.parameters"],
    "all positions are waves": ['? shape.positions : "other"', '? "sinusoidal" : "sinusoidal"'],
    "always tied": ['shape.tie_embeddings ? "tied" : "own"', 'shape.tie_embeddings ? "tied" : "tied"'],
    "what stays of what stays": ["blocks: BLOCKS.length", "blocks: Object.keys(card.blocks).length"],
  },
});

describe("the state", () => {
  test("is asked with the likeliest token each time", () => {
    const { model, written, temperature, decoding, off } = askedOf(
      chosenOf({ family: "decoder-only" }),
      [3, 4],
    );
    expect([model, written, temperature, decoding, off]).toEqual(["writer", [3, 4], 0, "greedy", []]);
  });

  test("is reset to the defaults of the page", () => {
    const page = familiesState({ family: "encoder-only" });
    const found = readDefaults({ get: (key: string) => page[key] } as unknown as Parameters<
      typeof readDefaults
    >[0]);
    expect(found).toMatchObject({ family: "encoder-decoder", block: "decoder.cross_attention" });
  });

  test("numbers of a block are those of its own stack", () => {
    expect(valuesOf(CARDS.translator, "encoder.norm")["layers"]).toBe(2);
    expect(valuesOf(CARDS.translator, "decoder.norm")["layers"]).toBe(3);
    expect(valuesOf(CARDS.writer, "decoder.norm")["layers"]).toBe(2);
  });
});

describe("what can be taken away", () => {
  const run = runOf("translator", ["一", "丁"], [" <b>", "</s>"], false);

  test("everything as JSON", () => {
    const found = JSON.parse(jsonOf(frameOf({}, run))) as Record<string, unknown>;
    expect(found).toMatchObject({
      family: "encoder-decoder",
      model: "translator",
      input: "一丁",
      read: ["一", "丁"],
    });
    expect(found["weights"]).toEqual(CARDS.translator.blocks);
    expect(JSON.parse(jsonOf(frameOf({ family: "encoder-only" }, null)))).toMatchObject({
      tokens: [],
      text: "",
    });
  });

  test("the drawing, with what stays and what fades", () => {
    const texts: string[] = [];
    const fills: (string | undefined)[] = [];
    const pen = {
      text: (_x: number, _y: number, text: string) => texts.push(text),
      rectangle: (_x: number, _y: number, _w: number, _h: number, { fill }: { fill?: string }) =>
        fills.push(fill),
      ...{ line: () => 0, polygon: () => 0, measure: (text: string) => 6 * text.length },
    };
    const palette = { panel: "panel", page: "page" } as unknown as Parameters<typeof pictureOf>[1];
    const draw = (changes: Partial<Chosen>, shown: Run | null): void => {
      texts.length = 0;
      fills.length = 0;
      pictureOf(frameOf(changes, shown), palette, t).draw(
        pen as unknown as Parameters<ReturnType<typeof pictureOf>["draw"]>[0],
      );
    };
    draw({}, run);
    expect(texts).toEqual(
      expect.arrayContaining(["Cross-attention", "Softmax", "× 2", "× 3", "一 丁", " <b></s>"]),
    );
    expect(fills.filter((fill) => fill === "panel")).toHaveLength(13);
    draw({ family: "encoder-only" }, null);
    expect(fills.filter((fill) => fill === "panel")).toHaveLength(7);
    expect(texts).not.toContain("× 3");
  });
});

describe("the Python that gives the same", () => {
  test.each([
    [{}, 'load_translator().translate("一丁", width=1)', 'FamilyExplorer("encoder-decoder").weights'],
    [
      { family: "decoder-only" },
      'load_writer().write("一", max_new_tokens=4)',
      'FamilyExplorer("decoder-only").weights',
    ],
    [{ family: "encoder-only" }, 'load_reader().fill("一__丁")', 'FamilyExplorer("encoder-only").weights'],
  ] as const)("%j", (change, line, weights) => {
    const chosen = chosenOf(change);
    const program = programOf(chosen, askedOf(chosen, []), 4);
    expect(program).toContain(line);
    expect(program).toContain(weights);
  });
});
