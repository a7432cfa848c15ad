/** What the playground of models lets into its state. */

import {
  MAX_SEED,
  choice,
  encode,
  type Field,
  isObject,
  isText,
  isTexts,
  type Kind,
  numberUpTo,
  textList,
  typed,
  wholeFromTo,
} from "./field.js";

export const MAX_TYPED = 2000; // characters of a text for a model
const MAX_HEADS = 512;

/** Heads that are switched off, by name: "translator.decoder.layers.0.cross_attention.2". */
export const offHeads: Field = {
  ...textList,
  accepts: (value) =>
    isTexts(value, MAX_HEADS) &&
    value.every((name) => /^(translator|writer|reader)\.(en|de)coder\.layers\.\d+\.\w+\.\d+$/.test(name)),
};

/** The name of an attention, or nothing. */
export const attention: Field = {
  accepts: (value) => isText(value) && (value === "" || /^(en|de)coder\.layers\.\d+\.\w+$/.test(value)),
  toText: (value) => encode(value as string),
  fromText: decodeURIComponent,
};

export const models: Kind = {
  shared: {
    model: choice("translator", "writer", "reader"),
    source: typed(MAX_TYPED),
    prompt: typed(MAX_TYPED),
    sentence: typed(MAX_TYPED),
    decoding: choice("greedy", "beam"),
    temperature: numberUpTo(2),
    top_k: wholeFromTo(0, 1000),
    seed: wholeFromTo(0, MAX_SEED),
    off: offHeads,
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
