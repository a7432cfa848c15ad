/** What the explorer of masks lets into its state. */

import { FAULTS, PRESETS } from "../../engine/masks.js";
import { choice, isObject, type Field, type Kind, typed, wholeFromTo } from "./field.js";
import { MAX_TYPED } from "./models.js";

const MAX_TOKENS = 24;
const MAX_LAYERS = 4;

/** A painted mask as rows of 0 and 1: "10/11", or nothing. */
const painted: Field = {
  ...typed(MAX_TOKENS * (MAX_TOKENS + 1)),
  accepts: (value) =>
    typeof value === "string" &&
    /^([01]+(\/[01]+)*)?$/.test(value) &&
    value.split("/").length <= MAX_TOKENS &&
    value.split("/").every((row) => row.length <= MAX_TOKENS),
};

export const masks: Kind = {
  shared: {
    text: typed(MAX_TYPED),
    source: typed(MAX_TYPED),
    preset: choice(...PRESETS),
    own: painted,
    fault: choice(...FAULTS),
    sentinel: choice("-10", "-100", "-1e4", "-1e9"),
    window: wholeFromTo(1, MAX_TOKENS),
    prefix: wholeFromTo(0, MAX_TOKENS),
    padding: wholeFromTo(0, MAX_TOKENS),
    row: wholeFromTo(-1, MAX_TOKENS - 1),
    head: wholeFromTo(0, 255),
    view: choice("steps", "graph", "training"),
    layers: wholeFromTo(1, MAX_LAYERS),
    mystery: wholeFromTo(0, 1000),
    answer: choice("", ...FAULTS),
  },
  fixed: {
    cards: isObject,
    examples: isObject,
    example: isObject,
    mysteries: (value) => Array.isArray(value) && value.length > 0 && value.every(isObject),
  },
  conflict: () => null,
};
