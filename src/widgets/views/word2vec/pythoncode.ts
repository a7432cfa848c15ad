/** The few lines of Python that give what is on screen. */

import { isWaiting, type State } from "./state.js";

const NOT_READABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** A text as a Python literal: letters of any script stay readable, what the eye cannot see is escaped. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replace(NOT_READABLE, (character) =>
    Array.from({ length: character.length }, (_, unit) => hexEscape(character.charCodeAt(unit))).join(""),
  );
}

function hexEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

/** The whole program for the state on screen. */
export function programOf(state: State, followed: string): string {
  const { text, loss, window, dim, learningRate, negatives, seed, steps } = state;
  const waits = isWaiting(state);
  const lines = [
    "from attnlab.widgets import Word2VecTrainer",
    "",
    `text = ${pythonText(text)}`,
    "w = Word2VecTrainer(",
    `    text, loss=${pythonText(loss)}, window=${window}, dim=${dim}, learning_rate=${learningRate},`,
    `    negatives=${negatives}, seed=${seed}, steps=${steps},${waits ? " computed=True," : ""}`,
    ")",
    'for side in ("cbow", "skip-gram"):',
    "    print(side, w.vectors[side], w.output_vectors[side])",
  ];
  if (waits || steps > 0) {
    lines.push("    print(w.step[side].loss, w.step[side].norms)");
  }
  lines.push(`print(w.nearest(${pythonText(followed)}))`);
  return `${lines.join("\n")}\n`;
}
