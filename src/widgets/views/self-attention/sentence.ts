/** The top of the widget: type a sentence, pick a word, see at once whom it attends to. */

import { element, icon, listen, rich, setAttribute, setText, uniqueId } from "../shared/dom.js";
import { megabytes } from "../shared/format.js";
import type { Actions, Frame, Part } from "./frame.js";
import { hintsFor, type Reading } from "./reading.js";
import { sentenceOf } from "./state.js";
import { SentenceStrip } from "./sentencestrip.js";
import type { Loading } from "../shared/tableloader.js";

export interface SentenceOptions extends Actions {
  examples: readonly string[];
  onType: (text: string) => void;
  /** The reader is about to type: a good moment to fetch the full table. */
  onFocus: () => void;
  onRetry: () => void;
  /** How the sentence on screen was read, or null when it was not typed here. */
  reading: () => Reading | null;
}

const QUESTION_MARK = "M5.8 6.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12.2v.1";

export class SentencePart implements Part {
  readonly element: HTMLElement;
  readonly #options: SentenceOptions;
  readonly #input: HTMLInputElement;
  readonly #strip: SentenceStrip;
  readonly #hint = element("p", { class: "attn-hint" });
  readonly #progress = element("progress", { class: "attn-progress", max: 1 });
  readonly #retry: HTMLButtonElement;
  #shown: { tokens: readonly string[]; loading: Loading } | null = null;

  constructor(options: SentenceOptions) {
    this.#options = options;
    const { t, signal } = options;
    this.#strip = new SentenceStrip(options);
    this.#input = this.#makeInput();
    this.#retry = element("button", { type: "button", class: "attn-button" }, t("self-attention.retry"));
    listen(this.#retry, "click", signal, () => options.onRetry());
    setAttribute(this.#progress, "aria-label", t("self-attention.progress"));
    const help = this.#makeHelp();
    this.element = element(
      "section",
      { class: "attn-sentence" },
      element("div", { class: "attn-intro" }, this.#makeInstruction(), help.button),
      help.panel,
      this.#input,
      this.#makeExamples(),
      this.#strip.element,
      element("div", { class: "attn-message" }, this.#hint, this.#progress, this.#retry),
    );
  }

  update(frame: Frame): void {
    const { tokens, labels } = frame.state;
    this.#strip.update(frame);
    if (this.#shown?.tokens === tokens && this.#shown.loading === frame.loading) {
      return;
    }
    if (this.#shown?.tokens !== tokens && document.activeElement !== this.#input) {
      this.#input.value = sentenceOf(tokens, labels);
    }
    this.#shown = { tokens, loading: frame.loading };
    this.#showMessage(frame);
  }

  /** Whatever stands in the box gives way to the sentence on screen at the next redraw. */
  forget(): void {
    this.#shown = null;
    this.#input.blur();
  }

  #makeInstruction(): HTMLElement {
    const { t } = this.#options;
    const word = element("strong", {}, t("self-attention.instruction.word"));
    return element("p", { class: "attn-instruction" }, ...rich(t("self-attention.instruction"), { word }));
  }

  #makeInput(): HTMLInputElement {
    const { t, signal, onType, onFocus } = this.#options;
    const input = element("input", {
      type: "text",
      class: "attn-input",
      dir: "auto",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      "aria-label": t("self-attention.sentence"),
      placeholder: t("self-attention.placeholder"),
    });
    listen(input, "input", signal, () => onType(input.value));
    listen(input, "focus", signal, () => onFocus());
    return input;
  }

  #makeExamples(): HTMLElement {
    const { t, signal, examples, onType } = this.#options;
    const row = element(
      "div",
      { class: "attn-examples", hidden: examples.length === 0 },
      element("span", { class: "attn-quiet" }, t("self-attention.try")),
    );
    for (const sentence of examples) {
      const button = element("button", { type: "button", class: "attn-example", dir: "auto" }, sentence);
      listen(button, "click", signal, () => {
        this.#input.value = sentence;
        onType(sentence);
      });
      row.append(button);
    }
    return row;
  }

  /** The keys and gestures, folded away behind a question mark. */
  #makeHelp(): { button: HTMLElement; panel: HTMLElement } {
    const { t, signal } = this.#options;
    const list = element("dl", { class: "attn-keys" });
    for (const name of ["pick", "move", "delete", "cell", "lock", "unlock"]) {
      list.append(
        element("dt", {}, t(`self-attention.keys.${name}.how`)),
        element("dd", {}, t(`self-attention.keys.${name}.what`)),
      );
    }
    const panel = element("div", { class: "attn-help", id: uniqueId("help"), hidden: true }, list);
    const button = element(
      "button",
      {
        type: "button",
        class: "attn-button attn-round",
        "aria-label": t("self-attention.help"),
        "aria-expanded": "false",
        "aria-controls": panel.id,
      },
      icon(QUESTION_MARK),
    );
    listen(button, "click", signal, () => {
      panel.hidden = !panel.hidden;
      setAttribute(button, "aria-expanded", String(!panel.hidden));
    });
    return { button, panel };
  }

  #showMessage(frame: Frame): void {
    const { t } = this.#options;
    const { loading } = frame;
    setAttribute(this.#retry, "hidden", loading.phase !== "failed");
    setAttribute(this.#progress, "hidden", loading.phase !== "loading");
    this.#hint.classList.toggle("attn-problem", loading.phase === "failed");
    if (loading.phase === "failed") {
      setText(this.#hint, t(`self-attention.failed.${loading.reason}`, { detail: loading.detail }));
    } else if (loading.phase === "loading") {
      this.#showProgress(loading.loaded, loading.total);
    } else {
      const hints = hintsFor(frame.state.tokens, frame.state.labels, this.#options.reading());
      const texts = hints.map(({ key, values }) => t(key, values));
      setText(this.#hint, texts.length > 0 ? texts.join(" ") : t("self-attention.hint.move"));
    }
  }

  #showProgress(loaded: number, total: number): void {
    const { t } = this.#options;
    if (total === 0) {
      this.#progress.removeAttribute("value"); // not known yet: the bar moves without saying how far
      setText(this.#hint, t("self-attention.loading"));
      return;
    }
    this.#progress.value = loaded / total;
    setText(
      this.#hint,
      t("self-attention.loading.bytes", { loaded: megabytes(loaded), total: megabytes(total) }),
    );
  }
}
