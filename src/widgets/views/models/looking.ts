/** Where the model looked: one attention as a heat map, of one head or the mean of all. */

import { weightScale } from "../shared/colorscale.js";
import { AttentionMap } from "../shared/attentionmap.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import type { Matrix } from "../shared/heatmap.js";
import { memo } from "../shared/schedule.js";
import type { Ramp } from "../shared/colorscale.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";
import { rowNames, weightsOf, type Run } from "./run.js";
import { shownAttention, shownAttentions, type Card, type State } from "./state.js";

const PACE = 150; // ms
const MANY_COLUMNS = 24; // from here on the scale ends at the largest weight

export class LookingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #attention: HTMLSelectElement;
  readonly #head: HTMLSelectElement;
  readonly #map: AttentionMap;
  readonly #readout = element("p", { class: "attn-readout attn-map-readout" });
  readonly #matrix: (run: Run, attention: string, head: number, ramp: Ramp) => Matrix;
  #choices = "";
  #drawnAt = 0;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, look } = actions;
    this.#attention = element("select", { class: "attn-select", "aria-label": t("models.look.layer") });
    this.#head = element("select", { class: "attn-select", "aria-label": t("models.look.head") });
    listen(this.#attention, "change", signal, () => look({ look: this.#attention.value }));
    listen(this.#head, "change", signal, () => look({ head: Number(this.#head.value) }));
    this.#map = new AttentionMap({ role: t("models.map.role"), signal, onChange: () => actions.redraw() });
    this.#matrix = memo((run, attention, head, ramp) => matrixOf(run, attention, head, ramp, t));
    this.element = element(
      "div",
      { class: "attn-looking-part" },
      element(
        "div",
        { class: "attn-looking-row" },
        element("p", { class: "attn-part-title" }, t("models.look")),
        this.#attention,
        this.#head,
      ),
      this.#readout,
      this.#map.element,
    );
  }

  draw(frame: Frame): void {
    const { run, state, card, isBusy } = frame;
    // While a model writes, the map follows in steps: to draw it takes as long as a token does.
    const now = performance.now();
    if (!this.#map.hasSize || (isBusy && now - this.#drawnAt < PACE)) {
      return;
    }
    this.#drawnAt = now;
    const matrix =
      run !== null && run.looks.length > 0
        ? this.#matrix(run, shownAttention(state, card), headOf(state, card), frame.ramp)
        : null;
    this.#map.draw(matrix, frame.palette);
  }

  update({ run, state, card }: Frame): void {
    const { t } = this.#actions;
    this.#showChoices(state, card);
    const values = { rows: run?.looks.length ?? 0, columns: run?.read.length ?? 0 };
    this.#map.describe(t(`models.map.${state.model}`, values));
    setText(this.#readout, this.#readoutOf(run, state, card));
  }

  #showChoices(state: State, card: Card): void {
    const { t } = this.#actions;
    const names = shownAttentions(state.model, card);
    const choices = JSON.stringify([names, card.heads]);
    if (choices !== this.#choices) {
      this.#choices = choices;
      const option = (value: string | number, text: string): HTMLOptionElement =>
        element("option", { value }, text);
      this.#attention.replaceChildren(
        ...names.map((name, layer) => option(name, t("models.look.layer.number", { number: layer + 1 }))),
      );
      const heads = Array.from({ length: card.heads }, (_, head) => head);
      this.#head.replaceChildren(
        option(-1, t("models.look.mean", { count: card.heads })),
        ...heads.map((head) => option(head, t("models.look.head.number", { number: head + 1 }))),
      );
    }
    this.#attention.value = shownAttention(state, card);
    this.#head.value = String(headOf(state, card));
    setAttribute(this.#attention, "disabled", names.length < 2);
  }

  #readoutOf(run: Run | null, state: State, card: Card): string {
    const { t } = this.#actions;
    const { place } = this.#map;
    if (run === null || place === null || place.column < 0 || place.row >= run.looks.length) {
      return t(`models.readout.${state.model}`);
    }
    const weights = weightsOf(run, shownAttention(state, card), headOf(state, card));
    const weight = weights[place.row * run.read.length + place.column];
    return t("models.readout.cell", {
      row: visibleToken(rowNames(run, t("models.next"))[place.row] ?? ""),
      column: visibleToken(run.read[place.column] ?? ""),
      weight: fixed(weight, 3),
    });
  }
}

/** The head that is shown, or -1 for the mean: a model may have fewer heads than the one before. */
export function headOf(state: State, card: Card): number {
  return state.head < card.heads ? state.head : -1;
}

export function matrixOf(run: Run, attention: string, head: number, ramp: Ramp, t: Actions["t"]): Matrix {
  const values = weightsOf(run, attention, head);
  const [rows, columns] = [run.looks.length, run.read.length];
  const scale = weightScale(ramp, values, columns, MANY_COLUMNS);
  return {
    names: {
      rows: rowNames(run, t("models.next")).map(visibleToken),
      columns: run.read.map(visibleToken),
    },
    rows,
    columns,
    values,
    scale,
    cellText: (value) => fixed(value, 2),
    notes: null,
    hiddenRow: -1,
    captions: { rows: t(`models.axis.rows.${run.model}`), columns: t(`models.axis.columns.${run.model}`) },
    legend: ["0", fixed(scale.maximum / 2, 2), fixed(scale.maximum, 2)],
  };
}
