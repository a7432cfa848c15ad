// @vitest-environment happy-dom
import { describe, expect, test, vi } from "vitest";
import { analogy, nearest } from "../../engine/space/neighbors.js";
import { makeSpace, type Space } from "../../engine/space/table.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { randomVector } from "../../test/numbers.js";
import { latentState } from "../../test/states.js";
import { analogyAnswer, answerOf, axesAnswer, mapAnswer, sensesAnswer } from "./answers.js";
import { afterKey, cameraOf, moved, RESTING, stateOf, zoomed } from "./camera.js";
import { chartOf, exampleChart, type Example } from "./chart.js";
import { csvOf, jsonOf } from "./exports.js";
import type { Answers, Frame } from "./frame.js";
import type { Library } from "./library.js";
import { ListBox, readPairs, readWords } from "./listbox.js";
import { programOf } from "./pythoncode.js";
import { layoutScatter, pointAt, type Scatter } from "./scatter.js";
import { analogyScatter, sensesScatter } from "./scenes.js";
import { TRAITS, type State } from "./state.js";
import { WordBox } from "./wordbox.js";

const PAGE = latentState();
const WORDS = [
  "apple",
  "king",
  "man",
  "woman",
  "car",
  "banana",
  "pear",
  "phone",
  "queen",
  "tree",
  "sea",
  "sky",
  "red",
];
const SPACE: Space = makeSpace(WORDS, 5, randomVector(WORDS.length * 5, 7));
const t = (key: string, values: Record<string, string | number> = {}): string =>
  `${key} ${Object.values(values).join(" ")}`.trim();

function stateOfWidget(changes: Partial<State> = {}): State {
  const names = Object.keys(TRAITS) as (keyof State)[];
  return { ...Object.fromEntries(names.map((name) => [name, PAGE[TRAITS[name]]])), ...changes } as State;
}

const PLACES = Float64Array.from(randomVector(WORDS.length * 2, 3));
const EXAMPLE: Example = {
  source: "words",
  map: {
    ...{
      word: "apple",
      projection: "pca",
      dimensions: 2,
      mean_overlap: 0.25,
      shares: [0.5, 0.25],
      radius: 2,
    },
    neighbors: nearest(SPACE, "apple"),
    picture: [["king", 0.5]],
    words: ["apple", "king"],
    places: btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(1, 0, 0, -2).buffer))),
  },
  analogy: { terms: ["king", "man", "woman"], ...analogy(SPACE, ["king", "man", "woman"]) },
  senses: { word: "apple", neighbors: nearest(SPACE, "apple", 24) },
};

/** A library that holds the whole table, or the few words of the page. */
function libraryOf(whole: Space | null, small: Space = SPACE): Library {
  const chart = chartOf(SPACE, PLACES, 2, [0.5, 0.25]);
  return {
    example: EXAMPLE,
    space: () => whole,
    spaceWith: (_: string, words: readonly string[]) =>
      whole ?? (words.every((word) => small.index.has(word)) ? small : null),
    chart: (state: State) =>
      whole === null ? exampleChart(EXAMPLE, state.source, state.projection, state.dimensions) : chart,
  } as unknown as Library;
}

