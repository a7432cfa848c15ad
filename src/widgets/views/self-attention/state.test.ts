import { describe, expect, test } from "vitest";
import type { Model } from "../../host/context.js";
import { PageModel } from "../../host/page-model.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { explorerState } from "../../test/states.js";
import {
  deleteWord,
  displayName,
  MAX_TOKENS,
  moveWord,
  readDefaults,
  readPole,
  readState,
  sentenceOf,
  toggleLock,
  withSentence,
  wordRanges,
  type Change,
  type State,
} from "./state.js";

const PIE: State = {
  tokens: ["a", "pine", "##apple", "pie", "[UNK]"],
  labels: ["A", "Pine", "apple", "pie", "🦊"],
  maps: "shared",
  divideBy: "sqrt",
  follow: 2,
  poles: [["fruit"], ["phone"]],
  locked: [2, 4],
};

const apply = (state: State, change: Change): State => ({ ...state, ...change });
const typed = (...pieces: string[]): { text: string; piece: string; word: number; known: boolean }[] =>
  pieces.map((piece, word) => ({ text: piece.toUpperCase(), piece, word, known: true }));

test("the pieces of a word stay together, and the sentence reads as it was typed", () => {
  expect(wordRanges(PIE.tokens)).toEqual([
    [0, 1],
    [1, 3],
    [3, 4],
    [4, 5],
  ]);
  expect(sentenceOf(PIE.tokens, PIE.labels)).toBe("A Pineapple pie 🦊");
  expect(wordRanges(["##apple", "pie"])).toEqual([
    [0, 1],
    [1, 2],
  ]);
  expect(wordRanges([])).toEqual([]);
});

checkedAgainstMistakes<typeof moveWord>(
  "moving a word",
  (move) => {
    const moved = apply(PIE, move(PIE, 1, 2));
    expect(moved.tokens).toEqual(["a", "pie", "pine", "##apple", "[UNK]"]);
    expect(moved.labels).toEqual(["A", "pie", "Pine", "apple", "🦊"]);
    expect(moved.follow).toBe(3);
    expect(moved.locked).toEqual([3, 4]);
    expect(apply(moved, move(moved, 2, 1)), "and back").toEqual(PIE);
    expect(move(PIE, 0, 4), "past the end").toEqual({});
    expect(move(PIE, 1, 1), "nowhere").toEqual({});
  },
  moveWord,
  {
    "a piece moves alone": (state, from, to) => moveWord({ ...state, tokens: state.labels }, from, to),
    "follow stays behind": (state, from, to) => ({ ...moveWord(state, from, to), follow: state.follow }),
    "labels stay behind": (state, from, to) => ({ ...moveWord(state, from, to), labels: state.labels }),
    "one place too far": (state, from, to) => moveWord(state, from, to + 1),
  },
);

checkedAgainstMistakes<typeof deleteWord>(
  "deleting a word",
  (remove) => {
    const others = apply(PIE, remove(PIE, 0));
    expect(others.tokens).toEqual(["pine", "##apple", "pie", "[UNK]"]);
    expect([others.follow, others.locked]).toEqual([1, [1, 3]]);
    const itself = apply(PIE, remove(PIE, 1));
    expect(itself.tokens).toEqual(["a", "pie", "[UNK]"]);
    expect([itself.follow, itself.locked]).toEqual([1, null]);
    const last = apply({ ...PIE, follow: 4 }, remove({ ...PIE, follow: 4 }, 3));
    expect(last.follow).toBe(3);
    const only = { ...PIE, tokens: ["a"], labels: ["A"], follow: 0, locked: null };
    expect(apply(only, remove(only, 0))).toMatchObject({ tokens: [], labels: [], follow: -1 });
    expect(remove(PIE, 9)).toEqual({});
    const nobody = { ...PIE, follow: -1 };
    expect(apply(nobody, remove(nobody, 0)).follow, "nobody was followed").toBe(-1);
  },
  deleteWord,
  {
    "follow keeps its number": (state, word) => ({ ...deleteWord(state, word), follow: state.follow }),
    "the lock keeps its numbers": (state, word) => ({ ...deleteWord(state, word), locked: state.locked }),
    "nobody is followed afterwards": (state, word) => ({ ...deleteWord(state, word), follow: -1 }),
  },
);

