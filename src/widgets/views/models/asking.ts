/** The top of the playground: which model, what it reads, how it decodes, and how its loading stands. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed, megabytes } from "../shared/format.js";
import { LoadLine } from "../shared/loadline.js";
import { Segmented } from "../shared/segmented.js";
import type { Actions, Frame, Part } from "./frame.js";
import { bytesOf, sayStanding } from "./standing.js";
import { MODELS, type ModelName } from "./state.js";
import { Typing } from "./typing.js";

export const WRITE_AT_ONCE = 20; // tokens
const MAX_TOP_K = 1000;
const MAX_SEED = 2 ** 32 - 1;

export interface AskingOptions extends Actions {
  examples: Readonly<Record<ModelName, readonly string[]>>;
}

export class AskingPart implements Part {
  readonly element: HTMLElement;
  readonly #options: AskingOptions;
  readonly #models: Segmented<ModelName>;
  readonly #about = element("p", { class: "attn-quiet attn-about" });
  readonly #typing: Typing;
  readonly #run: HTMLButtonElement;
  readonly #one: HTMLButtonElement;
  readonly #settings: SettingsPart;
  readonly #line: LoadLine;
  #frame: Frame | null = null;

  constructor(options: AskingOptions) {
    this.#options = options;
    const { t, signal, retry } = options;
    this.#typing = new Typing({ ...options, onEnter: () => this.#onRun() });
    this.#models = new Segmented<ModelName>({
      label: t("models.choose"),
      choices: MODELS.map((value) => ({ value, content: [t(`models.name.${value}`)] })),
      onPick: (model) => {
        this.#typing.leave();
        options.look({ model });
      },
      signal,
    });
    this.#run = this.#button("attn-run", () => this.#onRun());
    this.#one = this.#button("attn-button attn-framed", () => options.run(1));
    setText(this.#one, t("models.one"));
    this.#settings = new SettingsPart(options);
    this.#line = new LoadLine({ t, signal, onRetry: retry });
    this.element = element(
      "section",
      { class: "attn-asking" },
      element("div", { class: "attn-models-row" }, this.#models.element, this.#about),
      element("div", { class: "attn-input-row" }, this.#typing.input, this.#run, this.#one),
      this.#typing.examples,
      this.#settings.element,
      this.#line.element,
    );
  }

  update(frame: Frame): void {
    const { t } = this.#options;
    const { state, card } = frame;
    this.#frame = frame;
    this.#models.set(state.model);
    const size = { parameters: fixed(card.parameters / 1e6, 1), size: megabytes(bytesOf(frame)) };
    setText(this.#about, t(`models.about.${state.model}`, size));
    this.#typing.update(state);
    const isWriting = frame.isBusy && state.model === "writer";
    setText(this.#run, t(isWriting ? "models.stop" : `models.run.${state.model}`));
    setAttribute(this.#one, "hidden", state.model !== "writer");
    const isOver = frame.isCurrent && (frame.run?.reason ?? null) !== null && state.model === "writer";
    this.#one.disabled = isWriting || isOver;
    this.#run.disabled = isOver && !isWriting;
    this.#settings.update(frame);
    sayStanding(this.#line, frame, { ...this.#options, typing: this.#typing });
  }

  /** Whatever is half typed gives way to the state at the next redraw. */
  forget(): void {
    this.#typing.forget();
  }

  #button(name: string, onClick: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: name });
    listen(button, "click", this.#options.signal, onClick);
    return button;
  }

  #onRun(): void {
    if (this.#frame?.isBusy === true && this.#frame.state.model === "writer") {
      this.#options.halt();
    } else if (this.#typing.take()) {
      this.#options.run(WRITE_AT_ONCE);
    }
  }
}

/** How the model decodes: one row for each model, of which one is shown. */
class SettingsPart implements Part {
  readonly element: HTMLElement;
  readonly #decoding: Segmented<"greedy" | "beam">;
  readonly #temperature: HTMLInputElement;
  readonly #degrees = element("output", { class: "attn-number attn-degrees" });
  readonly #topK: HTMLInputElement;
  readonly #seed: HTMLInputElement;
  readonly #rows: Readonly<Record<ModelName, HTMLElement>>;

  constructor({ t, signal, change }: Actions) {
    this.#decoding = new Segmented<"greedy" | "beam">({
      label: t("models.decoding"),
      choices: [
        { value: "greedy", content: [t("models.decoding.greedy")] },
        { value: "beam", content: [t("models.decoding.beam")] },
      ],
      onPick: (decoding) => change({ decoding }),
      signal,
    });
    this.#temperature = element("input", {
      ...{ type: "range", class: "attn-slider", min: 0, max: 2, step: 0.05 },
      "aria-label": t("models.temperature"),
    });
    listen(this.#temperature, "input", signal, () =>
      change({ temperature: Number(this.#temperature.value) }),
    );
    const number = (label: string, most: number, take: (value: number) => void): HTMLInputElement => {
      const box = element("input", {
        ...{ type: "number", class: "attn-input attn-number-box", min: 0, max: most, step: 1 },
        "aria-label": label,
      });
      listen(box, "input", signal, () => {
        const value = Number(box.value);
        if (box.value !== "" && Number.isInteger(value) && value >= 0 && value <= most) {
          take(value);
        }
      });
      return box;
    };
    this.#topK = number(t("models.top-k"), MAX_TOP_K, (topK) => change({ topK }));
    this.#seed = number(t("models.seed"), MAX_SEED, (seed) => change({ seed }));
    const setting = (title: string, ...parts: HTMLElement[]): HTMLElement =>
      element(
        "div",
        { class: "attn-setting" },
        element("span", { class: "attn-quiet", "aria-hidden": "true" }, title),
        ...parts,
      );
    this.#rows = {
      translator: element(
        "div",
        { class: "attn-settings" },
        setting(t("models.decoding"), this.#decoding.element),
      ),
      writer: element(
        "div",
        { class: "attn-settings" },
        setting(t("models.temperature"), this.#temperature, this.#degrees),
        setting(t("models.top-k"), this.#topK),
        setting(t("models.seed"), this.#seed),
      ),
      reader: element(
        "div",
        { class: "attn-settings" },
        element("span", { class: "attn-quiet" }, t("models.blanks")),
      ),
    };
    this.element = element("div", { class: "attn-settings-box" }, ...Object.values(this.#rows));
  }

  update({ state }: Frame): void {
    MODELS.forEach((model) => setAttribute(this.#rows[model], "hidden", model !== state.model));
    this.#decoding.set(state.decoding);
    this.#temperature.value = String(state.temperature);
    setText(this.#degrees, fixed(state.temperature, 2));
    this.#showNumber(this.#topK, state.topK);
    this.#showNumber(this.#seed, state.seed);
  }

  #showNumber(box: HTMLInputElement, value: number): void {
    if (document.activeElement !== box) {
      box.value = String(value);
    }
  }
}
