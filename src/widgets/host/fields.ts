/**
 * What each kind of widget lets into its state: which values a field may have, and how a shared link spells them.
 *
 * A link can be written by anyone, so a value from it is used only when it passes here, and then only ever as text,
 * a number or a choice.
 */

import { BLOCKS, FAMILIES } from "../views/families/blocks.js";

export type State = Record<string, unknown>;

export interface Field {
  accepts(value: unknown): boolean;
  toText(value: unknown): string;
  /** The value that a text spells; `accepts` has still to be asked. */
  fromText(text: string): unknown;
}

interface Kind {
  /** Fields that a shared link may carry. */
  shared: Readonly<Record<string, Field>>;
  /** Fields that must be there but never travel in a link. */
  fixed: Readonly<Record<string, (value: unknown) => boolean>>;
  /** What is wrong between fields that are each fine alone, or null. */
  conflict(state: State): string | null;
}

const MAX_TOKENS = 256;
const MAX_TEXT = 400; // characters of one token or label
const MAX_POLE_WORDS = 16;
const MAX_TYPED = 2000; // characters of a text for a model
const MAX_HEADS = 512;
const MAX_WORD = 100; // characters
const MAX_PAIRS = 16;
const MAX_PLACED = 40;
const MOST_CAMERA = 1000;
const LEAST_ZOOM = 0.2;
const MOST_ZOOM = 50;
const LEAST_DIVISOR = 1e-6;
const MOST_DIVISOR = 1e6;

function isText(value: unknown): value is string {
  return typeof value === "string" && [...value].length <= MAX_TEXT;
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && value !== "" && [...value].length <= MAX_WORD;
}

function isTexts(value: unknown, most: number): value is string[] {
  return Array.isArray(value) && value.length <= most && value.every(isText);
}

/** Half of a surrogate pair is not text and cannot be written into an address. */
const encode = (text: string): string => encodeURIComponent(text.replace(/\p{Cs}/gu, "\uFFFD"));
const encodeList = (items: string[]): string => items.map(encode).join(",");
const decodeList = (text: string): string[] => (text === "" ? [] : text.split(",").map(decodeURIComponent));

/** A list of texts: "I,ate,an,apple". */
const textList: Field = {
  accepts: (value) => isTexts(value, MAX_TOKENS),
  toText: (value) => encodeList(value as string[]),
  fromText: decodeList,
};

/** Two lists of words, or two empty lists for no poles: "fruit,banana;phone". */
const poles: Field = {
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((list) => isTexts(list, MAX_POLE_WORDS)) &&
    (value[0].length === 0) === (value[1].length === 0),
  toText: (value) => (value as string[][]).map(encodeList).join(";"),
  fromText: (text) => text.split(";").map(decodeList),
};

/** One of a few names. */
function choice(...names: string[]): Field {
  return { accepts: (value) => names.includes(value as string), toText: String, fromText: (text) => text };
}

/** A whole number of at least `least`. */
function wholeNumber(least: number): Field {
  return {
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= least,
    toText: String,
    fromText: numberOf,
  };
}

/** "one", "sqrt", "d", or a number above 0. */
const divideBy: Field = {
  accepts: (value) =>
    ["one", "sqrt", "d"].includes(value as string) ||
    (typeof value === "number" && Number.isFinite(value) && value > 0),
  toText: String,
  fromText: (text) => (["one", "sqrt", "d"].includes(text) ? text : divisorIn(text)),
};

/** A number that scores survive being divided by: 1e-300 in a link would only make infinities. */
function divisorIn(text: string): number {
  const divisor = numberOf(text);
  return divisor >= LEAST_DIVISOR && divisor <= MOST_DIVISOR ? divisor : NaN;
}

/** null, or the row and column of a cell: "2,5". */
const cell: Field = {
  accepts: (value) =>
    value === null ||
    (Array.isArray(value) &&
      value.length === 2 &&
      value.every((index) => Number.isSafeInteger(index) && index >= 0)),
  toText: (value) => (value === null ? "none" : (value as number[]).join(",")),
  fromText: (text) => (text === "none" ? null : text.split(",").map(numberOf)),
};

