import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { AssetError, InputError } from "../errors.js";
import { chunks, normalizeChinese, tokenizerFrom, type Tokenizer } from "./index.js";

type From = (description: unknown) => Tokenizer;

const NONE = { pad: null, unknown: null, start: null, end: null, mask: null };
const SOME = { ...NONE, unknown: "?", start: "<s>", end: "</s>" };
// l is byte 108, o 111, w 119: the first merge, 256, is lo; the second low.
const BYTE_PAIRS = { kind: "byte-pairs", merges: [[108, 111], [256, 119]], special: { ...SOME, unknown: null } }; // prettier-ignore
const CHARACTERS = { kind: "characters", tokens: ["<s>", "?", "a", "🍎", "</s>"], special: SOME };
const WORDS = ["?", "<s>", "</s>", "i", "ate", "melon", "##s", "[UNK]"];
const WORDPIECE = { kind: "wordpiece", tokens: WORDS, special: SOME };

function checkBytePairs(from: From): void {
  const bpe = from(BYTE_PAIRS);
  expect(bpe.size).toBe(260);
  expect(bpe.special).toEqual({ ...NONE, start: 258, end: 259 });
  expect(bpe.encode("slow low")).toEqual([115, 257, 32, 257]);
  expect(bpe.encode("<s>")).toEqual([60, 115, 62]); // typed text never gives a special token
  expect(bpe.encode("")).toEqual([]);
  expect(bpe.decode([258, 115, 257, 259])).toBe("<s>slow</s>");
  expect(bpe.decode([258, 115, 257, 259], true)).toBe("slow");
  expect(bpe.decode(bpe.encode("\ufeff猴 \u0000🍎"))).toBe("\ufeff猴 \u0000🍎");
  expect(bpe.show(0xe7)).toBe("\ufffd");
  expect(() => bpe.encode("🍎\udf4e")).toThrow("character 1 of 2 is U+DF4E, half of a surrogate pair");
  expect(() => bpe.encode("\ud83c")).toThrow(InputError);
  expect(() => bpe.decode([260])).toThrow("id 260 at position 0 is not from 0 to 259");
  expect(() => from({ ...BYTE_PAIRS, merges: [[108, 256]] })).toThrow(
    /merge 0 .* from 0 to 255, got \[108,256\]/,
  );
}

const wrapped =
  (change: (tokenizer: Tokenizer) => Partial<Tokenizer>): From =>
  (description) => {
    const tokenizer = tokenizerFrom(description);
    return { ...tokenizer, ...change(tokenizer) };
  };

checkedAgainstMistakes("byte pairs", checkBytePairs, tokenizerFrom, {
  "no merges": wrapped(() => ({ encode: (text) => [...new TextEncoder().encode(text)] })),
  "special tokens first": wrapped(({ special }) => ({ special: { ...special, start: 0, end: 1 } })),
  "special tokens are kept": wrapped(({ decode }) => ({ decode: (ids) => decode(ids) })),
  "a mark at the start is lost": wrapped(({ decode }) => ({
    decode: (ids, skip) => decode(ids, skip).replace("\ufeff", ""),
  })),
  "halves of pairs are replaced": wrapped(({ encode }) => ({
    encode: (text) => encode(text.replace(/\p{Cs}/gu, "")),
  })),
});

function checkCharacters(from: From): void {
  const characters = from(CHARACTERS);
  expect(characters.encode("a🍎b")).toEqual([2, 3, 1]);
  expect(characters.encode("a?\ud83c")).toEqual([2, 1, 1]);
  expect(characters.decode([0, 3, 2, 4])).toBe("<s>🍎a</s>");
  expect(characters.decode([0, 3, 2, 4], true)).toBe("🍎a");
  const strict = from({ ...CHARACTERS, special: { ...SOME, unknown: null } });
  expect(() => strict.encode("ab")).toThrow(
    '"b" at position 1 is not among the 3 tokens, and there is no unknown token',
  );
}

checkedAgainstMistakes("characters", checkCharacters, tokenizerFrom, {
  "halves of characters": wrapped(({ encode }) => ({
    encode: (text) => text.split("").flatMap((half) => encode(half)),
  })),
  "unknown ones left out": wrapped(({ encode }) => ({
    encode: (text) => encode(text).filter((id) => id !== 1),
  })),
});

function checkWordPiece(from: From): void {
  const wordpiece = from(WORDPIECE);
  expect(wordpiece.encode("I ate melons")).toEqual([1, 3, 4, 5, 6, 2]);
  expect(wordpiece.encode("I kiwi [UNK] <s>")).toEqual([1, 3, 0, 0, 0, 0, 0, 0, 0, 2]); // [ unk ] < s >, none of them a piece
  expect(wordpiece.decode([1, 3, 4, 5, 6, 2], true)).toBe("i ate melons");
}

checkedAgainstMistakes("wordpiece", checkWordPiece, tokenizerFrom, {
  "no marks": wrapped(({ encode }) => ({ encode: (text) => encode(text).slice(1, -1) })),
  "[UNK] is a piece": wrapped(({ encode }) => ({ encode: (text) => encode(text).map((id) => id || 7) })),
});

type Chunks = typeof chunks;

function checkChunks(cut: Chunks): void {
  expect(cut("It's 2 cats,  not1")).toEqual(["It", "'s", " 2", " cats", ",", " ", " not", "1"]);
  expect(cut("a\u0085 b\ufeffc")).toEqual(["a", "\u0085", " b", "\ufeff", "c"]);
  expect(cut("a\u0085\u0085!")).toEqual(["a", "\u0085", "\u0085", "!"]);
  expect(cut("½x_1  ")).toEqual(["½", "x", "_", "1", "  "]);
}

checkedAgainstMistakes("chunks", checkChunks, chunks, {
  "JavaScript's white space": (text) =>
    text.match(/'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu) ?? [],
  words: (text) => text.split(/(?= )/),
});

test("Chinese is read in one form", () => {
  expect(normalizeChinese("你 好！ＯＫ？\u3000\n")).toBe("你好!OK?");
  expect(normalizeChinese("a\u001cb\u0085c\ufeff")).toBe("abc\ufeff");
});

describe("what is no tokenizer is refused in words", () => {
  test.each([
    [null, /must be an object, got null/],
    [{ kind: "words" }, /kind must be one of characters, byte-pairs, wordpiece, got "words"/],
    [{ ...CHARACTERS, tokens: "abc" }, /list of texts, got string/],
    [{ ...CHARACTERS, tokens: ["a", "a", "?", "<s>", "</s>"] }, /5 tokens has 4 different ones/],
    [{ ...CHARACTERS, tokens: ["a"] }, /the special token "\?" is not among the 1 tokens/],
    [{ ...CHARACTERS, special: { ...SOME, start: "?" } }, /3 special tokens but 2 different ones/],
    [{ ...CHARACTERS, special: { ...SOME, start: "" } }, /special tokens must be texts/],
    [{ ...BYTE_PAIRS, merges: 3 }, /list of pairs, got number/],
    [{ ...BYTE_PAIRS, merges: [[1, 2], [1, 2]] }, /merge 1 is the pair 1, 2, and so is merge 0/], // prettier-ignore
    [{ ...WORDPIECE, special: NONE }, /needs three special tokens/],
  ])("%j", (description, message) => {
    expect(() => tokenizerFrom(description)).toThrow(message);
    expect(() => tokenizerFrom(description)).toThrow(AssetError);
  });
});
