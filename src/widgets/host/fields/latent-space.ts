/** What the explorer of the latent space lets into its state. */

import {
  poles,
  choice,
  decodeList,
  encodeList,
  type Field,
  isObject,
  isTexts,
  type Kind,
  MAX_TOKENS,
  numberOf,
  type State,
  textList,
  typed,
  wholeFromTo,
} from "./field.js";

const MAX_WORD = 100; // characters
const MAX_PAIRS = 16;
const MAX_PLACED = 40;
const MOST_CAMERA = 1000;
const LEAST_ZOOM = 0.2;
const MOST_ZOOM = 50;

function isWord(value: unknown): value is string {
  return typeof value === "string" && value !== "" && [...value].length <= MAX_WORD;
}

/** A word, as people write it. */
const word: Field = { ...typed(MAX_WORD), accepts: (value) => isWord(value) };

/** Words, of which there are from `least` to `most`: "king,man,woman". */
function words(least: number, most: number): Field {
  return {
    ...textList,
    accepts: (value) =>
      Array.isArray(value) && value.length >= least && value.length <= most && value.every(isWord),
  };
}

/** Pairs of words: "car,banana;chair,orange". */
function pairs(least: number): Field {
  return {
    accepts: (value) =>
      Array.isArray(value) &&
      value.length >= least &&
      value.length <= MAX_PAIRS &&
      value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isWord)),
    toText: (value) => (value as string[][]).map(encodeList).join(";"),
    fromText: (text) => (text === "" ? [] : text.split(";").map(decodeList)),
  };
}

/** Turn and tilt in degrees, zoom, right and down: "30,-10,1.5,0,0". */
const camera: Field = {
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 5 &&
    value.every((number) => typeof number === "number" && Math.abs(number) <= MOST_CAMERA) &&
    value[2] >= LEAST_ZOOM &&
    value[2] <= MOST_ZOOM,
  toText: (value) => (value as number[]).join(","),
  fromText: (text) => text.split(",").map(numberOf),
};

export const latentSpace: Kind = {
  shared: {
    source: choice("words", "word2vec", "own"),
    view: choice("map", "analogy", "axes", "senses"),
    word,
    projection: choice("pca", "tsne"),
    dimensions: wholeFromTo(2, 3),
    camera,
    terms: words(3, 3),
    x_axis: pairs(1),
    y_axis: pairs(0),
    placed: words(1, MAX_PLACED),
    poles: {
      ...poles,
      accepts: (value) => poles.accepts(value) && (value as string[][]).flat().every(isWord),
    },
  },
  fixed: {
    tables: isObject,
    table: isObject,
    example: isObject,
    presets: isObject,
    landmarks: (value) => isTexts(value, MAX_TOKENS),
  },
  conflict(state) {
    const { tables, source, projection } = state;
    if (!Object.hasOwn(tables as State, source as string)) {
      return `there is no table ${JSON.stringify(source)}`;
    }
    return source === "own" && projection === "tsne" ? "there is no t-SNE map of these vectors" : null;
  },
};
