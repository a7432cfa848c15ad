/**
 * One reading of one text, open to changes: after an edit only the layers from the first changed one on run again.
 */

import { checkEdits, signature, Trace, type Edits, type Recording, type Wish } from "./trace.js";
import { finish, type Memory, type Pausing, type Resume, type Transformer } from "./transformer.js";

/** What a model reads: a source for an encoder, a target (or prompt) for a decoder. */
export interface Input {
  source?: readonly number[];
  target?: readonly number[];
}

export interface LookOptions {
  /** Which intermediates are kept; see `Wish`. */
  record?: Wish;
  /** The positions whose logits are wanted; "all" unless given. */
  logits?: "all" | readonly number[];
}

/** What a model says. It is filled anew by each `update`: keep no part of it. */
export interface Reading {
  record: Recording;
  /** (n, V) for the n positions asked for, of the target or, in an encoder-only model, of the source. */
  logits: Float32Array;
}

export class LiveReading {
  readonly #model: Transformer;
  readonly #input: Input;
  readonly #options: LookOptions;
  readonly #record: Recording = new Map();
  readonly #encoder: Resume = { inputs: [], from: 0 };
  readonly #decoder: Resume = { inputs: [], from: 0 };
  #memory: Memory | null = null;
  #signatures: string[] | null = null;

  constructor(model: Transformer, input: Input, options: LookOptions = {}) {
    for (const [name, needed] of [
      ["source", model.family !== "decoder-only"],
      ["target", model.family !== "encoder-only"],
    ] as const) {
      if ((input[name] !== undefined) !== needed) {
        throw new RangeError(`the family ${model.family} needs ${needed ? "a" : "no"} ${name}`);
      }
    }
    this.#model = model;
    this.#input = input;
    this.#options = options;
  }

  /** What the model says under these edits, which replace the edits before. Throws `RangeError` for wrong ones. */
  update(edits: Edits = {}): Reading {
    return finish(this.updating(edits));
  }

  /** The same with pauses. One update must be finished, or given up with this reading, before the next. */
  *updating(edits: Edits = {}): Pausing<Reading> {
    const model = this.#model;
    checkEdits(edits, model.attentionNames, model.config.n_heads);
    const signatures = model.attentionNames.map((name) => signature(edits, name));
    this.#encoder.from = this.#firstChanged("encoder", signatures);
    this.#decoder.from = this.#firstChanged("decoder", signatures);
    this.#signatures = null; // what an unfinished run leaves behind is good for nothing
    const trace = new Trace(this.#options.record ?? false, edits, this.#record);
    const vectors = yield* this.#run(trace);
    this.#signatures = signatures;
    return { record: this.#record, logits: this.#logits(vectors, trace) };
  }

  *#run(trace: Trace): Pausing<Float32Array> {
    const { source, target } = this.#input;
    const encoder = this.#encoder;
    if (source !== undefined && (this.#memory === null || encoder.from < Infinity)) {
      this.#memory = yield* this.#model.encode(source, trace, encoder);
      this.#decoder.from = 0; // cross-attention looks at another memory
    }
    if (target === undefined) {
      return this.#memory?.vectors ?? new Float32Array(0);
    }
    const { inputs, from } = this.#decoder;
    const resume = { inputs, from: from === Infinity ? inputs.length - 1 : from };
    return yield* this.#model.decode([target], this.#model.newCache(), this.#memory, trace, resume);
  }

  /** The first layer of a stack whose edits are others than in the last run; Infinity if there is none. */
  #firstChanged(stack: string, signatures: readonly string[]): number {
    const before = this.#signatures;
    if (before === null) {
      return 0;
    }
    const changed = this.#model.attentionNames.filter(
      (name, i) => name.startsWith(stack) && signatures[i] !== before[i],
    );
    return Math.min(...changed.map((name) => Number(name.split(".")[2])));
  }

  #logits(vectors: Float32Array, trace: Trace): Float32Array {
    const { vocab_size: V, d_model: D } = this.#model.config;
    const wanted = this.#options.logits ?? "all";
    if (wanted !== "all") {
      const rows = new Float32Array(wanted.length * D);
      wanted.forEach((position, i) => rows.set(vectors.subarray(position * D, (position + 1) * D), i * D));
      return this.#model.logits(rows);
    }
    const logits = this.#model.logits(vectors);
    return this.#model.family === "encoder-only"
      ? logits
      : trace.note("logits", logits, 1, vectors.length / D, V);
  }
}
