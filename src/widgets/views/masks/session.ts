/**
 * One widget's work with the writer and the translator: the text that is read, and the next token under each mask.
 *
 * What was found stays on screen until the next is there. A newer wish ends the work on an older one.
 */

import { InputError } from "../../engine/errors.js";
import { logSoftmax } from "../../engine/model/sampling.js";
import type { Edits } from "../../engine/model/trace.js";
import type { Models, ModelState, OpenModel } from "../../host/models.js";
import { likeliest, Speller } from "../models/compute.js";
import { headsOf, maskedNames, type Candidate, type Reading, type Trained } from "./reading.js";
import { MAX_TOKENS, type Card, type ModelName } from "./state.js";

export interface Problem {
  key: string;
  values: Record<string, string | number>;
}

/** A next token that is asked for: `key` says whether it is still the one on screen. */
export interface Wish {
  key: string;
  edits: Edits;
  row: number;
}

export interface SessionOptions {
  cards: Readonly<Record<ModelName, Card>>;
  models: Models;
  examples: Readonly<Partial<Record<ModelName, Reading>>>;
  onChange: () => void;
}

interface Opened {
  model: OpenModel;
  speller: Speller;
}

let sessions = 0;

export class Session {
  readonly #options: SessionOptions;
  readonly #lane: string;
  readonly #stop: () => void;
  readonly #opened = new Map<string, Opened>();
  readonly #readings = new Map<ModelName, Reading>();
  readonly #problems = new Map<ModelName, { text: string; problem: Problem }>();
  #asked: { model: ModelName; text: string } | null = null;
  #found: { key: string; candidates: readonly Candidate[] } | null = null;
  #wished: Wish | null = null;
  #training = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    sessions += 1;
    this.#lane = `masks ${sessions}`;
    this.#stop = options.models.onChange(() => options.onChange());
    Object.values(options.examples).forEach((reading) => this.#readings.set(reading.model, reading));
  }

  close(): void {
    this.#stop();
    this.#asked = null;
    this.#wished = null;
  }

  state(model: ModelName): ModelState {
    return this.#options.models.state(this.#options.cards[model].files);
  }

  need(model: ModelName): void {
    this.#options.models.need(this.#options.cards[model].files);
  }

  /** The attentions that the mask is put on; none before the model is there. */
  maskedNames(model: ModelName): string[] {
    const state = this.state(model);
    return state.phase === "ready" ? maskedNames(state.model.info, model) : [];
  }

  problem(model: ModelName, text: string): Problem | null {
    const known = this.#problems.get(model);
    return known?.text === text ? known.problem : null;
  }

  isExample(reading: Reading): boolean {
    return this.#options.examples[reading.model] === reading;
  }

  /** The reading of a text, or, until it is there, the one before; null where there was none. */
  reading(model: ModelName, text: string): Reading | null {
    const example = this.#options.examples[model];
    if (example?.text === text) {
      this.#readings.set(model, example);
      this.#problems.delete(model);
      this.#asked = null;
    }
    const known = this.#readings.get(model) ?? null;
    const isAsked = this.#asked?.model === model && this.#asked.text === text;
    if (known?.text !== text && !isAsked && this.problem(model, text) === null) {
      void this.#read(model, text);
    }
    return known;
  }

