import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../test/planted.js";
import { tableOf } from "../test/tables.js";
import { tokenize, type Token, type Pieces } from "./tokenize.js";

type Tokenize = typeof tokenize;

// A text and the pieces it must give, each with what was typed for it.
const PIECES = [
  ...[
    "[UNK]",
    "i",
    "ate",
    "an",
    "apple",
    "app",
    "a",
    "un",
    "aff",
    "##aff",
    "##able",
    "##a",
    "##b",
    "##c",
    "##f",
  ],
  ...[
    "cafe",
    "naive",
    "b",
    "c",
    "<",
    ">",
    "!",
    "=",
    ".",
    "$",
    "猴",
    "子",
    "か",
    "σ",
    "ο",
    "##σ",
    "##ο",
    "ss",
    "##s",
  ],
  ...["ᄒ", "##ᅡ", "##ᆫ", "x", "##x"],
];
const CASES: [string, string, [string, string][]][] = [
  [
    "a sentence",
    "I ate an apple",
    [..."I ate an apple".split(" ").map((w): [string, string] => [w, w.toLowerCase()])],
  ],
  ["capitals", "APPLE", [["APPLE", "apple"]]],
  ["the longest piece first", "apple", [["apple", "apple"]]],
  [
    "pieces of an unknown word",
    "unaffable",
    [
      ["un", "un"],
      ["aff", "##aff"],
      ["able", "##able"],
    ],
  ],
  [
    "a beginning is not a continuation",
    "affa",
    [
      ["aff", "aff"],
      ["a", "##a"],
    ],
  ],
  [
    "a word with one impossible letter",
    "appleq ate",
    [
      ["appleq", "[UNK]"],
      ["ate", "ate"],
    ],
  ],
  [
    "punctuation and other ASCII signs",
    "a!=$.",
    [
      ["a", "a"],
      ["!", "!"],
      ["=", "="],
      ["$", "$"],
      [".", "."],
    ],
  ],
  [
    "markup is text",
    "<b>",
    [
      ["<", "<"],
      ["b", "b"],
      [">", ">"],
    ],
  ],
  [
    "accents",
    "Café naïve",
    [
      ["Café", "cafe"],
      ["naïve", "naive"],
    ],
  ],
  ["accents typed on their own", "Cafe\u0301", [["Cafe\u0301", "cafe"]]],
  ["an accent with no letter", "\u0301 a", [["a", "a"]]],
  [
    "Chinese, one word a character",
    "猴子a",
    [
      ["猴", "猴"],
      ["子", "子"],
      ["a", "a"],
    ],
  ],
  ["kana is no ideograph; its mark goes", "が", [["が", "か"]]],
  [
    "Hangul comes apart",
    "한",
    [
      ["한", "ᄒ"],
      ["ᅡ", "##ᅡ"],
      ["ᆫ", "##ᆫ"],
    ],
  ],
  [
    "a final sigma is lowercased like any other",
    "ΟΣ",
    [
      ["Ο", "ο"],
      ["Σ", "##σ"],
    ],
  ],
  ["a capital sharp s stays one letter", "ẞ", [["ẞ", "[UNK]"]]],
  [
    "control characters vanish, what was typed stays",
    "a\u0000\u200db",
    [
      ["a\u0000\u200d", "a"],
      ["b", "##b"],
    ],
  ],
  [
    "all kinds of space",
    "a\tb\u00a0c\u3000a\u2028b\r\n",
    [
      ["a", "a"],
      ["b", "b"],
      ["c", "c"],
      ["a", "a"],
      ["b", "b"],
    ],
  ],
  [
    "emoji",
    "a 🍎",
    [
      ["a", "a"],
      ["🍎", "[UNK]"],
    ],
  ],
  ["right to left", "שלום", [["שלום", "[UNK]"]]],
  ["half of a surrogate pair", "a\ud83c", [["a\ud83c", "a"]]],
  ["nothing", "", []],
  ["only spaces", " \t ", []],
];

