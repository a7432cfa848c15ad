/** What the trainer of Word2Vec lets into its state. */

import {
  MAX_SEED,
  choice,
  isObject,
  type Kind,
  MAX_TEXT,
  numberFromTo,
  typed,
  wholeFromTo,
  yesOrNo,
} from "./field.js";

export const word2vec: Kind = {
  shared: {
    text: typed(10_000),
    loss: choice("softmax", "negative-sampling"),
    window: wholeFromTo(1, 5),
    dim: wholeFromTo(2, 10),
    learning_rate: numberFromTo(0.001, 0.5),
    negatives: wholeFromTo(1, 10),
    seed: wholeFromTo(0, MAX_SEED),
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
