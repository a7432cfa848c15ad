/** What is computed from the state. Each number is computed when a picture asks for it, and kept while nothing changes. */

import {
  attend,
  changes,
  dotProducts,
  encoding,
  hands,
  pattern,
  shuffled,
  type Attended,
  type Hand,
  type Tables,
} from "../../engine/positions.js";
import { memo } from "../shared/schedule.js";
import type { Reading } from "./reading.js";
import { orderOf, type Added, type Scheme, type State } from "./state.js";

/** The token that is looked at, its position's vector, and both added. */
export interface Sum {
  word: Float32Array;
  position: Float32Array;
  sum: Float32Array;
  norms: { word: number; position: number; sum: number };
  /** Of the word and the sum. */
  cosine: number;
  /** Where the token stands. */
  place: number;
}

/** A sentence in two orders. */
export interface Shuffle {
  before: Attended;
  /** In the order on screen. */
  after: Attended;
  /** By the token's place in the original sentence. */
  changes: Float32Array;
  change: number;
}

/** The numbers of one widget. */
export class Calculator {
  readonly #tables: Tables;
  readonly #encoding = memo(encoding);
  readonly #hands = memo(hands);
  readonly #dots = memo(dotProducts);
  readonly #order = memo(orderOf);
  readonly #before = memo((reading: Reading, added: Added | "none", base: number) =>
    attend(reading.vectors, reading.T, reading.D, added, base),
  );
  readonly #after = memo((reading: Reading, order: readonly number[], added: Added | "none", base: number) =>
    attend(shuffled(reading.vectors, reading.D, order), reading.T, reading.D, added, base),
  );
  readonly #shuffle = memo(
    (before: Attended, after: Attended, order: readonly number[], D: number): Shuffle => {
      const found = changes(before.outputs, after.outputs, D, order);
      return { before, after, changes: found, change: Math.max(0, ...found) };
    },
  );
  readonly #sum = memo(sumOf);
  readonly #pattern = memo((scheme: Scheme, length: number, width: number, base: number, head: number) =>
    pattern(scheme, length, { width, base, head, tables: this.#tables }),
  );

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** (length, width). */
  encoding({ length, width, base }: State): Float32Array {
    return this.#encoding(length, width, base);
  }

  hands({ width, base }: State, position: number): Hand[] {
    return this.#hands(position, width, base);
  }

  /** (length,). */
  dots(state: State, position: number): Float32Array {
    return this.#dots(this.encoding(state), state.width, position);
  }

  order(state: State, reading: Reading): number[] {
    return this.#order(state.order, reading.T);
  }

  /** Null while there is no token to look at. */
  sum(state: State, reading: Reading, token: number): Sum | null {
    const order = this.order(state, reading);
    return reading.T === 0 ? null : this.#sum(reading, order, token, state.positions, state.base);
  }

  shuffle(state: State, reading: Reading): Shuffle {
    const order = this.order(state, reading);
    const added = state.positions ? state.added : "none";
    const before = this.#before(reading, added, state.base);
    return this.#shuffle(before, this.#after(reading, order, added, state.base), order, reading.D);
  }

  /** (length, length). */
  pattern({ scheme, length, width, base }: State, head: number): Float32Array {
    return this.#pattern(scheme, length, width, base, head);
  }
}

function sumOf(
  { vectors, T, D }: Reading,
  order: readonly number[],
  token: number,
  isOn: boolean,
  base: number,
): Sum {
  const place = order.indexOf(token);
  const word = vectors.subarray(token * D, (token + 1) * D);
  const position = isOn ? encoding(T, D, base).subarray(place * D, (place + 1) * D) : new Float32Array(D);
  const sum = word.map((entry, at) => entry + position[at]);
  const norms = { word: Math.sqrt(dot(word, word)), position: Math.sqrt(dot(position, position)), sum: 0 };
  norms.sum = Math.sqrt(dot(sum, sum));
  return { word, position, sum, norms, cosine: dot(word, sum) / (norms.word * norms.sum), place };
}

export function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((total, entry, at) => total + entry * other[at], 0);
}
