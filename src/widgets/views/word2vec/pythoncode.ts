/** The few lines of Python that give what is on screen. */

import { pythonText } from "../shared/pythontext.js";
import { isWaiting, type State } from "./state.js";

/** The whole program for the state on screen: the training itself, by the package's losses. */
export function programOf(state: State, followed: string): string {
  const hasStep = isWaiting(state) || state.steps > 0;
  const lines = [
    ...startLines(state),
    'for side in ("cbow", "skip-gram"):',
    "    inputs, outputs = start.copy(), np.zeros((V, D))",
    ...(hasStep ? trainingLines(state) : []),
    "    print(side, inputs, outputs)",
    ...(hasStep
      ? ["    print(step.loss, np.linalg.norm(step.input_gradient), np.linalg.norm(step.output_gradient))"]
      : []),
    `    word = words.index(${pythonText(followed)})`,
    "    lengths = np.linalg.norm(inputs, axis=1)",
    "    cosines = inputs @ inputs[word] / (lengths * lengths[word])",
    '    near = [other for other in np.argsort(-cosines, kind="stable") if other != word][:3]',
    "    print([(words[other], cosines[other]) for other in near])",
  ];
  return `${lines.join("\n")}\n`;
}

/** The text, the places of the window and the random numbers to begin with: the same as the page's. */
function startLines(state: State): string[] {
  const { text, loss, window, dim, seed } = state;
  const trains = state.steps > 0 || isWaiting(state);
  return [
    "import numpy as np",
    "from attnlab.widgets.word2vec_trainer_run import Draws",
    "from attnlab.widgets.word2vec_trainer_text import read",
    ...(trains ? ["from attnlab.word2vec import cbow_loss, skip_gram_loss"] : []),
    "",
    `text = ${pythonText(text)}`,
    "corpus = read(text)",
    "assert corpus.problem is None, corpus.problem",
    ...(trains ? [`words, places = corpus.words, corpus.places(${window})`] : ["words = corpus.words"]),
    `V, D = len(words), ${dim}`,
    `start = (2 * Draws(${seed}, "matrix").take(V * D).reshape(V, D) - 1) / D  # the page's random numbers`,
    ...(trains && loss === "negative-sampling" ? ["ends = corpus.noise_ends()"] : []),
  ];
}

/** The steps of one side. One that waits is computed and not applied. */
function trainingLines(state: State): string[] {
  const { loss, negatives, seed, steps, learningRate } = state;
  const waits = isWaiting(state);
  const samples = loss === "negative-sampling";
  const indent = waits ? "            " : "        ";
  return [
    ...(samples ? [`    draws = Draws(${seed}, side)`] : []),
    `    for number in range(${steps + (waits ? 1 : 0)}):`,
    "        center, context = places[number % len(places)]",
    ...(samples
      ? [
          `        shape = (1 if side == "cbow" else len(context), ${negatives})`,
          "        drawn = draws.take(shape[0] * shape[1]).reshape(shape) * ends[-1]",
          '        noise = np.searchsorted(ends, drawn, side="right").clip(max=V - 1)',
        ]
      : []),
    '        if side == "cbow":',
    `            step = cbow_loss(inputs, outputs, context, center${samples ? ", noise[0]" : ""})`,
    "        else:",
    `            step = skip_gram_loss(inputs, outputs, center, context${samples ? ", noise" : ""})`,
    ...(waits ? [`        if number < ${steps}:  # the last one is not applied yet`] : []),
    `${indent}inputs -= ${learningRate} * step.input_gradient`,
    `${indent}outputs -= ${learningRate} * step.output_gradient`,
  ];
}
