/** A few choices in a row, one of them on: radio buttons, so that the keyboard and screen readers know them. */

import { element, listen, uniqueId, type Child } from "./dom.js";

export interface Choice<Value extends string> {
  value: Value;
  content: Child[];
  /** What a screen reader says when the content is a formula. */
  label?: string;
}

export interface SegmentedOptions<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  onPick: (value: Value) => void;
  signal: AbortSignal;
}

export class Segmented<Value extends string> {
  readonly element: HTMLElement;
  readonly #inputs = new Map<Value, HTMLInputElement>();

  constructor(options: SegmentedOptions<Value>) {
    const group = uniqueId("group");
    this.element = element("div", {
      class: "attn-segmented",
      role: "radiogroup",
      "aria-label": options.label,
    });
    for (const choice of options.choices) {
      const input = element("input", {
        type: "radio",
        name: group,
        value: choice.value,
        "aria-label": choice.label ?? null,
      });
      this.#inputs.set(choice.value, input);
      listen(input, "change", options.signal, () => options.onPick(choice.value));
      const face = element("span", { class: "attn-segment-face" }, element("span", {}, ...choice.content));
      this.element.append(element("label", { class: "attn-segment" }, input, face));
    }
  }

  /** Shows which choice is on; null for none of them. */
  set(value: Value | null): void {
    this.#inputs.forEach((input, name) => {
      input.checked = name === value;
    });
  }

  disable(value: Value, disabled: boolean): void {
    const input = this.#inputs.get(value);
    if (input !== undefined) {
      input.disabled = disabled;
    }
  }
}

/** A switch that is on or off. */
export function toggle(
  label: string,
  signal: AbortSignal,
  onChange: (on: boolean) => void,
): {
  element: HTMLElement;
  set: (on: boolean) => void;
} {
  const input = element("input", { type: "checkbox", role: "switch" });
  listen(input, "change", signal, () => onChange(input.checked));
  const root = element(
    "label",
    { class: "attn-toggle" },
    input,
    element("span", { class: "attn-track" }),
    label,
  );
  return {
    element: root,
    set: (on) => {
      input.checked = on;
    },
  };
}
