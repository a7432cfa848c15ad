import { describe, expect, test } from "vitest";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import * as real from "./chinese.js";

const DESCRIPTION = {
  tokenizers: {
    source: {
      tokens: ["<unknown>", "<end>", "们", "你", "好", "?", "O", "K"],
      special: { pad: null, unknown: "<unknown>", start: null, end: "<end>", mask: null },
    },
  },
  variants: { traditional: "們妳", simplified: "们你" },
};

function check({ chineseReader }: typeof real): void {
  const read = chineseReader(DESCRIPTION);
  expect(read("你 們好？ＯＫ")).toEqual({
    characters: ["你", "们", "好", "?", "O", "K"],
    simplified: [["們", "们"]],
    unknown: [],
    hasKnown: true,
  });
  expect(read("妳們妳們")).toMatchObject({
    simplified: [
      ["妳", "你"],
      ["們", "们"],
    ],
  });
  expect(read("犇好犇鱻")).toMatchObject({ unknown: ["犇", "鱻"], hasKnown: true });
  expect(read("犇🍎")).toEqual({
    characters: ["犇", "🍎"],
    simplified: [],
    unknown: ["犇", "🍎"],
    hasKnown: false,
  });
  // What is typed is never a special token, and an empty text has nothing unknown in it.
  expect(read("<end>").unknown).toEqual(["<", "e", "n", "d", ">"]);
  expect(read(" \u3000\n")).toMatchObject({ characters: [], unknown: [] });
  expect(chineseReader({ tokenizers: DESCRIPTION.tokenizers })("們").hasKnown).toBe(false);
}

const FILE = "views/models/chinese.ts";
const MISTAKES: Record<string, Mistake> = {
  "not normalized": ["Array.from(normalizeChinese(text))", "Array.from(text)"],
  "traditional characters stay": ["simplifiedOf.get(character) ?? character", "character"],
  "each pair again and again": [
    "simplified: [...pairs]",
    "simplified: typed.map((one, i) => [one, characters[i]])",
  ],
  "every unknown one again and again": [
    "[...new Set(characters.filter(isUnknown))]",
    "characters.filter(isUnknown)",
  ],
  "one unknown character is enough": ["!characters.every(isUnknown)", "!characters.some(isUnknown)"],
};

describe("a Chinese text", () => {
  test("is read as Python reads it", () => check(real));

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const module = await mutantOf<typeof real>(FILE, mistake);
    expect(() => check(module)).toThrow();
  });
});
