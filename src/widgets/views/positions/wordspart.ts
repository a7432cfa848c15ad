/** What the sum and the shuffle share: the sentence, its words in their order, and whether positions are told. */

import { element, setAttribute, setText } from "../shared/dom.js";
import { Segmented, toggle } from "../shared/segmented.js";
import { AskingPart } from "./asking.js";
import { Chips, type ChipFoot } from "./chips.js";
import { changeText } from "./formulas.js";
import type { Actions, Frame, Part } from "./frame.js";
import { SAME } from "./shufflepart.js";
import { ADDED, isMoved, type Added } from "./state.js";

export class WordsPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #asking: AskingPart;
  readonly #switch: ReturnType<typeof toggle>;
  readonly #added: Segmented<Added>;
  readonly #chips: Chips;
  readonly #keys = element("p", { class: "attn-quiet" });

  constructor(actions: Actions, examples: readonly string[]) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    this.#asking = new AskingPart(actions, examples);
    this.#switch = toggle(t("positions.positions"), signal, (positions) => change({ positions }));
    this.#added = new Segmented<Added>({
      label: t("positions.added"),
      choices: ADDED.map((value) => ({ value, content: [t(`positions.scheme.${value}`)] })),
      onPick: (added) => change({ added }),
      signal,
    });
    this.#chips = new Chips(actions);
    const settings = element(
      "div",
      { class: "attn-pos-settings" },
      this.#switch.element,
      this.#added.element,
    );
    this.element = element(
      "div",
      { class: "attn-pos-words" },
      this.#asking.element,
      settings,
      this.#chips.element,
      this.#keys,
    );
  }

  update(frame: Frame): void {
    const { state, numbers, reading, ramps, order } = frame;
    const isShuffle = state.view === "shuffle";
    this.#asking.update(frame);
    this.#switch.set(state.positions);
    this.#added.set(state.added);
    setAttribute(this.#added.element, "hidden", !isShuffle);
    ADDED.forEach((added) => this.#added.disable(added, !state.positions));
    const { changes, change } = numbers.shuffle(state, reading);
    const footOf = (token: number): ChipFoot => {
      if (!isShuffle || !isMoved(order)) {
        return { text: "", color: "" };
      }
      const share = change < SAME ? 0 : changes[token] / change;
      const { css } = ramps.sequential;
      return { text: changeText(changes[token]), color: css[Math.round(share * (css.length - 1))] };
    };
    this.#chips.show(frame, footOf);
    setText(this.#keys, this.#actions.t(`positions.chips.${isShuffle ? "shuffle" : "sum"}`));
  }

  forget(): void {
    this.#asking.forget();
  }
}
