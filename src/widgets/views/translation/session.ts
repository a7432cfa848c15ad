/** One explorer's work with the translator: which run belongs to the state on screen, and what stands in the way. */

import { InputError } from "../../engine/errors.js";
import type { Models, ModelState, OpenModel } from "../../host/models.js";
import { chineseReader, type ReadChinese } from "../models/chinese.js";
import { Speller } from "../models/compute.js";
import type { Note, Problem } from "../models/readable.js";
import { MEASURE } from "../models/session.js";
import type { Card } from "../models/state.js";
import { translation } from "./compute.js";
import type { Run } from "./run.js";
import { inputsOf, type State } from "./state.js";

export interface SessionOptions {
  card: Card;
  models: Models;
  example: Run | null;
  onChange: () => void;
}

interface Outcome {
  inputs: string;
  run: Run | null;
  problem: Problem | null;
  notes: readonly Note[];
}

interface Opened {
  model: OpenModel;
  speller: Speller;
  readChinese: ReadChinese;
}

let sessions = 0;

export class Session {
  isBusy = false;
  readonly #options: SessionOptions;
  readonly #lane: string;
  readonly #stop: () => void;
  #outcome: Outcome;
  #opened: Opened | null = null;
  #waiting: State | null = null;
  /** What was asked for last. */
  #asked = "";
  #turn = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { example } = options;
    this.#outcome = { inputs: example?.inputs ?? "", run: example, problem: null, notes: [] };
    sessions += 1;
    this.#lane = `translation ${sessions}`;
    this.#stop = options.models.onChange(() => this.#onModels());
  }

  get modelState(): ModelState {
    return this.#options.models.state(this.#options.card.files);
  }

  close(): void {
    this.#turn += 1;
    this.#stop();
  }

  /** What there is for a state; until it is computed, what was there before. */
  outcomeOf(state: State): Outcome & { isCurrent: boolean; isExample: boolean } {
    const { example } = this.#options;
    const inputs = inputsOf(state);
    const known = this.#outcome;
    const isWorked = known.inputs !== inputs && example?.inputs === inputs;
    const outcome = isWorked ? { inputs, run: example, problem: null, notes: [] } : known;
    const isExample = example !== null && outcome.run === example;
    return { ...outcome, isCurrent: outcome.inputs === inputs, isExample };
  }

  /** Fetches the model unless it is there, then translates. */
  run(state: State): void {
    this.#waiting = state;
    this.#asked = inputsOf(state);
    this.#turn += 1; // what is being computed is for something else
    this.#options.models.need(this.#options.card.files);
    this.#onModels();
  }

  /** Whether something is being computed, and not for this state. */
  isElsewhere(state: State): boolean {
    return (this.isBusy || this.#waiting !== null) && this.#asked !== inputsOf(state);
  }

  /** Ends what is being computed. */
  halt(): void {
    this.#turn += 1;
    this.#waiting = null;
    this.isBusy = false;
  }

  /** The longest beginning of the text that the translator reads. */
  cut(state: State): string {
    const opened = this.#open();
    const characters = Array.from(state.text);
    const most = this.#options.card.max_length - 1; // one place is the end token's
    let [fits, tooLong] = [0, characters.length + 1];
    while (opened !== null && tooLong - fits > 1) {
      const middle = (fits + tooLong) >> 1;
      const isFine = opened.readChinese(characters.slice(0, middle).join("")).characters.length <= most;
      [fits, tooLong] = isFine ? [middle, tooLong] : [fits, middle];
    }
    return characters.slice(0, fits).join("");
  }

  #onModels(): void {
    const state = this.#waiting;
    const opened = state === null ? null : this.#open();
    if (state !== null && opened !== null) {
      this.#waiting = null;
      void this.#work(opened, state);
    }
    this.#options.onChange();
  }

  #open(): Opened | null {
    const { modelState } = this;
    if (modelState.phase !== "ready") {
      return null;
    }
    const { model } = modelState;
    if (this.#opened?.model !== model) {
      const speller = new Speller(model, this.#lane);
      this.#opened = { model, speller, readChinese: chineseReader(model.description) };
    }
    return this.#opened;
  }

  async #work({ model, speller, readChinese }: Opened, state: State): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const inputs = inputsOf(state);
    const start = performance.now();
    this.isBusy = true;
    const reading = readChinese(state.text);
    const problem = problemOf(state, reading, model.info.config.max_length - 1);
    const notes = notesOf(reading);
    const show = (found: Omit<Run, "inputs"> | null, wrong: Problem | null): void => {
      if (turn === this.#turn) {
        const run = found === null ? null : { ...found, inputs };
        this.#outcome = { inputs, run, problem: wrong, notes };
        this.#options.onChange();
      }
    };
    try {
      const { characters } = reading;
      const onPart = (found: Omit<Run, "inputs">): void => show(found, null);
      const check = (): void => {
        if (turn !== this.#turn) {
          throw new Error("something else is asked for");
        }
      };
      const work = { model, speller, characters, onPart, check };
      const found = problem === null ? await translation(state, work) : null;
      performance.measure(`${MEASURE}:translation`, { start, detail: { steps: found?.levels.length ?? 0 } });
      this.#end(turn);
      show(found, problem);
    } catch (error) {
      this.#end(turn);
      show(null, failureOf(error, model)); // a newer turn has cancelled this one, and goes on by itself
    }
  }

  #end(turn: number): void {
    if (turn === this.#turn) {
      this.isBusy = false;
    }
  }
}

type Reading = ReturnType<ReadChinese>;

function problemOf(
  { text }: State,
  { characters, hasKnown, unknown }: Reading,
  most: number,
): Problem | null {
  if (text.trim() === "" || characters.length === 0) {
    return { key: "translation.empty", values: {}, canCut: false };
  }
  if (!hasKnown) {
    const few = unknown.slice(0, 10).join(" ");
    return { key: "models.none-known", values: { characters: few }, canCut: false };
  }
  if (characters.length > most) {
    return { key: "models.long.translator", values: { count: characters.length, most }, canCut: true };
  }
  return null;
}

function notesOf({ characters, simplified, unknown }: Reading): Note[] {
  const notes: Note[] = [];
  if (simplified.length > 0) {
    const pairs = simplified.map(([traditional, simple]) => `${traditional} → ${simple}`).join(", ");
    notes.push({ key: "models.simplified", values: { pairs } });
  }
  if (unknown.length > 0) {
    notes.push({ key: "models.unknown", values: { characters: unknown.slice(0, 20).join(" ") } });
  }
  if (characters.length > 0 && !characters.some((one) => /\p{Script=Han}/u.test(one))) {
    notes.push({ key: "translation.not-chinese", values: {} });
  }
  return notes;
}

function failureOf(error: unknown, model: OpenModel): Problem {
  const detail = error instanceof Error ? error.message : String(error);
  const key = error instanceof InputError && error.code === "empty" ? "translation.empty" : "models.error";
  return { key, values: { detail, parameters: model.info.parameters }, canCut: false };
}
