/** What the explorer of heads lets into its state. */

import { choice, isObject, type Kind, typed, wholeFromTo } from "./field.js";
import { attention, MAX_TYPED, offHeads } from "./models.js";

const LAST_STAGE = 7;

export const heads: Kind = {
  shared: {
    model: choice("translator", "writer", "reader"),
    source: typed(MAX_TYPED),
    prompt: typed(MAX_TYPED),
    sentence: typed(MAX_TYPED),
    view: choice("heads", "split"),
    attention,
    head: wholeFromTo(-1, 255),
    stage: wholeFromTo(0, LAST_STAGE),
    off: offHeads,
  },
  fixed: { cards: isObject, examples: isObject, runs: isObject },
  conflict: () => null,
};
