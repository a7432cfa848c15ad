/**
 * One widget's work with the models: which result belongs to the state on screen, what is being computed for it, and
 * what stands in the way. A model is fetched only once the reader acts; a newer wish ends the work on an older one.
 */

import type { Models, ModelState } from "../../host/models.js";
import { chineseReader } from "./chinese.js";
import { filling, Speller, translation, writing, type Found } from "./compute.js";
import { cutText, partsOf, problemOf, problemsOf, type Note, type Opened, type Problem } from "./readable.js";
import type { Run } from "./run.js";
import { gatesOf, inputsOf, TEXTS, type Card, type ModelName, type State } from "./state.js";

/** What came of one model so far. */
interface Work {
  /** What it was asked with; see `inputsOf`. */
  inputs: string;
  run: Run | null;
  problem: Problem | null;
  notes: readonly Note[];
}

export interface SessionOptions {
  cards: Readonly<Record<ModelName, Card>>;
  models: Models;
  examples: Readonly<Partial<Record<ModelName, Run>>>;
  onChange: () => void;
  /** The writer has written these. */
  onWritten: (ids: readonly number[]) => void;
}

/** Each run of a model leaves one of these measures, so that a benchmark can read its time from outside. */
export const MEASURE = "attn:model";

let sessions = 0;

export class Session {
  readonly #options: SessionOptions;
  /** Requests on one lane cancel each other: each session has its own. */
  readonly #lane: string;
  readonly #works = new Map<ModelName, Work>();
  readonly #opened = new Map<string, Opened>();
  readonly #stop: () => void;
  #state: State | null = null;
  /** What waits for its model. */
  #waiting: { name: ModelName; count: number } | null = null;
  #turn = 0;
  /** The model that computes now. */
  busy: ModelName | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    sessions += 1;
    this.#lane = `session ${sessions}`;
    this.#stop = options.models.onChange(() => this.#onModels());
  }

  close(): void {
    this.#turn += 1;
    this.#stop();
  }

  /** What there is for the state on screen; until the reader's wish is computed, what was there before. */
  workOf(state: State): Work {
    const inputs = inputsOf(state, state.model);
    const example = this.#options.examples[state.model] ?? null;
    const worked = { inputs: example?.inputs ?? "", run: example, problem: null, notes: [] };
    const work = this.#works.get(state.model) ?? worked;
    const isExample = example?.inputs === inputs && isWritten(example, state);
    return work.inputs !== inputs && isExample ? worked : work;
  }

  /** Whether what is shown was computed when the page was built. */
  isExample(run: Run | null): boolean {
    return run !== null && Object.values(this.#options.examples).includes(run);
  }

  /** Whether what is shown belongs to the state on screen. */
  isCurrent(state: State): boolean {
    const { inputs, run, problem } = this.workOf(state);
    const isOfThese = inputs === inputsOf(state, state.model);
    return isOfThese && (problem !== null || (run !== null && isWritten(run, state)));
  }

  modelState(name: ModelName): ModelState {
    return this.#options.models.state(this.#options.cards[name].files);
  }

  /** Fetches the model of the state unless it is there, then runs it. A writer writes `count` more tokens. */
  run(state: State, count = 0): void {
    this.#state = state;
    this.#waiting = { name: state.model, count };
    this.#options.models.need(this.#options.cards[state.model].files);
    this.#onModels();
  }

  /** Tries again after a failure. */
  retry(state: State): void {
    this.run(state, this.#waiting?.count ?? 0);
  }

  /** Ends what is being computed; what a writer has written so far stays. */
  halt(): void {
    const { busy } = this;
    this.#turn += 1;
    this.#waiting = null;
    this.busy = null;
    this.#keepWritten(busy);
    this.#options.onChange();
  }

  /** The longest beginning of the text that the model reads; of a writer's the longest end, which it goes on from. */
  async cut(state: State): Promise<string> {
    const opened = this.#open(state.model);
    const text = state[TEXTS[state.model]];
    return opened === null ? text : cutText(opened, state, `${this.#lane} cut`);
  }

  /** Something changed about a model: whoever waits for it may begin. */
  #onModels(): void {
    const waiting = this.#waiting;
    const opened = waiting === null ? null : this.#open(waiting.name);
    if (waiting !== null && opened !== null && this.#state !== null) {
      this.#waiting = null;
      void this.#work(opened, this.#state, waiting.count);
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

  async #work(opened: Opened, state: State, count: number): Promise<void> {
    const { model: name } = state;
    this.#turn += 1;
    const turn = this.#turn;
    const inputs = inputsOf(state, name);
    const start = performance.now();
    this.busy = name;
    const [problem, notes] = problemsOf(opened, state);
    if (problem !== null) {
      this.#finish(name, { inputs, run: null, problem, notes });
      return;
    }
    try {
      let run: Run | null = null;
      for await (const found of this.#found(opened, state, count)) {
        if (turn !== this.#turn) {
          return;
        }
        run = { ...found, model: name, inputs };
        this.#works.set(name, { inputs, run, problem: null, notes });
        this.#options.onChange();
      }
      this.#keepWritten(name);
      performance.measure(`${MEASURE}:${name}`, { start, detail: { tokens: run?.tokens.length ?? 0 } });
      this.#finish(name, { inputs, run, problem: null, notes });
    } catch (error) {
      // A newer turn has cancelled this one, and goes on by itself.
      if (turn === this.#turn) {
        this.#finish(name, { inputs, run: null, problem: problemOf(error, state, opened), notes });
      }
    }
  }

  #finish(name: ModelName, work: Work): void {
    this.#works.set(name, work);
    this.busy = null;
    this.#options.onChange();
  }

  #keepWritten(name: ModelName | null): void {
    const run = this.#works.get("writer")?.run;
    if (name === "writer" && run) {
      this.#options.onWritten(run.tokens.map(({ id }) => id));
    }
  }

  async *#found(opened: Opened, state: State, count: number): AsyncGenerator<Found> {
    const { model, speller, readChinese } = opened;
    const gates = gatesOf(state, state.model, this.#options.cards[state.model]);
    if (readChinese !== null) {
      const { characters } = readChinese(state.source);
      yield* translation(model, speller, state.source, { characters, decoding: state.decoding, gates });
    } else if (state.model === "writer") {
      yield* writing(model, speller, state.prompt, { ...state, gates, count, ...this.#keptOf(state) });
    } else {
      yield await filling(model, speller, partsOf(state.sentence), gates);
    }
  }

  /** What the writer goes on from: what stands there for these very inputs, else the tokens alone. */
  #keptOf(state: State): Pick<Parameters<typeof writing>[3], "kept" | "keptLooks" | "replay"> {
    const { run } = this.workOf(state);
    const isKept = run?.inputs === inputsOf(state, "writer") && isWritten(run, state);
    return isKept
      ? { kept: run.tokens, keptLooks: run.looks, replay: [] }
      : { kept: [], keptLooks: [], replay: state.written };
  }
}

/** Whether a writer's run is of the tokens that stand in the state. */
function isWritten({ model, tokens }: Run, { written }: State): boolean {
  return model !== "writer" || tokens.map(({ id }) => id).join() === written.join();
}
