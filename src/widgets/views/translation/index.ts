/**
 * The explorer of translations: the book's translator, one step at a time, with every choice and every row of attention
 * open to the reader.
 *
 * The whole translation is computed at once, in the worker; how many of its steps are shown is the reader's to say. So
 * a step is a redraw, and what was not computed anew is never in doubt.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import type { Card } from "../models/state.js";
import { sequentialRamp, type Ramp } from "../shared/colorscale.js";
import { element, setAttribute } from "../shared/dom.js";
import { memo } from "../shared/schedule.js";
import { Shell, type Tools } from "../shared/shell.js";
import type { Palette } from "../shared/theme.js";
import { AskingPart } from "./asking.js";
import { ChoosingPart } from "./choosing.js";
import { describe } from "./describe.js";
import { EXPORTS, save } from "./exports.js";
import type { Actions, Frame, Part } from "./frame.js";
import { LookingPart } from "./looking.js";
import { programOf, type Told } from "./pythoncode.js";
import { shownOf, workedExample, type Shown, type StoredRun } from "./run.js";
import { Session } from "./session.js";
import { attentionOf, readDefaults, readState, TRAITS, type Change, type State } from "./state.js";
import { TreePart } from "./tree.js";
import { WritingPart } from "./writing.js";

const PACE = 450; // ms between two steps of a run

class TranslationExplorer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #session: Session;
  readonly #card: Card;
  readonly #asking: AskingPart;
  readonly #parts: readonly Part[];
  readonly #outcome = element("section", { class: "attn-trl-outcome" });
  readonly #ramp = memo((palette: Palette) => sequentialRamp(palette));
  readonly #shown = memo(shownOf);
  #frame: Frame | null = null;
  /** The step that is looked at; -1 for the one that is picked by itself. */
  #picked = -1;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model } = context;
    this.#shell = new Shell({
      ...{ context, name: "attn-trl", traits: TRAITS, draw: () => this.#draw() },
      onOutside: () => this.#onOutside(),
    });
    this.#card = model.get<Card>("card");
    const stored = model.get<StoredRun | null>("example");
    this.#session = new Session({
      card: this.#card,
      models: context.models,
      example: stored === null ? null : workedExample(stored),
      onChange: this.#shell.redraw,
    });
    const actions = this.#makeActions();
    this.#asking = new AskingPart(actions, model.get<readonly string[]>("examples"));
    const writing = new WritingPart(actions);
    const choosing = new ChoosingPart(actions);
    const looking = new LookingPart(actions);
    const tree = new TreePart(actions);
    this.#parts = [this.#asking, writing, choosing, looking, tree];
    this.#outcome.append(choosing.element, looking.element, looking.panel);
    const sections = [this.#asking.element, writing.element, this.#outcome, tree.element];
    this.#shell.open(root, sections, this.#makeTools());
  }

  destroy(): void {
    this.#stop();
    this.#session.close();
    this.#shell.close();
  }

  #makeActions(): Actions {
    const { t, home } = this.#context;
    return {
      ...{ t, home, signal: this.#shell.signal, redraw: this.#shell.redraw },
      change: (change) => this.#change(change),
      look: (change) => this.#shell.set(change),
      pick: (step) => this.#pick(step),
      choose: (step, id) => this.#choose(step, id),
      unchoose: (step) => this.#unchoose(step),
      go: (to) => this.#go(to),
      toggleRun: () => (this.#timer === null ? this.#start() : this.#stop()),
      translate: () => {
        if (this.#asking.take()) {
          this.#session.run(this.#state);
          this.#start();
        }
      },
      cut: () => {
        const text = this.#session.cut(this.#state);
        this.#asking.forget();
        this.#change({ text });
      },
    };
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#state, this.#told()),
      exports: EXPORTS.map((name) => ({
        label: t(`translation.export.${name}`),
        run: () => {
          if (this.#frame !== null) {
            save(name, this.#frame, t);
          }
        },
      })),
    };
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  #shownNow(): Shown {
    const state = this.#state;
    return this.#shown(this.#session.outcomeOf(state).run, state.steps);
  }

  /** What the program under "Python" is told of the screen. */
  #told(): Told {
    const { run } = this.#session.outcomeOf(this.#state);
    const { steps, tokens, rows } = this.#shownNow();
    const attention = attentionOf(this.#state, this.#card);
    const [source, { heads }] = [run?.read.length ?? 0, this.#card];
    const picked = this.#pickedOf(rows.length);
    return { steps, tokens: tokens.map(({ id }) => id), rows: rows.length, picked, source, heads, attention };
  }

  /** The step that is looked at: the reader's, else the newest, and of a finished text the first. */
  #pickedOf(rows: number): number {
    const last = Math.max(0, rows - 1);
    if (this.#picked >= 0) {
      return Math.min(this.#picked, last);
    }
    return this.#state.steps === null ? 0 : last;
  }

  #change(change: Change): void {
    if ("text" in change) {
      this.#stop();
      this.#picked = -1;
    }
    this.#shell.set(change);
    this.#session.run(this.#state);
  }

  #pick(step: number): void {
    this.#picked = step;
    this.#shell.redraw();
  }

  /** What was chosen later belonged to another text: it goes. A token that was to come is written with the choice. */
  #choose(step: number, id: number): void {
    const state = this.#state;
    const { tokens, total } = this.#shownNow();
    this.#stop();
    if (tokens.at(step)?.id === id) {
      this.#unchoose(step);
      return;
    }
    const kept = Object.entries(state.forced).filter(([at]) => Number(at) < step);
    this.#picked = step;
    const isNext = step === tokens.length && state.steps !== null;
    const steps = isNext ? Math.min(step + 1, total) : state.steps;
    this.#change({ forced: { ...Object.fromEntries(kept), [step]: id }, steps });
  }

  #unchoose(step: number): void {
    const { forced } = this.#state;
    if (Object.hasOwn(forced, String(step))) {
      this.#picked = step;
      this.#change({
        forced: Object.fromEntries(Object.entries(forced).filter(([at]) => Number(at) !== step)),
      });
    }
  }

  #go(to: "start" | "back" | "step"): void {
    this.#stop();
    if (to === "step") {
      this.#step();
      return;
    }
    this.#picked = -1;
    this.#shell.set({ steps: to === "start" ? 0 : Math.max(0, this.#shownNow().steps - 1) });
  }

  /** One step more. The last one of a finished translation is "all of them". */
  #step(): boolean {
    const state = this.#state;
    const { isCurrent } = this.#session.outcomeOf(state);
    const { steps, total } = this.#shownNow();
    if (!isCurrent && !this.#session.isBusy) {
      this.#session.run(state);
    }
    if (!isCurrent || (this.#session.isBusy && steps >= total)) {
      return true; // it is still being computed
    }
    this.#picked = -1;
    const isLast = steps + 1 >= total && !this.#session.isBusy;
    this.#shell.set({ steps: isLast ? null : steps + 1 });
    return !isLast;
  }

  #start(): void {
    this.#stop();
    const tick = (): void => {
      const { phase } = this.#session.modelState;
      const { isCurrent, problem } = this.#session.outcomeOf(this.#state);
      const isLost = phase === "failed" || (isCurrent && problem !== null);
      if (isLost || !this.#step()) {
        this.#stop();
      }
    };
    this.#timer = setInterval(tick, PACE);
    tick();
    this.#shell.redraw();
  }

  #stop(): void {
    if (this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
      this.#shell.redraw();
    }
  }

  /** A change from the kernel or the address. A kernel means it; an address may have been followed by chance. */
  #onOutside(): void {
    const session = this.#session;
    const { isCurrent } = session.outcomeOf(this.#state);
    const isThere = session.modelState.phase === "ready";
    if (isCurrent && session.isElsewhere(this.#state)) {
      session.halt(); // back to what is there: what was on its way is not asked for any more
    } else if (!isCurrent && (isThere || this.#context.home === "kernel")) {
      session.run(this.#state);
    }
  }

  #reset(): void {
    this.#stop();
    this.#session.halt();
    this.#asking.forget();
    this.#picked = -1;
    this.#shell.set(readDefaults(this.#context.model));
    this.#shell.flush();
  }

  #draw(): void {
    const state = this.#state;
    const outcome = this.#session.outcomeOf(state);
    const shell = this.#shell;
    const ramp = (): Ramp => this.#ramp(shell.palette);
    const shown = this.#shown(outcome.run, state.steps);
    const frame: Frame = {
      ...{ state, shown, card: this.#card, ...outcome },
      isBusy: this.#session.isBusy,
      isRunning: this.#timer !== null,
      modelState: this.#session.modelState,
      picked: this.#pickedOf(shown.rows.length),
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
    setAttribute(this.#outcome, "aria-busy", String(frame.isBusy));
    shell.finish(() => describe(frame, this.#context.t));
  }
}

export const mount: ViewFactory = (root, context) => new TranslationExplorer(root, context);
