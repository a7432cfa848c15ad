import { expect, test } from "vitest";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { tableOf } from "../../test/tables.js";
import { hintsFor, readOwnWords, readText, type Reading } from "./reading.js";
import { MAX_CHARACTERS } from "./state.js";

const SMALL = tableOf(["[UNK]", "an", "apple", "pine", "p", "##apple", "##e"]);

checkedAgainstMistakes<typeof readText>(
  "reading a text with a small table",
  (read) => {
    expect(read("an Apple", SMALL, false)).toMatchObject({ certain: true, count: 2 });
    expect(read("pineapple", SMALL, false).certain, "the full table may have the whole word").toBe(false);
    expect(read("banana", SMALL, false).certain, "the full table may know it").toBe(false);
    expect(read("pineapple", SMALL, true)).toMatchObject({ certain: true, count: 2 });
    expect(read("banana", SMALL, true).tokens).toEqual([
      { text: "banana", piece: "[UNK]", word: 0, known: false },
    ]);
    expect(read("", SMALL, false)).toMatchObject({ certain: true, count: 0, tokens: [] });
    expect(read("an ".repeat(10_000), SMALL, false)).toMatchObject({ characters: 30_000, count: 6_667 });
    expect(read("an ".repeat(300), SMALL, false)).toMatchObject({ characters: null, count: 300 });
  },
  readText,
  {
    "the small table is trusted": (text, table) => readText(text, table, true),
    "only the full table is trusted": (text, table, isFull) => ({
      ...readText(text, table, isFull),
      certain: isFull,
    }),
    "what is too long is read to its end": (text, table, isFull) => ({
      ...readText(text, table, isFull),
      characters: null,
    }),
  },
);

test("with vectors of one's own, names are as they are and others are left out", () => {
  const own = tableOf(["Paris", "rome", "<b>"]);
  const reading = readOwnWords("Paris ROME <b> London paris", own);
  expect(reading.tokens.map(({ piece, text }) => [piece, text])).toEqual([
    ["Paris", "Paris"],
    ["rome", "ROME"],
    ["<b>", "<b>"],
  ]);
  expect(reading.leftOut).toEqual(["London", "paris"]);
  expect(reading.certain).toBe(true);
});

const reading = (changes: Partial<Reading>): Reading => ({
  tokens: [],
  certain: true,
  count: 1,
  characters: null,
  leftOut: [],
  ...changes,
});
const keysOf = (hints: ReturnType<typeof hintsFor>): string[] =>
  hints.map(({ key }) => key.replace("self-attention.hint.", ""));

checkedAgainstMistakes<typeof hintsFor>(
  "what a reader is told about a sentence",
  (hints) => {
    expect(hints(["an", "apple"], ["an", "apple"], null)).toEqual([]);
    expect(keysOf(hints([], [], null))).toEqual(["empty"]);
    const cut = hints(["an"], ["an"], reading({ count: 257 }));
    expect(cut).toEqual([{ key: "self-attention.hint.cut", values: { count: 257, limit: 256 } }]);
    expect(hints(["an"], ["an"], reading({ count: 256 }))).toEqual([]);
    const long = hints(["an"], ["an"], reading({ characters: 20_001 }));
    expect(long[0].values).toEqual({ characters: 20_001, limit: MAX_CHARACTERS });
    const unknown = hints(["[UNK]", "an", "[UNK]"], ["🦊", "an", "<img onerror=x>"], null);
    expect(unknown).toEqual([
      { key: "self-attention.hint.unknown", values: { words: "🦊, <img onerror=x>", count: 2 } },
    ]);
    const split = hints(["pine", "##apple", "an"], ["Pine", "apple", "an"], null);
    expect(split).toEqual([
      { key: "self-attention.hint.split", values: { words: "Pineapple = pine + ##apple" } },
    ]);
    const many = hints(Array<string>(6).fill("[UNK]"), ["一", "二", "三", "四", "五", "五"], null);
    expect(many[0].values["words"], "a few examples are enough").toBe("一, 二, 三 (+2)");
    expect(keysOf(hints(["an"], ["an"], reading({ leftOut: ["London"] })))).toEqual(["left-out"]);
    const all = hints(["[UNK]", "p", "##e"], ["x", "p", "e"], reading({ count: 300 }));
    expect(keysOf(all), "the most surprising first").toEqual(["cut", "unknown", "split"]);
  },
  hintsFor,
  {
    "nothing is ever said": () => [],
    "a cut is not told": (tokens, labels) => hintsFor(tokens, labels, null),
    "the unknown are shown as [UNK]": (tokens, _, how) => hintsFor(tokens, tokens, how),
    "the count is that of what is left": (tokens, labels, how) =>
      hintsFor(tokens, labels, how === null ? null : { ...how, count: Math.min(how.count, 256) }),
  },
);

test("a word that runs from right to left cannot turn the sentence around it", () => {
  const [hint] = hintsFor(["[UNK]"], ["שלום"], null);
  expect(hint.values["words"]).toBe("\u2068שלום\u2069");
});
