/**
 * One explorer's work with the models: which look belongs to the state on screen, what is being computed for it, and what
 * stands in the way. A model is fetched only once the reader acts; a newer wish ends the work on an older one.
 */

import type { Models, ModelState } from "../../host/models.js";
import { chineseReader } from "../models/chinese.js";
import { Speller } from "../models/compute.js";
import { cutText, problemOf, problemsOf, type Note, type Opened, type Problem } from "../models/readable.js";
import { MEASURE } from "../models/session.js";
import { gatesOf, offOf, TEXTS, type ModelName } from "../models/state.js";
import { lookWith, open, partsWith, type Opening } from "./compute.js";
import { lookFrom, partsFrom, type Look, type Parts, type StoredLook } from "./look.js";
import { openedOf, type Card, type State } from "./state.js";

export interface Work {
  /** What it was asked with; see `inputsOf`. */
  inputs: string;
  look: Look | null;
  problem: Problem | null;
  notes: readonly Note[];
}

export interface SessionOptions {
  cards: Readonly<Record<ModelName, Card>>;
  models: Models;
  runs: Readonly<Partial<Record<ModelName, StoredLook>>>;
  onChange: () => void;
}

let sessions = 0;

export class HeadsSession {
  readonly #options: SessionOptions;
  readonly #lane: string;
  readonly #examples = new Map<ModelName, Work>();
  readonly #works = new Map<ModelName, Work>();
  readonly #opened = new Map<string, Opened>();
  readonly #parts = new Map<string, Parts>();
  /** Those of worked examples, until they are asked for. */
  readonly #stored = new Map<string, StoredLook>();
  readonly #stop: () => void;
  #opening: Opening | null = null;
  #waiting: State | null = null;
  #turn = 0;
  #asked = "";
  /** The model that computes now. */
  busy: ModelName | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    sessions += 1;
    this.#lane = `heads ${sessions}`;
    for (const [name, stored] of Object.entries(options.runs) as [ModelName, StoredLook][]) {
      const inputs = inputsFor(name, stored.text, stored.off);
      this.#examples.set(name, { inputs, look: lookFrom(stored), problem: null, notes: [] });
      this.#stored.set(partsKey(inputs, stored.attention), stored);
    }
    this.#stop = options.models.onChange(() => this.#onModels());
  }

  close(): void {
    this.#turn += 1;
    this.#stop();
  }

  /** What there is for the state on screen; until the reader's wish is computed, what was there before. */
  workOf(state: State): Work {
    const inputs = inputsOf(state);
    const example = this.#examples.get(state.model);
    const work = this.#works.get(state.model) ?? example;
    const isExample = example?.inputs === inputs && work?.inputs !== inputs;
    return (isExample ? example : work) ?? { inputs: "", look: null, problem: null, notes: [] };
  }

  isExample(state: State): boolean {
    return this.workOf(state) === this.#examples.get(state.model);
  }

  isCurrent(state: State): boolean {
    return this.workOf(state).inputs === inputsOf(state);
  }

  modelState(name: ModelName): ModelState {
    return this.#options.models.state(this.#options.cards[name].files);
  }

  /** What the opened attention computes, as far as it is known; asked for where the model is there. */
  partsOf(state: State): Parts | null {
    const key = partsKey(this.workOf(state).inputs, openedOf(state, this.#options.cards[state.model]));
    const found = this.#parts.get(key) ?? this.#unpack(key);
    if (found === null && this.isCurrent(state) && this.modelState(state.model).phase === "ready") {
      void this.#askParts(state, key);
    }
    return found;
  }

  #unpack(key: string): Parts | null {
    const stored = this.#stored.get(key);
    const parts = stored === undefined ? null : partsFrom(stored);
    if (parts !== null) {
      this.#parts.set(key, parts);
    }
    return parts;
  }

  /** Fetches the model of the state unless it is there, then looks. */
  run(state: State): void {
    this.#waiting = state;
    this.#options.models.need(this.#options.cards[state.model].files);
    this.#onModels();
  }

  halt(): void {
    this.#turn += 1;
    this.#waiting = null;
    this.busy = null;
    this.#options.onChange();
  }

  /** The longest part of the text that the model reads. */
  async cut(state: State): Promise<string> {
    const opened = this.#open(state.model);
    const text = state[TEXTS[state.model]];
    return opened === null ? text : cutText(opened, state, `${this.#lane} cut`);
  }

  #onModels(): void {
    const state = this.#waiting;
    const opened = state === null ? null : this.#open(state.model);
    if (state !== null && opened !== null) {
      this.#waiting = null;
      void this.#work(opened, state);
    }
    this.#options.onChange();
  }

  #open(name: ModelName): Opened | null {
    const state = this.modelState(name);
    if (state.phase !== "ready") {
      return null;
    }
    const { model } = state;
    let opened = this.#opened.get(model.key);
    if (opened?.model !== model) {
      const readChinese = name === "translator" ? chineseReader(model.description) : null;
      opened = { model, speller: new Speller(model, this.#lane), readChinese };
      this.#opened.set(model.key, opened);
    }
    return opened;
  }

  async #work(opened: Opened, state: State): Promise<void> {
    const { model: name } = state;
    this.#turn += 1;
    const turn = this.#turn;
    const inputs = inputsOf(state);
    const start = performance.now();
    this.busy = name;
    const [problem, notes] = problemsOf(opened, state);
    if (problem !== null) {
      this.#finish(name, { inputs, look: null, problem, notes });
      return;
    }
    try {
      const opening = await this.#openingOf(opened, state);
      if (turn !== this.#turn) {
        return;
      }
      const look = await lookWith(opening, this.#gates(state));
      if (turn === this.#turn) {
        performance.measure(`${MEASURE}:heads`, { start });
        this.#finish(name, { inputs, look, problem: null, notes });
      }
    } catch (error) {
      // A newer turn has cancelled this one, and goes on by itself.
      if (turn === this.#turn) {
        this.#finish(name, { inputs, look: null, problem: problemOf(error, state, opened), notes });
      }
    }
  }

  /** The text as it was read with all heads on: the last one is kept while only heads are switched. */
  async #openingOf(opened: Opened, state: State): Promise<Opening> {
    const { model: name } = state;
    const text = state[TEXTS[name]];
    const known = this.#opening;
    if (known?.opened === opened && known.name === name && known.text === text) {
      return known;
    }
    this.#opening = await open(opened, name, text, this.#options.cards[name].start_id);
    return this.#opening;
  }

  async #askParts(state: State, key: string): Promise<void> {
    const opened = this.#open(state.model);
    if (opened === null || this.#asked === key || this.busy !== null) {
      return;
    }
    this.#asked = key;
    try {
      const opening = await this.#openingOf(opened, state);
      const attention = openedOf(state, this.#options.cards[state.model]);
      const parts = await partsWith(opening, this.#gates(state), attention);
      this.#parts.clear(); // one attention is enough to hold
      this.#parts.set(key, parts);
    } catch {
      // A newer question has taken its place.
    }
    this.#asked = "";
    this.#options.onChange();
  }

  #gates(state: State): Record<string, number[]> {
    return gatesOf(state, state.model, this.#options.cards[state.model]);
  }

  #finish(name: ModelName, work: Work): void {
    this.#works.set(name, work);
    this.busy = null;
    this.#options.onChange();
  }
}

/** What a look depends on, as text: equal text, equal look. */
export function inputsOf(state: State): string {
  const { model } = state;
  return inputsFor(model, state[TEXTS[model]], offOf(state, model));
}

function inputsFor(model: ModelName, text: string, off: readonly string[]): string {
  return JSON.stringify([model, text, [...off].sort()]);
}

const partsKey = (inputs: string, attention: string): string => `${attention} ${inputs}`;
