/** Predict, then reveal: was the reader's guess the word with the largest weight? */

import { fixed } from "../shared/format.js";
import type { Frame } from "./frame.js";
import { heaviest } from "./scene.js";

export interface Outcome {
  key: string;
  values: Record<string, string | number>;
}

/** What to tell a reader who has guessed, or null when there is no guess to judge. */
export function guessOutcome({ scene, state, ui }: Frame): Outcome | null {
  const { guess, on } = ui.prediction;
  const { attention, names, n } = scene;
  if (!on || attention === null || guess < 0 || guess >= n || state.follow < 0) {
    return null;
  }
  const order = heaviest(attention, state.follow);
  const weight = (token: number): number => attention.weights[state.follow * n + token];
  const best = order[0];
  const right = weight(guess) === weight(best);
  const values = {
    guess: names[guess],
    weight: fixed(weight(guess), 2),
    rank: order.filter((token) => weight(token) > weight(guess)).length + 1,
    count: n,
    best: names[best],
    most: fixed(weight(best), 2),
  };
  return { key: right ? "self-attention.guess.right" : "self-attention.guess.wrong", values };
}