describe("answers", () => {
  test("before the table is there, the worked example answers for its own state alone", () => {
    const library = libraryOf(null);
    const { chart, neighbors } = mapAnswer(library, stateOfWidget());
    expect(neighbors).toBe(EXAMPLE.map.neighbors);
    expect([...chart.drawn]).toEqual([0.5, 0, 0, -1]);
    expect(analogyAnswer(library, stateOfWidget()).included).toEqual(
      analogy(SPACE, ["king", "man", "woman"]).included,
    );
    const others: [typeof mapAnswer | typeof analogyAnswer | typeof sensesAnswer, Partial<State>][] = [
      [mapAnswer, { word: "king" }],
      [mapAnswer, { dimensions: 3 }],
      [mapAnswer, { source: "word2vec" }],
      [analogyAnswer, { terms: ["man", "king", "woman"] }],
      [sensesAnswer, { word: "king" }],
    ];
    for (const [answer, change] of others) {
      expect(answerOf<object>(() => answer(library, stateOfWidget(change)))).toEqual({ key: "waiting" });
    }
  });

  test("with the table they are what the engine computes", () => {
    const library = libraryOf(SPACE);
    const found = mapAnswer(library, stateOfWidget({ word: "sea" }));
    expect(found.neighbors).toEqual(nearest(SPACE, "sea"));
    expect(found.picture).toHaveLength(10);
    const both = found.picture.filter(([word]) => found.neighbors.some(([name]) => name === word));
    expect(found.overlap).toBe(both.length);
    const { neighbors, lean } = sensesAnswer(library, stateOfWidget());
    expect(neighbors.map(({ word }) => word)).toEqual(nearest(SPACE, "apple", 24).map(([word]) => word));
    expect(lean).not.toBeNaN();
  });

  test("what a table lacks is said, and what it holds is shown", () => {
    const library = libraryOf(SPACE);
    const missing = answerOf(() => mapAnswer(library, stateOfWidget({ word: "iphone" })));
    expect(missing).toEqual({ key: "missing", word: "iphone" });
    const state = stateOfWidget({
      placed: ["apple", "iphone"],
      xAxis: [
        ["car", "banana"],
        ["x", "y"],
      ],
    });
    const found = axesAnswer(library, state);
    expect(found.words).toEqual(["apple"]);
    expect(found.missing).toEqual(["iphone", "x", "y"]);
    const none = answerOf(() => axesAnswer(library, stateOfWidget({ xAxis: [["x", "y"]] })));
    expect(none).toMatchObject({ key: "nothing" });
  });
});

interface Readers {
  words: typeof readWords;
  pairs: typeof readPairs;
}

const has = (word: string): boolean => WORDS.includes(word);

checkedAgainstMistakes<Readers>(
  "what a reader types",
  ({ words, pairs }) => {
    expect(words("Apple king, 猴;king  <b>", has, 9)).toEqual({
      items: ["apple", "king"],
      unknown: ["猴", "<b>"],
      wrong: [],
    });
    expect(words("apple king car", has, 2).items).toEqual(["apple", "king"]);
    expect(pairs("car banana, King→man；pear : phone", has, 9).items).toEqual([
      ["car", "banana"],
      ["king", "man"],
      ["pear", "phone"],
    ]);
    const broken = pairs("car, car car, car nobody, a b c", has, 9);
    expect(broken).toEqual({ items: [], unknown: ["nobody"], wrong: ["car", "car car", "a b c"] });
    expect(pairs("", has, 9)).toEqual({ items: [], unknown: [], wrong: [] });
    expect(words("x".repeat(10_000), has, 9).unknown).toHaveLength(1);
  },
  { words: readWords, pairs: readPairs },
  {
    "capitals kept": {
      words: (text, held, most) => readWords(text.replace("Apple", "APPL"), held, most),
      pairs: readPairs,
    },
    "no limit": { words: (text, held) => readWords(text, held, 99), pairs: readPairs },
    "a pair with itself": {
      words: readWords,
      pairs: (text, held, most) => ({ ...readPairs(text, held, most), wrong: [] }),
    },
  },
);

