/** Where each token looks, as a heat map, and the row of it that can be overwritten. */

import { AttentionMap } from "../shared/attentionmap.js";
import type { Ramp } from "../shared/colorscale.js";
import { element, listen, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { memo } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { Editor } from "./editor.js";
import type { Actions, Frame, Part } from "./frame.js";
import { matrixOf, namesOf, wholeOf } from "./picture.js";
import { weightsOf, type Run, type Shown } from "./run.js";
import { attentionOf, attentionsOf, LOOKS, type LookAt, type OwnRow } from "./state.js";

export class LookingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #look: Segmented<LookAt>;
  readonly #layer: HTMLSelectElement;
  readonly #head: HTMLSelectElement;
  readonly #map: AttentionMap;
  readonly #editor: Editor;
  readonly #readout = element("p", { class: "attn-readout attn-map-readout" });
  /** Made anew only when something in it changes: a picture that is the same is not painted again. */
  readonly #picture = memo(
    (
      run: Run,
      shown: Shown,
      attention: string,
      look: LookAt,
      head: number,
      rows: readonly OwnRow[],
      ramp: Ramp,
    ) => {
      const { t } = this.#actions;
      const looked = { look, head, rows };
      return {
        matrix: matrixOf(run, shown, looked, attention, ramp, t),
        whole: wholeOf(run, shown, looked, attention, t),
      };
    },
  );
  #choices = "";
  #frame: Frame | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, look, redraw } = actions;
    this.#look = new Segmented<LookAt>({
      label: t("translation.look"),
      choices: LOOKS.map((value) => ({ value, content: [t(`translation.look.${value}`)] })),
      onPick: (value) => look({ look: value }),
      signal,
    });
    this.#layer = element("select", { class: "attn-select", "aria-label": t("models.look.layer") });
    this.#head = element("select", { class: "attn-select", "aria-label": t("models.look.head") });
    listen(this.#layer, "change", signal, () => look({ layer: Number(this.#layer.value) }));
    listen(this.#head, "change", signal, () => look({ head: Number(this.#head.value) }));
    this.#map = new AttentionMap({
      ...{ role: t("models.map.role"), signal, onChange: redraw },
      onPick: ({ row, column }) => this.#editor.onCell(row, column),
    });
    this.#editor = new Editor(actions);
    const selects = element("div", { class: "attn-trl-selects" }, this.#layer, this.#head);
    const row = element("div", { class: "attn-looking-row" }, this.#look.element, selects);
    this.element = element(
      "div",
      { class: "attn-trl-looking" },
      row,
      this.#editor.bar,
      this.#readout,
      this.#map.element,
    );
  }

  /** The sliders of the row that is overwritten: beside the map where there is room, else over it. */
  get panel(): HTMLElement {
    return this.#editor.panel;
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    if (this.#map.hasSize) {
      const { run, shown, state, card, palette, ramp } = frame;
      const { look, head, rows } = state;
      const isEmpty = run === null || (look !== "encoder" && shown.rows.length === 0);
      const picture = isEmpty
        ? null
        : this.#picture(run, shown, attentionOf(state, card), look, head, rows, ramp);
      const resting = { row: this.#editor.rowOf(frame), column: -1 };
      this.#map.draw(picture?.matrix ?? null, palette, { ...picture, resting });
    }
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { state, card, run, shown } = frame;
    this.#look.set(state.look);
    this.#showChoices(frame);
    const values = { rows: run === null ? 0 : shown.rows.length, columns: run?.read.length ?? 0 };
    this.#map.describe(t(`translation.map.${state.look}`, values));
    setText(this.#readout, this.#said());
    const attention = attentionOf(state, card);
    const names = run === null ? { rows: [], columns: [] } : namesOf(run, shown, state, attention, t);
    this.#editor.update(frame, attention, names);
  }

  #showChoices({ state, card }: Frame): void {
    const { t } = this.#actions;
    const names = attentionsOf(state.look, card);
    const choices = `${names.length} ${card.heads}`;
    if (choices !== this.#choices) {
      this.#choices = choices;
      const option = (value: number, text: string): HTMLOptionElement => element("option", { value }, text);
      const layers = names.map((_, layer) =>
        option(layer, t("models.look.layer.number", { number: layer + 1 })),
      );
      this.#layer.replaceChildren(...layers);
      const heads = Array.from({ length: card.heads }, (_, head) =>
        option(head, t("models.look.head.number", { number: head + 1 })),
      );
      this.#head.replaceChildren(option(-1, t("models.look.mean", { count: card.heads })), ...heads);
    }
    this.#layer.value = String(names.indexOf(attentionOf(state, card)));
    this.#head.value = String(state.head < card.heads ? state.head : -1);
  }

  #said(): string {
    const { t } = this.#actions;
    const { place } = this.#map;
    const atRest = t(this.#editor.isOpen ? "translation.edit.how" : "translation.map.rows");
    if (this.#frame === null || place === null || place.column < 0) {
      return atRest;
    }
    const { run, shown, state, card } = this.#frame;
    const attention = attentionOf(state, card);
    const names = run === null ? null : namesOf(run, shown, state, attention, t);
    const found = run === null ? null : weightsOf(run, shown, state.look, attention, state.head);
    if (names === null || found === null || place.row >= found.rows || place.column >= found.columns) {
      return atRest;
    }
    return t("models.readout.cell", {
      row: names.rows[place.row],
      column: names.columns[place.column],
      weight: fixed(found.values[place.row * found.columns + place.column], 3),
    });
  }
}
