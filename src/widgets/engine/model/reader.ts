/** What every way of decoding needs: the model with the text it has read, and the plan of when to stop. */

import type { DecoderCache } from "./cache.js";
import { logSoftmax } from "./sampling.js";
import { checkEdits, Trace, type Edits, type Recorded } from "./trace.js";
import type { Memory, Pausing, Transformer } from "./transformer.js";

/** Why decoding ends: the end token; as many tokens as were asked for; a text longer than the model can read. */
export type Reason = "end" | "max_new_tokens" | "max_length";

export interface DecodingOptions {
  maxNewTokens: number;
  /** What the decoder of an encoder-decoder begins with; a decoder-only begins with its prompt. */
  startId?: number;
  /** The token that ends the text. Without one it ends by its length alone. */
  endId?: number | null;
  /** Tokens that are dictated, by step: `{2: 7}` makes the third new token 7. */
  forced?: Readonly<Record<number, number>>;
  /** Whether the keys and values of tokens already read are kept; true unless given. The result is the same. */
  useCache?: boolean;
  /** Whether each step carries the attention weights. */
  weights?: boolean;
  /** Changes to attentions, of the encoder as well; see `Edits`. */
  edits?: Edits;
}

/** For each attention of the decoder, by its name, where the last position looked: (H, Tk) or (W, H, Tk). */
export type LastRows = ReadonlyMap<string, Recorded>;

export interface Found {
  /** (V) for each of the W texts. */
  logProbabilities: Float64Array[];
  attention: LastRows;
}

export class Reader {
  readonly prompt: readonly number[];
  /** How many new tokens there are when the text is longer than the model can read. */
  readonly room: number;
  readonly V: number;
  readonly #model: Transformer;
  readonly #source: readonly number[] | null;
  readonly #options: DecodingOptions;
  #cache: DecoderCache;
  #memory: Memory | null = null;

  /** Throws `RangeError` for a text or a token that the model cannot read. */
  constructor(model: Transformer, ids: readonly number[], options: DecodingOptions) {
    const { family, config } = model;
    const { startId } = options;
    if (family === "encoder-only") {
      throw new RangeError("the family encoder-only writes no text");
    }
    if (ids.length === 0) {
      throw new RangeError("ids holds 0 tokens: there must be at least 1 to go on from");
    }
    if (ids.length > config.max_length) {
      throw new RangeError(`ids holds ${ids.length} tokens but the model reads at most ${config.max_length}`);
    }
    if ((startId !== undefined) !== (family === "encoder-decoder")) {
      throw new RangeError(
        startId === undefined
          ? "an encoder-decoder needs a startId, the token that its decoder begins with"
          : `a decoder-only begins with its prompt, but startId=${startId} was given`,
      );
    }
    checkEdits(options.edits ?? {}, model.attentionNames, config.n_heads);
    this.V = config.vocab_size;
    this.#source = startId === undefined ? null : ids;
    this.prompt = startId === undefined ? ids : [startId];
    checkTokens(ids, startId === undefined ? this.V : model.sourceSize, "ids");
    checkTokens(this.prompt, this.V, "the prompt");
    this.room = config.max_length - this.prompt.length + 1;
    this.#model = model;
    this.#options = options;
    this.#cache = model.newCache();
  }

  /** The log-probabilities of the next token of W texts of equal length, and each attention's last row. */
  *read(texts: readonly (readonly number[])[]): Pausing<Found> {
    const model = this.#model;
    const { edits = {}, weights = false, useCache = true } = this.#options;
    if (this.#source !== null && this.#memory === null) {
      const memory = yield* model.encode(this.#source, new Trace(false, edits));
      this.#memory = { ...memory, real: null }; // as in Python, cross-attention looks at every token of the source
    }
    if (!useCache) {
      this.#cache = model.newCache();
    }
    const read = this.#cache.length;
    const rows = texts.map((text) => [...this.prompt, ...text].slice(read));
    const trace = new Trace(weights ? [".weights"] : false, edits);
    const vectors = yield* model.decode(rows, this.#cache, this.#memory, trace);
    const logits = model.logits(lastRows(vectors, rows.length, model.config.d_model));
    const logProbabilities = rows.map((_, row) => logSoftmax(logits, this.V, row));
    const attention = [...trace.record].map(([name, one]) => [name, lastQueries(one)] as const);
    return { logProbabilities, attention: new Map(attention) };
  }

  /** From now on row `i` of the texts continues what was row `parents[i]`. */
  follow(parents: readonly number[]): void {
    this.#cache.reorder(parents);
  }
}

/** What is asked of a decoding, whichever way its tokens are chosen. */
export class Plan {
  readonly #room: number;
  readonly #options: DecodingOptions;

  constructor(reader: Reader, options: DecodingOptions) {
    const { maxNewTokens, endId = null, forced = {} } = options;
    if (!(Number.isSafeInteger(maxNewTokens) && maxNewTokens >= 1)) {
      throw new RangeError(`maxNewTokens must be a whole number of at least 1, got ${maxNewTokens}`);
    }
    if (endId !== null) {
      checkTokens([endId], reader.V, "endId");
    }
    const most = Math.min(maxNewTokens, reader.room);
    for (const [step, token] of Object.entries(forced)) {
      if (!/^\d+$/.test(step) || Number(step) >= most) {
        throw new RangeError(`step ${step} is forced, but there are at most ${most} steps, counted from 0`);
      }
      checkTokens([token], reader.V, `the token forced at step ${step}`);
    }
    this.#room = reader.room;
    this.#options = options;
  }

  /** The token that is dictated at a step, or undefined. */
  forced(step: number): number | undefined {
    return this.#options.forced?.[step];
  }

  isEnd(token: number): boolean {
    return token === this.#options.endId;
  }

  reasonToStop(ids: readonly number[]): Reason | null {
    if (this.isEnd(ids[ids.length - 1])) {
      return "end";
    }
    if (ids.length >= this.#options.maxNewTokens) {
      return "max_new_tokens";
    }
    return ids.length >= this.#room ? "max_length" : null;
  }
}

function checkTokens(tokens: readonly number[], V: number, name: string): void {
  for (const token of tokens) {
    if (!(Number.isSafeInteger(token) && token >= 0 && token < V)) {
      throw new RangeError(`${name}: token ${token} is not in the vocabulary of ${V}, ids 0 to ${V - 1}`);
    }
  }
}

/** The last vector of each text: (W, T, D) becomes (W, D). */
function lastRows(vectors: Float32Array, W: number, D: number): Float32Array {
  const size = vectors.length / W;
  const last = new Float32Array(W * D);
  for (let row = 0; row < W; row += 1) {
    last.set(vectors.subarray((row + 1) * size - D, (row + 1) * size), row * D);
  }
  return last;
}

/** The weights of the last query: (W, H, Tq, Tk) becomes (W, H, Tk). */
function lastQueries({ shape, data }: Recorded): Recorded {
  const [W, H, Tq, Tk] = shape;
  const last = new Float32Array(W * H * Tk);
  for (let row = 0; row < W * H; row += 1) {
    last.set(data.subarray((row * Tq + Tq - 1) * Tk, (row + 1) * Tq * Tk), row * Tk);
  }
  return { shape: [W, H, Tk], data: last };
}
