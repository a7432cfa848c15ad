/** Which text is learned from: one that comes with the widget, or the reader's own. */

import { element, listen, setAttribute, setText, uniqueId } from "../shared/dom.js";
import { readOnLeaving } from "../shared/leaving.js";
import { trailing } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import type { Actions, Frame } from "./frame.js";
import { MAX_STEPS, MAX_TEXT, type Example } from "./state.js";

const REST = 350; // ms without a key before the text is learned from
const OWN = "own";

export class TextPart {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #examples: readonly Example[];
  readonly #choices: Segmented<string>;
  readonly #box: HTMLElement;
  readonly #input: HTMLTextAreaElement;
  readonly #note = element("p", { class: "attn-hint", role: "status" });
  readonly #typed = trailing(() => this.#read(), REST);
  #isTyping = false;
  /** The reader wants to type, also while the text is still one of ours. */
  #isOwn = false;

  constructor(actions: Actions, examples: readonly Example[]) {
    const { t, signal, change } = actions;
    this.#actions = actions;
    this.#examples = examples;
    this.#choices = new Segmented<string>({
      label: t("word2vec.text"),
      choices: [...examples.map(({ name }) => name), OWN].map((value) => ({
        value,
        content: [t(`word2vec.text.${value}`)],
      })),
      onPick: (name) => this.#pick(name, change),
      signal,
    });
    this.#input = this.#makeInput();
    const id = uniqueId("text");
    this.#input.id = id;
    this.#box = element(
      "div",
      { class: "attn-w2v-own", hidden: true },
      element("label", { class: "attn-quiet", for: id }, t("word2vec.own", { most: MAX_TEXT })),
      this.#input,
    );
    signal.addEventListener("abort", () => this.#typed.cancel());
    const row = element("div", { class: "attn-w2v-texts" }, this.#choices.element);
    const message = element("div", { class: "attn-message attn-w2v-note" }, this.#note);
    this.element = element("section", {}, row, this.#box, message);
  }

  update(frame: Frame): void {
    const { text } = frame.state;
    const known = this.#examples.find((example) => example.text === text);
    const isOwn = this.#isOwn || known === undefined;
    this.#choices.set(isOwn ? OWN : known.name);
    setAttribute(this.#box, "hidden", !isOwn);
    if (!this.#isTyping && this.#input.value !== text) {
      this.#input.value = text;
    }
    setText(this.#note, this.#noteOf(frame));
    this.#note.classList.toggle("attn-problem", frame.problem !== null);
  }

  /** Whatever is half typed gives way to the state at the next redraw. */
  forget(): void {
    this.#typed.cancel();
    this.#isTyping = false;
    this.#isOwn = false;
  }

  #pick(name: string, change: Actions["change"]): void {
    this.#typed.cancel();
    this.#isTyping = false;
    this.#isOwn = name === OWN;
    const example = this.#examples.find((one) => one.name === name);
    if (example === undefined) {
      this.#actions.redraw();
      setAttribute(this.#box, "hidden", false);
      this.#input.focus();
      this.#input.select();
    } else {
      change({ text: example.text, follow: example.follow });
    }
  }

  #makeInput(): HTMLTextAreaElement {
    const { signal } = this.#actions;
    const input = element("textarea", {
      class: "attn-input attn-w2v-input",
      rows: 4,
      dir: "auto",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      maxlength: MAX_TEXT,
    });
    listen(input, "input", signal, (event) => {
      this.#isTyping = true;
      if (!event.isComposing) {
        this.#typed.request(); // letters that are still being put together are no text yet
      }
    });
    listen(input, "compositionend", signal, () => this.#typed.request());
    readOnLeaving(input, this.#typed, signal);
    return input;
  }

  #read(): void {
    this.#isTyping = false;
    this.#isOwn = true;
    this.#actions.change({ text: [...this.#input.value].slice(0, MAX_TEXT).join("") });
  }

  #noteOf({ corpus, problem, runs, state }: Frame): string {
    const { t } = this.#actions;
    if (problem !== null) {
      return t(`word2vec.problem.${problem}`);
    }
    const places = runs?.cbow.places.length ?? 0;
    const parts = [t("word2vec.counted", { words: corpus.words.length, places })];
    if (this.#examples.some(({ text }) => text === state.text)) {
      parts.push(t("word2vec.made"));
    }
    if (corpus.leftOut > 0) {
      parts.push(
        t("word2vec.left-out", {
          kept: corpus.words.length,
          words: corpus.leftOut,
          times: corpus.leftOutTimes,
        }),
      );
    }
    if (places > MAX_STEPS) {
      parts.push(t("word2vec.too-long", { most: MAX_STEPS }));
    }
    return parts.join(" ");
  }
}
