/** The few lines of Python that give what is on screen. */

import { pythonList, pythonText } from "../shared/pythontext.js";
import type { State } from "./state.js";

export function programOf(state: State): string {
  const lines = state.text === "" || state.view === "distances" ? widgetLines(state) : textLines(state);
  return `${lines.join("\n")}\n`;
}

const CODE: Readonly<
  Record<State["cut"], (state: State) => { from: string; lines: string[]; size: string }>
> = {
  characters: () => byList("CharacterTokenizer"),
  words: () => byList("WordTokenizer"),
  "byte-pairs": ({ merges }) => ({
    from: "from attnlab.text import ByteLevelBPE",
    lines: [
      `tokenizer = ByteLevelBPE.train(text, ${merges})`,
      "tokens, ids = tokenizer.tokenize(text), tokenizer.encode(text)",
    ],
    size: "len(tokenizer)",
  }),
  wordpiece: () => ({
    from: "from attnlab.embedding import load_word_vectors",
    lines: [
      "words = load_word_vectors()",
      "tokens = [token.piece for token in words.tokenizer.tokenize(text)]",
      "ids = [words.index[token] for token in tokens]",
    ],
    size: "len(words)",
  }),
};

function byList(tokenizer: string): { from: string; lines: string[]; size: string } {
  return {
    from: `from attnlab.text import ${tokenizer}`,
    lines: [
      `tokenizer = ${tokenizer}.from_text(text)`,
      "tokens, ids = tokenizer.tokenize(text), tokenizer.encode(text)",
    ],
    size: "len(tokenizer)",
  };
}

/** With the package's tokenizers. A text without a token has no vocabulary, so this needs one. */
function textLines(state: State): string[] {
  const { from, lines, size } = CODE[state.cut](state);
  const imports = {
    line: [from],
    "one-hot": [from, "from attnlab.text import one_hot"],
    distances: [from],
    raise: ["import numpy as np", "", from],
  }[state.view];
  const end = {
    line: [],
    "one-hot": [`rows = one_hot(ids, ${size})`, "print(rows.shape, rows.sum(), rows.nbytes)"],
    distances: [],
    raise: [
      `raised = np.outer(ids, ${listOf(state.matrix)})`,
      "print(np.linalg.matrix_rank(raised), np.linalg.svd(raised, compute_uv=False))",
    ],
  }[state.view];
  return [
    ...imports,
    "",
    `text = ${pythonText(state.text)}`,
    ...lines,
    "print(list(zip(tokens, ids)))",
    ...end,
  ];
}

function widgetLines({ text, cut, merges, words }: State): string[] {
  const settings = [
    `cut=${pythonText(cut)}`,
    ...(cut === "byte-pairs" ? [`merges=${merges}`] : []),
    `words=${pythonList(words)}`,
  ];
  return [
    "from attnlab.widgets import TokenizerExplorer",
    "",
    `w = TokenizerExplorer(${[pythonText(text), ...settings].join(", ")})`,
    "print(list(zip(w.tokens, w.ids)))",
    "for coding, matrix in w.distances.items():",
    "    print(coding)",
    "    print(matrix)",
  ];
}

function listOf(numbers: readonly number[]): string {
  return `[${numbers.map(String).join(", ")}]`;
}