describe("boxes", () => {
  function wordBox(
    words: readonly string[],
    isWhole = true,
  ): { box: WordBox; picked: string[]; unknown: string[] } {
    const [picked, unknown]: string[][] = [[], []];
    const box = new WordBox({
      ...{ label: "Word", signal: new AbortController().signal, words: () => words, isWhole: () => isWhole },
      onPick: (word) => picked.push(word),
      onUnknown: (typed) => unknown.push(typed),
      onTouch: vi.fn(),
    });
    document.body.append(box.element);
    return { box, picked, unknown };
  }

  function type(box: WordBox, text: string, ...keys: string[]): void {
    box.input.value = text;
    box.input.dispatchEvent(new Event("input"));
    keys.forEach((key) => box.input.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true })));
  }

  test("completions are the words that begin so, the typed one first", () => {
    const { box, picked } = wordBox(["pearl", "pear", "peach", "king"]);
    type(box, "PEAR");
    const shown = [...box.element.querySelectorAll("[role=option]")].map((option) => option.textContent);
    expect(shown).toEqual(["pear", "pearl"]);
    expect(box.input.getAttribute("aria-expanded")).toBe("true");
    type(box, "pea", "ArrowDown", "ArrowDown", "Enter");
    expect(picked).toEqual(["pear"]);
    expect(box.input.getAttribute("aria-expanded")).toBe("false");
  });

  test("what is no word is told, and stays in the box", () => {
    const { box, picked, unknown } = wordBox(["pear"]);
    type(box, "<img src=x>", "Enter");
    expect([picked, unknown]).toEqual([[], ["<img src=x>"]]);
    expect(box.input.value).toBe("<img src=x>");
    box.set("pear");
    expect(box.element.querySelector("img")).toBeNull();
  });

  test("what may be a word waits until all words are there", () => {
    const { box, picked, unknown } = wordBox(["pear"], false);
    type(box, "plum", "Enter");
    expect([picked, unknown]).toEqual([[], []]);
  });

  test("a list of words keeps what was typed and takes what the table holds", () => {
    const read: unknown[] = [];
    const box = new ListBox<string>({
      ...{
        label: "Words",
        signal: new AbortController().signal,
        least: 1,
        isWhole: () => true,
        onTouch: vi.fn(),
      },
      read: (text) => readWords(text, has, 9),
      write: (words) => words.join(" "),
      onRead: (found) => read.push(found.items),
    });
    document.body.append(box.element);
    box.set(["apple"]);
    expect(box.element.value).toBe("apple");
    box.element.value = "king nobody";
    box.element.dispatchEvent(new Event("input"));
    expect(read).toEqual([["king"]]);
    box.set(["king"]);
    expect(box.element.value).toBe("king nobody");
    box.set(["pear"]);
    expect(box.element.value).toBe("pear");
  });
});

describe("the camera", () => {
  const key = (name: string, shiftKey = false): KeyboardEvent =>
    new KeyboardEvent("keydown", { key: name, shiftKey });

  test("keys turn a map in three dimensions and move one in two", () => {
    const start = cameraOf(RESTING);
    expect(stateOf(afterKey(start, key("ArrowRight"), 3) ?? start)).toEqual([6, 0, 1, 0, 0]);
    expect(stateOf(afterKey(start, key("ArrowRight", true), 3) ?? start)).toEqual([0, 0, 1, -0.06, 0]);
    expect(stateOf(afterKey(start, key("ArrowUp"), 2) ?? start)).toEqual([0, 0, 1, 0, 0.06]);
    expect(afterKey(start, key("a"), 2)).toBeNull();
    expect(afterKey(start, key("Tab"), 3)).toBeNull();
    expect(stateOf(afterKey(zoomed(start, 3), key("0"), 3) ?? start)).toEqual(RESTING);
  });

  test("zooming keeps the place under the pointer where it is", () => {
    const start = moved(zoomed(cameraOf(RESTING), 2), 0.1, -0.05);
    const [x, y] = [0.2, 0.15];
    const after = zoomed(start, 1.5, x, y);
    expect((x - after.right) / after.zoom).toBeCloseTo((x - start.right) / start.zoom, 9);
    expect((y - after.down) / after.zoom).toBeCloseTo((y - start.down) / start.zoom, 9);
    expect(zoomed(start, 1e9).zoom).toBe(40);
  });

  test("a turn of any number of rounds is told as an angle", () => {
    const { turn } = { turn: cameraOf([370, 0, 1, 0, 0]) };
    expect(stateOf(turn)[0]).toBe(10);
  });
});

