/**
 * The Word2Vec trainer: CBOW and skip-gram side by side on a small text.
 *
 * The state holds what the reader can change; both matrices follow from it. A change from any side ends in the same
 * redraw, which lets the session train until it stands where the state wants it, a slice of time a frame.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { METHODS, type Method } from "../../engine/word2vec/run.js";
import { divergingRamp, type Ramp } from "../shared/colorscale.js";
import { element, listen, setAttribute } from "../shared/dom.js";
import { memo } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { Shell, type Tools } from "../shared/shell.js";
import type { Palette } from "../shared/theme.js";
import { ControlsPart, SettingsPart, type Training } from "./controls.js";
import { describe } from "./describe.js";
import { EXPORTS, saver } from "./exports.js";
import type { Actions, Frame } from "./frame.js";
import { programOf } from "./pythoncode.js";
import { Session } from "./session.js";
import { SidePart } from "./side.js";
import {
  MAX_STEPS,
  readDefaults,
  readState,
  TRAITS,
  type Change,
  type Example,
  type State,
} from "./state.js";
import { TextStrip } from "./strip.js";
import { TextPart } from "./texts.js";

const SYNC_WHILE_RUNNING = 300; // ms
const SLICE = 12; // ms of training in a frame; the rest is for drawing
const STEPS_A_FRAME = 3;

class Trainer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #session = new Session();
  readonly #texts: TextPart;
  readonly #strip: TextStrip;
  readonly #controls: ControlsPart;
  readonly #settings: SettingsPart;
  readonly #sides: readonly SidePart[];
  readonly #tabs: Segmented<Method>;
  readonly #words = element("select", { class: "attn-select" });
  readonly #columns = element("div", { class: "attn-w2v-sides" });
  readonly #ramp = memo((palette: Palette) => divergingRamp(palette));
  #frame: Frame | null = null;
  #hovered = -1;
  #isRunning = false;
  #lastSync = 0;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model, t } = context;
    this.#shell = new Shell({
      ...{ context, name: "attn-word2vec", traits: TRAITS, draw: () => this.#draw() },
      onOutside: () => (this.#isRunning = false),
    });
    const { signal } = this.#shell;
    const actions = this.#makeActions();
    this.#texts = new TextPart(actions, model.get<readonly Example[]>("examples"));
    this.#strip = new TextStrip(actions);
    this.#controls = new ControlsPart(actions, this.#makeTraining());
    this.#settings = new SettingsPart(actions);
    this.#sides = METHODS.map((method) => new SidePart(method, actions));
    this.#tabs = new Segmented<Method>({
      label: t("word2vec.side"),
      choices: METHODS.map((value) => ({ value, content: [t(`word2vec.name.${value}`)] })),
      onPick: (side) => this.#change({ side }),
      signal,
    });
    this.#tabs.element.classList.add("attn-w2v-tabs");
    this.#columns.append(...this.#sides.map((side) => side.element));
    listen(this.#words, "change", signal, () => this.#change({ follow: this.#words.value }));
    this.#shell.open(root, this.#makeSections(), this.#makeTools());
  }

  destroy(): void {
    this.#isRunning = false;
    this.#shell.close();
  }

  #makeSections(): HTMLElement[] {
    const { t } = this.#context;
    const followed = element(
      "label",
      { class: "attn-w2v-follow" },
      element("span", { class: "attn-quiet" }, t("word2vec.follow")),
      this.#words,
    );
    const chooser = element("div", { class: "attn-w2v-chooser" }, this.#tabs.element, followed);
    const parts = [this.#texts, this.#strip, this.#controls, this.#settings].map((part) => part.element);
    return [...parts, chooser, this.#columns];
  }

  #makeActions(): Actions {
    return {
      t: this.#context.t,
      signal: this.#shell.signal,
      change: (change) => this.#change(change),
      hover: (word) => {
        if (word !== this.#hovered) {
          this.#hovered = word;
          this.#shell.redraw();
        }
      },
      wordOf: (id) => this.#frame?.corpus.words[id] ?? null,
      redraw: this.#shell.redraw,
    };
  }

  #makeTraining(): Training {
    return {
      compute: () => this.#change({ computed: true }),
      apply: () => this.#advance(1),
      step: (count) => this.#advance(count),
      toggle: () => {
        this.#isRunning = !this.#isRunning;
        this.#change({ computed: false });
      },
      restart: () => {
        this.#isRunning = false;
        this.#change({ steps: 0, computed: false });
      },
    };
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    const save = saver(() => this.#frame, t);
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#state, this.#frame?.corpus.words[this.#frame.followed] ?? ""),
      exports: EXPORTS.map((name) => ({ label: t(`word2vec.export.${name}`), run: () => save(name) })),
    };
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  #change(change: Change): void {
    this.#shell.set(change);
    this.#syncWhileRunning();
  }

  /** While it runs, a kernel hears of it now and then; an address and all else a moment after the last change. */
  #syncWhileRunning(): void {
    const now = performance.now();
    const isHeard = this.#context.home === "kernel" && this.#isRunning;
    if (isHeard && now - this.#lastSync > SYNC_WHILE_RUNNING) {
      this.#lastSync = now;
      this.#context.model.save();
    }
  }

  #advance(count: number): void {
    this.#change({ steps: Math.min(MAX_STEPS, this.#state.steps + count), computed: false });
  }

  #reset(): void {
    this.#isRunning = false;
    this.#texts.forget();
    this.#change(readDefaults(this.#context.model));
    this.#shell.flush();
  }

  #draw(): void {
    const state = this.#state;
    const work = this.#session.bring(state, SLICE);
    this.#isRunning &&= state.steps < MAX_STEPS && work.problem === null;
    const { words } = work.corpus;
    const followed = words.includes(state.follow) ? words.indexOf(state.follow) : words.length > 0 ? 0 : -1;
    const shell = this.#shell;
    const ramp = (): Ramp => this.#ramp(shell.palette);
    const frame: Frame = {
      ...work,
      state,
      isRunning: this.#isRunning,
      followed,
      looked: this.#hovered >= 0 && this.#hovered < words.length ? this.#hovered : followed,
      get palette() {
        return shell.palette;
      },
      get ramp() {
        return ramp();
      },
    };
    this.#show(frame);
    if (!work.isThere) {
      this.#shell.redraw();
    } else if (this.#isRunning) {
      this.#advance(STEPS_A_FRAME);
    }
  }

  #show(frame: Frame): void {
    const { state } = frame;
    const isOther = this.#frame?.corpus !== frame.corpus;
    this.#frame = frame;
    this.#sides.forEach((side) => side.draw(frame));
    this.#sides.forEach((side) => side.update(frame));
    this.#texts.update(frame);
    this.#strip.update(frame);
    this.#controls.update(frame);
    this.#settings.update(frame);
    this.#tabs.set(state.side);
    setAttribute(this.#columns, "data-side", state.side);
    setAttribute(this.#columns, "aria-busy", String(!frame.isThere));
    if (isOther) {
      this.#words.replaceChildren(
        ...frame.corpus.words.map((word) => element("option", { value: word }, word)),
      );
    }
    this.#words.value = frame.corpus.words[frame.followed] ?? "";
    this.#shell.finish(frame.isRunning ? null : () => describe(frame, this.#context.t));
  }
}

export const mount: ViewFactory = (root, context) => new Trainer(root, context);
