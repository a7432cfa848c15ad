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

const SHAPE = {
  ...{ d_model: 12, n_heads: 3, n_layers: 2, n_decoder_layers: 3, d_ff: 20 },
  ...{ vocab_size: 23, source_vocab_size: 29, max_length: 11 },
  ...{ norm: "pre", positions: "sinusoidal", tie_embeddings: true },
};
const HEAD_BLOCKS = { output: 0, softmax: 0 };
const ENCODER_BLOCKS = {
  "encoder.embedding": 276,
  "encoder.positions": 0,
  "encoder.attention": 1296,
  "encoder.feed_forward": 1072,
  "encoder.norm": 24,
};
const DECODER_BLOCKS = {
  "decoder.embedding": 276,
  "decoder.positions": 0,
  "decoder.self_attention": 1296,
  "decoder.feed_forward": 1072,
  "decoder.norm": 24,
};

/** The card of a family's model, all of whose blocks together have its weights. */
function familyCard(family: string, blocks: Record<string, number>): Record<string, unknown> {
  const parameters = Object.values(blocks).reduce((sum, count) => sum + count, 0);
  return { ...CARD, family, blocks, parameters, shape: SHAPE, start: "<s>" };
}

export const FAMILIES_DEFAULTS: State = {
  family: "encoder-decoder",
  source: "一丁",
  prompt: "一",
  sentence: "一__丁",
  block: "decoder.cross_attention",
};

export function familiesState(changes: State = {}): State {
  const both = { ...ENCODER_BLOCKS, ...DECODER_BLOCKS, "decoder.cross_attention": 1944, ...HEAD_BLOCKS };
  return {
    kind: "families",
    version: 1,
    lang: "en",
    widget_id: "families",
    ...FAMILIES_DEFAULTS,
    cards: {
      translator: familyCard("encoder-decoder", both),
      writer: familyCard("decoder-only", { ...DECODER_BLOCKS, ...HEAD_BLOCKS }),
      reader: familyCard("encoder-only", { ...ENCODER_BLOCKS, ...HEAD_BLOCKS }),
    },
    examples: { translator: ["一丁", "丁"], writer: ["一"], reader: ["一__丁"] },
    runs: {},
    writes: 4,
    defaults: FAMILIES_DEFAULTS,
    ...changes,
  };
}

export const TOKENS_DEFAULTS: State = {
  text: "low lower lowest",
  cut: "words",
  merges: 3,
  words: ["low", "lower", "slow"],
  matrix: [1, 0.5],
  view: "line",
  moved: {},
};

export function tokensState(changes: State = {}): State {
  return {
    kind: "tokens",
    version: 1,
    lang: "en",
    widget_id: "tokens",
    ...TOKENS_DEFAULTS,
    examples: ["low lower lowest"],
    table: { tokens: [], dim: 1, dtype: "float32", rows: "", scales: null, maps: null },
    asset: "words",
    defaults: TOKENS_DEFAULTS,
    ...changes,
  };
}

export const LATENT_DEFAULTS: State = {
  source: "words",
  view: "map",
  word: "apple",
  projection: "pca",
  dimensions: 2,
  camera: [0, 0, 1, 0, 0],
  terms: ["king", "man", "woman"],
  x_axis: [["car", "banana"]],
  y_axis: [],
  placed: ["apple", "king"],
  poles: [["pear"], ["phone"]],
};

export function latentState(changes: State = {}): State {
  const facts = { words: 3, dim: 2, vectors: "words", names: null, tsne: "tsne/words" };
  return {
    kind: "latent-space",
    version: 1,
    lang: "en",
    widget_id: "latent",
    ...LATENT_DEFAULTS,
    tables: { words: facts, word2vec: { ...facts, vectors: "models/word2vec/weights" } },
    table: { tokens: [], dim: 2, dtype: "float32", rows: "", scales: null, maps: null },
    example: { source: "words" },
    presets: { axes: {}, analogies: [], senses: [] },
    landmarks: ["apple"],
    defaults: LATENT_DEFAULTS,
    ...changes,
  };
}

export const TRANSLATION_DEFAULTS: State = {
  text: "好久不见",
  decoding: "greedy",
  temperature: 1,
  top_k: 0,
  top_p: 1,
  width: 4,
  seed: 1,
  forced: {},
  steps: null,
  look: "cross",
  layer: -1,
  head: -1,
  rows: [],
};

export function translationState(changes: State = {}): State {
  return {
    kind: "translation",
    version: 1,
    lang: "en",
    widget_id: "opening",
    ...TRANSLATION_DEFAULTS,
    card: CARD,
    examples: ["好久不见"],
    example: null,
    defaults: TRANSLATION_DEFAULTS,
    ...changes,
  };
}

