/** What the explorer of positions lets into its state. */

import { ADDED, SCHEMES } from "../../engine/positions.js";
import {
  choice,
  type Field,
  isObject,
  isTextOrNull,
  isTexts,
  type Kind,
  type State,
  typed,
  wholeFromTo,
  yesOrNo,
} from "./field.js";

const MAX_WORDS = 12;
const MAX_TYPED = 200; // characters
const MAX_LENGTH = 128; // positions
const MAX_WIDTH = 128;
const MAX_HEADS = 64;

/** Entries come in pairs, a sine and a cosine. */
const width: Field = {
  ...wholeFromTo(4, MAX_WIDTH),
  accepts: (value) => wholeFromTo(4, MAX_WIDTH).accepts(value) && (value as number) % 2 === 0,
};

/** Which word stands at each place: "4,1,2,3,0", or "" as typed. */
const order: Field = {
  accepts: (value) => typeof value === "string" && (value === "" || isPermutation(value.split(","))),
  toText: String,
  fromText: decodeURIComponent,
};

function isPermutation(places: readonly string[]): boolean {
  const every = new Set(places);
  return places.length <= MAX_WORDS && places.every((_, place) => every.has(String(place)));
}

export const positions: Kind = {
  shared: {
    view: choice("encoding", "sum", "shuffle", "schemes"),
    width,
    base: wholeFromTo(2, 1_000_000),
    length: wholeFromTo(8, MAX_LENGTH),
    position: wholeFromTo(0, MAX_LENGTH - 1),
    pair: wholeFromTo(0, MAX_WIDTH / 2 - 1),
    text: typed(MAX_TYPED),
    order,
    positions: yesOrNo,
    added: choice(...ADDED),
    token: wholeFromTo(0, MAX_WORDS - 1),
    scheme: choice(...SCHEMES),
    head: wholeFromTo(0, MAX_HEADS - 1),
  },
  fixed: {
    tables: isObject,
    examples: (value) => isTexts(value, MAX_WORDS),
    table: isObject,
    asset: isTextOrNull,
  },
  conflict(state) {
    const { heads } = state["tables"] as State;
    const head = state["head"] as number;
    return head < (heads as number) ? null : `head ${head} is shown, but there are ${String(heads)}`;
  },
};
