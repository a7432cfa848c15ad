/** The four steps from scores to outputs, as tabs that read as one formula. */

import { element, listen, setAttribute, setText, uniqueId, type Child } from "../shared/dom.js";
import { short } from "../shared/format.js";
import { symbol } from "./controls.js";
import { STEPS, type Actions, type Frame, type Part, type Step } from "./frame.js";

export class StepTabs implements Part {
  readonly element: HTMLElement;
  readonly panelId = uniqueId("figure");
  readonly #actions: Actions;
  readonly #tabs = new Map<Step, HTMLButtonElement>();
  readonly #divisor = element("span");

  constructor(actions: Actions) {
    this.#actions = actions;
    this.element = element("div", {
      class: "attn-steps",
      role: "tablist",
      "aria-label": actions.t("self-attention.steps"),
    });
    STEPS.forEach((step, index) => {
      const tab = this.#makeTab(step, index);
      this.#tabs.set(step, tab);
      this.element.append(tab);
    });
    listen(this.element, "keydown", actions.signal, (event) => this.#onKey(event));
  }

  update({ ui, scene }: Frame): void {
    setText(this.#divisor, scene.attention === null ? "" : short(scene.attention.divisor));
    this.#tabs.forEach((tab, step) => {
      setAttribute(tab, "aria-selected", String(step === ui.step));
      setAttribute(tab, "tabindex", step === ui.step ? 0 : -1);
    });
  }

  idOf(step: Step): string {
    return this.#tabs.get(step)?.id ?? "";
  }

  #makeTab(step: Step, index: number): HTMLButtonElement {
    const { t, signal, look } = this.#actions;
    const number = element("span", { class: "attn-step-number", "aria-hidden": "true" }, String(index + 1));
    const name = element("span", { class: "attn-step-name" }, number, t(`self-attention.step.${step}`));
    const formula = element(
      "span",
      { class: "attn-step-formula", "aria-hidden": "true" },
      ...this.#formula(step),
    );
    const attributes = {
      type: "button",
      class: "attn-step",
      role: "tab",
      id: uniqueId("tab"),
      "aria-controls": this.panelId,
    };
    const tab = element("button", attributes, name, formula);
    listen(tab, "click", signal, () => look({ step, hover: null }));
    return tab;
  }

  #formula(step: Step): Child[] {
    switch (step) {
      case "scores":
        return [symbol("Q"), " ", symbol("K"), element("sup", {}, "⊤")];
      case "scaled":
        return ["÷ ", this.#divisor];
      case "weights":
        return ["softmax"];
      case "outputs":
        return ["× ", symbol("V")];
    }
  }

  #onKey(event: KeyboardEvent): void {
    const current = STEPS.findIndex((step) => this.#tabs.get(step) === event.target);
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    if (current < 0 || move === 0) {
      return;
    }
    const step = STEPS[(current + move + STEPS.length) % STEPS.length];
    event.preventDefault();
    this.#tabs.get(step)?.focus();
    this.#actions.look({ step, hover: null });
  }
}
