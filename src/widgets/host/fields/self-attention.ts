/** What the explorer of self-attention lets into its state. */

import {
  poles,
  choice,
  type Field,
  isObject,
  isTextOrNull,
  isTexts,
  type Kind,
  MAX_TOKENS,
  numberOf,
  type State,
  textList,
  wholeNumber,
} from "./field.js";

const LEAST_DIVISOR = 1e-6;
const MOST_DIVISOR = 1e6;

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

export const selfAttention: Kind = {
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
