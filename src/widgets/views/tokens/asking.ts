/** The top of the explorer: the reader's text, how it is cut, and what there is to say of that. */

import { CUTS, type CutName } from "../../engine/text/cuts.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { megabytes } from "../shared/format.js";
import { readOnLeaving } from "../shared/leaving.js";
import { Segmented } from "../shared/segmented.js";
import { trailing } from "../shared/schedule.js";
import type { Actions, Frame, Part } from "./frame.js";
import { lengthOf, MAX_TEXT, textToKeep } from "./state.js";

const REST = 120; // ms without a key before the text is cut anew

export class AskingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #input: HTMLTextAreaElement;
  readonly #cuts: Segmented<CutName>;
  readonly #hint = element("p", { class: "attn-hint" });
  readonly #retry: HTMLButtonElement;
  readonly #typed = trailing(() => this.#read(), REST);
  /** What stands in the box is not in the state yet. */
  #isTyping = false;

  constructor(actions: Actions, examples: readonly string[]) {
    this.#actions = actions;
    const { t, signal, change, retry } = actions;
    this.#input = element("textarea", {
      ...{ class: "attn-input attn-tokens-text", rows: 3, dir: "auto", spellcheck: "false" },
      ...{ autocomplete: "off", autocapitalize: "off", "aria-label": t("tokens.text") },
      placeholder: t("tokens.placeholder"),
    });
    listen(this.#input, "input", signal, () => {
      this.#isTyping = true;
      this.#typed.request();
    });
    readOnLeaving(this.#input, this.#typed, signal);
    this.#cuts = new Segmented<CutName>({
      label: t("tokens.cut"),
      choices: CUTS.map((value) => ({ value, content: [t(`tokens.cut.${value}`)] })),
      onPick: (cut) => {
        this.#typed.flush();
        change({ cut });
      },
      signal,
    });
    this.#retry = element(
      "button",
      { type: "button", class: "attn-button attn-framed", hidden: true },
      t("self-attention.retry"),
    );
    listen(this.#retry, "click", signal, () => retry());
    signal.addEventListener("abort", () => this.#typed.cancel());
    this.element = element(
      "section",
      { class: "attn-tokens-asking" },
      this.#input,
      this.#makeExamples(examples),
      element("div", { class: "attn-tokens-cuts" }, this.#cuts.element),
      element("div", { class: "attn-message attn-tokens-message", role: "status" }, this.#hint, this.#retry),
    );
  }

  update(frame: Frame): void {
    const { state, loading } = frame;
    if (!this.#isTyping && this.#input.value !== state.text && textToKeep(this.#input.value) !== state.text) {
      this.#input.value = state.text;
    }
    this.#cuts.set(state.cut);
    setAttribute(this.#retry, "hidden", loading.phase !== "failed");
    const { text, isProblem } = this.#message(frame);
    setText(this.#hint, text);
    this.#hint.classList.toggle("attn-problem", isProblem);
  }

  /** Whatever is half typed gives way to the state at the next redraw. */
  forget(): void {
    this.#typed.cancel();
    this.#isTyping = false;
    this.#input.value = "";
  }

  #makeExamples(examples: readonly string[]): HTMLElement {
    const { t, signal, change } = this.#actions;
    const buttons = examples.map((text) => {
      const button = element(
        "button",
        { type: "button", class: "attn-example attn-tokens-example", dir: "auto" },
        text,
      );
      listen(button, "click", signal, () => {
        this.forget();
        change({ text });
      });
      return button;
    });
    const label = element("span", { class: "attn-quiet" }, t("models.try"));
    return element("div", { class: "attn-examples" }, label, ...buttons);
  }

  #read(): void {
    this.#isTyping = false;
    this.#actions.change({ text: textToKeep(this.#input.value) });
  }

  #message({ state, loading, cut }: Frame): { text: string; isProblem: boolean } {
    const { t } = this.#actions;
    const typed = lengthOf(this.#input.value);
    if (loading.phase === "failed") {
      return {
        text: t(`self-attention.failed.${loading.reason}`, { detail: loading.detail }),
        isProblem: true,
      };
    }
    if (loading.phase === "loading") {
      const values = { loaded: megabytes(loading.loaded), total: megabytes(loading.total) };
      const key = loading.total === 0 ? "self-attention.loading" : "self-attention.loading.bytes";
      return { text: t(key, values), isProblem: false };
    }
    if (typed > MAX_TEXT) {
      return { text: t("tokens.too-long", { count: typed, most: MAX_TEXT }), isProblem: true };
    }
    if (cut?.tokens.length === 0) {
      return { text: t(state.text === "" ? "tokens.empty" : "tokens.blank"), isProblem: true };
    }
    return { text: t(`tokens.about.${state.cut}`, { size: cut?.size ?? 0 }), isProblem: false };
  }
}