describe("pictures", () => {
  const frameOf = (changes: Partial<Answers>, state = stateOfWidget()): Frame => {
    const none = {
      map: null,
      analogy: null,
      axes: null,
      senses: null,
      problem: null,
      isCurrent: true,
      version: 0,
    };
    return {
      state,
      answers: { ...none, state, ...changes },
      library: libraryOf(SPACE),
      palette: {} as Frame["palette"],
    };
  };

  test("the sum of an analogy has a place of its own, and arrows that are parallel", () => {
    const state = stateOfWidget();
    const { points, arrows } = analogyScatter(state, analogyAnswer(libraryOf(SPACE), state), t);
    expect(points.filter(({ role }) => role === "target")).toHaveLength(1);
    expect(points.filter(({ role }) => role === "input").map(({ name }) => name)).toEqual(state.terms);
    const [first, second] = arrows.map(([x1, y1, x2, y2]) => [x2 - x1, y2 - y1]);
    expect(first[0]).toBeCloseTo(second[0], 9);
    expect(first[1]).toBeCloseTo(second[1], 9);
  });

  test("neighbors stand on the side that they lean to", () => {
    const state = stateOfWidget();
    const answer = sensesAnswer(libraryOf(SPACE), state);
    const { points } = sensesScatter(state, answer, t);
    for (const { x, role } of points.slice(1)) {
      expect(role).toBe(x > 0 ? "first" : "second");
    }
  });

  test("the point under the pointer is found, and none far from all", () => {
    const point = { role: "plain", said: "" } as const;
    const scatter: Scatter = {
      ...{ arrows: [], across: null, upward: null, isSquare: true },
      points: [
        { ...point, name: "a", x: 0, y: 0 },
        { ...point, name: "b", x: 1, y: 1 },
      ],
    };
    const layout = layoutScatter(scatter, 400, 300);
    expect(pointAt(layout, scatter, layout.x(1) + 4, layout.y(1))).toBe(1);
    expect(pointAt(layout, scatter, 5, 5)).toBe(-1);
    expect(layout.y(1)).toBeLessThan(layout.y(0));
    expect(layout.x(1) - layout.x(0)).toBeCloseTo(layout.y(0) - layout.y(1), 9);
  });

  test("what is taken away has every number in full, and no word becomes more than one field", () => {
    const state = stateOfWidget({ placed: ["apple"], xAxis: [["car", "banana"]] });
    const axes = axesAnswer(libraryOf(SPACE), state);
    const tricky = { ...axes, words: ['a,"b'] };
    expect(csvOf(frameOf({ axes: tricky }, state))).toBe(`word,x\r\n"a,""b",${axes.along[0][0]}\r\n`);
    const map = mapAnswer(libraryOf(SPACE), state);
    expect(csvOf(frameOf({ map }, state)).split("\r\n")).toHaveLength(WORDS.length + 2);
    const found = JSON.parse(jsonOf(frameOf({ map }, state))) as Record<string, unknown>;
    expect(found["neighbors"]).toEqual(map.neighbors);
    expect(found["overlap"]).toBe(map.overlap);
  });
});

describe("the program", () => {
  test.each([
    [{ view: "map" }, ["pca_projection(unit, 2)(unit)", 'words.index["apple"]']],
    [{ view: "map", projection: "tsne", dimensions: 3 }, ['load_tsne("words", 3)']],
    [{ view: "analogy" }, ['analogy(words, "man", "king", "woman", k=6)']],
    [{ view: "axes" }, ['axis_from_pairs(words, [("car", "banana")])', 'placed = ["apple", "king"]']],
    [
      { view: "senses", source: "word2vec" },
      ['lean(words[near], words[["pear"]], words[["phone"]])', "load_word2vec()"],
    ],
    [{ word: 'a"\n' }, ['words.index["a\\"\\n"]']],
  ] as [Partial<State>, string[]][])("%j", (change, lines) => {
    const program = programOf(stateOfWidget(change));
    lines.forEach((line) => expect(program).toContain(line));
    expect(program).not.toContain("\n\n\n");
  });
});
