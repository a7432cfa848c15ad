/** What the explorer of families lets into its state. */

import { BLOCKS, FAMILIES } from "../../views/families/blocks.js";
import { choice, isObject, type Kind, typed } from "./field.js";
import { MAX_TYPED } from "./models.js";

export const families: Kind = {
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
