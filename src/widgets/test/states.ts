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
