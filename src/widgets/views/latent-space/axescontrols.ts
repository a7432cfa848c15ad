/** What the reader sets for the view of the axes: the pairs that span each axis, and the words placed along them. */

import { element, listen } from "../shared/dom.js";
import type { Boxes } from "./boxes.js";
import type { Actions } from "./frame.js";
import type { ListBox } from "./listbox.js";
import type { Pair, Presets, State } from "./state.js";

const MOST_PLACED = 40;
const OWN_AXIS = "own";
const NO_AXIS = "none";

interface Axis {
  trait: "xAxis" | "yAxis";
  select: HTMLSelectElement;
  box: ListBox<Pair>;
}

export class AxesControls {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #presets: Presets["axes"];
  readonly #axes: readonly Axis[];
  readonly #placed: ListBox<string>;

  constructor(actions: Actions, boxes: Boxes, presets: Presets["axes"]) {
    this.#actions = actions;
    this.#presets = presets;
    this.#axes = [this.#makeAxis("xAxis", boxes), this.#makeAxis("yAxis", boxes)];
    this.#placed = boxes.words(actions.t("latent-space.placed"), MOST_PLACED, 1, (placed) =>
      actions.change({ placed }),
    );
    this.element = this.#makeRows();
  }

  update(state: State): void {
    for (const { trait, select, box } of this.#axes) {
      box.set(state[trait]);
      select.value = this.#presetOf(state[trait]);
    }
    this.#placed.set(state.placed);
  }

  /** Forgets what was typed and has not become anything. */
  reset(): void {
    this.#placed.reset();
    this.#axes.forEach(({ box }) => box.reset());
  }

  #makeAxis(trait: "xAxis" | "yAxis", boxes: Boxes): Axis {
    const { t, signal, touch, change, say } = this.#actions;
    const isFirst = trait === "xAxis";
    const name = t(isFirst ? "latent-space.axes.x" : "latent-space.axes.y");
    const select = element("select", { class: "attn-select", "aria-label": name });
    const values = [...Object.keys(this.#presets), ...(isFirst ? [] : [NO_AXIS]), OWN_AXIS];
    select.append(...values.map((value) => element("option", { value }, t(`latent-space.axis.${value}`))));
    const label = t("latent-space.pairs", { axis: name });
    const box = boxes.pairs(label, (pairs) => change({ [trait]: pairs }));
    listen(select, "change", signal, () => {
      touch();
      say("");
      if (select.value !== OWN_AXIS) {
        box.reset();
        change({ [trait]: select.value === NO_AXIS ? [] : this.#presets[select.value] });
      } else {
        box.element.focus();
      }
    });
    return { trait, select, box };
  }

  #presetOf(pairs: readonly Pair[]): string {
    if (pairs.length === 0) {
      return NO_AXIS;
    }
    const said = JSON.stringify(pairs);
    const known = Object.entries(this.#presets).find(([, preset]) => JSON.stringify(preset) === said);
    return known?.[0] ?? OWN_AXIS;
  }

  #makeRows(): HTMLElement {
    const rows = this.#axes.map(({ trait, select, box }) =>
      element(
        "div",
        { class: "attn-space-axis" },
        element(
          "span",
          { class: "attn-quiet" },
          this.#actions.t(trait === "xAxis" ? "latent-space.axes.x" : "latent-space.axes.y"),
        ),
        select,
        box.element,
      ),
    );
    const placed = element(
      "div",
      { class: "attn-space-axis attn-space-placed" },
      element("span", { class: "attn-quiet" }, this.#actions.t("latent-space.placed")),
      this.#placed.element,
    );
    const hint = element("p", { class: "attn-quiet" }, this.#actions.t("latent-space.pairs.hint"));
    return element("div", { class: "attn-space-rows" }, ...rows, placed, hint);
  }
}
