/** What moves the training, and what it is done with. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { Segmented } from "../shared/segmented.js";
import type { Actions, Frame } from "./frame.js";
import {
  DIMS,
  isWaiting,
  MAX_NEGATIVES,
  MAX_SEED,
  MAX_STEPS,
  MAX_WINDOW,
  RATES,
  type Change,
  type State,
} from "./state.js";

export const TEN = 10;

/** What the buttons do. */
export interface Training {
  compute: () => void;
  apply: () => void;
  step: (count: number) => void;
  toggle: () => void;
  restart: () => void;
}

type ButtonName = keyof Training | "ten";

export class ControlsPart {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #buttons: Record<ButtonName, HTMLButtonElement>;
  readonly #count = element("p", { class: "attn-w2v-count" });

  constructor(actions: Actions, training: Training) {
    const { t } = actions;
    this.#actions = actions;
    this.#buttons = {
      compute: this.#button("compute", training.compute),
      apply: this.#button("apply", training.apply),
      step: this.#button("step", () => training.step(1)),
      ten: this.#button("ten", () => training.step(TEN)),
      toggle: this.#button("run", training.toggle),
      restart: this.#button("restart", training.restart),
    };
    const group = (name: string, ...keys: ButtonName[]): HTMLElement =>
      element(
        "div",
        { class: "attn-w2v-buttons", role: "group", "aria-label": t(`word2vec.group.${name}`) },
        ...keys.map((key) => this.#buttons[key]),
      );
    this.element = element(
      "div",
      { class: "attn-w2v-controls" },
      group("halves", "compute", "apply"),
      group("steps", "step", "ten", "toggle", "restart"),
      this.#count,
    );
  }

  update({ state, problem, runs, isThere, isRunning }: Frame): void {
    const { t } = this.#actions;
    const isOver = state.steps >= MAX_STEPS;
    const waits = isWaiting(state);
    const can = problem === null;
    this.#enable("compute", can && !waits && !isOver && !isRunning);
    this.#enable("apply", can && waits && !isRunning);
    this.#enable("step", can && !isOver && !isRunning);
    this.#enable("ten", can && !isOver && !isRunning);
    this.#enable("toggle", can && !isOver);
    this.#enable("restart", state.steps > 0 || waits);
    setText(this.#buttons.toggle, t(isRunning ? "word2vec.pause" : "word2vec.run"));
    if (runs === null) {
      setText(this.#count, "");
    } else if (!isThere) {
      setText(this.#count, t("word2vec.catching-up", { done: runs.cbow.steps, steps: state.steps }));
    } else {
      const passes = (state.steps / runs.cbow.places.length).toFixed(1);
      setText(this.#count, t("word2vec.count", { steps: state.steps, most: MAX_STEPS, passes }));
    }
  }

  /** A button that takes no click keeps the focus: whoever uses the keyboard goes on from there. */
  #enable(name: ButtonName, isEnabled: boolean): void {
    setAttribute(this.#buttons[name], "aria-disabled", isEnabled ? null : "true");
  }

  #button(name: string, onClick: () => void): HTMLButtonElement {
    const { t, signal } = this.#actions;
    const kind = name === "compute" || name === "apply" ? "attn-w2v-half" : "attn-button attn-framed";
    const button = element(
      "button",
      { type: "button", class: kind, "data-action": name },
      t(`word2vec.${name}`),
    );
    listen(button, "click", signal, () => {
      if (button.getAttribute("aria-disabled") !== "true") {
        onClick();
      }
    });
    return button;
  }
}

type NumberName = "window" | "dim" | "learningRate" | "negatives";

interface Slider {
  input: HTMLInputElement;
  output: HTMLElement;
  /** The value of each place of the slider. */
  values: readonly number[];
}

const upTo = (least: number, most: number): number[] =>
  Array.from({ length: most - least + 1 }, (_, i) => least + i);

export class SettingsPart {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #loss: Segmented<State["loss"]>;
  readonly #sliders: Record<NumberName, Slider>;
  readonly #seed: HTMLInputElement;

  constructor(actions: Actions) {
    const { t, signal, change } = actions;
    this.#actions = actions;
    this.#loss = new Segmented<State["loss"]>({
      label: t("word2vec.loss-kind"),
      choices: (["softmax", "negative-sampling"] as const).map((value) => ({
        value,
        content: [t(`word2vec.loss-kind.${value}`)],
      })),
      onPick: (loss) => change({ loss }),
      signal,
    });
    this.#sliders = {
      negatives: this.#slider("negatives", upTo(1, MAX_NEGATIVES)),
      window: this.#slider("window", upTo(1, MAX_WINDOW)),
      dim: this.#slider("dim", upTo(...DIMS)),
      learningRate: this.#slider("learningRate", RATES),
    };
    this.#seed = element("input", {
      type: "number",
      class: "attn-input attn-w2v-seed",
      min: 0,
      max: MAX_SEED,
      step: 1,
      "aria-label": t("word2vec.seed"),
    });
    listen(this.#seed, "change", signal, () => this.#readSeed());
    const labels = (["negatives", "window", "dim", "learningRate"] as const).map((name) =>
      this.#labeled(name),
    );
    this.element = element(
      "div",
      { class: "attn-w2v-settings" },
      this.#loss.element,
      ...labels,
      element(
        "label",
        { class: "attn-w2v-setting" },
        element("span", { class: "attn-quiet" }, t("word2vec.seed")),
        this.#seed,
      ),
    );
  }

  update({ state }: Frame): void {
    this.#loss.set(state.loss);
    for (const name of Object.keys(this.#sliders) as NumberName[]) {
      const { input, output, values } = this.#sliders[name];
      const nearest = values.reduce(
        (best, value, place) =>
          Math.abs(value - state[name]) < Math.abs(values[best] - state[name]) ? place : best,
        0,
      );
      input.value = String(nearest);
      setAttribute(input, "aria-valuetext", String(state[name]));
      setText(output, String(state[name]));
    }
    this.#sliders.negatives.input.disabled = state.loss === "softmax";
    if (document.activeElement !== this.#seed) {
      this.#seed.value = String(state.seed);
    }
  }

  #slider(name: NumberName, values: readonly number[]): Slider {
    const { t, signal, change } = this.#actions;
    const input = element("input", {
      type: "range",
      class: "attn-slider",
      min: 0,
      max: values.length - 1,
      step: 1,
      "aria-label": t(`word2vec.setting.${name}`),
    });
    listen(input, "input", signal, () => change({ [name]: values[Number(input.value)] } satisfies Change));
    return { input, output: element("span", { class: "attn-number attn-w2v-value" }), values };
  }

  #labeled(name: NumberName): HTMLElement {
    const { input, output } = this.#sliders[name];
    const label = element("span", { class: "attn-quiet" }, this.#actions.t(`word2vec.setting.${name}`));
    return element("div", { class: "attn-w2v-setting", "data-setting": name }, label, input, output);
  }

  #readSeed(): void {
    const seed = Number(this.#seed.value);
    if (this.#seed.value !== "" && Number.isSafeInteger(seed) && seed >= 0 && seed <= MAX_SEED) {
      this.#actions.change({ seed });
    } else {
      this.#actions.redraw();
      this.#seed.blur();
    }
  }
}
