/** A fault that the reader has to find: the symptoms are on screen, the mask is not. */

import { FAULTS, type Fault } from "../../engine/masks.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { Segmented } from "../shared/segmented.js";
import type { Actions, Frame, Part } from "./frame.js";

export class MysteryPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #start: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  readonly #end: HTMLButtonElement;
  readonly #asked = element("p", { class: "attn-msk-asked" });
  readonly #answers: Segmented<Fault>;
  readonly #feedback = element("p", { class: "attn-msk-feedback", role: "status" });
  readonly #body: HTMLElement;
  #mystery = 0;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    const button = (key: string, run: () => void): HTMLButtonElement => {
      const made = element("button", { type: "button", class: "attn-button attn-framed" }, t(key));
      listen(made, "click", signal, run);
      return made;
    };
    this.#start = button("masks.mystery.start", () => this.#go(1));
    this.#next = button("masks.mystery.next", () => this.#go(this.#mystery + 1));
    this.#end = button("masks.mystery.end", () => change({ mystery: 0, answer: "", row: -1 }));
    this.#answers = new Segmented<Fault>({
      label: t("masks.mystery.answers"),
      choices: FAULTS.map((value) => ({ value, content: [t(`masks.fault.${value}`)] })),
      onPick: (answer) => change({ answer }),
      signal,
    });
    this.#body = element(
      "div",
      { class: "attn-msk-case" },
      this.#asked,
      this.#answers.element,
      this.#feedback,
      element("div", { class: "attn-msk-buttons" }, this.#next, this.#end),
    );
    this.element = element("section", { class: "attn-msk-mystery" }, this.#start, this.#body);
  }

  update({ state, shown }: Frame): void {
    const { t } = this.#actions;
    const isOn = state.mystery > 0;
    this.#mystery = state.mystery;
    setAttribute(this.#start, "hidden", isOn);
    setAttribute(this.#body, "hidden", !isOn);
    setText(
      this.#asked,
      t("masks.mystery.asked", { mask: t(`masks.preset.${shown.preset}`), number: state.mystery }),
    );
    this.#answers.set(state.answer as Fault);
    const isRight = state.answer === shown.fault;
    setAttribute(this.#feedback, "data-verdict", state.answer === "" ? null : isRight ? "right" : "wrong");
    const key = isRight ? `masks.symptom.${shown.fault}` : `masks.hint.${state.answer}`;
    const verdict = t(isRight ? "masks.mystery.right" : "masks.mystery.wrong");
    setText(this.#feedback, state.answer === "" ? "\u00a0" : `${verdict} ${t(key)}`);
  }

  #go(mystery: number): void {
    // Each case is looked at in a row that shows it, and with the sentinel that half precision is known for.
    this.#actions.change({ mystery, answer: "", row: 2, sentinel: "-10", view: "steps" });
  }
}