export const WORD2VEC_DEFAULTS: State = {
  text: "Kings rule lands. Queens rule lands. Cats eat fish. Dogs eat fish.",
  loss: "softmax",
  window: 2,
  dim: 2,
  learning_rate: 0.1,
  negatives: 5,
  seed: 1,
  steps: 12,
  computed: false,
  follow: "kings",
  side: "cbow",
};

export function word2vecState(changes: State = {}): State {
  return {
    kind: "word2vec",
    version: 1,
    lang: "en",
    widget_id: "word2vec",
    ...WORD2VEC_DEFAULTS,
    examples: [{ name: "royals", text: WORD2VEC_DEFAULTS["text"], follow: "kings" }],
    defaults: WORD2VEC_DEFAULTS,
    ...changes,
  };
}

export const MASKS_DEFAULTS: State = {
  ...{ text: "一丁七", source: "一丁", preset: "causal", own: "", fault: "none", sentinel: "-1e4" },
  ...{ window: 2, prefix: 1, padding: 1, row: -1, head: 0, view: "steps", layers: 2, mystery: 0, answer: "" },
};

const SCORES = Float32Array.from({ length: 3 * 16 }, (_, place) => ((place * 7) % 11) / 4 - 1);

/** A writer's reading of four tokens with three heads; the translator's is left out. */
export function masksState(changes: State = {}): State {
  const tokens = ["<s>", "一", "丁", "七"];
  const writer = {
    ...{ text: "一丁七", queries: tokens, keys: tokens, ids: [0, 4, 5, 6], source: [], cut: 0 },
    scores: btoa(String.fromCharCode(...new Uint8Array(SCORES.buffer))),
    plain: tokens.map((_, row) => [[`next ${row}`, 0.5]]),
    training: [1, 2, 3].map((place) => ({ together: place / 4, alone: place / 4 + 1e-7 })),
  };
  return {
    ...{ kind: "masks", version: 1, lang: "en", widget_id: "masks" },
    ...MASKS_DEFAULTS,
    cards: { writer: CARD, translator: CARD },
    examples: { text: ["一丁七"], source: ["一丁"] },
    example: { writer },
    mysteries: [
      { preset: "causal", fault: "inverted" },
      { preset: "window", fault: "empty-row" },
    ],
    defaults: MASKS_DEFAULTS,
    ...changes,
  };
}

export const POSITIONS_DEFAULTS: State = {
  ...{ view: "encoding", width: 32, base: 10_000, length: 48, position: 10, pair: 0 },
  ...{ text: "the dog bites the man", order: "", positions: true, added: "sinusoidal", token: 1 },
  ...{ scheme: "sinusoidal", head: 0 },
};

/** A table whose numbers are all different, row by row. */
function tableOf(rows: number, columns: number): Record<string, unknown> {
  const values = Array.from({ length: rows * columns }, (_, place) => ((place * 7) % 31) / 16 - 1);
  return { rows, columns, values };
}

/** Learned tables of two heads, for texts of at most 12 tokens; all sizes are different. */
export const POSITION_TABLES: State = {
  ...{ trained: 12, heads: 2, learned: tableOf(12, 6) },
  shaw: { reach: 3, keys: tableOf(7, 5), query: tableOf(2, 5) },
  t5: { buckets: tableOf(8, 2), maxDistance: 16, bidirectional: true },
  lengths: [4, 12, 24],
  accuracy: {
    ...{ none: [0.5, 0.25, 0.25], sinusoidal: [1, 1, 0.5], learned: [1, 1, 0.25], shaw: [1, 1, 0.75] },
    ...{ t5: [1, 0.875, 0.625], rotary: [1, 1, 0.5], alibi: [0.9375, 0.875, 0.8125] },
  },
};

export function positionsState(changes: State = {}): State {
  return {
    ...{ kind: "positions", version: 1, lang: "en", widget_id: "positions" },
    ...POSITIONS_DEFAULTS,
    tables: POSITION_TABLES,
    examples: ["the dog bites the man", "an apple ate the monkey"],
    table: { tokens: [], dim: 1, dtype: "float32", rows: "", scales: null, maps: null },
    asset: "words",
    defaults: POSITIONS_DEFAULTS,
    ...changes,
  };
}

export const HEADS_DEFAULTS: State = {
  model: "translator",
  source: "一丁",
  prompt: "一",
  sentence: "一__丁",
  view: "heads",
  attention: "",
  head: -1,
  stage: 0,
  off: [],
};

export function headsState(changes: State = {}): State {
  const card = { ...CARD, start_id: 1 };
  return {
    kind: "heads",
    version: 1,
    lang: "en",
    widget_id: "heads",
    ...HEADS_DEFAULTS,
    cards: { translator: card, writer: { ...card, start_id: null }, reader: { ...card, start_id: null } },
    examples: { translator: ["一丁"], writer: ["一"], reader: ["一__丁"] },
    runs: {},
    defaults: HEADS_DEFAULTS,
    ...changes,
  };
}
