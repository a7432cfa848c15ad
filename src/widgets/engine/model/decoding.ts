/**
 * Text from a model, token by token: greedy and sampling. Each step can be looked at: what was chosen, from which
 * distribution, and where the model looked. The rules, ties and reasons are those of `attnlab.decoding`.
 */

import { Plan, Reader, type DecodingOptions, type LastRows, type Reason } from "./reader.js";
import { keepTopK, keepTopP, randomFrom, tokenAt, withTemperature } from "./sampling.js";
import type { Transformer } from "./transformer.js";

export type { DecodingOptions, LastRows, Reason } from "./reader.js";

/** One token of a decoded text. */
export interface Step {
  /** Which of the new tokens it is, counted from 0. */
  index: number;
  token: number;
  /** The logarithm (base e) of its probability in `distribution`. */
  logProbability: number;
  /** (V), the model's own distribution of the next token. */
  distribution: Float64Array;
  /** (V), what the token was chosen from: `distribution` after temperature, top-k and top-p. */
  filtered: Float64Array;
  /** Whether the token was dictated, and the model's choice passed over. */
  forced: boolean;
  /** All new tokens so far, with this one. */
  ids: readonly number[];
  /** For each attention of the decoder, where the position that chose the token looked: (H, Tk). */
  attention: LastRows;
  /** Why decoding ends with this step; null if it goes on. */
  reason: Reason | null;
}

export interface SamplingOptions extends DecodingOptions {
  /** The same seed gives the same tokens; see `randomFrom`. */
  seed: number;
  temperature?: number;
  topK?: number | null;
  topP?: number | null;
}

/** Steps, and between them nothing, where the work may be put aside for a while. */
export type Steps<One> = Generator<One | undefined, undefined>;

/** The steps alone. */
export function* withoutPauses<One>(steps: Steps<One>): Generator<One, undefined> {
  for (const step of steps) {
    if (step !== undefined) {
      yield step;
    }
  }
  return undefined;
}

/**
 * Greedy decoding: each time the likeliest token, of equally likely ones the lowest id. `ids` are the source of an
 * encoder-decoder or the prompt of a decoder-only. Wrong arguments throw `RangeError` before the first step.
 */
export function greedy(model: Transformer, ids: readonly number[], options: DecodingOptions): Steps<Step> {
  const reader = new Reader(model, ids, options);
  return stepsOf(reader, new Plan(reader, options), (logProbabilities) => {
    return { filtered: logProbabilities.map(Math.exp), token: likeliest(logProbabilities) };
  });
}

/** Sampling: each time a token is drawn. A forced step draws as well, so that the steps after it draw the same. */
export function sample(model: Transformer, ids: readonly number[], options: SamplingOptions): Steps<Step> {
  const { seed, temperature = 1, topK = null, topP = null } = options;
  const reader = new Reader(model, ids, options);
  const plan = new Plan(reader, options);
  const random = randomFrom(seed);
  const filter = (logProbabilities: Float64Array): Float64Array => {
    const warm = withTemperature(logProbabilities, temperature);
    const few = topK === null ? warm : keepTopK(warm, topK);
    return topP === null ? few : keepTopP(few, topP);
  };
  filter(new Float64Array(reader.V)); // a number out of its range is an error of this call, not of a later step
  return stepsOf(reader, plan, (logProbabilities) => {
    const filtered = filter(logProbabilities);
    return { filtered, token: tokenAt(filtered, random()) };
  });
}

function likeliest(logProbabilities: Float64Array): number {
  let best = 0;
  for (let token = 1; token < logProbabilities.length; token += 1) {
    best = logProbabilities[token] > logProbabilities[best] ? token : best;
  }
  return best;
}

type Choose = (logProbabilities: Float64Array) => { filtered: Float64Array; token: number };

function* stepsOf(reader: Reader, plan: Plan, choose: Choose): Steps<Step> {
  let ids: readonly number[] = [];
  let reason: Reason | null = null;
  while (reason === null) {
    const found = yield* reader.read([ids]);
    const [logProbabilities] = found.logProbabilities;
    const index = ids.length;
    const { filtered, token: chosen } = choose(logProbabilities);
    const dictated = plan.forced(index);
    const token = dictated ?? chosen;
    ids = [...ids, token];
    reason = plan.reasonToStop(ids);
    const attention = [...found.attention].map(
      ([name, { shape, data }]) => [name, { shape: shape.slice(1), data }] as const,
    );
    yield {
      index,
      token,
      logProbability: logProbabilities[token],
      distribution: logProbabilities.map(Math.exp),
      filtered,
      forced: dictated !== undefined,
      ids,
      attention: new Map(attention),
      reason,
    };
  }
  return undefined;
}
