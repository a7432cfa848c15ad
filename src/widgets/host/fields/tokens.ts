/** What the explorer of tokenizers lets into its state. */

import {
  choice,
  encode,
  type Field,
  isObject,
  isTextOrNull,
  isTexts,
  type Kind,
  numberOf,
  type State,
  textList,
  typed,
  wholeFromTo,
} from "./field.js";

const MOST_WORDS = 6;
const MAX_COMPARED_WORD = 40; // characters

/** From `least` to `most` different words without space around: "apple,pear". */
function differentWords(least: number, most: number): Field {
  return {
    ...textList,
    accepts: (value) =>
      isTexts(value, most) &&
      value.length >= least &&
      new Set(value).size === value.length &&
      value.every(isComparedWord),
  };
}

const isComparedWord = (text: string): boolean =>
  text !== "" && text === text.trim() && [...text].length <= MAX_COMPARED_WORD;

function isPoint(value: unknown, widths: readonly number[], most: number): value is number[] {
  return (
    Array.isArray(value) &&
    widths.includes(value.length) &&
    value.every((number) => typeof number === "number" && Math.abs(number) <= most)
  );
}

/** Two or three numbers from -1 to 1: "1,0.5". */
const matrixRow: Field = {
  accepts: (value) => isPoint(value, [2, 3], 1),
  toText: (value) => (value as number[]).join(","),
  fromText: (text) => text.split(",").map(numberOf),
};

/** Points of some words, each two numbers from -1 to 1: "apple,0.5,-1;pear,0,0". */
const points: Field = {
  accepts: (value) =>
    isObject(value) &&
    Object.keys(value as State).length <= MOST_WORDS &&
    Object.entries(value as State).every(([word, point]) => isComparedWord(word) && isPoint(point, [2], 1)),
  toText: (value) =>
    Object.entries(value as Record<string, number[]>)
      .map(([word, point]) => [encode(word), ...point].join(","))
      .join(";"),
  fromText: (text) =>
    Object.fromEntries(
      (text === "" ? [] : text.split(";")).map((entry) => {
        const [word, ...point] = entry.split(",");
        return [decodeURIComponent(word), point.map(numberOf)];
      }),
    ),
};

export const tokens: Kind = {
  shared: {
    text: typed(10_000),
    cut: choice("characters", "words", "byte-pairs", "wordpiece"),
    merges: wholeFromTo(0, 300),
    words: differentWords(3, MOST_WORDS),
    matrix: matrixRow,
    view: choice("line", "one-hot", "distances", "raise"),
    moved: points,
  },
  fixed: {
    examples: (value) => Array.isArray(value) && value.every((text) => typeof text === "string"),
    table: isObject,
    asset: isTextOrNull,
  },
  conflict: () => null,
};
