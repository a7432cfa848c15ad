/**
 * The playground of models: the translator, the writer and the reader of the book, running in the page.
 *
 * The state holds what the reader can change; the session knows which result belongs to it. A change from any side ends
 * in the same redraw. Nothing is fetched before the reader types or presses something.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { sequentialRamp, type Ramp } from "../shared/colorscale.js";
import { element, setAttribute } from "../shared/dom.js";
import { memo } from "../shared/schedule.js";
import { Shell, type Tools } from "../shared/shell.js";
import type { Palette } from "../shared/theme.js";
import { AnswerPart } from "./answer.js";
import { AskingPart } from "./asking.js";
import { describe } from "./describe.js";
import { EXPORTS, saver } from "./exports.js";
import type { Actions, Frame, Part } from "./frame.js";
import { LookingPart } from "./looking.js";
import { programOf } from "./pythoncode.js";
import { workedExamples, type Run } from "./run.js";
import { Session } from "./session.js";
import {
  inputsOf,
  readDefaults,
  readState,
  TEXTS,
  TRAITS,
  type Card,
  type Change,
  type ModelName,
  type State,
} from "./state.js";
import { SwitchingPart } from "./switching.js";

class Playground implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #session: Session;
  readonly #cards: Readonly<Record<ModelName, Card>>;
  readonly #asking: AskingPart;
  readonly #parts: readonly Part[];
  readonly #result = element("section", { class: "attn-outcome" });
  readonly #ramp = memo((palette: Palette) => sequentialRamp(palette));
  readonly #examples: Readonly<Partial<Record<ModelName, Run>>>;
  #frame: Frame | null = null;
  /** The picked token; -1 for the one that is picked by itself. */
  #picked = -1;
  /** What the writer's tokens were written for. */
  #writtenFor: string;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model } = context;
    this.#shell = new Shell({
      ...{ context, name: "attn-models", traits: TRAITS, draw: () => this.#draw() },
      onOutside: () => this.#onOutside(),
    });
    this.#cards = model.get<Record<ModelName, Card>>("cards");
    this.#examples = workedExamples(model.get("runs"), readState(model));
    this.#writtenFor = this.#examples.writer?.inputs ?? inputsOf(readState(model), "writer");
    this.#session = new Session({
      cards: this.#cards,
      models: context.models,
      examples: this.#examples,
      onChange: this.#shell.redraw,
      onWritten: (written) => this.#set({ written }),
    });
    const actions = this.#makeActions();
    this.#asking = new AskingPart({
      ...actions,
      examples: model.get<Record<ModelName, readonly string[]>>("examples"),
    });
    const answer = new AnswerPart(actions);
    const looking = new LookingPart(actions);
    const switching = new SwitchingPart(actions);
    this.#parts = [this.#asking, answer, looking, switching];
    this.#result.append(answer.element, looking.element);
    const heads = element("section", { class: "attn-switching" }, switching.element);
    this.#dropStaleWriting();
    this.#shell.open(root, [this.#asking.element, this.#result, heads], this.#makeTools());
  }

  destroy(): void {
    this.#session.close();
    this.#shell.close();
  }

  #makeActions(): Actions {
    const { t, home } = this.#context;
    return {
      t,
      home,
      signal: this.#shell.signal,
      change: (change) => this.#change(change),
      look: (change) => this.#set(change),
      pick: (token) => {
        this.#picked = token;
        this.#shell.redraw();
      },
      redraw: this.#shell.redraw,
      run: (count) => this.#session.run(this.#state, count),
      halt: () => this.#session.halt(),
      retry: () => this.#session.retry(this.#state),
      cut: () => void this.#cut(),
    };
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    const save = saver(() => this.#frame, t);
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#state, this.#frame?.run?.tokens.length ?? 0),
      exports: EXPORTS.map((name) => ({ label: t(`models.export.${name}`), run: () => save(name) })),
    };
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  /** Changes the state without running anything. */
  #set(change: Change): void {
    if ("model" in change) {
      this.#picked = -1;
      this.#session.halt();
    }
    this.#shell.set(change);
    this.#writtenFor = inputsOf(this.#state, "writer");
  }

  /** A change of the reader's: the model runs for it. What a writer wrote for something else is written anew. */
  #change(change: Change): void {
    const before = inputsOf(this.#state, "writer");
    const count = "prompt" in change ? 0 : this.#state.written.length;
    const { busy } = this.#session;
    this.#set(change);
    this.#picked = -1;
    if (busy === "writer") {
      this.#session.halt();
    }
    const isAnew = this.#state.model === "writer" && inputsOf(this.#state, "writer") !== before;
    if (isAnew) {
      this.#set({ written: [] });
    }
    this.#session.run(this.#state, isAnew ? count : 0);
  }

  /** A change from the kernel or the address. A kernel means it; an address may have been followed by chance. */
  #onOutside(): void {
    this.#dropStaleWriting();
    const isThere = this.#session.modelState(this.#state.model).phase === "ready";
    if ((isThere || this.#context.home === "kernel") && !this.#session.isCurrent(this.#state)) {
      this.#session.run(this.#state);
    }
  }

  /** An address carries what the writer was asked with, not what it wrote. */
  #dropStaleWriting(): void {
    const { home } = this.#context;
    if (home === "book" && inputsOf(this.#state, "writer") !== this.#writtenFor) {
      this.#set({ written: [] });
    }
  }

  #reset(): void {
    this.#session.halt();
    this.#asking.forget();
    this.#picked = -1;
    const written = this.#examples.writer?.tokens.map(({ id }) => id) ?? [];
    this.#set({ ...readDefaults(this.#context.model), written });
    this.#shell.flush();
  }

  async #cut(): Promise<void> {
    const { model } = this.#state;
    const text = await this.#session.cut(this.#state);
    this.#asking.forget();
    this.#change({ [TEXTS[model]]: text });
  }

  #draw(): void {
    const state = this.#state;
    const { run, problem, notes } = this.#session.workOf(state);
    const shell = this.#shell;
    const ramp = (): Ramp => this.#ramp(shell.palette);
    const isBusy = this.#session.busy === state.model;
    const frame: Frame = {
      state,
      card: this.#cards[state.model],
      run,
      problem,
      notes,
      isCurrent: this.#session.isCurrent(state),
      isExample: this.#session.isExample(run),
      isBusy,
      modelState: this.#session.modelState(state.model),
      picked: pickedOf(run, this.#picked, isBusy),
      get palette() {
        return shell.palette;
      },
      get ramp() {
        return ramp();
      },
    };
    this.#frame = frame;
    this.#parts.forEach((part) => part.draw?.(frame));
    this.#parts.forEach((part) => part.update(frame));
    setAttribute(this.#result, "aria-busy", String(isBusy));
    this.#shell.finish(() => describe(frame, this.#context.t));
  }
}

/** The token that is looked at: the reader's choice, the newest while it is written, what a writer writes next. */
function pickedOf(run: Run | null, picked: number, isBusy: boolean): number {
  const count = run?.tokens.length ?? 0;
  if (picked >= 0 && picked <= count) {
    return picked;
  }
  if (run?.model === "writer") {
    return run.next === null ? count - 1 : count;
  }
  return isBusy ? Math.max(0, count - 1) : 0;
}

export const mount: ViewFactory = (root, context) => new Playground(root, context);
