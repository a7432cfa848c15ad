/**
 * The explorer of masks: a mask to paint, and what follows from it in one head, in a graph, and in a real model.
 *
 * The scores of the first layer do not depend on the mask, so the pictures follow at once; the next token is asked of
 * the model, which is fetched when the reader first changes something.
 */

import { halfSoftmax, presetMask, textOf, type Mask } from "../../engine/masks.js";
import type { Edits } from "../../engine/model/trace.js";
import type { Context, View, ViewFactory } from "../../host/context.js";
import { divergingRamp, sequentialRamp } from "../shared/colorscale.js";
import { element, setAttribute } from "../shared/dom.js";
import { memo } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { Shell, type Tools } from "../shared/shell.js";
import type { Palette } from "../shared/theme.js";
import { AskingPart, type Examples } from "./asking.js";
import { describe } from "./describe.js";
import { EXPORTS, saver } from "./exports.js";
import type { Actions, Frame, Part, Ramps } from "./frame.js";
import { GraphPart } from "./graphpart.js";
import { MysteryPart } from "./mysterypart.js";
import { maskIn, numbersOf, rowOf } from "./numbers.js";
import { PaintPart } from "./paintpart.js";
import { PredictionPart } from "./prediction.js";
import { programOf } from "./pythoncode.js";
import { storedReadings, type Reading } from "./reading.js";
import { Session, type Wish } from "./session.js";
import { StepsPart } from "./steps.js";
import {
  modelOf,
  readDefaults,
  readState,
  shownOf,
  TRAITS,
  VIEWS,
  type Card,
  type Change,
  type ModelName,
  type Mystery,
  type State,
  type ViewName,
} from "./state.js";
import { TrainingPart } from "./trainingpart.js";

const MOST_UNDONE = 100;

