/** A part that is folded away where a widget is narrow. Where there is room it always stands there, without a button. */

import { element, icon, listen, setAttribute, setText, uniqueId } from "../shared/dom.js";

const ARROW = "M5 3.5 10 8l-5 4.5";

export class Fold {
  readonly element: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #note = element("span", { class: "attn-quiet" });

  constructor(title: string, isOpen: boolean, signal: AbortSignal, ...children: HTMLElement[]) {
    const id = uniqueId("fold");
    this.#button = element(
      "button",
      { type: "button", class: "attn-mh-fold-button", "aria-expanded": String(isOpen), "aria-controls": id },
      icon(ARROW),
      element("span", {}, title),
      " ",
      this.#note,
    );
    const body = element("div", { class: "attn-mh-fold-body", id }, ...children);
    this.element = element("div", { class: "attn-mh-fold", "data-open": isOpen }, this.#button, body);
    listen(this.#button, "click", signal, () => this.#toggle());
  }

  /** A few words beside the title: what is going on inside. */
  note(text: string): void {
    setText(this.#note, text);
  }

  #toggle(): void {
    const isOpen = this.#button.getAttribute("aria-expanded") === "false";
    setAttribute(this.#button, "aria-expanded", String(isOpen));
    setAttribute(this.element, "data-open", isOpen);
  }
}
