/** The graph on screen, with the number of layers to set. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { Stage } from "../shared/layer.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";
import { drawGraph, graphOf, reached } from "./graph.js";
import { MAX_LAYERS } from "./state.js";

export class GraphPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #stage: Stage;
  readonly #picture: HTMLElement;
  readonly #layers: HTMLInputElement;
  readonly #count = element("output", { class: "attn-number" });
  readonly #said = element("p", { class: "attn-msk-reach" });
  readonly #field: HTMLElement;

  constructor(actions: Actions & { onResize: () => void }) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    this.#layers = element("input", {
      ...{ type: "range", class: "attn-slider", min: 1, max: MAX_LAYERS, step: 1 },
      "aria-label": t("masks.layers"),
    });
    listen(this.#layers, "input", signal, () => change({ layers: Number(this.#layers.value) }));
    this.#field = element(
      "div",
      { class: "attn-msk-field attn-msk-layers" },
      element("span", { class: "attn-quiet", "aria-hidden": "true" }, t("masks.layers")),
      this.#layers,
      this.#count,
    );
    this.#picture = element("div", { class: "attn-stage attn-msk-graph", role: "img" });
    this.#stage = new Stage(this.#picture, actions.onResize, signal);
    this.element = element("div", {}, this.#field, this.#said, this.#picture);
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { reading, numbers, row, state, model, palette } = frame;
    const isCross = model === "translator";
    setAttribute(this.#field, "hidden", isCross);
    this.#layers.value = String(state.layers);
    setText(this.#count, String(state.layers));
    const count = isCross
      ? reading.keys.filter((_, k) => numbers.mask.allowed[row * numbers.mask.Tk + k]).length
      : reached(numbers.mask, row, state.layers);
    const values = { token: visibleToken(reading.queries[row]), count, all: reading.keys.length };
    const said = t(isCross ? "masks.reach.cross" : "masks.reach", { ...values, layers: state.layers });
    setText(this.#said, said);
    setAttribute(this.#picture, "aria-label", said);
    if (this.#stage.width > 0) {
      this.#stage.fit();
      const graph = graphOf(reading, numbers.mask, row, state.layers, isCross);
      drawGraph(this.#stage.base.clear(palette.fontFamily), palette, this.#stage, graph);
    }
  }
}
