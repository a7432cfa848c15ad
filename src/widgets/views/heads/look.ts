/** What one look into a model shows: the same from the engine and from the page's worked example. */

import { headScores, labelsOf, type HeadScore } from "../../engine/heads.js";
import type { Candidate } from "../shared/candidates.js";
import { halves } from "../models/run.js";

export interface Table {
  shape: readonly number[];
  data: Float32Array;
}

/** The tokens by their role: what an encoder reads, what a decoder reads, what a translator writes. */
export type Names = Readonly<Partial<Record<"source" | "target" | "written", readonly string[]>>>;

export interface Look {
  /** The text with all heads on, and with these off. */
  original: string;
  output: string;
  /** Of the original output, with their probabilities before and after. */
  tokens: readonly string[];
  before: readonly number[];
  after: readonly number[];
  /** For each of them the likeliest now. */
  candidates: readonly (readonly Candidate[])[];
  names: Names;
  /** Of all attentions, (H, Tq, Tk). */
  weights: ReadonlyMap<string, Table>;
}

export const PARTS = [
  "x",
  "memory",
  "query",
  "key",
  "value",
  "scores",
  "weights",
  "heads",
  "output",
] as const;
export type PartName = (typeof PARTS)[number];
/** All that one attention computes: x, memory and output are (T, D), the others (H, T, Dh) or (H, Tq, Tk). */
export type Parts = Readonly<Partial<Record<PartName, Table>>>;

interface Packed {
  shape: number[];
  data: string;
}

export interface StoredLook {
  text: string;
  off: string[];
  original: string;
  output: string;
  tokens: string[];
  before: number[];
  after: number[];
  candidates: [string, number][][];
  names: Names;
  weights: Record<string, Packed>;
  parts: Record<string, Packed> | null;
  attention: string;
}

const unpack = ({ shape, data }: Packed): Table => ({ shape, data: halves(data) });

/** The page's worked example; its tables are unpacked when they are first asked for. */
export function lookFrom(stored: StoredLook): Look {
  let weights: ReadonlyMap<string, Table> | null = null;
  const { original, output, tokens, before, after, names } = stored;
  return {
    ...{ original, output, tokens, before, after, names },
    candidates: stored.candidates.map((row) =>
      row.map(([text, probability]) => ({ text, probability, own: probability })),
    ),
    get weights() {
      const entries = (): [string, Table][] =>
        Object.entries(stored.weights).map(([name, packed]) => [name, unpack(packed)]);
      return (weights ??= new Map(entries()));
    },
  };
}

export function partsFrom({ parts }: StoredLook): Parts | null {
  return parts === null
    ? null
    : Object.fromEntries(Object.entries(parts).map(([name, packed]) => [name, unpack(packed)]));
}

/** The tokens that look in an attention, and those that are looked at. */
export function namesOf(
  names: Names,
  attention: string,
): { queries: readonly string[]; keys: readonly string[] } {
  const { source = [], target = [], written = [] } = names;
  if (attention.endsWith(".cross_attention")) {
    return { queries: written, keys: source };
  }
  const own = attention.startsWith("encoder") ? source : target;
  return { queries: own, keys: own };
}

/** The scores of each head of one attention. */
export function scoresOf(look: Look, attention: string): HeadScore[][] {
  const table = look.weights.get(attention);
  if (table === undefined) {
    return [];
  }
  const { queries, keys } = namesOf(look.names, attention);
  return headScores({
    ...{ data: table.data, heads: table.shape[0], queries },
    keys: attention.endsWith(".cross_attention") ? keys : null,
    causal: attention.endsWith(".self_attention"),
  });
}

/** The labels of all heads, by attention: measured when they are first asked for. */
export class Labels {
  readonly #look: Look | null;
  readonly #known = new Map<string, readonly (readonly HeadScore[])[]>();

  constructor(look: Look | null) {
    this.#look = look;
  }

  /** Those of each head. */
  get(attention: string): readonly (readonly HeadScore[])[] {
    let labels = this.#known.get(attention);
    if (labels === undefined) {
      labels = this.#look === null ? [] : scoresOf(this.#look, attention).map(labelsOf);
      this.#known.set(attention, labels);
    }
    return labels;
  }

  /** Those of one head; none of the mean, which has the number -1. */
  of(attention: string, head: number): readonly HeadScore[] {
    return (head < 0 ? undefined : this.get(attention).at(head)) ?? [];
  }
}

/** The weights of one head, or with -1 their mean: (Tq, Tk). */
export function weightsOf({ weights }: Look, attention: string, head: number): Float32Array {
  const table = weights.get(attention);
  if (table === undefined) {
    return new Float32Array(0);
  }
  const [heads, rows, columns] = table.shape;
  const size = rows * columns;
  if (head >= 0 && head < heads) {
    return table.data.subarray(head * size, (head + 1) * size);
  }
  const mean = new Float32Array(size);
  table.data.forEach((weight, place) => (mean[place % size] += weight / heads));
  return mean;
}

/** The logarithm (base e) of the probability of the whole original output. */
export function logProbability(shares: readonly number[]): number {
  return shares.reduce((sum, share) => sum + Math.log(share), 0);
}
