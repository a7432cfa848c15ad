/** The top of the explorer: the text, the mask's preset and its size, the fault, the head. */

import { FAULTS, PRESETS } from "../../engine/masks.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { readOnLeaving } from "../shared/leaving.js";
import { LoadLine } from "../shared/loadline.js";
import { trailing } from "../shared/schedule.js";
import { sentinelText } from "./describe.js";
import type { Actions, Frame, Part } from "./frame.js";
import { MAX_TEXT, MAX_TOKENS, SENTINELS, type Sentinel, type State } from "./state.js";

const REST = 250; // ms without a key before the text is read anew
const SIZED = {
  padding: "padding",
  "causal-padding": "padding",
  cross: "padding",
  prefix: "prefix",
  window: "window",
} as const;

type SizeName = "padding" | "prefix" | "window";

export class AskingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #examples: Readonly<Record<"text" | "source", readonly string[]>>;
  readonly #input: HTMLInputElement;
  readonly #tries = element("div", { class: "attn-examples" });
  readonly #line: LoadLine;
  readonly #preset: HTMLSelectElement;
  readonly #size: HTMLInputElement;
  readonly #sizeField: HTMLElement;
  readonly #sizeName = element("span", { class: "attn-quiet", "aria-hidden": "true" });
  readonly #sizeNumber = element("output", { class: "attn-number" });
  readonly #fault: HTMLSelectElement;
  readonly #sentinel: HTMLSelectElement;
  readonly #head: HTMLSelectElement;
  readonly #settings: HTMLElement;
  readonly #typed = trailing(() => this.#read(), REST);
  #isTyping = false;
  #state: State | null = null;
  #trait: "text" | "source" = "text";
  #shownExamples = "";

  constructor(actions: Actions, examples: Readonly<Record<"text" | "source", readonly string[]>>) {
    this.#actions = actions;
    this.#examples = examples;
    const { t, signal, change } = actions;
    this.#input = element("input", {
      ...{ type: "text", class: "attn-input", dir: "auto", spellcheck: "false", autocomplete: "off" },
      "aria-label": t("masks.text"),
    });
    listen(this.#input, "input", signal, () => {
      this.#isTyping = true;
      this.#typed.request();
    });
    readOnLeaving(this.#input, this.#typed, signal);
    signal.addEventListener("abort", () => this.#typed.cancel());
    this.#line = new LoadLine({ t, signal, onRetry: () => actions.retry() });
    this.#preset = this.#select("masks.preset", PRESETS, (preset) => change({ preset, mystery: 0 }));
    this.#size = element("input", { type: "range", class: "attn-slider", step: 1 });
    listen(this.#size, "input", signal, () => this.#resize());
    this.#sizeField = element(
      "div",
      { class: "attn-msk-field" },
      this.#sizeName,
      element("div", { class: "attn-msk-size" }, this.#size, this.#sizeNumber),
    );
    this.#fault = this.#select("masks.fault", FAULTS, (fault) => change({ fault, mystery: 0 }));
    const onSentinel = (sentinel: Sentinel): void => change({ sentinel });
    this.#sentinel = this.#select("masks.sentinel", SENTINELS, onSentinel, sentinelText);
    this.#head = element("select", { class: "attn-select", "aria-label": t("masks.head") });
    listen(this.#head, "change", signal, () => change({ head: Number(this.#head.value) }));
    const field = (key: string, ...content: HTMLElement[]): HTMLElement =>
      element(
        "div",
        { class: "attn-msk-field" },
        element("span", { class: "attn-quiet" }, t(key)),
        ...content,
      );
    this.#settings = element(
      "div",
      { class: "attn-msk-settings" },
      field("masks.preset", this.#preset),
      this.#sizeField,
      field("masks.head", this.#head),
      field("masks.fault", this.#fault),
      field("masks.sentinel", this.#sentinel),
    );
    this.element = element("section", {}, this.#input, this.#tries, this.#line.element, this.#settings);
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { state, model, numbers } = frame;
    this.#state = state;
    this.#trait = model === "translator" ? "source" : "text";
    const text = state[this.#trait];
    if (!this.#isTyping && this.#input.value !== text && cut(this.#input.value) !== text) {
      this.#input.value = text;
    }
    setAttribute(this.#input, "placeholder", t(`masks.placeholder.${model}`));
    this.#showExamples();
    this.#say(frame);
    const isMystery = state.mystery > 0;
    setAttribute(this.#settings, "hidden", isMystery);
    this.#preset.value = state.preset;
    this.#showSize(state, numbers.mask.Tk);
    this.#fault.value = state.fault;
    const axis = this.#fault.querySelector<HTMLOptionElement>('option[value="wrong-axis"]');
    setAttribute(axis ?? this.#fault, "disabled", axis !== null && numbers.mask.Tq !== numbers.mask.Tk);
    const field = this.#sentinel.parentElement;
    if (field !== null) {
      setAttribute(field, "data-idle", state.fault !== "half-precision");
    }
    this.#sentinel.disabled = state.fault !== "half-precision";
    this.#sentinel.value = state.sentinel;
    this.#showHeads(frame);
  }

  /** Whatever is half typed gives way to the state at the next redraw. */
  forget(): void {
    this.#typed.cancel();
    this.#isTyping = false;
    this.#input.value = "";
  }

  #select<Value extends string>(
    key: string,
    values: readonly Value[],
    onPick: (value: Value) => void,
    name: (value: Value) => string = (value) => this.#actions.t(`${key}.${value}`),
  ): HTMLSelectElement {
    const { t, signal } = this.#actions;
    const options = values.map((value) => element("option", { value }, name(value)));
    const select = element("select", { class: "attn-select", "aria-label": t(key) }, ...options);
    listen(select, "change", signal, () => onPick(select.value as Value));
    return select;
  }

  #read(): void {
    if (this.#isTyping) {
      this.#isTyping = false;
      this.#actions.change({ [this.#trait]: cut(this.#input.value), row: -1 });
    }
  }

  #showExamples(): void {
    if (this.#shownExamples === this.#trait) {
      return;
    }
    this.#shownExamples = this.#trait;
    const { t, signal, change } = this.#actions;
    const trait = this.#trait;
    const buttons = this.#examples[trait].map((text) => {
      const button = element("button", { type: "button", class: "attn-example", dir: "auto" }, text);
      listen(button, "click", signal, () => {
        this.forget();
        change({ [trait]: text, row: -1 });
      });
      return button;
    });
    this.#tries.replaceChildren(element("span", { class: "attn-quiet" }, t("models.try")), ...buttons);
  }

  /** How a download stands, what stands in the way, what was left out. */
  #say({ modelState, problem, reading, isRead, isExample, model }: Frame): void {
    const { t } = this.#actions;
    const typed = Array.from(this.#input.value).length;
    const needed = !isRead || modelState.phase === "loading" || modelState.phase === "failed";
    if (needed && modelState.phase !== "ready" && modelState.phase !== "absent") {
      this.#line.showLoading(modelState, t(`models.name.${model}`));
      return;
    }
    this.#line.showLoading({ phase: "absent" }, "");
    if (typed > MAX_TEXT) {
      this.#line.say(t("masks.too-many-characters", { count: typed, most: MAX_TEXT }), true);
    } else if (problem !== null) {
      this.#line.say(t(problem.key, problem.values), true);
    } else if (reading.cut > 0) {
      this.#line.say(t(`masks.cut.${model}`, { cut: reading.cut, most: MAX_TOKENS }), false);
    } else {
      this.#line.say(
        t(isExample ? "masks.about.example" : "masks.about", { model: t(`masks.model.${model}`) }),
        false,
      );
    }
  }

  #sizeOf(preset: State["preset"]): SizeName | null {
    return Object.hasOwn(SIZED, preset) ? SIZED[preset as keyof typeof SIZED] : null;
  }

  #resize(): void {
    const name = this.#state === null ? null : this.#sizeOf(this.#state.preset);
    if (name !== null) {
      this.#actions.change({ [name]: Number(this.#size.value) });
    }
  }

  /** The room stays where a preset has no size, so that nothing moves. */
  #showSize(state: State, Tk: number): void {
    const { t } = this.#actions;
    const name = this.#sizeOf(state.preset);
    setAttribute(this.#sizeField, "data-idle", name === null);
    this.#size.disabled = name === null;
    if (name === null) {
      return;
    }
    const label = t(`masks.size.${name}`);
    setText(this.#sizeName, label);
    setAttribute(this.#size, "aria-label", label);
    setAttribute(this.#size, "min", name === "window" ? 1 : 0);
    setAttribute(this.#size, "max", Tk);
    this.#size.value = String(state[name]);
    setText(this.#sizeNumber, String(Math.min(state[name], Tk)));
  }

  #showHeads({ reading, state }: Frame): void {
    const { t } = this.#actions;
    const count = reading.scores.length;
    if (this.#head.length !== count) {
      const options = reading.scores.map((_, head) =>
        element("option", { value: head }, t("models.look.head.number", { number: head + 1 })),
      );
      this.#head.replaceChildren(...options);
    }
    this.#head.value = String(Math.min(state.head, count - 1));
  }
}

/** So much of a text as a state holds. */
function cut(text: string): string {
  return Array.from(text).slice(0, MAX_TEXT).join("");
}

export type Examples = Readonly<Record<"text" | "source", readonly string[]>>;
