/** The heads of the model, each of which can be switched off. */

import { element, listen, setText } from "../shared/dom.js";
import { HeadGrid } from "../shared/headgrid.js";
import type { Actions, Frame, Part } from "./frame.js";
import { headName, offOf, type ModelName } from "./state.js";

export class SwitchingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #details: HTMLDetailsElement;
  readonly #count = element("span", { class: "attn-quiet attn-heads-count" });
  readonly #all: HTMLButtonElement;
  readonly #grid: HeadGrid;
  #frame: Frame | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#grid = new HeadGrid({
      label: t("models.heads.grid"),
      headLabel: (head) => String(head + 1),
      boxLabel: (row, head) => t("models.heads.box", { row, head: head + 1 }),
      onToggle: (attention, head, on) => this.#toggle(attention, head, on),
      signal,
    });
    this.#all = element(
      "button",
      { type: "button", class: "attn-button attn-framed" },
      t("models.heads.all"),
    );
    listen(this.#all, "click", signal, () => this.#switchAllOn());
    const summary = element("summary", {}, element("span", {}, t("models.heads")), " ", this.#count);
    this.#details = element(
      "details",
      { class: "attn-heads-part" },
      summary,
      element("p", { class: "attn-quiet" }, t("models.heads.note")),
      element("div", { class: "attn-heads-scroll" }, this.#grid.element),
      this.#all,
    );
    this.element = this.#details;
    // A click is heard before it opens, and a key on the summary is a click; "toggle" tells of all other ways.
    listen(summary, "click", signal, () => this.#showGrid());
    listen(this.#details, "toggle", signal, () => this.#showGrid());
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { state, card } = frame;
    this.#frame = frame;
    if (this.#details.open) {
      this.#showGrid();
    }
    const off = offOf(state, state.model).length;
    const count = card.attentions.length * card.heads;
    setText(this.#count, t(off === 0 ? "models.heads.none-off" : "models.heads.some-off", { off, count }));
    this.#all.disabled = off === 0;
  }

  /** The boxes are made when they are first wanted: there may be more than a hundred. */
  #showGrid(): void {
    if (this.#frame !== null) {
      const { state, card } = this.#frame;
      const names = card.attentions.map((name) => attentionLabel(name, state.model, this.#actions.t));
      this.#grid.show(names, card.heads, (attention, head) =>
        state.off.includes(headName(state.model, card.attentions[attention], head)),
      );
    }
  }

  #toggle(attention: number, head: number, on: boolean): void {
    if (this.#frame !== null) {
      const { state, card } = this.#frame;
      const name = headName(state.model, card.attentions[attention], head);
      const others = state.off.filter((one) => one !== name);
      this.#actions.change({ off: on ? others : [...others, name] });
    }
  }

  #switchAllOn(): void {
    if (this.#frame !== null) {
      const { state } = this.#frame;
      this.#actions.change({ off: state.off.filter((name) => !name.startsWith(`${state.model}.`)) });
    }
  }
}

/** "decoder.layers.1.cross_attention" in the reader's words. */
export function attentionLabel(name: string, model: ModelName, t: Actions["t"]): string {
  const [stack, , layer, kind] = name.split(".");
  const number = Number(layer) + 1;
  return model === "translator"
    ? t(`models.attention.${stack}.${kind}`, { number })
    : t("models.look.layer.number", { number });
}
