/** Says the state of the widget to screen readers, once it has come to rest. */

import { element, setText } from "./dom.js";
import { trailing } from "./schedule.js";

const REST = 600; // ms without a change before it is read out

export class LiveRegion {
  readonly element = element("div", { class: "attn-visually-hidden", role: "status", "aria-live": "polite" });
  #next: (() => string) | null = null;
  readonly #speak = trailing(() => setText(this.element, this.#next?.() ?? ""), REST);

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => this.#speak.cancel());
  }

  /** The text is made only when it is said. */
  say(text: () => string): void {
    this.#next = text;
    this.#speak.request();
  }
}
