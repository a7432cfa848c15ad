/** What a field of a widget's state may hold, and how a shared link spells it; and the fields that many kinds have. */

export type State = Record<string, unknown>;

export interface Field {
  accepts(value: unknown): boolean;
  toText(value: unknown): string;
  /** The value that a text spells; `accepts` has still to be asked. */
  fromText(text: string): unknown;
}

export interface Kind {
  /** Fields that a shared link may carry. */
  shared: Readonly<Record<string, Field>>;
  /** Fields that must be there but never travel in a link. */
  fixed: Readonly<Record<string, (value: unknown) => boolean>>;
  /** What is wrong between fields that are each fine alone, or null. */
  conflict(state: State): string | null;
}

export const MAX_TOKENS = 256;
export const MAX_TEXT = 400; // characters of one token or label
const MAX_POLE_WORDS = 16;
export const MAX_SEED = 2 ** 32 - 1;

export function isText(value: unknown): value is string {
  return typeof value === "string" && [...value].length <= MAX_TEXT;
}

export function isTexts(value: unknown, most: number): value is string[] {
  return Array.isArray(value) && value.length <= most && value.every(isText);
}

/** Half of a surrogate pair is not text and cannot be written into an address. */
export const encode = (text: string): string => encodeURIComponent(text.replace(/\p{Cs}/gu, "\uFFFD"));
export const encodeList = (items: string[]): string => items.map(encode).join(",");
export const decodeList = (text: string): string[] =>
  text === "" ? [] : text.split(",").map(decodeURIComponent);

/** A list of texts: "I,ate,an,apple". */
export const textList: Field = {
  accepts: (value) => isTexts(value, MAX_TOKENS),
  toText: (value) => encodeList(value as string[]),
  fromText: decodeList,
};

/** Two lists of words, or two empty lists for no poles: "fruit,banana;phone". */
export const poles: Field = {
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((list) => isTexts(list, MAX_POLE_WORDS)) &&
    (value[0].length === 0) === (value[1].length === 0),
  toText: (value) => (value as string[][]).map(encodeList).join(";"),
  fromText: (text) => text.split(";").map(decodeList),
};

/** One of a few names. */
export function choice(...names: string[]): Field {
  return { accepts: (value) => names.includes(value as string), toText: String, fromText: (text) => text };
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): Field {
  return {
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= least,
    toText: String,
    fromText: numberOf,
  };
}

/** Only plain decimals: `Number` alone would also take "", " 1" and "0x10". */
export function numberOf(text: string): number {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

/** A text that a reader types. */
export function typed(most: number): Field {
  return {
    accepts: (value) => typeof value === "string" && [...value].length <= most,
    toText: (value) => encode(value as string),
    fromText: decodeURIComponent,
  };
}

/** A number from 0 to `most`, or a whole one from `least` to `most`. */
export function numberUpTo(most: number): Field {
  return {
    accepts: (value) => typeof value === "number" && value >= 0 && value <= most,
    toText: String,
    fromText: numberOf,
  };
}

export function numberFromTo(least: number, most: number): Field {
  const field = numberUpTo(most);
  return { ...field, accepts: (value) => field.accepts(value) && (value as number) >= least };
}

export const yesOrNo: Field = {
  accepts: (value) => typeof value === "boolean",
  toText: String,
  fromText: (text) => (["true", "false"].includes(text) ? text === "true" : text),
};

export function wholeFromTo(least: number, most: number): Field {
  const field = wholeNumber(least);
  return { ...field, accepts: (value) => field.accepts(value) && (value as number) <= most };
}

export const isTextOrNull = (value: unknown): boolean => value === null || typeof value === "string";
export const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);
