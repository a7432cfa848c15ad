/**
 * Beam search: several texts at once, so that a good one with a poor beginning is not lost.
 *
 * Source: Sutskever, Vinyals & Le, Sequence to Sequence Learning with Neural Networks (2014), section 3.2; Wu et al.,
 * Google's Neural Machine Translation System (2016), section 7, for the length penalty.
 */

import type { Steps } from "./decoding.js";
import { Plan, Reader, type DecodingOptions, type LastRows, type Reason } from "./reader.js";
import type { Transformer } from "./transformer.js";

/** One of the texts that a beam search considers. */
export interface Hypothesis {
  ids: readonly number[];
  /** The logarithm (base e) of its probability: the sum over its tokens. */
  logProbability: number;
  /** What texts are compared by: the log-probability over the length penalty. */
  score: number;
  /** Its place among the live hypotheses one token before; null for the empty text. */
  parent: number | null;
}

/** One more token for each live hypothesis. */
export interface BeamStep {
  index: number;
  /** The hypotheses that go on, best first; at most the width. */
  live: readonly Hypothesis[];
  /** Those that have ended, at this step or before, best first. */
  finished: readonly Hypothesis[];
  /** (V) for each hypothesis that was live before this step; `parent` counts them. */
  distributions: readonly Float64Array[];
  /** (W, H, Tk) with the same rows. */
  attention: LastRows;
  /** Why the search ends with this step; null if it goes on. */
  reason: Reason | null;
  /** The hypothesis with the highest score; once the search has ended with "end", of the finished ones. */
  best: Hypothesis;
}

export interface BeamOptions extends DecodingOptions {
  /** How many hypotheses are kept at each step. */
  width: number;
  /** The exponent of `lengthDivisor`; null compares texts by their probability alone. */
  lengthPenalty?: number | null;
}

/** Wu et al. (2016), equation 14: ((5 + length) / 6) ** alpha. */
export function lengthDivisor(length: number, alpha: number): number {
  if (!(Number.isFinite(alpha) && alpha >= 0)) {
    throw new RangeError(`lengthPenalty must be a finite number of at least 0, got ${alpha}`);
  }
  return ((5 + length) / (5 + 1)) ** alpha;
}

/** The steps of a beam search: the `width` likeliest continuations of all live hypotheses are kept. */
export function beamSearch(
  model: Transformer,
  ids: readonly number[],
  options: BeamOptions,
): Steps<BeamStep> {
  const { width, lengthPenalty = null } = options;
  if (!(Number.isSafeInteger(width) && width >= 1)) {
    throw new RangeError(`width must be a whole number of at least 1, got ${width}`);
  }
  lengthDivisor(1, lengthPenalty ?? 0); // checks it
  const reader = new Reader(model, ids, options);
  return beamSteps(reader, new Plan(reader, options), width, lengthPenalty);
}

function* beamSteps(reader: Reader, plan: Plan, width: number, alpha: number | null): Steps<BeamStep> {
  let live: Hypothesis[] = [{ ids: [], logProbability: 0, score: 0, parent: null }];
  let finished: Hypothesis[] = [];
  let reason: Reason | null = null;
  for (let index = 0; reason === null; index += 1) {
    const { logProbabilities, attention } = yield* reader.read(live.map((hypothesis) => hypothesis.ids));
    const children = bestChildren(live, logProbabilities, width, plan.forced(index), alpha);
    const isOver = ({ ids }: Hypothesis): boolean => plan.isEnd(ids[ids.length - 1]);
    live = children.filter((child) => !isOver(child));
    finished = [...finished, ...children.filter(isOver)].sort((first, second) => second.score - first.score);
    const over = live.length === 0 || finished.length >= width;
    reason = over ? "end" : plan.reasonToStop(live[0].ids);
    const distributions = logProbabilities.map((row) => row.map(Math.exp));
    const candidates = reason === "end" ? finished : [...finished, ...live];
    const best = candidates.reduce((most, one) => (one.score > most.score ? one : most));
    yield { index, live, finished, distributions, attention, reason, best };
    reader.follow(live.flatMap((child) => child.parent ?? []));
  }
  return undefined;
}

interface Candidate {
  total: number;
  parent: number;
  token: number;
}

/** The `width` likeliest texts that are one of `live` and one more token, best first. */
function bestChildren(
  live: readonly Hypothesis[],
  logProbabilities: readonly Float64Array[],
  width: number,
  forced: number | undefined,
  alpha: number | null,
): Hypothesis[] {
  // Of equal totals the earlier parent and the lower token come first, so only a larger one overtakes.
  const best: Candidate[] = [];
  const consider = (parent: number, token: number): void => {
    const total = live[parent].logProbability + logProbabilities[parent][token];
    if (best.length === width && total <= best[width - 1].total) {
      return;
    }
    let place = best.length;
    while (place > 0 && total > best[place - 1].total) {
      place -= 1;
    }
    best.splice(place, 0, { total, parent, token });
    best.length = Math.min(best.length, width);
  };
  for (let parent = 0; parent < live.length; parent += 1) {
    for (let token = 0; forced === undefined && token < logProbabilities[parent].length; token += 1) {
      consider(parent, token);
    }
    if (forced !== undefined) {
      consider(parent, forced);
    }
  }
  const possible = best.filter(({ total }) => total > -Infinity || forced !== undefined);
  return possible.map(({ total, parent, token }) => {
    const ids = [...live[parent].ids, token];
    const score = alpha === null ? total : total / lengthDivisor(ids.length, alpha);
    return { ids, logProbability: total, score, parent };
  });
}
