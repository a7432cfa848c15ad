/** Both sides, brought to where the state wants them, a slice of time after the other. */

import { METHODS, Run, type Method } from "../../engine/word2vec/run.js";
import { problemOf, readCorpus, type Corpus, type TextProblem } from "../../engine/word2vec/text.js";
import { memo } from "../shared/schedule.js";
import { isWaiting, settingsOf, type State } from "./state.js";

export type Runs = Readonly<Record<Method, Run>>;

/** What is wrong with the text, or that the numbers have grown without bound. */
export type Problem = TextProblem | "overflow";

export interface Work {
  corpus: Corpus;
  problem: Problem | null;
  /** null where there is a problem. */
  runs: Runs | null;
  /** Both sides stand where the state wants them. */
  isThere: boolean;
}

export class Session {
  readonly #corpus = memo(readCorpus);
  #runs: { key: string; runs: Runs } | null = null;

  /** Trains until the state's step is reached or the time is over. `now` tells the time in milliseconds. */
  bring(state: State, milliseconds: number, now = (): number => performance.now()): Work {
    const corpus = this.#corpus(state.text);
    const problem = problemOf(corpus);
    if (problem !== null) {
      return { corpus, problem, runs: null, isThere: true };
    }
    const runs = this.#runsFor(state, corpus);
    const end = now() + milliseconds;
    while (runs.cbow.steps < state.steps && now() < end) {
      METHODS.forEach((method) => runs[method].apply());
    }
    const isThere = runs.cbow.steps === state.steps;
    if (isThere && isWaiting(state)) {
      METHODS.forEach((method) => runs[method].compute());
    }
    if (METHODS.some((method) => !runs[method].isFinite)) {
      return { corpus, problem: "overflow", runs: null, isThere: true };
    }
    return { corpus, problem, runs, isThere };
  }

  /** The runs that can go on to the state's step; new ones where the settings are others or the step lies behind. */
  #runsFor(state: State, corpus: Corpus): Runs {
    const key = JSON.stringify([state.text, settingsOf(state)]);
    const known = this.#runs;
    if (known?.key === key && !isBeyond(known.runs.cbow, state)) {
      return known.runs;
    }
    const make = (method: Method): Run => new Run(corpus, settingsOf(state), method);
    const runs = { cbow: make("cbow"), "skip-gram": make("skip-gram") };
    this.#runs = { key, runs };
    return runs;
  }
}

function isBeyond(run: Run, state: State): boolean {
  return run.steps > state.steps || (run.steps === state.steps && run.waiting !== null && !isWaiting(state));
}
