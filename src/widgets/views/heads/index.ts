/**
 * The explorer of heads: all heads of a model at work on the reader's own text, each with its switch, and one attention
 * cut into its heads and put together again.
 *
 * The state holds what the reader can change; the session knows which look belongs to it. Nothing is fetched before the
 * reader types or presses something.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { TEXTS, type ModelName } from "../models/state.js";
import { divergingRamp, sequentialRamp, type Ramp } from "../shared/colorscale.js";
import { element, setAttribute } from "../shared/dom.js";
import { memo } from "../shared/schedule.js";
import { Shell, type Tools } from "../shared/shell.js";
import type { Palette } from "../shared/theme.js";
import { AskingPart } from "./asking.js";
import { describe } from "./describe.js";
import { EXPORTS, save } from "./exports.js";
import type { Actions, Frame, Part } from "./frame.js";
import { GridPart } from "./grid.js";
import { Labels, type Look, type StoredLook } from "./look.js";
import { OpenedPart } from "./opened.js";
import { OutcomePart } from "./outcome.js";
import { programOf } from "./pythoncode.js";
import { HeadsSession } from "./session.js";
import { afterPaint } from "./slices.js";
import { SplitPart } from "./split.js";
import {
  headOf,
  openedOf,
  readDefaults,
  readState,
  TRAITS,
  type Card,
  type Change,
  type State,
} from "./state.js";

class MultiHeadExplorer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #session: HeadsSession;
  readonly #cards: Readonly<Record<ModelName, Card>>;
  readonly #asking: AskingPart;
  readonly #parts: readonly Part[];
  readonly #heads: HTMLElement;
  readonly #split: SplitPart;
  readonly #ramp = memo((palette: Palette) => sequentialRamp(palette));
  readonly #signedRamp = memo((palette: Palette) => divergingRamp(palette));
  readonly #labels = memo((look: Look | null) => new Labels(look));
  #frame: Frame | null = null;
  /** Colors and scales are known: pictures can be made. */
  #isWarm = false;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model } = context;
    this.#shell = new Shell({
      ...{ context, name: "attn-mh", traits: TRAITS, draw: () => this.#draw() },
      onOutside: () => this.#onOutside(),
    });
    this.#cards = model.get<Record<ModelName, Card>>("cards");
    this.#session = new HeadsSession({
      cards: this.#cards,
      models: context.models,
      runs: model.get<Partial<Record<ModelName, StoredLook>>>("runs"),
      onChange: this.#shell.redraw,
    });
    const actions = this.#makeActions();
    this.#asking = this.#makeAsking(actions);
    const [outcome, opened, grid] = [
      new OutcomePart(actions),
      new OpenedPart(actions),
      new GridPart(actions),
    ];
    this.#split = new SplitPart(actions);
    this.#parts = [this.#asking, outcome, opened, grid, this.#split];
    const main = element("section", { class: "attn-mh-main" }, outcome.element, opened.element);
    this.#heads = element("div", { class: "attn-mh-heads" }, main, grid.element);
    this.#shell.open(root, [this.#asking.element, this.#heads, this.#split.element], this.#makeTools());
    this.#warmUp();
  }

  destroy(): void {
    this.#session.close();
    this.#shell.close();
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  #makeActions(): Actions {
    const { t } = this.#context;
    return {
      t,
      signal: this.#shell.signal,
      show: (change) => this.#show(change),
      change: (change) => this.#change(change),
      redraw: this.#shell.redraw,
    };
  }

  #makeAsking(actions: Actions): AskingPart {
    const { home, model } = this.#context;
    return new AskingPart({
      ...actions,
      home,
      examples: model.get<Record<ModelName, readonly string[]>>("examples"),
      change: (change) => this.#change(change),
      run: () => this.#session.run(this.#state),
      cut: () => void this.#cut(),
    });
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#state, this.#cards[this.#state.model]),
      exports: EXPORTS.map((name) => ({
        label: t(`heads.export.${name}`),
        run: () => {
          if (this.#frame !== null) {
            save(name, this.#frame, t);
          }
        },
      })),
    };
  }

  #show(change: Change): void {
    if ("model" in change) {
      this.#session.halt();
    }
    this.#shell.set(change);
  }

  /** A change of what is computed: the model looks anew, unless the worked example already tells. */
  #change(change: Change): void {
    this.#shell.set(change);
    if (this.#session.isCurrent(this.#state)) {
      this.#session.halt();
    } else {
      this.#session.run(this.#state);
    }
  }

  /** A change from the kernel or the address. A kernel means it; an address may have been followed by chance. */
  #onOutside(): void {
    const state = this.#state;
    const isKernel = this.#context.home === "kernel";
    const isThere = this.#session.modelState(state.model).phase === "ready";
    const isCut = state.view === "split" && this.#session.partsOf(state) === null;
    if ((isThere || isKernel) && !this.#session.isCurrent(state)) {
      this.#session.run(state);
    } else if (isKernel && !isThere && isCut) {
      this.#session.run(state); // the example's numbers are those of one attention
    }
  }

  #reset(): void {
    this.#session.halt();
    this.#asking.forget();
    this.#shell.set(readDefaults(this.#context.model));
    this.#shell.flush();
  }

  async #cut(): Promise<void> {
    const { model } = this.#state;
    const text = await this.#session.cut(this.#state);
    this.#asking.forget();
    this.#change({ [TEXTS[model]]: text });
  }

  #frameOf(state: State): Frame {
    const { look, problem, notes } = this.#session.workOf(state);
    const card = this.#cards[state.model];
    const shell = this.#shell;
    const ramps = { plain: this.#ramp, signed: this.#signedRamp };
    return {
      ...{ state, card, look, problem, notes },
      labels: this.#labels(look),
      parts: state.view === "split" ? this.#session.partsOf(state) : null,
      attention: openedOf(state, card),
      head: headOf(state, card),
      isCurrent: this.#session.isCurrent(state),
      isExample: this.#session.isExample(state),
      isBusy: this.#session.busy === state.model,
      modelState: this.#session.modelState(state.model),
      get palette() {
        return shell.palette;
      },
      get ramp(): Ramp {
        return ramps.plain(shell.palette);
      },
      get signedRamp(): Ramp {
        return ramps.signed(shell.palette);
      },
    };
  }

  /** What the first pictures need is read after the words stand, a task each: together it would hold up a first click. */
  #warmUp(): void {
    const steps = [
      () => this.#ramp(this.#shell.palette),
      () => this.#signedRamp(this.#shell.palette),
      () => {
        this.#isWarm = true;
        this.#shell.redraw();
      },
    ];
    afterPaint(steps, this.#shell.signal);
  }

  #draw(): void {
    const frame = this.#frameOf(this.#state);
    this.#frame = frame;
    this.#heads.hidden = frame.state.view === "split";
    this.#split.element.hidden = frame.state.view === "heads";
    if (this.#isWarm) {
      this.#parts.forEach((part) => part.draw?.(frame));
    }
    this.#parts.forEach((part) => part.update(frame));
    setAttribute(this.#heads, "aria-busy", String(frame.isBusy));
    this.#shell.finish(() => describe(frame, this.#context.t));
  }
}

export const mount: ViewFactory = (root, context) => new MultiHeadExplorer(root, context);
