/**
 * Looking into a model while it runs, and changing what its attentions do, without touching its code.
 *
 * Every part notes what it computes under its own name, the same as in Python: `encoder.layers.0.attention.weights`.
 * Recording never changes a result: nothing that is noted is written to again.
 */

export interface Recorded {
  shape: readonly number[];
  data: Float32Array;
}

/** Which names are kept: all, none, or those that end with one of these texts (`".weights"`). */
export type Wish = boolean | readonly string[];

/** Replaces the mask of an attention, for all heads. Cells beyond it keep the model's own mask. */
export interface MaskEdit {
  rows: number;
  columns: number;
  /** (rows, columns), row by row: queries by keys, 1 = may attend. */
  allowed: ArrayLike<number>;
}

/** Replaces one query's weights in one head. Keys beyond the given weights get 0. The rest follows from it. */
export interface RowEdit {
  head: number;
  /** The position of the query, counted from 0. */
  query: number;
  weights: ArrayLike<number>;
}

/** Changes to attentions, each by the attention's name. */
export interface Edits {
  /** A number for each head, which multiplies what the head found: 0 switches it off. */
  gates?: Readonly<Record<string, ArrayLike<number>>>;
  masks?: Readonly<Record<string, MaskEdit>>;
  rows?: Readonly<Record<string, readonly RowEdit[]>>;
}

export type Recording = Map<string, Recorded>;

export class Trace {
  readonly name: string;
  readonly record: Recording;
  readonly #wish: Wish;
  readonly #edits: Edits;

  constructor(wish: Wish = false, edits: Edits = {}, record: Recording = new Map(), name = "") {
    this.#wish = wish;
    this.#edits = edits;
    this.record = record;
    this.name = name;
  }

  /** The trace of a part of this part. */
  at(name: string): Trace {
    return new Trace(this.#wish, this.#edits, this.record, this.#full(name));
  }

  wants(name: string): boolean {
    if (typeof this.#wish === "boolean") {
      return this.#wish;
    }
    const full = this.#full(name);
    return this.#wish.some((end) => full.endsWith(end));
  }

  /** Keeps the numbers under this name if they are wanted, and returns them unchanged. */
  note(name: string, data: Float32Array, ...shape: number[]): Float32Array {
    if (this.wants(name)) {
      this.record.set(this.#full(name), { shape, data });
    }
    return data;
  }

  get gate(): ArrayLike<number> | null {
    return this.#edits.gates?.[this.name] ?? null;
  }

  get mask(): MaskEdit | null {
    return this.#edits.masks?.[this.name] ?? null;
  }

  get rows(): readonly RowEdit[] {
    return this.#edits.rows?.[this.name] ?? [];
  }

  #full(name: string): string {
    return this.name === "" ? name : `${this.name}.${name}`;
  }
}

export const NO_TRACE = new Trace();

/** Throws `RangeError` unless every edit names an attention of the model and has the size that it needs. */
export function checkEdits(edits: Edits, attentionNames: readonly string[], H: number): void {
  for (const name of [edits.gates, edits.masks, edits.rows].flatMap((kind) => Object.keys(kind ?? {}))) {
    if (!attentionNames.includes(name)) {
      throw new RangeError(`no attention is named "${name}"; known are ${attentionNames.join(", ")}`);
    }
  }
  for (const [name, gate] of Object.entries(edits.gates ?? {})) {
    if (gate.length !== H) {
      throw new RangeError(`the gate of ${name} has ${gate.length} numbers for ${H} heads`);
    }
    checkFinite(`the gate of ${name}`, gate);
  }
  for (const [name, { rows, columns, allowed }] of Object.entries(edits.masks ?? {})) {
    if (allowed.length !== rows * columns) {
      throw new RangeError(
        `the mask of ${name} is ${rows} x ${columns} = ${rows * columns} cells, but has ${allowed.length}`,
      );
    }
  }
  for (const [name, rows] of Object.entries(edits.rows ?? {})) {
    for (const { head, query, weights } of rows) {
      if (!(Number.isSafeInteger(head) && head >= 0 && head < H)) {
        throw new RangeError(`${name} has ${H} heads, counted from 0; there is no head ${head}`);
      }
      if (!(Number.isSafeInteger(query) && query >= 0)) {
        throw new RangeError(`the weights of query ${query} of ${name} were given; positions count from 0`);
      }
      checkFinite(`the weights of query ${query} of ${name}`, weights);
    }
  }
}

function checkFinite(what: string, numbers: ArrayLike<number>): void {
  const wrong = Array.from(numbers).findIndex((number) => !Number.isFinite(number));
  if (wrong >= 0) {
    throw new RangeError(`${what}: number ${wrong} of ${numbers.length} is ${numbers[wrong]}, not finite`);
  }
}

/** A text that differs whenever the edits of one attention do. */
export function signature(edits: Edits, name: string): string {
  const mask = edits.masks?.[name];
  return JSON.stringify([
    Array.from(edits.gates?.[name] ?? []),
    mask === undefined ? null : [mask.rows, mask.columns, Array.from(mask.allowed)],
    (edits.rows?.[name] ?? []).map(({ head, query, weights }) => [head, query, Array.from(weights)]),
  ]);
}
