/** The few lines of Python that give what is on screen. */

import { pythonList, pythonText } from "../shared/pythontext.js";
import type { State } from "./state.js";

const pairs = (given: State["xAxis"]): string =>
  `[${given.map((pair) => `(${pair.map(pythonText).join(", ")})`).join(", ")}]`;

/** The whole program for the state on screen. */
export function programOf(state: State): string {
  return `${[...tableLines(state), "", ...VIEW_LINES[state.view](state)].join("\n")}\n`;
}

function tableLines({ source, view, projection }: State): string[] {
  const needed = {
    map: projection === "pca" ? ["pca_projection"] : [],
    analogy: ["analogy"],
    axes: ["axis_from_pairs", "coordinates_along"],
    senses: ["lean"],
  };
  const names = source === "words" ? [...needed[view], "load_word_vectors"] : needed[view];
  const needsNumpy = view === "map" || view === "analogy";
  const isTsne = view === "map" && projection === "tsne";
  const own = [
    ...(needsNumpy ? ["import numpy as np"] : []),
    ...(names.length > 0 ? [`from attnlab.embedding import ${[...names].sort().join(", ")}`] : []),
    ...(isTsne ? ["from attnlab.embedding.tsne import load_tsne"] : []),
  ];
  if (source === "own") {
    return [...own, "", "words = ...  # your own WordVectors"];
  }
  const load = source === "words" ? "load_word_vectors" : "load_word2vec";
  const imported = source === "words" ? [] : ["from attnlab.word2vec import load_word2vec"];
  return [...own, ...imported, "", `words = ${load}()`];
}

const UNIT = [
  "vectors = words.vectors[: words.words].astype(float)",
  "unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)",
];

const VIEW_LINES: Readonly<Record<State["view"], (state: State) => string[]>> = {
  map: ({ word, projection, dimensions, source }) => [
    ...UNIT,
    projection === "pca"
      ? `places = pca_projection(unit, ${dimensions})(unit)`
      : `places = np.asarray(load_tsne(${pythonText(source)}, ${dimensions}), dtype=float)`,
    `word = words.index[${pythonText(word)}]`,
    "near = [name for name, cosine in words.nearest(words.tokens[word], 10)]",
    "distances = np.linalg.norm(places - places[word], axis=1)",
    'seen = [words.tokens[row] for row in np.argsort(distances, kind="stable")[:11] if row != word][:10]',
    "print(words.nearest(words.tokens[word], 10), seen, len(set(near) & set(seen)))",
  ],
  analogy: ({ terms: [a, b, c] }) => [
    `print(analogy(words, ${pythonText(b)}, ${pythonText(a)}, ${pythonText(c)}, k=6))`,
    ...UNIT,
    `a, b, c = (unit[words.index[word]] for word in ${pythonList([a, b, c])})`,
    "print(words.nearest(a - b + c, 6))",
  ],
  axes: ({ placed, xAxis, yAxis }) => [
    `placed = ${pythonList(placed)}`,
    ...[xAxis, yAxis]
      .filter((given) => given.length > 0)
      .flatMap((given) => [
        `axis = axis_from_pairs(words, ${pairs(given)})`,
        "print(dict(zip(placed, coordinates_along(words[placed], axis))))",
      ]),
  ],
  senses: ({ word, poles }) => [
    `near = [${pythonText(word)}] + [name for name, cosine in words.nearest(${pythonText(word)}, 24)]`,
    `leans = lean(words[near], words[${pythonList(poles[0])}], words[${pythonList(poles[1])}])`,
    "print(dict(zip(near, leans)))",
  ],
};
