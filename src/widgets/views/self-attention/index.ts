/**
 * The self-attention explorer: a sentence, the four steps from scores to outputs, and one word to follow.
 *
 * The model holds what the reader can change; a change from any side, a click, the kernel or the address, ends in the
 * same redraw. Each part keeps its own elements and compares what it is given with what it shows.
 */

import type { Attention } from "../../engine/attention.js";
import type { Context, View, ViewFactory } from "../../host/context.js";
import { divergingRamp, sequentialRamp, weightScale, type Ramp } from "../shared/colorscale.js";
import { element } from "../shared/dom.js";
import { memo } from "../shared/schedule.js";
import { Shell, type Tools } from "../shared/shell.js";
import { TableLoader } from "../shared/tableloader.js";
import type { Palette } from "../shared/theme.js";
import { ArithmeticPart } from "./arithmetic.js";
import { ControlsPart } from "./controls.js";
import { describe } from "./describe.js";
import { saver } from "./download.js";
import { FigurePart } from "./figure.js";
import { FollowPart } from "./follow.js";
import { hiddenRowOf, MANY_WORDS, type Actions, type Frame, type Part, type Ui } from "./frame.js";
import { programOf } from "./pythoncode.js";
import { readOwnWords, readText, type Reading } from "./reading.js";
import { sceneMaker, type SceneMaker } from "./scene.js";
import { SentencePart } from "./sentence.js";
import { readDefaults, readState, TRAITS, withSentence, type Change, type State } from "./state.js";
import { StepTabs } from "./steps.js";

