/** Where each token looks, as a heat map, and the row of it that can be overwritten. */

import { AttentionMap } from "../shared/attentionmap.js";
import { weightScale, type Ramp } from "../shared/colorscale.js";
import { element, listen, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import type { Matrix } from "../shared/heatmap.js";
import { memo } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { visibleToken } from "../shared/tokentext.js";
import { Editor } from "./editor.js";
import type { Actions, Frame, Part } from "./frame.js";
import { weightsOf, type Run, type Shown } from "./run.js";
import { attentionOf, attentionsOf, LOOKS, type LookAt, type OwnRow, type State } from "./state.js";

const MANY_COLUMNS = 24; // from here on the scale ends at the largest weight

export interface Names {
  rows: readonly string[];
  columns: readonly string[];
}

export class LookingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #look: Segmented<LookAt>;
  readonly #layer: HTMLSelectElement;
  readonly #head: HTMLSelectElement;
  readonly #map: AttentionMap;
  readonly #editor: Editor;
  readonly #readout = element("p", { class: "attn-readout attn-map-readout" });
  readonly #matrix = memo((frame: Shown, run: Run, key: string, ramp: Ramp, state: State) =>
    matrixOf(run, frame, state, key, ramp, this.#actions.t),
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
    const row = element("div", { class: "attn-looking-row" }, this.#look.element, this.#layer, this.#head);
    this.element = element(
      "div",
      { class: "attn-trl-looking" },
      row,
      this.#readout,
      this.#map.element,
      this.#editor.element,
    );
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    if (this.#map.hasSize) {
      const { run, shown, state, card, palette } = frame;
      const attention = attentionOf(state, card);
      const matrix = run === null ? null : this.#matrix(shown, run, attention, frame.ramp, state);
      this.#map.draw(matrix?.rows === 0 ? null : matrix, palette);
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
    if (this.#frame === null || place === null || place.column < 0) {
      return t("translation.map.rows");
    }
    const { run, shown, state, card } = this.#frame;
    const attention = attentionOf(state, card);
    const names = run === null ? null : namesOf(run, shown, state, attention, t);
    const found = run === null ? null : weightsOf(run, shown, state.look, attention, state.head);
    if (names === null || found === null || place.row >= found.rows || place.column >= found.columns) {
      return t("translation.map.rows");
    }
    return t("models.readout.cell", {
      row: names.rows[place.row],
      column: names.columns[place.column],
      weight: fixed(found.values[place.row * found.columns + place.column], 3),
    });
  }
}

/** Whether this row of the shown attention is overwritten, for the shown head or for all of them. */
export function ownRowOf(state: State, attention: string, query: number): OwnRow | undefined {
  return state.rows.find(
    (row) =>
      row.attention === attention && row.query === query && (row.head === state.head || row.head === -1),
  );
}

export function namesOf(run: Run, shown: Shown, state: State, attention: string, t: Actions["t"]): Names {
  const written = shown.tokens.map(({ text }) => visibleToken(text));
  const chosen = shown.rows.length > written.length ? [...written, t("translation.next")] : written;
  const read = run.read.map(visibleToken);
  const rows = state.look === "encoder" ? read : chosen;
  const columns = state.look === "decoder" ? ["<start>", ...written].slice(0, rows.length) : read;
  const marked = rows.map((name, query) =>
    ownRowOf(state, attention, query) === undefined ? name : `✎ ${name}`,
  );
  return { rows: marked, columns };
}

export function matrixOf(
  run: Run,
  shown: Shown,
  state: State,
  attention: string,
  ramp: Ramp,
  t: Actions["t"],
): Matrix {
  const { rows, columns, values } = weightsOf(run, shown, state.look, attention, state.head);
  const scale = weightScale(ramp, values, columns, MANY_COLUMNS);
  return {
    names: namesOf(run, shown, state, attention, t),
    ...{ rows, columns, values, scale, notes: null, hiddenRow: -1 },
    cellText: (value) => fixed(value, 2),
    captions: {
      rows: t(`translation.axis.rows.${state.look === "encoder" ? "encoder" : "decoder"}`),
      columns: t("models.axis.columns.reader"),
    },
    legend: ["0", fixed(scale.maximum / 2, 2), fixed(scale.maximum, 2)],
  };
}
