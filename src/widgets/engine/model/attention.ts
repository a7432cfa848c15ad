/**
 * Multi-head attention over token-major matrices: a row holds all heads of one token, head after head.
 *
 * Axes: B texts, H heads, Tq queries, Tk keys, D the width of a token, Dh = D / H that of a head. The queries are the
 * last Tq of the Tk positions, or look at another text. A query that may attend to nothing gets weights of 0.
 */

import type { RowEdit, Trace } from "./trace.js";

/** Keys and values, each (batch, stride, D), of which the first `length` of each text are there. */
export interface Keys {
  key: Float32Array;
  value: Float32Array;
  /** How many texts; 1 serves any number of texts. */
  batch: number;
  length: number;
  stride: number;
}

/** Who may attend to whom before any edit, and what the distance costs. */
export interface Rules {
  /** The first query's position among the keys, where no query looks further than itself; null to look anywhere. */
  causalFrom: number | null;
  /** (B, stride) or (1, stride) like the keys, 1 = a real token; null if all are. */
  real: Uint8Array | null;
  /** What each head takes off a score for each position of distance (ALiBi); null for nothing. */
  slopes: Float64Array | null;
  /** The first query's position among the keys, for distances and edits. */
  start: number;
}

/** What the heads found for queries (B, Tq, D), before the output's map: (B, Tq, D). */
export function attendTo(
  query: Float32Array,
  B: number,
  H: number,
  keys: Keys,
  rules: Rules,
  trace: Trace,
): Float32Array {
  const D = keys.key.length / (keys.batch * keys.stride);
  const Tq = query.length / (B * D);
  const Tk = keys.length;
  const { gate } = trace;
  const heads = new Float32Array(query.length);
  const weights = new Float32Array(B * H * Tq * Tk);
  const scores = trace.wants("scores") ? new Float32Array(weights.length) : null;
  const allowed = new Uint8Array(Tk);
  const found = new Float64Array(D / H);
  for (let b = 0; b < B; b += 1) {
    const text = keys.batch === 1 ? 0 : b;
    for (let q = 0; q < Tq; q += 1) {
      allow(allowed, rules, text * keys.stride, q, trace);
      for (let h = 0; h < H; h += 1) {
        const row = ((b * H + h) * Tq + q) * Tk;
        const at = (b * Tq + q) * D + (h * D) / H;
        score(query, at, D / H, keys, text * keys.stride * D + (h * D) / H, D, weights, row);
        scores?.set(weights.subarray(row, row + Tk), row);
        if (rules.slopes !== null) {
          fall(weights, row, Tk, rules.slopes[h], rules.start + q);
        }
        softmaxRow(weights, row, allowed);
        overwrite(trace, weights, row, Tk, h, rules.start + q);
        mix(weights, row, keys, text * keys.stride * D + (h * D) / H, D, heads, at, found, gate?.[h] ?? 1);
      }
    }
  }
  note(trace, "query", query, B, Tq, Tq, H, D);
  note(trace, "key", keys.key, keys.batch, Tk, keys.stride, H, D);
  note(trace, "value", keys.value, keys.batch, Tk, keys.stride, H, D);
  if (scores !== null) {
    trace.note("scores", scores, B, H, Tq, Tk);
  }
  trace.note("weights", weights, B, H, Tq, Tk);
  note(trace, "heads", heads, B, Tq, Tq, H, D);
  return heads;
}

/** Which keys query `q` may attend to: what an edit says, and where it says nothing, causality and padding. */
function allow(allowed: Uint8Array, rules: Rules, text: number, q: number, trace: Trace): void {
  const { causalFrom, real } = rules;
  const seen = causalFrom === null ? allowed.length : causalFrom + q + 1;
  for (let k = 0; k < allowed.length; k += 1) {
    allowed[k] = k < seen && (real === null || real[text + k] === 1) ? 1 : 0;
  }
  const edit = trace.mask;
  const row = rules.start + q;
  if (edit !== null && row < edit.rows) {
    for (let k = 0; k < Math.min(edit.columns, allowed.length); k += 1) {
      allowed[k] = edit.allowed[row * edit.columns + k] ? 1 : 0;
    }
  }
}

