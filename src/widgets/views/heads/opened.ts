/** One head, large: its weights with the tokens, and what it does, as measured on this text. */

import { LEAST_WEIGHT, type HeadScore } from "../../engine/heads.js";
import { AttentionMap } from "../shared/attentionmap.js";
import { weightScale, type Ramp } from "../shared/colorscale.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import type { Matrix } from "../shared/heatmap.js";
import { memo } from "../shared/schedule.js";
import { visibleToken } from "../shared/tokentext.js";
import { headName } from "../models/state.js";
import { headTitle, type Actions, type Frame, type Part } from "./frame.js";
import { namesOf, weightsOf, type Look } from "./look.js";

const MANY_COLUMNS = 24; // from here on the scale ends at the largest weight

export class OpenedPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #title = element("p", { class: "attn-part-title attn-mh-opened-title" });
  readonly #map: AttentionMap;
  readonly #readout = element("p", { class: "attn-readout attn-mh-readout" });
  readonly #does = element("p", { class: "attn-mh-does" });
  readonly #mean: HTMLButtonElement;
  readonly #toggle: HTMLButtonElement;
  readonly #only: HTMLButtonElement;
  readonly #matrix: (look: Look, attention: string, head: number, ramp: Ramp) => Matrix;
  #frame: Frame | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, redraw, show } = actions;
    this.#map = new AttentionMap({ role: t("models.map.role"), signal, onChange: redraw });
    this.#matrix = memo((look, attention, head, ramp) => matrixOf(look, attention, head, ramp, t));
    const button = (onClick: () => void): HTMLButtonElement => {
      const made = element("button", { type: "button", class: "attn-button attn-framed" });
      listen(made, "click", signal, onClick);
      return made;
    };
    this.#mean = button(() => show({ head: -1 }));
    this.#toggle = button(() => this.#onToggle());
    this.#only = button(() => this.#onOnly());
    setText(this.#mean, t("heads.mean"));
    setText(this.#only, t("heads.only"));
    this.element = element(
      "div",
      { class: "attn-mh-opened" },
      this.#title,
      this.#map.element,
      this.#readout,
      this.#does,
      element("div", { class: "attn-mh-buttons" }, this.#toggle, this.#only, this.#mean),
    );
  }

  draw({ look, attention, head, ramp, palette }: Frame): void {
    if (this.#map.hasSize) {
      this.#map.draw(look === null ? null : this.#matrix(look, attention, head, ramp), palette);
    }
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { head, look, attention, labels, state } = frame;
    this.#frame = frame;
    const title = headTitle(frame, t);
    setText(this.#title, title);
    const { queries, keys } = namesOf(look?.names ?? {}, attention);
    this.#map.describe(t("heads.map", { title, rows: queries.length, columns: keys.length }));
    setText(this.#readout, this.#readoutOf(frame));
    setText(this.#does, head < 0 ? t("heads.does.mean") : doesOf(labels.of(attention, head), t));
    const isOff = state.off.includes(headName(state.model, attention, head));
    setText(this.#toggle, t(isOff ? "heads.on" : "heads.off"));
    [this.#toggle, this.#only, this.#mean].forEach((button) => (button.disabled = head < 0));
    setAttribute(this.element, "data-off", isOff);
  }

  #readoutOf({ look, attention, head }: Frame): string {
    const { t } = this.#actions;
    const { place } = this.#map;
    const { queries, keys } = namesOf(look?.names ?? {}, attention);
    if (look === null || place === null || place.column < 0 || place.row >= queries.length) {
      return t("heads.readout");
    }
    const weight = weightsOf(look, attention, head)[place.row * keys.length + place.column];
    return t("models.readout.cell", {
      row: visibleToken(queries[place.row]),
      column: visibleToken(keys[place.column] ?? ""),
      weight: fixed(weight, 3),
    });
  }

  #onToggle(): void {
    if (this.#frame !== null) {
      const { state, attention, head } = this.#frame;
      const name = headName(state.model, attention, head);
      const others = state.off.filter((one) => one !== name);
      this.#actions.change({ off: others.length < state.off.length ? others : [...others, name] });
    }
  }

  /** All other heads of this attention are off; this one is on. */
  #onOnly(): void {
    if (this.#frame !== null) {
      const { state, attention, head, card } = this.#frame;
      const names = Array.from({ length: card.heads }, (_, one) => headName(state.model, attention, one));
      const elsewhere = state.off.filter((name) => !names.includes(name));
      this.#actions.change({ off: [...elsewhere, ...names.filter((_, one) => one !== head)] });
    }
  }
}

/** What a head does, in words and numbers. */
export function doesOf(labels: readonly HeadScore[], t: Actions["t"]): string {
  if (labels.length === 0) {
    return t("heads.does.nothing", { least: fixed(LEAST_WEIGHT, 1) });
  }
  return labels
    .map(({ kind, weight, chance, rows }) => {
      const values = {
        kind: t(`heads.kind.${kind}`),
        weight: fixed(weight, 2),
        chance: fixed(chance, 2),
        rows,
      };
      return t(kind === "spread" ? "heads.does.spread" : "heads.does", values);
    })
    .join(" ");
}

export function matrixOf(look: Look, attention: string, head: number, ramp: Ramp, t: Actions["t"]): Matrix {
  const { queries, keys } = namesOf(look.names, attention);
  const values = weightsOf(look, attention, head);
  const scale = weightScale(ramp, values, keys.length, MANY_COLUMNS);
  const isCross = attention.endsWith(".cross_attention");
  return {
    names: { rows: queries.map(visibleToken), columns: keys.map(visibleToken) },
    rows: queries.length,
    columns: keys.length,
    values,
    scale,
    cellText: (value) => fixed(value, 2),
    notes: null,
    hiddenRow: -1,
    captions: {
      rows: t(isCross ? "heads.axis.written" : "heads.axis.rows"),
      columns: t("heads.axis.columns"),
    },
    legend: ["0", fixed(scale.maximum / 2, 2), fixed(scale.maximum, 2)],
  };
}
