/** The box for what a model reads, and examples to press. What is typed reaches the state once the reader rests. */

import type { Translate } from "../../host/context.js";
import { element, listen, setAttribute } from "../shared/dom.js";
import { trailing } from "../shared/schedule.js";
import { TEXTS, textOf, type Asked, type ModelName } from "./state.js";

export const MAX_TEXT = 2000; // characters; Python takes no more
const REST = 250; // ms without a key before the model reads

export interface TypingOptions {
  t: Translate;
  signal: AbortSignal;
  examples: Readonly<Record<ModelName, readonly string[]>>;
  /** A text was typed or picked. */
  change: (change: Partial<Asked>) => void;
  onEnter: () => void;
  redraw: () => void;
}

export class Typing {
  readonly input: HTMLInputElement;
  readonly examples = element("div", { class: "attn-examples" });
  /** How many characters stand in the box, where they are too many to be taken over. */
  excess: number | null = null;
  readonly #options: TypingOptions;
  readonly #typed = trailing(() => this.#read(), REST);
  /** What stands in the box is not in the state yet. */
  #isTyping = false;
  #asked: Asked | null = null;
  #examplesOf: ModelName | null = null;

  constructor(options: TypingOptions) {
    this.#options = options;
    this.input = this.#makeInput();
    options.signal.addEventListener("abort", () => this.#typed.cancel());
  }

  update(asked: Asked): void {
    const { t } = this.#options;
    const { model } = asked;
    const isOther = this.#asked?.model !== model;
    this.#asked = asked;
    if (!this.#isTyping && (isOther || document.activeElement !== this.input)) {
      this.#show(textOf(asked));
    }
    setAttribute(this.input, "aria-label", t(`models.input.${model}`));
    setAttribute(this.input, "placeholder", t(`models.input.${model}`));
    setAttribute(this.input, "lang", model === "translator" ? "zh" : "en");
    this.#showExamples(model);
  }

  /** Reads what was typed for the model that is left. */
  leave(): void {
    if (this.#isTyping) {
      this.#read();
    }
    if (this.excess !== null) {
      this.forget(); // too much for the state: the box goes back to what is there
    }
  }

  /** Reads what stands in the box; whether it could be taken over. */
  take(): boolean {
    this.#typed.cancel();
    if (this.#asked !== null && this.input.value !== textOf(this.#asked)) {
      this.#read();
    }
    return this.excess === null;
  }

  /** Leaves out what is too much at the end. */
  cut(): void {
    this.#show(Array.from(this.input.value).slice(0, MAX_TEXT).join(""));
    this.#read();
  }

  /** Whatever is half typed gives way to the state at the next redraw. */
  forget(): void {
    this.#typed.cancel();
    this.#isTyping = false;
    this.excess = null;
    this.input.blur();
  }

  #makeInput(): HTMLInputElement {
    const { signal, onEnter } = this.#options;
    const input = element("input", {
      type: "text",
      class: "attn-input",
      dir: "auto",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
    });
    listen(input, "input", signal, (event) => {
      this.#isTyping = true;
      if (!event.isComposing) {
        this.#typed.request(); // letters that are still being put together are no text yet
      }
    });
    listen(input, "compositionend", signal, () => this.#typed.request());
    listen(input, "keydown", signal, (event) => {
      if (event.key === "Enter" && !event.isComposing) {
        onEnter();
      }
    });
    return input;
  }

  #show(text: string): void {
    if (this.input.value !== text) {
      this.input.value = text;
    }
  }

  #read(): void {
    const text = this.input.value;
    const count = Array.from(text).length;
    this.#typed.cancel();
    this.excess = count > MAX_TEXT ? count : null;
    this.#isTyping = this.excess !== null;
    if (this.excess !== null) {
      this.#options.redraw();
    } else if (this.#asked !== null) {
      this.#options.change({ [TEXTS[this.#asked.model]]: text });
    }
  }

  #showExamples(model: ModelName): void {
    if (this.#examplesOf === model) {
      return;
    }
    this.#examplesOf = model;
    const { t, signal, examples } = this.#options;
    const buttons = examples[model].map((text) => {
      const button = element("button", { type: "button", class: "attn-example", dir: "auto" }, text);
      listen(button, "click", signal, () => {
        this.#show(text);
        this.#read();
      });
      return button;
    });
    this.examples.replaceChildren(element("span", { class: "attn-quiet" }, t("models.try")), ...buttons);
  }
}