class Explorer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #loader: TableLoader;
  readonly #sentence: SentencePart;
  readonly #parts: readonly Part[];
  readonly #sceneOf: SceneMaker;
  readonly #ramps = memo((palette: Palette) => ({
    sequential: sequentialRamp(palette),
    diverging: divergingRamp(palette),
  }));
  readonly #weightScale = memo((ramp: Ramp, { weights, n }: Attention) =>
    weightScale(ramp, weights, n, MANY_WORDS),
  );
  #ui: Ui = {
    step: "weights",
    hover: null,
    dimension: 0,
    prediction: { on: false, guess: -1 },
    numbers: "fit",
  };
  #frame: Frame | null = null;
  /** How the typed sentence was read; null for one that was not typed here. */
  #reading: { reading: Reading; tokens: readonly string[] } | null = null;
  /** A sentence that waits for the full table. */
  #waiting: string | null = null;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { t, model } = context;
    this.#shell = new Shell({
      ...{ context, name: "attn-self-attention", traits: TRAITS, draw: () => this.#draw() },
    });
    const { signal, redraw } = this.#shell;
    this.#loader = new TableLoader(context, () => this.#onTable());
    this.#sceneOf = sceneMaker(this.#loader.hasMore);
    const actions: Actions & { onResize: () => void; onFocus: () => void } = {
      t,
      signal,
      change: (change, continuous) => this.#change(change, continuous),
      look: (ui) => this.#look(ui),
      onResize: redraw,
      onFocus: () => this.#loader.need(),
    };
    this.#sentence = new SentencePart({
      ...actions,
      examples: model.get<string[] | null>("examples") ?? [],
      onType: (text) => this.#type(text),
      onRetry: () => this.#loader.need(),
      reading: () =>
        this.#reading?.tokens === this.#frame?.state.tokens ? (this.#reading?.reading ?? null) : null,
    });
    const follow = new FollowPart({ ...actions, fromTable: this.#loader.hasMore });
    const tabs = new StepTabs(actions);
    const controls = new ControlsPart(actions);
    const figure = new FigurePart({ ...actions, tabs });
    const arithmetic = new ArithmeticPart(actions);
    this.#parts = [this.#sentence, follow, tabs, controls, figure, arithmetic];
    const steps = element(
      "section",
      { class: "attn-computation" },
      tabs.element,
      controls.element,
      figure.element,
      arithmetic.element,
    );
    this.#listen();
    this.#shell.open(root, [this.#sentence.element, follow.element, steps], this.#makeTools());
  }

  destroy(): void {
    this.#loader.close();
    this.#shell.close();
  }

  #listen(): void {
    const { root, signal } = this.#shell;
    signal.addEventListener(
      "abort",
      this.#context.model.on("change:table", () => this.#loader.refresh()),
    );
    root.addEventListener("keydown", (event) => this.#onKey(event), { signal });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.#frame !== null && this.#frame.state.locked !== null) {
      this.#change({ locked: null });
    }
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    const save = saver(() => this.#frame, t);
    return {
      onReset: () => this.#reset(),
      code: () => this.#code(),
      exports: (["matrix-svg", "matrix-png", "follow-svg", "follow-png", "csv", "json"] as const).map(
        (name) => ({
          label: t(`self-attention.export.${name}`),
          run: () => save(name),
        }),
      ),
    };
  }

  /** Every change of the reader's goes through here. */
  #change(change: Change, continuous = false): void {
    const names = Object.keys(change) as (keyof State)[];
    if (names.some((name) => name === "tokens" || name === "follow" || name === "maps")) {
      this.#ui = { ...this.#ui, prediction: { ...this.#ui.prediction, guess: -1 }, hover: null };
    }
    if (names.length > 0) {
      this.#shell.set(change);
    }
    if (!continuous) {
      this.#shell.flush();
    }
  }

  #look(ui: Partial<Ui>): void {
    this.#ui = { ...this.#ui, ...ui };
    this.#shell.redraw();
  }

  #reset(): void {
    this.#waiting = null;
    this.#ui = {
      ...this.#ui,
      step: "weights",
      hover: null,
      numbers: "fit",
      prediction: { on: false, guess: -1 },
    };
    this.#change(readDefaults(this.#context.model));
    this.#sentence.forget();
  }

  /** Shows a typed sentence now, or as soon as the table that can split it is there. */
  #type(text: string): void {
    const { table, isFull, hasMore } = this.#loader;
    const reading = hasMore ? readText(text, table, isFull) : readOwnWords(text, table);
    this.#waiting = reading.certain ? null : text;
    if (!reading.certain) {
      this.#loader.need();
      return;
    }
    const change = withSentence(this.#stateNow(), reading.tokens);
    this.#change(change);
    this.#reading = { reading, tokens: this.#stateNow().tokens };
  }

  #onTable(): void {
    if (this.#waiting !== null && this.#loader.isFull) {
      this.#type(this.#waiting);
    }
    this.#shell.redraw();
  }

  #stateNow(): State {
    return readState(this.#context.model);
  }

  /** The state as far as the table has what it asks for; the rest stays as in the worked example until it is there. */
  #drawableState(): State {
    const state = this.#stateNow();
    const { table, loading } = this.#loader;
    const hasWords = [...state.tokens, ...state.poles.flat()].every((token) => table.has(token));
    const hasMaps = state.maps === "shared" || table.maps !== null;
    if ((!hasWords || !hasMaps) && loading.phase === "small") {
      this.#loader.need();
    }
    const example = hasWords ? {} : { ...readDefaults(this.#context.model), locked: null };
    const { maps } = state;
    return { ...state, ...example, divideBy: state.divideBy, maps: hasMaps ? maps : "shared" };
  }

  #draw(): void {
    const state = this.#drawableState();
    const { table, loading, isFull } = this.#loader;
    const { palette } = this.#shell;
    const ramps = this.#ramps(palette);
    const scene = this.#sceneOf(state, table);
    const frame: Frame = {
      state,
      scene,
      ui: this.#ui,
      palette,
      ramps,
      weightScale: scene.attention === null ? null : this.#weightScale(ramps.sequential, scene.attention),
      loading,
      hasMaps: table.maps !== null || !isFull,
      askedMaps: loading.phase === "failed" ? state.maps : this.#stateNow().maps,
      hiddenRow: hiddenRowOf(state, this.#ui),
    };
    this.#frame = frame;
    this.#parts.forEach((part) => part.draw?.(frame));
    this.#parts.forEach((part) => part.update(frame));
    this.#shell.finish(() => describe(frame, this.#context.t));
  }

  #code(): string {
    const frame = this.#frame;
    if (frame === null || frame.scene.n === 0) {
      return `# ${this.#context.t("self-attention.hint.empty")}`;
    }
    const dk = frame.scene.attention?.dk ?? frame.scene.table.dim;
    return programOf({ state: frame.state, dk, fromTable: this.#loader.isBooks(frame.state.maps) });
  }
}

export const mount: ViewFactory = (root, context) => new Explorer(root, context);