class MaskExplorer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #session: Session;
  readonly #cards: Readonly<Record<ModelName, Card>>;
  readonly #mysteries: readonly Mystery[];
  readonly #asking: AskingPart;
  readonly #always: readonly Part[];
  readonly #views: Segmented<ViewName>;
  readonly #pictures: Readonly<Record<ViewName, Part>>;
  readonly #past: Change[] = [];
  readonly #ramps = memo((palette: Palette): Ramps => ({
    sequential: sequentialRamp(palette),
    diverging: divergingRamp(palette),
  }));
  #frame: Frame | null = null;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model, t } = context;
    this.#shell = new Shell({ context, name: "attn-masks", traits: TRAITS, draw: () => this.#draw() });
    this.#cards = model.get<Record<ModelName, Card>>("cards");
    this.#mysteries = model.get<readonly Mystery[]>("mysteries");
    this.#session = new Session({
      ...{ cards: this.#cards, models: context.models, onChange: this.#shell.redraw },
      examples: storedReadings(model.get("example")),
    });
    const actions = this.#makeActions();
    this.#asking = new AskingPart(actions, model.get<Examples>("examples"));
    const painting = new PaintPart(actions);
    const mystery = new MysteryPart(actions);
    const prediction = new PredictionPart(actions);
    this.#always = [this.#asking, painting, prediction, mystery];
    this.#pictures = {
      steps: new StepsPart(actions, painting.element),
      graph: new GraphPart({ ...actions, onResize: this.#shell.redraw }),
      training: new TrainingPart(actions),
    };
    this.#views = new Segmented<ViewName>({
      label: t("masks.views"),
      choices: VIEWS.map((value) => ({ value, content: [t(`masks.view.${value}`)] })),
      onPick: (view) => this.#shell.set({ view }),
      signal: this.#shell.signal,
    });
    const pictures = VIEWS.map((view) => this.#pictures[view].element);
    const views = element("div", { class: "attn-msk-views" }, this.#views.element);
    const shown = element("section", { class: "attn-msk-shown" }, views, ...pictures);
    const sections = [this.#asking.element, shown, prediction.element, mystery.element];
    this.#shell.open(root, sections, this.#makeTools());
  }

  destroy(): void {
    this.#session.close();
    this.#shell.close();
  }

  #makeActions(): Actions {
    return {
      t: this.#context.t,
      signal: this.#shell.signal,
      change: (change) => this.#change(change),
      mask: () => this.#mask(),
      paint: (cells, isOn, goesOn) => this.#paint(cells, isOn, goesOn),
      undo: () => this.#undo(),
      retry: () => this.#session.retry(this.#frame?.model ?? "writer"),
    };
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    const save = saver(() => this.#frame, t);
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#state, this.#frame?.row ?? 0),
      exports: EXPORTS.map((name) => ({ label: t(`masks.export.${name}`), run: () => save(name) })),
    };
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  /** A change that the reader can take back, if it changes the mask. */
  #change(change: Change, goesOn = false): void {
    const { preset, own, fault } = this.#state;
    if (!goesOn && ("preset" in change || "own" in change || "fault" in change)) {
      this.#past.push({ preset, own, fault });
      this.#past.splice(0, this.#past.length - MOST_UNDONE);
    }
    this.#shell.set(change);
  }

  #mask(): Mask | null {
    return this.#frame === null ? null : maskIn(this.#state, this.#mysteries, this.#frame.reading);
  }

  #paint(cells: readonly number[], isOn: boolean, goesOn = false): void {
    const mask = this.#mask();
    const value = isOn ? 1 : 0;
    const isNew = mask !== null && cells.some((cell) => mask.allowed[cell] !== value);
    if (!isNew || this.#state.mystery > 0) {
      return;
    }
    const allowed = mask.allowed.slice();
    cells.forEach((cell) => (allowed[cell] = value));
    // What was seen is what is painted on: a fault of the mask is part of it now.
    const fault = this.#state.fault === "half-precision" ? "half-precision" : "none";
    const preset = this.#frame?.model === "translator" ? "own-cross" : "own";
    this.#change({ preset, own: textOf({ ...mask, allowed }), fault }, goesOn);
  }

  #undo(): void {
    const before = this.#past.pop();
    if (before !== undefined) {
      this.#shell.set(before);
    }
  }

  #reset(): void {
    this.#past.length = 0;
    this.#asking.forget();
    this.#shell.set(readDefaults(this.#context.model));
    this.#shell.flush();
  }

  #draw(): void {
    const state = this.#state;
    const shown = shownOf(state, this.#mysteries);
    const model = modelOf(shown.preset);
    const text = state[model === "translator" ? "source" : "text"];
    const reading = this.#session.reading(model, text);
    if (reading === null) {
      return; // a page always has a worked example of each model
    }
    const row = rowOf(state, reading);
    const numbers = numbersOf(state, this.#mysteries, reading);
    const next = this.#next(state, shown, reading, numbers.mask, row);
    const shell = this.#shell;
    const ramps = (): Ramps => this.#ramps(shell.palette);
    const frame: Frame = {
      ...{ state, shown, model, reading, numbers, row, ...next },
      modelState: this.#session.state(model),
      problem: this.#session.problem(model, text),
      isRead: reading.text === text,
      isExample: this.#session.isExample(reading),
      plain: reading.plain[row] ?? [],
      training:
        state.view === "training" && model === "writer" ? this.#session.training(reading) : reading.training,
      canUndo: this.#past.length > 0,
      get palette() {
        return shell.palette;
      },
      get ramps() {
        return ramps();
      },
    };
    this.#frame = frame;
    for (const view of VIEWS) {
      setAttribute(this.#pictures[view].element, "hidden", view !== state.view);
    }
    this.#always.forEach((part) => part.update(frame));
    this.#pictures[state.view].update(frame);
    this.#views.set(state.view);
    shell.finish(() => describe(frame, this.#context.t));
  }

  /** The next tokens under the mask. Under the model's own they are known already. */
  #next(
    state: State,
    shown: Mystery,
    reading: Reading,
    mask: Mask,
    row: number,
  ): Pick<Frame, "candidates" | "isCurrent"> {
    const own = presetMask(reading.model === "translator" ? "none" : "causal", mask.Tq, mask.Tk, state);
    const isHalf = shown.fault === "half-precision";
    if (!isHalf && own.allowed.every((cell, place) => cell === mask.allowed[place])) {
      return { candidates: reading.plain[row] ?? [], isCurrent: true };
    }
    const sentinel = isHalf ? state.sentinel : "";
    const key = JSON.stringify([reading.model, reading.text, textOf(mask), row, sentinel]);
    const wish: Wish = { key, row, edits: this.#edits(reading, mask, sentinel) };
    return this.#session.candidates(reading, wish);
  }

  /** The mask in all layers; in half precision also the weights of the first, as they are on screen. */
  #edits(reading: Reading, mask: Mask, sentinel: string): Edits {
    const names = this.#session.maskedNames(reading.model);
    const { Tq, Tk, allowed } = mask;
    const masks = Object.fromEntries(names.map((name) => [name, { rows: Tq, columns: Tk, allowed }]));
    if (sentinel === "" || names.length === 0) {
      return { masks };
    }
    const rows = reading.scores.flatMap((scores, head) => {
      const { weights } = halfSoftmax(scores, mask, Number(sentinel));
      return reading.queries
        .map((_, query) => ({ head, query, weights: weights.subarray(query * Tk, (query + 1) * Tk) }))
        .filter((edit) => edit.weights.every(Number.isFinite));
    });
    return { masks, rows: { [names[0]]: rows } };
  }
}

export const mount: ViewFactory = (root, context) => new MaskExplorer(root, context);
