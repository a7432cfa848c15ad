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
import { keepKeys } from "../shared/keyboard.js";
import { LiveRegion } from "../shared/liveregion.js";
import { coalesced, memo, trailing } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { onSchemeChange, readPalette, type Palette } from "../shared/theme.js";
import { Toolbar } from "../shared/toolbar.js";
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

const SYNC_DELAY = 120; // ms: a slider moves faster than a kernel listens
const SYNC_WHILE_RUNNING = 300; // ms
const SLICE = 12; // ms of training in a frame; the rest is for drawing
const STEPS_A_FRAME = 3;

class Trainer implements View {
  readonly #context: Context;
  readonly #root: HTMLElement;
  readonly #closing = new AbortController();
  readonly #redraw = coalesced(() => this.#draw());
  readonly #sync: ReturnType<typeof trailing>;
  readonly #session = new Session();
  readonly #live: LiveRegion;
  readonly #toolbar: Toolbar;
  readonly #texts: TextPart;
  readonly #strip: TextStrip;
  readonly #controls: ControlsPart;
  readonly #settings: SettingsPart;
  readonly #sides: readonly SidePart[];
  readonly #tabs: Segmented<Method>;
  readonly #words = element("select", { class: "attn-select" });
  readonly #columns = element("div", { class: "attn-w2v-sides" });
  readonly #ramp = memo((palette: Palette) => divergingRamp(palette));
  #palette: Palette | null = null;
  #frame: Frame | null = null;
  #hovered = -1;
  #isRunning = false;
  #lastSync = 0;
  /** The change that is being made is this view's own. */
  #isOwn = false;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { signal } = this.#closing;
    const { model, t } = context;
    this.#sync = trailing(() => model.save(), SYNC_DELAY);
    this.#live = new LiveRegion(signal);
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
    this.#toolbar = this.#makeToolbar();
    this.#columns.append(...this.#sides.map((side) => side.element));
    const card = element("div", { class: "attn-card" }, ...this.#makeSections());
    this.#root = element("div", { class: "attn attn-word2vec", lang: context.lang }, card);
    root.append(this.#root);
    this.#listen();
    this.#draw();
  }

  destroy(): void {
    this.#isRunning = false;
    this.#sync.flush();
    this.#redraw.cancel();
    this.#closing.abort();
    this.#root.remove();
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
    const { element: tools } = this.#toolbar;
    return [
      ...[this.#texts.element, this.#strip.element, this.#controls.element, this.#settings.element],
      ...[chooser, this.#columns, tools, this.#live.element],
    ];
  }

  #makeActions(): Actions {
    return {
      t: this.#context.t,
      signal: this.#closing.signal,
      change: (change) => this.#change(change),
      hover: (word) => {
        if (word !== this.#hovered) {
          this.#hovered = word;
          this.#redraw.request();
        }
      },
      wordOf: (id) => this.#frame?.corpus.words[id] ?? null,
      redraw: () => this.#redraw.request(),
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

  #makeToolbar(): Toolbar {
    const { t, shareLink } = this.#context;
    const save = saver(() => this.#frame, t);
    return new Toolbar({
      t,
      signal: this.#closing.signal,
      onReset: () => this.#reset(),
      code: () => programOf(this.#state, this.#frame?.corpus.words[this.#frame.followed] ?? ""),
      link: shareLink,
      exports: EXPORTS.map((name) => ({ label: t(`word2vec.export.${name}`), run: () => save(name) })),
    });
  }

  #listen(): void {
    const { model } = this.#context;
    const { signal } = this.#closing;
    const stops = Object.values(TRAITS).map((trait) => model.on(`change:${trait}`, () => this.#onChange()));
    signal.addEventListener("abort", () => stops.forEach((stop) => stop()));
    listen(this.#words, "change", signal, () => this.#change({ follow: this.#words.value }));
    onSchemeChange(() => {
      this.#palette = null;
      this.#redraw.request();
    }, signal);
    keepKeys(this.#root, signal);
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  #change(change: Change): void {
    const { model } = this.#context;
    this.#isOwn = true;
    for (const name of Object.keys(change) as (keyof State)[]) {
      model.set(TRAITS[name], change[name]);
    }
    this.#isOwn = false;
    this.#requestSync();
    this.#redraw.request();
  }

  /** While it runs, a kernel hears of it now and then; an address and all else a moment after the last change. */
  #requestSync(): void {
    const now = performance.now();
    const isHeard = this.#context.home === "kernel" && this.#isRunning;
    if (isHeard && now - this.#lastSync > SYNC_WHILE_RUNNING) {
      this.#lastSync = now;
      this.#context.model.save();
    }
    this.#sync.request();
  }

  #advance(count: number): void {
    this.#change({ steps: Math.min(MAX_STEPS, this.#state.steps + count), computed: false });
  }

  /** A change from the kernel or the address. */
  #onChange(): void {
    if (!this.#isOwn) {
      this.#isRunning = false;
      this.#redraw.request();
    }
  }

  #reset(): void {
    this.#isRunning = false;
    this.#texts.forget();
    this.#change(readDefaults(this.#context.model));
    this.#sync.flush();
  }

  #draw(): void {
    const state = this.#state;
    const work = this.#session.bring(state, SLICE);
    this.#isRunning &&= state.steps < MAX_STEPS && work.problem === null;
    const { words } = work.corpus;
    const followed = words.includes(state.follow) ? words.indexOf(state.follow) : words.length > 0 ? 0 : -1;
    const palette = (): Palette => (this.#palette ??= readPalette(this.#root));
    const ramp = (): Ramp => this.#ramp(palette());
    const frame: Frame = {
      ...work,
      state,
      isRunning: this.#isRunning,
      followed,
      looked: this.#hovered >= 0 && this.#hovered < words.length ? this.#hovered : followed,
      get palette() {
        return palette();
      },
      get ramp() {
        return ramp();
      },
    };
    this.#show(frame);
    if (!work.isThere) {
      this.#redraw.request();
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
    this.#toolbar.update();
    if (!frame.isRunning) {
      this.#live.say(() => describe(frame, this.#context.t));
    }
  }
}

export const mount: ViewFactory = (root, context) => new Trainer(root, context);
