/** The sentence that is summed and shuffled: typed or taken from an example, and what became of it. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { isolate } from "../shared/direction.js";
import { megabytes } from "../shared/format.js";
import { trailing } from "../shared/schedule.js";
import type { Actions, Frame, Part } from "./frame.js";
import { MAX_TEXT, MAX_TOKENS } from "./state.js";

const REST = 250; // ms without a key before the text is read anew

export class AskingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #input: HTMLInputElement;
  readonly #line = element("p", { class: "attn-hint" });
  readonly #retry: HTMLButtonElement;
  readonly #typed = trailing(() => this.#read(), REST);
  #isTyping = false;

  constructor(actions: Actions, examples: readonly string[]) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#input = element("input", {
      ...{ type: "text", class: "attn-input", dir: "auto", spellcheck: "false", autocomplete: "off" },
      ...{ "aria-label": t("positions.text"), placeholder: t("positions.placeholder") },
    });
    listen(this.#input, "input", signal, () => {
      this.#isTyping = true;
      this.#typed.request();
    });
    listen(this.#input, "blur", signal, () => this.#typed.flush());
    signal.addEventListener("abort", () => this.#typed.cancel());
    this.#retry = element(
      "button",
      { type: "button", class: "attn-button", hidden: true },
      t("models.retry"),
    );
    listen(this.#retry, "click", signal, () => actions.fetch());
    const message = element("div", { class: "attn-message", role: "status" }, this.#line, this.#retry);
    this.element = element(
      "div",
      { class: "attn-pos-asking" },
      this.#input,
      this.#examples(examples),
      message,
    );
  }

  update(frame: Frame): void {
    const { text } = frame.state;
    if (!this.#isTyping && this.#input.value !== text && cut(this.#input.value) !== text) {
      this.#input.value = text;
    }
    const { key, values, isProblem } = messageOf(frame, Array.from(this.#input.value).length);
    setText(this.#line, this.#actions.t(key, values));
    this.#line.classList.toggle("attn-problem", isProblem);
    setAttribute(this.#retry, "hidden", frame.isRead || frame.loading.phase !== "failed");
  }

  /** Whatever is half typed gives way to the state at the next redraw. */
  forget(): void {
    this.#typed.cancel();
    this.#isTyping = false;
    this.#input.value = "";
  }

  #examples(texts: readonly string[]): HTMLElement {
    const { t, signal, change } = this.#actions;
    const buttons = texts.map((text) => {
      const button = element("button", { type: "button", class: "attn-example", dir: "auto" }, text);
      listen(button, "click", signal, () => {
        this.forget();
        change({ text, order: "" });
      });
      return button;
    });
    return element(
      "div",
      { class: "attn-examples", hidden: texts.length === 0 },
      element("span", { class: "attn-quiet" }, t("models.try")),
      ...buttons,
    );
  }

  #read(): void {
    if (this.#isTyping) {
      this.#isTyping = false;
      this.#actions.change({ text: cut(this.#input.value), order: "" });
    }
  }
}

interface Message {
  key: string;
  values: Record<string, string | number>;
  isProblem: boolean;
}

/** What a reader should know of the sentence, the most pressing first. */
function messageOf({ isRead, loading, reading, state }: Frame, typed: number): Message {
  if (!isRead && loading.phase === "failed") {
    const { reason, detail } = loading;
    return { key: `self-attention.failed.${reason}`, values: { detail }, isProblem: true };
  }
  if (!isRead) {
    const isKnown = loading.phase === "loading" && loading.total > 0;
    const values = isKnown ? { loaded: megabytes(loading.loaded), total: megabytes(loading.total) } : {};
    return { key: `self-attention.loading${isKnown ? ".bytes" : ""}`, values, isProblem: false };
  }
  if (typed > MAX_TEXT) {
    return { key: "positions.too-long", values: { count: typed, most: MAX_TEXT }, isProblem: true };
  }
  if (reading.T === 0) {
    return { key: "positions.empty", values: {}, isProblem: true };
  }
  if (reading.count > MAX_TOKENS) {
    return { key: "positions.cut", values: { count: reading.count, most: MAX_TOKENS }, isProblem: false };
  }
  if (reading.unknown.length > 0) {
    const words = [...new Set(reading.unknown)].map(isolate).join(", ");
    return { key: "positions.unknown", values: { words }, isProblem: false };
  }
  return { key: `positions.hint.${state.view}`, values: {}, isProblem: false };
}

/** So much of a text as a state holds. */
function cut(text: string): string {
  return Array.from(text).slice(0, MAX_TEXT).join("");
}