/** query . key / sqrt(Dh) for each key, written to `scores` from `row` on. */
function score(
  query: Float32Array,
  at: number,
  Dh: number,
  keys: Keys,
  first: number,
  D: number,
  scores: Float32Array,
  row: number,
): void {
  const { key } = keys;
  const scale = 1 / Math.sqrt(Dh);
  for (let k = 0; k < keys.length; k += 1) {
    const from = first + k * D;
    let sum = 0;
    for (let c = 0; c < Dh; c += 1) {
      sum += query[at + c] * key[from + c];
    }
    scores[row + k] = sum * scale;
  }
}

function fall(scores: Float32Array, row: number, Tk: number, slope: number, position: number): void {
  for (let k = 0; k < Tk; k += 1) {
    scores[row + k] -= slope * Math.abs(position - k);
  }
}

/** Softmax of one row over the allowed keys, in place. The largest score is taken off first, so that none overflows. */
function softmaxRow(scores: Float32Array, row: number, allowed: Uint8Array): void {
  let largest = -Infinity;
  for (let k = 0; k < allowed.length; k += 1) {
    if (allowed[k] === 1 && scores[row + k] > largest) {
      largest = scores[row + k];
    }
  }
  let sum = 0;
  for (let k = 0; k < allowed.length; k += 1) {
    const share = allowed[k] === 1 ? Math.exp(scores[row + k] - largest) : 0;
    scores[row + k] = share;
    sum += share;
  }
  for (let k = 0; sum > 0 && k < allowed.length; k += 1) {
    scores[row + k] /= sum;
  }
}

/** Puts the reader's own weights in the place of a row. */
function overwrite(
  trace: Trace,
  weights: Float32Array,
  row: number,
  Tk: number,
  head: number,
  query: number,
): void {
  const isHere = (edit: RowEdit): boolean => edit.head === head && edit.query === query;
  for (const edit of trace.rows.filter(isHere)) {
    const given = Array.from(edit.weights);
    if (given.slice(Tk).some((weight) => weight !== 0)) {
      throw new RangeError(`query ${query} of ${trace.name} has ${Tk} keys, but ${given.length} weights`);
    }
    for (let k = 0; k < Tk; k += 1) {
      weights[row + k] = given[k] ?? 0;
    }
  }
}

/** The values mixed by one row of weights, times the head's gate; `found` is room for the sums, (Dh). */
function mix(
  weights: Float32Array,
  row: number,
  keys: Keys,
  first: number,
  D: number,
  heads: Float32Array,
  at: number,
  found: Float64Array,
  gate: number,
): void {
  const { value } = keys;
  found.fill(0);
  for (let k = 0; k < keys.length; k += 1) {
    const weight = weights[row + k];
    const from = first + k * D;
    for (let c = 0; c < found.length; c += 1) {
      found[c] += weight * value[from + c];
    }
  }
  for (let c = 0; c < found.length; c += 1) {
    heads[at + c] = found[c] * gate;
  }
}

/** Notes token-major rows (B, stride, D), of which `T` are there, as Python has them: (B, H, T, Dh). */
function note(
  trace: Trace,
  name: string,
  rows: Float32Array,
  B: number,
  T: number,
  stride: number,
  H: number,
  D: number,
): void {
  if (!trace.wants(name)) {
    return;
  }
  const Dh = D / H;
  const split = new Float32Array(B * T * D);
  for (let b = 0; b < B; b += 1) {
    for (let t = 0; t < T; t += 1) {
      for (let h = 0; h < H; h += 1) {
        const from = (b * stride + t) * D + h * Dh;
        split.set(rows.subarray(from, from + Dh), ((b * H + h) * T + t) * Dh);
      }
    }
  }
  trace.note(name, split, B, H, T, Dh);
}