/** Only plain decimals: `Number` alone would also take "", " 1" and "0x10". */
function numberOf(text: string): number {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

/** A text that a reader types. */
function typed(most: number): Field {
  return {
    accepts: (value) => typeof value === "string" && [...value].length <= most,
    toText: (value) => encode(value as string),
    fromText: decodeURIComponent,
  };
}

/** A number from 0 to `most`, or a whole one from `least` to `most`. */
function numberUpTo(most: number): Field {
  return {
    accepts: (value) => typeof value === "number" && value >= 0 && value <= most,
    toText: String,
    fromText: numberOf,
  };
}

function numberFromTo(least: number, most: number): Field {
  const field = numberUpTo(most);
  return { ...field, accepts: (value) => field.accepts(value) && (value as number) >= least };
}

const yesOrNo: Field = {
  accepts: (value) => typeof value === "boolean",
  toText: String,
  fromText: (text) => (["true", "false"].includes(text) ? text === "true" : text),
};

function wholeFromTo(least: number, most: number): Field {
  const field = wholeNumber(least);
  return { ...field, accepts: (value) => field.accepts(value) && (value as number) <= most };
}

/** Heads that are switched off, by name: "translator.decoder.layers.0.cross_attention.2". */
const heads: Field = {
  ...textList,
  accepts: (value) =>
    isTexts(value, MAX_HEADS) &&
    value.every((name) => /^(translator|writer|reader)\.(en|de)coder\.layers\.\d+\.\w+\.\d+$/.test(name)),
};

/** The name of an attention, or nothing. */
const attention: Field = {
  accepts: (value) => isText(value) && (value === "" || /^(en|de)coder\.layers\.\d+\.\w+$/.test(value)),
  toText: (value) => encode(value as string),
  fromText: decodeURIComponent,
};

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === "string";
const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const selfAttention: Kind = {
  shared: {
    tokens: textList,
    labels: textList,
    maps: choice("shared", "head"),
    divide_by: divideBy,
    follow: wholeNumber(-1),
    poles,
    locked: cell,
  },
  fixed: {
    examples: (value) => isTexts(value, MAX_TOKENS),
    table: isObject,
    asset: isTextOrNull,
  },
  conflict(state) {
    const count = (state["tokens"] as string[]).length;
    const labels = (state["labels"] as string[]).length;
    if (labels !== count) {
      return `${count} tokens but ${labels} labels`;
    }
    const follow = state["follow"] as number;
    if (follow >= count) {
      return `token ${follow} is followed, but there are ${count}`;
    }
    const locked = state["locked"] as number[] | null;
    if (locked?.some((index) => index >= count)) {
      return `cell (${locked.join(", ")}) is locked, but there are ${count} tokens`;
    }
    const table = state["table"] as State;
    if (state["maps"] === "head" && state["asset"] === null && table["maps"] === null) {
      return "the head's maps are asked for, but these vectors have none";
    }
    return null;
  },
};

const question: Kind = {
  shared: {}, // a link that gives the answer away would spoil the question
  fixed: {
    prompt: (value) => typeof value === "string",
    choices: (value) => Array.isArray(value) && value.length > 0 && value.every(isObject),
    picked: (value) => Number.isSafeInteger(value) && (value as number) >= -1,
  },
  conflict(state) {
    const picked = state["picked"] as number;
    const choices = (state["choices"] as unknown[]).length;
    return picked < choices ? null : `choice ${picked} is picked, but there are ${choices}`;
  },
};

const models: Kind = {
  shared: {
    model: choice("translator", "writer", "reader"),
    source: typed(MAX_TYPED),
    prompt: typed(MAX_TYPED),
    sentence: typed(MAX_TYPED),
    decoding: choice("greedy", "beam"),
    temperature: numberUpTo(2),
    top_k: wholeFromTo(0, 1000),
    seed: wholeFromTo(0, 2 ** 32 - 1),
    off: heads,
    look: attention,
    head: wholeFromTo(-1, 255),
  },
  fixed: {
    cards: isObject,
    examples: isObject,
    runs: isObject,
    // A link says what the writer was asked, never what it wrote.
    written: (value) => Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && id >= 0),
  },
  conflict: () => null,
};

const families: Kind = {
  shared: {
    family: choice(...FAMILIES),
    source: typed(MAX_TYPED),
    prompt: typed(MAX_TYPED),
    sentence: typed(MAX_TYPED),
    block: choice(...BLOCKS),
  },
  fixed: {
    cards: isObject,
    examples: isObject,
    runs: isObject,
    writes: (value) => Number.isSafeInteger(value) && (value as number) > 0,
  },
  conflict: () => null,
};

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

const MAX_COMPARED_WORD = 40; // characters
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

const MOST_WORDS = 6;

const tokens: Kind = {
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

const latentSpace: Kind = {
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

const word2vec: Kind = {
  shared: {
    text: typed(10_000),
    loss: choice("softmax", "negative-sampling"),
    window: wholeFromTo(1, 5),
    dim: wholeFromTo(2, 10),
    learning_rate: numberFromTo(0.001, 0.5),
    negatives: wholeFromTo(1, 10),
    seed: wholeFromTo(0, 2 ** 32 - 1),
    steps: wholeFromTo(0, 5000),
    computed: yesOrNo,
    follow: typed(MAX_TEXT),
    side: choice("cbow", "skip-gram"),
  },
  fixed: {
    examples: (value) => Array.isArray(value) && value.every(isObject),
  },
  conflict: () => null,
};

const KINDS: Readonly<Record<string, Kind>> = {
  "self-attention": selfAttention,
  question,
  models,
  families,
  tokens,
  "latent-space": latentSpace,
  word2vec,
};

const VERSION = 1;

/** The fields of a kind that a shared link may carry. */
export function sharedFields(kind: string): Readonly<Record<string, Field>> {
  return KINDS[kind].shared;
}

/** What is wrong with the state of a widget, in words, or null. */
export function problemWith(state: State): string | null {
  const kind = state["kind"];
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    return `no widget of kind ${JSON.stringify(kind)}; known are ${Object.keys(KINDS).join(", ")}`;
  }
  if (state["version"] !== VERSION) {
    return `the state has version ${JSON.stringify(state["version"])}, expected ${VERSION}`;
  }
  return problemWithFields(kind, state) ?? KINDS[kind].conflict(state);
}

function problemWithFields(kind: string, state: State): string | null {
  const { shared, fixed } = KINDS[kind];
  const wrongShared = Object.keys(shared).find((key) => !shared[key].accepts(state[key]));
  const wrong = wrongShared ?? Object.keys(fixed).find((key) => !fixed[key](state[key]));
  return wrong === undefined ? null : `the state's ${wrong} cannot be ${excerpt(state[wrong])}`;
}

function excerpt(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