checkedAgainstMistakes<typeof withSentence>(
  "a new sentence",
  (read) => {
    const same = read({ ...PIE, follow: 3 }, typed("my", "pie", "and", "pie"));
    expect(same).toEqual({
      tokens: ["my", "pie", "and", "pie"],
      labels: ["MY", "PIE", "AND", "PIE"],
      follow: 1,
      locked: null,
    });
    expect(read(PIE, typed("a", "computer", "##s", "is")).follow, "the longest word").toBe(1);
    expect(read(PIE, [])).toMatchObject({ tokens: [], follow: -1 });
    const many = read(PIE, typed(...Array<string>(MAX_TOKENS + 44).fill("pie")));
    expect(many.tokens).toHaveLength(MAX_TOKENS);
    expect(many.labels).toHaveLength(MAX_TOKENS);
  },
  withSentence,
  {
    "the lock stays": (state, tokens) => ({ ...withSentence(state, tokens), locked: state.locked }),
    "follow keeps its number": (state, tokens) => ({ ...withSentence(state, tokens), follow: state.follow }),
    "nothing is cut": (state, tokens) => ({
      ...withSentence(state, tokens),
      tokens: tokens.map(({ piece }) => piece),
    }),
  },
);

checkedAgainstMistakes<typeof toggleLock>(
  "locking a cell",
  (toggle) => {
    expect(toggle(PIE, 1, 3)).toEqual({ locked: [1, 3], follow: 1 });
    expect(toggle(PIE, 2, 4), "a second time").toEqual({ locked: null });
    expect(toggle({ ...PIE, locked: null }, 2, 4)).toEqual({ locked: [2, 4], follow: 2 });
    expect(toggle(PIE, 2, 3), "another cell of the row").toEqual({ locked: [2, 3], follow: 2 });
    expect(toggle(PIE, 4, 2), "its mirror image is another cell").toEqual({ locked: [4, 2], follow: 4 });
  },
  toggleLock,
  {
    "it never unlocks": (_, query, key) => ({ locked: [query, key], follow: query }),
    "rows and columns are confused": (state, query, key) => toggleLock(state, key, query),
    "any cell of the row unlocks": (state, query, key) =>
      state.locked?.[0] === query ? { locked: null } : toggleLock(state, query, key),
  },
);

checkedAgainstMistakes<typeof readPole>(
  "the words of a pole",
  (read) => {
    expect(read(" Fruit, banana,pear  fruit ", true)).toEqual(["fruit", "banana", "pear"]);
    expect(read("水果，香蕉、梨", true)).toEqual(["水果", "香蕉", "梨"]);
    expect(read(" , ", true)).toEqual([]);
    expect(read("New York, Paris (2)", false), "names of the reader's own").toEqual([
      "New York",
      "Paris (2)",
    ]);
  },
  readPole,
  {
    "a word counts twice": (text) => text.toLowerCase().split(/[\s,，、]+/u),
    "names are lowercased": (text) => readPole(text, true),
  },
);

describe("the state of a model", () => {
  const model = (changes: Record<string, unknown>): Model =>
    new PageModel(explorerState(changes), () => undefined);

  test("is read under its synced names", () => {
    const state = readState(model({ divide_by: 2.5, locked: [0, 3] }));
    expect(state).toMatchObject({
      divideBy: 2.5,
      locked: [0, 3],
      follow: 3,
      labels: ["I", "ate", "an", "apple"],
    });
  });

  test("indices past the sentence are dropped", () => {
    expect(readState(model({ follow: 4 })).follow).toBe(-1);
    expect(readState(model({ locked: [1, 4] })).locked).toBeNull();
    expect(readState(model({ tokens: [], labels: [], follow: 0 }))).toMatchObject({ tokens: [], follow: -1 });
  });

  test("labels of another sentence are not shown", () => {
    expect(readState(model({ labels: ["one"] })).labels).toEqual(["i", "ate", "an", "apple"]);
  });

  test("the defaults are what reset restores, under the names of the state", () => {
    const { divideBy, ...rest } = readDefaults(model({ divide_by: "d" }));
    expect(divideBy).toBe("sqrt");
    expect(Object.keys(rest).sort()).toEqual(["follow", "labels", "locked", "maps", "poles", "tokens"]);
  });
});

test("a token is called what was looked up, an unknown one what was typed, one's own what it was named", () => {
  expect(displayName("cafe", "Café", true)).toBe("cafe");
  expect(displayName("[UNK]", "🦊", true)).toBe("🦊");
  expect(displayName("[UNK]", "", true)).toBe("[UNK]");
  expect(displayName("Paris (2)", "Paris", false)).toBe("Paris");
});
