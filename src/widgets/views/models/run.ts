/** What a model made of a text: the same from the engine, step by step, and from the page's worked example. */

import { halfToNumber } from "../../engine/safetensors.js";
import type { Candidate } from "../shared/candidates.js";
import { inputsOf, MODELS, type ModelName, type State } from "./state.js";

export interface RunToken {
  id: number;
  text: string;
  probability: number;
  candidates: readonly Candidate[];
}

/** Where one row looks, in one attention: heads by the columns that there were then. */
export interface Look {
  shape: readonly number[];
  data: Float32Array;
}

/** By the name of an attention. */
export type Looks = ReadonlyMap<string, Look>;

export interface Run {
  model: ModelName;
  /** What the result depends on; see `inputsOf`. */
  inputs: string;
  /** All that was made of the text. */
  text: string;
  /** The tokens that were written, or the likeliest of each blank. */
  tokens: readonly RunToken[];
  /** Of a writer: what could come next, and what the next step will take. */
  next: { candidates: readonly Candidate[]; id: number; text: string } | null;
  /** The tokens that are looked at: the columns of the attentions. */
  read: readonly string[];
  /** For each token, and for the one to come, where it looks. */
  looks: readonly Looks[];
  /** Why no more is written; null while it is, or where nothing is written. */
  reason: "end" | "max_new_tokens" | "max_length" | null;
}

interface StoredRun {
  inputs: Record<string, unknown>;
  text: string;
  ids: number[];
  tokens: { text: string; probability: number; candidates: [string, number, number][] }[];
  next: [string, number, number][] | null;
  read: string[];
  attention: Record<string, { shape: [number, number, number]; data: string }>;
}

const candidatesOf = (stored: readonly [string, number, number][]): Candidate[] =>
  stored.map(([text, probability, own]) => ({ text, probability, own }));

/** The worked example of a model, computed when the page was built; null where there is none. */
export function workedExample(
  model: ModelName,
  runs: Readonly<Record<string, StoredRun | undefined>>,
  state: State,
): Run | null {
  const stored = runs[model];
  if (stored === undefined) {
    return null;
  }
  const { inputs, tokens, next } = stored;
  const then = { ...state, ...inputs, topK: (inputs["top_k"] ?? state.topK) as number };
  return {
    model,
    inputs: inputsOf(then, model),
    text: stored.text,
    tokens: tokens.map(({ text, probability, candidates }, place) => ({
      ...{ id: stored.ids[place], text, probability },
      candidates: candidatesOf(candidates),
    })),
    next: next === null ? null : { candidates: candidatesOf(next), id: -1, text: "" },
    read: stored.read,
    looks: looksOf(stored.attention),
    reason: null,
  };
}

/** Those of all models that have one. */
export function workedExamples(
  runs: Parameters<typeof workedExample>[1] | null,
  state: State,
): Partial<Record<ModelName, Run>> {
  const found: Partial<Record<ModelName, Run>> = {};
  for (const name of MODELS) {
    const run = workedExample(name, runs ?? {}, state);
    if (run !== null) {
      found[name] = run;
    }
  }
  return found;
}

/** Attentions of heads by rows by columns, row by row. */
function looksOf(attention: StoredRun["attention"]): Looks[] {
  const looks: Map<string, Look>[] = [];
  for (const [name, { shape, data }] of Object.entries(attention)) {
    const [heads, rows, columns] = shape;
    const all = halves(data);
    for (let row = 0; row < rows; row += 1) {
      looks[row] ??= new Map();
      looks[row].set(name, { shape: [heads, columns], data: rowOf(all, shape, row) });
    }
  }
  return looks;
}

/** One row of all heads: (heads, rows, columns) becomes (heads, columns). */
export function rowOf(
  data: Float32Array,
  [heads, rows, columns]: readonly [number, number, number],
  row: number,
): Float32Array {
  const found = new Float32Array(heads * columns);
  for (let head = 0; head < heads; head += 1) {
    const start = (head * rows + row) * columns;
    found.set(data.subarray(start, start + columns), head * columns);
  }
  return found;
}

/** Base64 of little-endian float16, as Python packs tables. */
export function halves(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return Float32Array.from(new Uint16Array(bytes.buffer), halfToNumber);
}

/** Where all rows look, in one head or with -1 in the mean of all: rows by columns. What a row cannot see is 0. */
export function weightsOf({ looks, read }: Run, attention: string, head: number): Float32Array {
  const columns = read.length;
  const weights = new Float32Array(looks.length * columns);
  looks.forEach((look, row) => {
    const found = look.get(attention);
    if (found === undefined) {
      return;
    }
    const [heads, seen] = found.shape;
    const chosen = head >= 0 && head < heads ? [head] : Array.from({ length: heads }, (_, one) => one);
    for (const one of chosen) {
      for (let column = 0; column < Math.min(seen, columns); column += 1) {
        weights[row * columns + column] += found.data[one * seen + column] / chosen.length;
      }
    }
  });
  return weights;
}

/** The names of the rows that look. */
export function rowNames(run: Run, toCome: string): string[] {
  const names = run.tokens.map(({ text }) => text);
  return run.looks.length > names.length ? [...names, toCome] : names.slice(0, run.looks.length);
}
