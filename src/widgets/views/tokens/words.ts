/** The words that are compared: picked, taken away, added; each with its id, or with the tokens that it falls into. */

import { element, icon, listen, setAttribute, setText } from "../shared/dom.js";
import { faceOf } from "./chips.js";
import type { WordCode } from "./compute.js";
import type { Actions, Frame, Part } from "./frame.js";
import { LEAST_WORDS, MAX_WORD, MOST_WORDS, wordToKeep } from "./state.js";

const CROSS = "M4.5 4.5l7 7m0-7l-7 7";

export class WordsPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #list: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #add: HTMLButtonElement;
  readonly #note = element("p", { class: "attn-quiet attn-words-note" });
  #words: readonly string[] = [];
  #key = "";

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#list = element("ul", { class: "attn-words", "aria-label": t("tokens.words") });
    this.#input = element("input", {
      ...{ type: "text", class: "attn-input attn-words-input", dir: "auto", maxlength: MAX_WORD },
      ...{ autocomplete: "off", autocapitalize: "off", spellcheck: "false" },
      ...{ "aria-label": t("tokens.words.new"), placeholder: t("tokens.words.new") },
    });
    this.#add = element(
      "button",
      { type: "button", class: "attn-button attn-framed" },
      t("tokens.words.add"),
    );
    listen(this.#input, "keydown", signal, (event) => {
      if (event.key === "Enter" && !event.isComposing) {
        this.#addWord();
      }
    });
    listen(this.#input, "input", signal, () => this.#showAdd());
    listen(this.#add, "click", signal, () => this.#addWord());
    const row = element("div", { class: "attn-words-add" }, this.#input, this.#add);
    const title = element("p", { class: "attn-part-title" }, t("tokens.words"));
    this.element = element(
      "section",
      { class: "attn-tokens-words" },
      title,
      element("div", { class: "attn-words-row" }, this.#list, row),
      this.#note,
    );
  }

  update({ codes, picked, state }: Frame): void {
    const { t } = this.#actions;
    this.#words = state.words;
    const key = JSON.stringify(codes.map(({ word, code }) => [word, code]));
    if (key !== this.#key) {
      this.#key = key;
      const focused = [...this.#list.querySelectorAll("button")].findIndex(
        (one) => one === document.activeElement,
      );
      this.#list.replaceChildren(...codes.map((code, place) => this.#item(code, place)));
      if (focused >= 0) {
        const buttons = this.#list.querySelectorAll("button");
        buttons[Math.min(focused, buttons.length - 1)].focus();
      }
    }
    this.#list.querySelectorAll<HTMLElement>(".attn-word-pick").forEach((button, place) => {
      setAttribute(button, "aria-pressed", String(place === picked));
    });
    this.#list.querySelectorAll<HTMLButtonElement>(".attn-word-drop").forEach((button) => {
      button.disabled = codes.length <= LEAST_WORDS;
    });
    this.#showAdd();
    const without = codes.filter(({ code }) => code !== null && code.id === null).map(({ word }) => word);
    const values = { words: without.join(t("tokens.comma")), cut: t(`tokens.cut.${state.cut}`) };
    setText(this.#note, without.length === 0 ? t("tokens.words.all") : t("tokens.words.without", values));
  }

  #item({ word, code }: WordCode, place: number): HTMLElement {
    const { t, pick, change } = this.#actions;
    const { signal } = this.#actions;
    const button = element("button", { type: "button", class: "attn-word-pick" });
    button.append(element("span", { class: "attn-chip-face", dir: "auto" }, word), this.#codeOf(code));
    listen(button, "click", signal, () => pick(place));
    const drop = element(
      "button",
      { type: "button", class: "attn-word-drop", "aria-label": t("tokens.words.drop", { word }) },
      icon(CROSS),
    );
    listen(drop, "click", signal, () => change({ words: this.#words.filter((other) => other !== word) }));
    return element("li", { class: "attn-compared" }, button, drop);
  }

  #codeOf(code: WordCode["code"]): HTMLElement {
    const { t } = this.#actions;
    if (code === null) {
      return element("span", { class: "attn-chip-id" }, "…");
    }
    if (code.id !== null) {
      return element("span", { class: "attn-chip-id" }, String(code.id));
    }
    if (code.pieces.length === 1) {
      return element("span", { class: "attn-chip-id" }, t("tokens.words.unknown"));
    }
    const bits = code.pieces
      .slice(0, 8)
      .map((piece) => element("span", { class: "attn-bit" }, ...faceOf(piece)));
    return element("span", { class: "attn-chip-id" }, ...bits, code.pieces.length > 8 ? "…" : "");
  }

  #addWord(): void {
    const word = wordToKeep(this.#input.value, this.#words);
    if (word !== null) {
      this.#input.value = "";
      this.#actions.change({ words: [...this.#words, word] });
    }
  }

  #showAdd(): void {
    this.#add.disabled = wordToKeep(this.#input.value, this.#words) === null;
    this.#input.disabled = this.#words.length >= MOST_WORDS;
  }
}
