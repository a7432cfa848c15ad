/** A slider with its name before it and its number behind it. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";

export interface SliderOptions {
  label: string;
  signal: AbortSignal;
  onInput: (value: number) => void;
}

export interface Range {
  least: number;
  most: number;
  step?: number;
}

export class Slider {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #number = element("output", { class: "attn-number" });

  constructor({ label, signal, onInput }: SliderOptions) {
    this.#input = element("input", { type: "range", class: "attn-slider", "aria-label": label });
    listen(this.#input, "input", signal, () => onInput(Number(this.#input.value)));
    const name = element("span", { class: "attn-quiet", "aria-hidden": "true" }, label);
    this.element = element("div", { class: "attn-pos-field" }, name, this.#input, this.#number);
  }

  /** Shows a value; `text` where it is not the number itself. */
  show(value: number, { least, most, step = 1 }: Range, text = String(value)): void {
    setAttribute(this.#input, "min", least);
    setAttribute(this.#input, "max", most);
    setAttribute(this.#input, "step", step);
    this.#input.value = String(value);
    setAttribute(this.#input, "aria-valuetext", text);
    setText(this.#number, text);
  }

  /** Its room stays when it has nothing to say. */
  setIdle(isIdle: boolean): void {
    setAttribute(this.element, "data-idle", isIdle);
    this.#input.disabled = isIdle;
  }
}

/** The name of a picture, above it. */
export function title(...content: string[]): HTMLElement {
  return element("p", { class: "attn-pos-title" }, ...content);
}
