/** The top: what is translated, how each token is chosen, and how the loading stands. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { LoadLine } from "../shared/loadline.js";
import { Segmented } from "../shared/segmented.js";
import { sayStanding } from "../models/standing.js";
import { Typing } from "../models/typing.js";
import type { Actions, Frame, Part } from "./frame.js";
import { DECODINGS, type State } from "./state.js";

const MAX_SEED = 2 ** 32 - 1;
const MODEL = { model: "translator", prompt: "", sentence: "" } as const;

export class AskingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #typing: Typing;
  readonly #line: LoadLine;
  readonly #decoding: Segmented<State["decoding"]>;
  readonly #settings: Settings;

  constructor(actions: Actions, examples: readonly string[]) {
    this.#actions = actions;
    const { t, signal, change, translate, redraw } = actions;
    this.#typing = new Typing({
      ...{ t, signal, redraw, onEnter: translate },
      examples: { translator: examples, writer: [], reader: [] },
      change: ({ source = "" }) => change({ text: source, forced: {}, rows: [], steps: 0 }),
    });
    this.#decoding = new Segmented({
      label: t("models.decoding"),
      choices: DECODINGS.map((value) => ({ value, content: [t(`translation.decoding.${value}`)] })),
      onPick: (decoding) => change({ decoding }),
      signal,
    });
    this.#settings = new Settings(actions);
    this.#line = new LoadLine({ t, signal, onRetry: translate });
    this.element = element(
      "section",
      { class: "attn-trl-asking" },
      element("div", { class: "attn-input-row" }, this.#typing.input),
      this.#typing.examples,
      element("div", { class: "attn-trl-settings" }, this.#decoding.element, this.#settings.element),
      this.#line.element,
    );
  }

  update(frame: Frame): void {
    const { state } = frame;
    this.#typing.update({ ...MODEL, source: state.text });
    this.#decoding.set(state.decoding);
    this.#settings.update(state);
    const stood = { ...frame, state: MODEL };
    const runLabel = this.#actions.t("translation.go.run");
    sayStanding(this.#line, stood, { ...this.#actions, typing: this.#typing, runLabel });
  }

  /** Takes what stands in the box over; whether it could be. */
  take(): boolean {
    return this.#typing.take();
  }

  forget(): void {
    this.#typing.forget();
  }
}

interface Setting {
  name: "width" | "temperature" | "topK" | "topP" | "seed";
  of: State["decoding"];
  least: number;
  most: number;
  step: number;
  decimals: number;
}

const SETTINGS: readonly Setting[] = [
  { name: "width", of: "beam", least: 1, most: 6, step: 1, decimals: 0 },
  { name: "temperature", of: "sample", least: 0.05, most: 2, step: 0.05, decimals: 2 },
  { name: "topK", of: "sample", least: 0, most: 1000, step: 1, decimals: 0 },
  { name: "topP", of: "sample", least: 0.05, most: 1, step: 0.05, decimals: 2 },
  { name: "seed", of: "sample", least: 0, most: MAX_SEED, step: 1, decimals: 0 },
];
const BOXES = ["topK", "seed"];

/** The numbers of each way of decoding, of which those of the present one are shown. */
class Settings {
  readonly element: HTMLElement;
  readonly #items: { setting: Setting; item: HTMLElement; input: HTMLInputElement; number: HTMLElement }[];

  constructor({ t, signal, change }: Actions) {
    this.#items = SETTINGS.map((setting) => {
      const { name, least, most, step } = setting;
      const label = t(`translation.setting.${name.toLowerCase()}`);
      const isBox = BOXES.includes(name);
      const input = element("input", {
        type: isBox ? "number" : "range",
        class: isBox ? "attn-input attn-number-box" : "attn-slider",
        ...{ min: least, max: most, step, "aria-label": label },
      });
      const number = element("output", { class: "attn-number attn-degrees", hidden: isBox });
      listen(input, "input", signal, () => {
        const value = Number(input.value);
        const fits = input.value !== "" && value >= least && value <= most;
        if (fits && (step < 1 || Number.isInteger(value))) {
          change({ [name]: value });
        }
      });
      const title = element("span", { class: "attn-quiet", "aria-hidden": "true" }, label);
      return {
        setting,
        input,
        number,
        item: element("div", { class: "attn-setting" }, title, input, number),
      };
    });
    this.element = element("div", { class: "attn-trl-numbers" }, ...this.#items.map(({ item }) => item));
  }

  update(state: State): void {
    for (const { setting, item, input, number } of this.#items) {
      setAttribute(item, "hidden", setting.of !== state.decoding);
      const value = state[setting.name];
      if (document.activeElement !== input || input.type === "range") {
        input.value = String(value);
      }
      setText(number, fixed(value, setting.decimals));
    }
  }
}
