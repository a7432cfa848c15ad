/** States of widgets for tests. */

import type { State } from "../host/fields.js";

export const EXPLORER_DEFAULTS: State = {
  tokens: ["i", "ate", "an", "apple"],
  labels: ["I", "ate", "an", "apple"],
  maps: "shared",
  divide_by: "sqrt",
  follow: 3,
  poles: [["fruit", "pear"], ["phone"]],
  locked: null,
};

export function explorerState(changes: State = {}): State {
  return {
    kind: "self-attention",
    version: 1,
    lang: "en",
    widget_id: "explorer",
    ...EXPLORER_DEFAULTS,
    examples: ["apple sells a new phone"],
    table: { tokens: [], dim: 1, dtype: "float32", rows: "", scales: null, maps: null },
    asset: "words",
    defaults: EXPLORER_DEFAULTS,
    ...changes,
  };
}

export function questionState(changes: State = {}): State {
  return {
    kind: "question",
    version: 1,
    lang: "en",
    widget_id: "sum",
    prompt: "What does a row of weights sum to?",
    choices: [
      { text: "to n", correct: false, feedback: "Softmax divides by the sum." },
      { text: "to 1", correct: true, feedback: "Each row is divided by its own sum." },
    ],
    picked: -1,
    ...changes,
  };
}

const CARD = {
  family: "encoder-decoder",
  attentions: [
    "encoder.layers.0.attention",
    "decoder.layers.0.self_attention",
    "decoder.layers.0.cross_attention",
  ],
  heads: 3,
  max_length: 11,
  parameters: 1234,
  decoding: { width: 4, length_penalty: 0.7 },
  files: {
    description: { asset: "models/translator/description", bytes: 1, sha256: "" },
    weights: { asset: "models/translator/weights", bytes: 2, sha256: "" },
  },
};

export const PLAYGROUND_DEFAULTS: State = {
  model: "translator",
  source: "一丁",
  prompt: "一",
  sentence: "一__丁",
  decoding: "greedy",
  temperature: 0.7,
  top_k: 40,
  seed: 1,
  off: [],
  look: "",
  head: -1,
};

export function playgroundState(changes: State = {}): State {
  return {
    kind: "models",
    version: 1,
    lang: "en",
    widget_id: "models",
    ...PLAYGROUND_DEFAULTS,
    written: [],
    cards: { translator: CARD, writer: CARD, reader: CARD },
    examples: { translator: ["一丁"], writer: ["一"], reader: ["一__丁"] },
    runs: {},
    defaults: PLAYGROUND_DEFAULTS,
    ...changes,
  };
}