function checkTokenizer(candidate: Tokenize): void {
  const table = tableOf(PIECES);
  for (const [name, text, expected] of CASES) {
    const found = candidate(text, table).map((token) => [token.text, token.piece]);
    expect(found, name).toEqual(expected);
  }
  const long = candidate(`${"x".repeat(100)} ${"x".repeat(101)}`, table);
  expect(long.length).toBe(101);
  expect(long.at(-1)).toEqual({ text: "x".repeat(101), piece: "[UNK]", word: 1, known: false });
  expect(candidate("unaffable a!", table).map((token) => token.word)).toEqual([0, 0, 0, 1, 2]);
  expect(candidate("q a", table).map((token) => token.known)).toEqual([false, true]);
}

/** The tokenizer with another text or table put before it, or another reading of its answer behind it. */
const before =
  (change: (text: string) => string): Tokenize =>
  (text, table) =>
    tokenize(change(text), table);
const onTable =
  (has: (token: string, table: Pieces) => boolean): Tokenize =>
  (text, table) =>
    tokenize(text, { ...table, tokens: table.tokens, has: (token) => has(token, table) });

/** Spells with the shortest pieces that fit. */
function shortestFirst(text: string, table: Pieces): Token[] {
  return tokenize(text, table).flatMap((token) => {
    const letters = [...token.piece.replace(/^##/, "")];
    const names = letters.map((letter, index) =>
      index > 0 || token.piece.startsWith("##") ? `##${letter}` : letter,
    );
    const parts = letters.map((letter, index) => ({ ...token, text: letter, piece: names[index] }));
    return parts.length > 1 && names.every((name) => table.has(name)) ? parts : [token];
  });
}

checkedAgainstMistakes("tokenize", checkTokenizer, tokenize, {
  "the shortest piece instead of the longest": shortestFirst,
  "continuations looked up without ##": onTable((token, table) => table.has(token.replace(/^##/, ""))),
  "beginnings accepted as continuations": onTable(
    (token, table) => table.has(token) || table.has(token.slice(2)),
  ),
  "capitals kept": onTable((token, table) => token !== "apple" && table.has(token)),
  "lowercased as a whole": before((text) => text.toLowerCase()),
  "accents kept": before((text) => text.replace(/é/g, "q")),
  "Chinese not split": before((text) => text.replace(/猴子/g, "qq")),
  "signs like $ and = not split": before((text) => text.replace(/[=$]/g, "x")),
  "control characters taken for spaces": before((text) => text.replaceAll("\0", " ")),
  "no-break spaces kept": before((text) => text.replace(/\u00a0/g, "x")),
  "words of any length": before((text) => text.replace(/x{101}/, "x".repeat(100))),
  "an unknown word drops out": (text, table) => tokenize(text, table).filter((token) => token.known),
  "words not counted": (text, table) => tokenize(text, table).map((token) => ({ ...token, word: 0 })),
  "what was typed is lost": (text, table) =>
    tokenize(text, table).map((token) => ({ ...token, text: token.piece })),
});

/** A piece of a Korean syllable after its first: the syllable was typed as one character, which the first carries. */
const showsItsLetters = (token: Token): boolean => token.piece === `##${token.text}`;

describe("tokenize", () => {
  const table = tableOf(PIECES);

  test("accepts any string, and every piece it gives is of the table or unknown", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        for (const token of tokenize(text, table)) {
          expect(token.known).toBe(token.piece !== "[UNK]");
          expect(table.has(token.piece)).toBe(true);
          expect(text.includes(token.text) || showsItsLetters(token)).toBe(true);
        }
      }),
    );
  });

  test("what was typed is given back once, in order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(..."aAé\u0301 x!<猴한🍎\u200d.b".split(""), "🍎"), { maxLength: 30 }),
        (parts) => {
          const text = parts.join("");
          let from = 0;
          for (const token of tokenize(text, table)) {
            const place = text.indexOf(token.text, from);
            if (place === -1 && showsItsLetters(token)) {
              continue;
            }
            expect(place).toBeGreaterThanOrEqual(from);
            from = place + token.text.length;
          }
        },
      ),
    );
  });

  test("two texts with a space between give the tokens of both", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (left, right) => {
        const names = (text: string): string[] => tokenize(text, table).map((token) => token.piece);
        expect(names(`${left} ${right}`)).toEqual([...names(left), ...names(right)]);
      }),
    );
  });

  test("a table without [UNK] still gets the name of an unknown word", () => {
    expect(tokenize("kiwi", tableOf(["fruit"]))).toEqual([
      { text: "kiwi", piece: "[UNK]", word: 0, known: false },
    ]);
  });
});
