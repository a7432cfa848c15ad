/**
 * The playground of models: the translator, the writer and the reader of the book, running in the page.
 *
 * The state holds what the reader can change; the session knows which result belongs to it. A change from any side ends
 * in the same redraw. Nothing is fetched before the reader types or presses something.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { sequentialRamp, type Ramp } from "../shared/colorscale.js";
import { element, setAttribute } from "../shared/dom.js";
import { keepKeys } from "../shared/keyboard.js";
import { LiveRegion } from "../shared/liveregion.js";
import { coalesced, memo, trailing } from "../shared/schedule.js";
import { onSchemeChange, readPalette, type Palette } from "../shared/theme.js";
import { Toolbar } from "../shared/toolbar.js";
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

const SYNC_DELAY = 120; // ms: a slider moves faster than a kernel listens

class Playground implements View {
  readonly #context: Context;
  readonly #root: HTMLElement;
  readonly #closing = new AbortController();
  readonly #redraw = coalesced(() => this.#draw());
  readonly #sync: ReturnType<typeof trailing>;
  readonly #session: Session;
  readonly #cards: Readonly<Record<ModelName, Card>>;
  readonly #live: LiveRegion;
  readonly #toolbar: Toolbar;
  readonly #asking: AskingPart;
  readonly #parts: readonly Part[];
  readonly #result = element("section", { class: "attn-outcome" });
  readonly #ramp = memo((palette: Palette) => sequentialRamp(palette));
  readonly #examples: Readonly<Partial<Record<ModelName, Run>>>;
  #palette: Palette | null = null;
  #frame: Frame | null = null;
  /** The picked token; -1 for the one that is picked by itself. */
  #picked = -1;
  /** What the writer's tokens were written for. */
  #writtenFor: string;
  /** The change that is being made is this view's own. */
  #isOwn = false;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { signal } = this.#closing;
    const { model } = context;
    this.#sync = trailing(() => model.save(), SYNC_DELAY);
    this.#cards = model.get<Record<ModelName, Card>>("cards");
    this.#examples = workedExamples(model.get("runs"), readState(model));
    this.#writtenFor = this.#examples.writer?.inputs ?? inputsOf(readState(model), "writer");
    this.#session = new Session({
      cards: this.#cards,
      models: context.models,
      examples: this.#examples,
      onChange: () => this.#redraw.request(),
      onWritten: (written) => this.#set({ written }),
    });
    this.#live = new LiveRegion(signal);
    const actions = this.#makeActions();
    this.#asking = new AskingPart({
      ...actions,
      examples: model.get<Record<ModelName, readonly string[]>>("examples"),
    });
    const answer = new AnswerPart(actions);
    const looking = new LookingPart(actions);
    const switching = new SwitchingPart(actions);
    this.#parts = [this.#asking, answer, looking, switching];
    this.#toolbar = this.#makeToolbar();
    this.#result.append(answer.element, looking.element);
    const heads = element("section", { class: "attn-switching" }, switching.element);
    const sections = [this.#asking.element, this.#result, heads, this.#toolbar.element, this.#live.element];
    const card = element("div", { class: "attn-card" }, ...sections);
    this.#root = element("div", { class: "attn attn-models", lang: context.lang }, card);
    root.append(this.#root);
    this.#dropStaleWriting();
    this.#listen();
    this.#draw();
  }

  destroy(): void {
    this.#sync.flush();
    this.#redraw.cancel();
    this.#session.close();
    this.#closing.abort();
    this.#root.remove();
  }

  #makeActions(): Actions {
    const { t, home } = this.#context;
    return {
      t,
      home,
      signal: this.#closing.signal,
      change: (change) => this.#change(change),
      look: (change) => this.#set(change),
      pick: (token) => {
        this.#picked = token;
        this.#redraw.request();
      },
      redraw: () => this.#redraw.request(),
      run: (count) => this.#session.run(this.#state, count),
      halt: () => this.#session.halt(),
      retry: () => this.#session.retry(this.#state),
      cut: () => void this.#cut(),
    };
  }

  #makeToolbar(): Toolbar {
    const { t, shareLink } = this.#context;
    const save = saver(() => this.#frame, t);
    return new Toolbar({
      t,
      signal: this.#closing.signal,
      onReset: () => this.#reset(),
      code: () => programOf(this.#state, this.#frame?.run?.tokens.length ?? 0),
      link: shareLink,
      exports: EXPORTS.map((name) => ({ label: t(`models.export.${name}`), run: () => save(name) })),
    });
  }

  #listen(): void {
    const { model } = this.#context;
    const { signal } = this.#closing;
    const stops = Object.values(TRAITS).map((trait) => model.on(`change:${trait}`, () => this.#onChange()));
    signal.addEventListener("abort", () => stops.forEach((stop) => stop()));
    onSchemeChange(() => {
      this.#palette = null;
      this.#redraw.request();
    }, signal);
    keepKeys(this.#root, signal);
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  /** Changes the state without running anything. */
  #set(change: Change): void {
    const { model } = this.#context;
    const names = Object.keys(change) as (keyof State)[];
    if (names.includes("model")) {
      this.#picked = -1;
      this.#session.halt();
    }
    this.#isOwn = true;
    names.forEach((name) => model.set(TRAITS[name], change[name]));
    this.#isOwn = false;
    this.#writtenFor = inputsOf(this.#state, "writer");
    this.#sync.request();
    this.#redraw.request();
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
  #onChange(): void {
    if (this.#isOwn) {
      return;
    }
    this.#dropStaleWriting();
    const isThere = this.#session.modelState(this.#state.model).phase === "ready";
    if ((isThere || this.#context.home === "kernel") && !this.#session.isCurrent(this.#state)) {
      this.#session.run(this.#state);
    }
    this.#redraw.request();
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
    this.#sync.flush();
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
    const palette = (): Palette => (this.#palette ??= readPalette(this.#root));
    const ramp = (): Ramp => this.#ramp(palette());
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
        return palette();
      },
      get ramp() {
        return ramp();
      },
    };
    this.#frame = frame;
    this.#parts.forEach((part) => part.draw?.(frame));
    this.#parts.forEach((part) => part.update(frame));
    setAttribute(this.#result, "aria-busy", String(isBusy));
    this.#toolbar.update();
    this.#live.say(() => describe(frame, this.#context.t));
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
