/**
 * One widget's work with the writer and the translator: the text that is read, and the next token under each mask.
 *
 * What was found stays on screen until the next is there. A newer wish ends the work on an older one.
 */

import { InputError } from "../../engine/errors.js";
import type { Edits } from "../../engine/model/trace.js";
import type { Models, ModelState } from "../../host/models.js";
import { chineseReader } from "../models/chinese.js";
import { Speller } from "../models/compute.js";
import {
  nextTokens,
  trainedOn,
  translatorsReading,
  UnknownText,
  writersReading,
  type Opened,
} from "./asked.js";
import { maskedNames, type Candidate, type Reading, type Trained } from "./reading.js";
import type { Card, ModelName } from "./state.js";

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

let sessions = 0;

export class Session {
  readonly #options: SessionOptions;
  readonly #lane: string;
  readonly #stop: () => void;
  readonly #opened = new Map<ModelName, Opened>();
  readonly #readings = new Map<ModelName, Reading>();
  readonly #problems = new Map<ModelName, { text: string; problem: Problem }>();
  #asked: { model: ModelName; text: string } | null = null;
  #found: { key: string; candidates: readonly Candidate[] } | null = null;
  #wished: Wish | null = null;
  /** What is being learned from. */
  #trained: Reading | null = null;
  #isClosed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    sessions += 1;
    this.#lane = `masks ${sessions}`;
    this.#stop = options.models.onChange(() => options.onChange());
    Object.values(options.examples).forEach((reading) => this.#readings.set(reading.model, reading));
  }

  close(): void {
    this.#stop();
    this.#isClosed = true;
    this.#asked = null;
    this.#wished = null;
    this.#trained = null;
  }

  state(model: ModelName): ModelState {
    return this.#options.models.state(this.#options.cards[model].files);
  }

  need(model: ModelName): void {
    this.#options.models.need(this.#options.cards[model].files);
  }

  /** After a failure: the model is fetched again, and what failed is asked again. */
  retry(model: ModelName): void {
    this.#problems.delete(model);
    this.#wished = null;
    this.need(model);
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
    const isStopped = this.problem(reading.model, reading.text) !== null;
    if (reading.training.length === 0 && this.#trained !== reading && reading.ids.length > 1 && !isStopped) {
      void this.#train(reading);
    }
    return reading.training;
  }

  /** A model that is there. One that is not is fetched; after a failure only when the reader says so. */
  #open(model: ModelName): Opened | null {
    const state = this.state(model);
    if (state.phase !== "ready") {
      if (state.phase === "absent") {
        this.need(model);
      }
      return null;
    }
    const known = this.#opened.get(model);
    if (known?.model === state.model) {
      return known;
    }
    const readChinese = model === "translator" ? chineseReader(state.model.description) : null;
    const speller = new Speller(state.model, this.#lane);
    const opened = { model: state.model, speller, readChinese, lane: this.#lane };
    this.#opened.set(model, opened);
    return opened;
  }

  #changed(): void {
    if (!this.#isClosed) {
      this.#options.onChange();
    }
  }

  async #read(model: ModelName, text: string): Promise<void> {
    const opened = this.#open(model);
    if (opened === null) {
      return;
    }
    const asked = { model, text };
    this.#asked = asked;
    try {
      const { readChinese } = opened;
      const reading = await (readChinese === null
        ? writersReading(opened, text)
        : translatorsReading({ ...opened, readChinese }, text));
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
    this.#changed();
  }

  async #predict(reading: Reading, wish: Wish): Promise<void> {
    const opened = this.#open(reading.model);
    if (opened === null) {
      return;
    }
    this.#wished = wish;
    try {
      const candidates = await nextTokens(opened, reading, wish.row, wish.edits);
      if (this.#wished === wish) {
        this.#found = { key: wish.key, candidates };
        this.#problems.delete(reading.model);
        this.#changed();
      }
    } catch (error) {
      if (this.#wished === wish) {
        this.#problems.set(reading.model, { text: reading.text, problem: problemOf(error) });
        this.#changed();
      }
    }
  }

  async #train(reading: Reading): Promise<void> {
    const opened = this.#open(reading.model);
    if (opened === null) {
      return;
    }
    this.#trained = reading;
    try {
      const training = await trainedOn(opened, reading.ids);
      if (this.#readings.get(reading.model) === reading) {
        this.#readings.set(reading.model, { ...reading, training });
      }
    } catch (error) {
      if (this.#trained === reading) {
        this.#problems.set(reading.model, { text: reading.text, problem: problemOf(error) });
      }
    }
    this.#trained = this.#trained === reading ? null : this.#trained;
    this.#changed();
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof UnknownText) {
    return { key: "models.none-known", values: { characters: error.characters.join(" ") } };
  }
  if (error instanceof InputError && error.code === "too-long") {
    return { key: "masks.too-long", values: { count: error.values["tokens"], most: error.values["most"] } };
  }
  if (error instanceof InputError && error.code === "empty") {
    return { key: "masks.empty", values: {} };
  }
  return { key: "masks.error", values: { detail: error instanceof Error ? error.message : String(error) } };
}