  /** The next tokens of a wish; until they are there, those of the wish before. */
  candidates(reading: Reading, wish: Wish): { candidates: readonly Candidate[]; isCurrent: boolean } {
    if (this.#found?.key === wish.key) {
      return { candidates: this.#found.candidates, isCurrent: true };
    }
    if (this.#wished?.key !== wish.key) {
      void this.#predict(reading, wish);
    }
    return { candidates: this.#found?.candidates ?? [], isCurrent: false };
  }

  /** How a writer learns from a text; what is not known yet is computed, one prefix after the other. */
  training(reading: Reading): readonly Trained[] {
    if (reading.training.length === 0 && !this.#training && reading.ids.length > 1) {
      void this.#train(reading);
    }
    return reading.training;
  }

  #open(model: ModelName): Opened | null {
    const state = this.state(model);
    if (state.phase !== "ready") {
      this.need(model);
      return null;
    }
    const known = this.#opened.get(model);
    const opened =
      known?.model === state.model
        ? known
        : { model: state.model, speller: new Speller(state.model, this.#lane) };
    this.#opened.set(model, opened);
    return opened;
  }

  async #read(model: ModelName, text: string): Promise<void> {
    const opened = this.#open(model);
    if (opened === null) {
      return;
    }
    const asked = { model, text };
    this.#asked = asked;
    try {
      const reading =
        model === "writer" ? await this.#write(opened, text) : await this.#translate(opened, text);
      if (this.#asked === asked) {
        this.#readings.set(model, reading);
        this.#problems.delete(model);
      }
    } catch (error) {
      if (this.#asked === asked) {
        this.#problems.set(model, { text, problem: problemOf(error) });
      }
    }
    this.#asked = this.#asked === asked ? null : this.#asked;
    this.#options.onChange();
  }

  async #write({ model, speller }: Opened, text: string): Promise<Reading> {
    const { ids: all } = await this.#prepare(model, text);
    const ids = all.slice(0, MAX_TOKENS);
    const shown = await speller.show(ids);
    const read = { model: "writer", text, queries: shown, keys: shown, ids, source: [] } as const;
    return this.#looked(model, speller, read, all.length - ids.length);
  }

  /** A text and its translation, token by token: what cross-attention looks from and at. */
  async #translate({ model, speller }: Opened, text: string): Promise<Reading> {
    const prepared = await this.#prepare(model, text);
    const source = prepared.ids.slice(-MAX_TOKENS);
    const keys = prepared.shown.slice(-MAX_TOKENS);
    const written: number[] = [];
    const options = { maxNewTokens: MAX_TOKENS - 1 };
    for await (const step of model.client.steps("greedy", model.key, { ids: source, options }, this.#lane)) {
      if (step.reason !== "end") {
        written.push(step.token);
      }
    }
    const ids = [model.info.startId ?? 0, ...written];
    const read = { model: "translator", text, queries: await speller.show(ids), keys, ids, source } as const;
    return this.#looked(model, speller, read, prepared.ids.length - source.length);
  }

  #prepare(model: OpenModel, text: string): Promise<{ ids: number[]; shown: string[] }> {
    // A writer's text leaves room for the token that comes next.
    const options = model.info.family === "decoder-only" ? { room: 1 } : {};
    return model.client.call("prepare", model.key, { typed: text, options }, this.#lane);
  }

  async #looked(
    model: OpenModel,
    speller: Speller,
    read: Pick<Reading, "model" | "text" | "queries" | "keys" | "ids" | "source">,
    cut: number,
  ): Promise<Reading> {
    const [first] = maskedNames(model.info, read.model);
    const look = { input: inputOf(read), edits: {}, options: { record: [`${first}.scores`] } };
    const { record, logits } = await model.client.call("look", model.key, look, `${this.#lane} plain`);
    const V = model.info.config.vocab_size;
    const rows = read.ids.map((_, row) => logSoftmax(logits, V, row).map(Math.exp));
    const plain = await Promise.all(rows.map((row) => spelled(row, speller)));
    const scores = record.get(`${first}.scores`)?.data ?? new Float32Array();
    const size = read.queries.length * read.keys.length;
    return { ...read, cut, plain, training: [], scores: headsOf(scores, size) };
  }

  async #predict(reading: Reading, wish: Wish): Promise<void> {
    const opened = this.#open(reading.model);
    if (opened === null) {
      return;
    }
    this.#wished = wish;
    const { model, speller } = opened;
    const look = { input: inputOf(reading), edits: wish.edits, options: { logits: [wish.row] } };
    try {
      const { logits } = await model.client.call("look", model.key, look, `${this.#lane} masked`);
      const candidates = await spelled(
        logSoftmax(logits, model.info.config.vocab_size, 0).map(Math.exp),
        speller,
      );
      if (this.#wished === wish) {
        this.#found = { key: wish.key, candidates };
        this.#options.onChange();
      }
    } catch (error) {
      if (this.#wished === wish) {
        this.#problems.set(reading.model, { text: reading.text, problem: problemOf(error) });
        this.#options.onChange();
      }
    }
  }

  async #train(reading: Reading): Promise<void> {
    const opened = this.#open(reading.model);
    if (opened === null) {
      return;
    }
    this.#training = true;
    const { model } = opened;
    const V = model.info.config.vocab_size;
    const run = async (target: readonly number[], logits: "all" | number[]): Promise<Float32Array> => {
      const look = { input: { target }, edits: {}, options: { logits } };
      return (await model.client.call("look", model.key, look, `${this.#lane} training`)).logits;
    };
    try {
      const together = await run(reading.ids, "all");
      const training: Trained[] = [];
      for (const [place, wanted] of reading.ids.slice(1).entries()) {
        const alone = await run(reading.ids.slice(0, place + 1), [place]);
        training.push({
          together: Math.exp(logSoftmax(together, V, place)[wanted]),
          alone: Math.exp(logSoftmax(alone, V, 0)[wanted]),
        });
      }
      if (this.#readings.get(reading.model) === reading) {
        this.#readings.set(reading.model, { ...reading, training });
      }
    } finally {
      this.#training = false;
      this.#options.onChange();
    }
  }
}

function inputOf({ model, ids, source }: Pick<Reading, "model" | "ids" | "source">): {
  source?: readonly number[];
  target: readonly number[];
} {
  return model === "translator" ? { source, target: ids } : { target: ids };
}

async function spelled(distribution: Float64Array, speller: Speller): Promise<Candidate[]> {
  const ids = likeliest(distribution);
  const names = await speller.show(ids);
  return ids.map((id, place) => ({ text: names[place], probability: distribution[id] }));
}

function problemOf(error: unknown): Problem {
  if (error instanceof InputError && error.code === "too-long") {
    return { key: "masks.too-long", values: { count: error.values["tokens"], most: error.values["most"] } };
  }
  if (error instanceof InputError && error.code === "empty") {
    return { key: "masks.empty", values: {} };
  }
  return { key: "masks.error", values: { detail: error instanceof Error ? error.message : String(error) } };
}
