/**
 * What sampling does to a distribution before a token is drawn from it: temperature, top-k, top-p, in this order.
 * The filtered distributions are those of `attnlab.decoding`; the random numbers are of our own.
 */

/** softmax(logits / temperature). Log-probabilities serve as well. Throws `RangeError` unless the temperature is above 0. */
export function withTemperature(logits: Float64Array, temperature: number): Float64Array {
  if (!(Number.isFinite(temperature) && temperature > 0)) {
    throw new RangeError(`temperature must be a finite number above 0, got ${temperature}`);
  }
  // The largest is taken off first: 0 / temperature is 0, however small the temperature is.
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  return normalized(logits.map((logit) => Math.exp((logit - largest) / temperature)));
}

/** The `k` likeliest tokens alone, of equally likely ones those with lower ids. Fan, Lewis & Dauphin (2018), section 5. */
export function keepTopK(distribution: Float64Array, k: number): Float64Array {
  if (!(Number.isSafeInteger(k) && k >= 1 && k <= distribution.length)) {
    throw new RangeError(`top_k must be from 1 to the vocabulary's ${distribution.length} tokens, got ${k}`);
  }
  return keepLikeliest(distribution, distribution.slice().sort(), k);
}

/** The likeliest tokens up to and with the one that reaches `p` together. Holtzman et al. (2020), section 3.1. */
export function keepTopP(distribution: Float64Array, p: number): Float64Array {
  if (!(p > 0 && p <= 1)) {
    throw new RangeError(`top_p must be above 0 and at most 1, got ${p}`);
  }
  if (p === 1) {
    return distribution; // rounding must not cut the tail off
  }
  const ascending = distribution.slice().sort();
  let count = 0;
  for (let sum = 0; count < ascending.length; count += 1) {
    const next = ascending[ascending.length - 1 - count];
    sum += next;
    if (sum - next >= p) {
      break;
    }
  }
  return keepLikeliest(distribution, ascending, count);
}

/** The token that a number from 0 to 1 falls on, when tokens lie side by side, each as wide as it is likely. */
export function tokenAt(distribution: Float64Array, fraction: number): number {
  let last = 0;
  let left = fraction * sum(distribution);
  for (let token = 0; token < distribution.length; token += 1) {
    if (distribution[token] > 0) {
      last = token;
      left -= distribution[token];
      if (left < 0) {
        return token;
      }
    }
  }
  return last; // rounding: the fraction was almost 1
}

/**
 * Numbers in [0, 1) that follow from the seed alone: mulberry32, 32 bits each, by Tommy Ettinger (public domain).
 * They are not torch's: the same seed draws other tokens there, from the same distributions.
 */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** log(softmax(logits)) of row `row` of logits (rows, V), in double precision. Throws `RangeError` if one is NaN. */
export function logSoftmax(logits: Float32Array, V: number, row: number): Float64Array {
  const scores = Float64Array.from(logits.subarray(row * V, (row + 1) * V));
  let largest = -Infinity;
  for (let token = 0; token < V; token += 1) {
    if (Number.isNaN(scores[token])) {
      throw new RangeError(`the model gave NaN for token ${token} of ${V}`);
    }
    largest = Math.max(largest, scores[token]);
  }
  let total = 0;
  for (let token = 0; token < V; token += 1) {
    scores[token] -= largest;
    total += Math.exp(scores[token]);
  }
  const logTotal = Math.log(total);
  for (let token = 0; token < V; token += 1) {
    scores[token] -= logTotal;
  }
  return scores;
}

/**
 * The `count` likeliest tokens alone, with the same numbers in ascending order at hand. Numbers alone are sorted many
 * times as fast as tokens by their numbers: which token has which is looked up only at the bound.
 */
function keepLikeliest(distribution: Float64Array, ascending: Float64Array, count: number): Float64Array {
  const bound = ascending[ascending.length - count];
  let equal = count; // how many as likely as the bound are kept: those with the lowest ids
  for (let place = ascending.length - 1; ascending[place] > bound; place -= 1) {
    equal -= 1;
  }
  const kept = distribution.map((probability) => {
    if (probability === bound) {
      equal -= 1;
      return equal >= 0 ? probability : 0;
    }
    return probability > bound ? probability : 0;
  });
  return normalized(kept);
}

function normalized(numbers: Float64Array): Float64Array {
  const total = sum(numbers);
  return numbers.map((number) => number / total);
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}
