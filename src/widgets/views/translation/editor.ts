/** One row of attention with weights of the reader's own: a slider for each key. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { toggle } from "../shared/segmented.js";
import type { Actions, Frame } from "./frame.js";
import { ownRowOf, type Names } from "./picture.js";
import { weightsOf } from "./run.js";
import type { OwnRow, State } from "./state.js";

const MOST_ROWS = 64;

interface Key {
  name: string;
  slider: HTMLInputElement;
  number: HTMLElement;
  item: HTMLElement;
}

export class Editor {
  /** What opens it, and what takes all back. */
  readonly bar: HTMLElement;
  readonly panel: HTMLElement;
  readonly #actions: Actions;
  readonly #switch: ReturnType<typeof toggle>;
  readonly #row: HTMLSelectElement;
  readonly #list = element("div", { class: "attn-trl-keys" });
  readonly #undoRow: HTMLButtonElement;
  readonly #undoAll: HTMLButtonElement;
  isOpen = false;
  #keys: Key[] = [];
  #weights: readonly number[] = [];
  #query = 0;
  #shown: { state: State; attention: string } | null = null;
  #listed = "";
  #built = "";

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#switch = toggle(t("translation.edit"), signal, (on) => {
      this.isOpen = on;
      actions.redraw();
    });
    this.#row = element("select", { class: "attn-select", "aria-label": t("translation.edit.row") });
    listen(this.#row, "change", signal, () => this.#pickRow(Number(this.#row.value)));
    const button = (key: string, onClick: () => void): HTMLButtonElement => {
      const found = element("button", { type: "button", class: "attn-button attn-framed" }, t(key));
      listen(found, "click", signal, onClick);
      return found;
    };
    const evenly = button("translation.edit.evenly", () => this.#set(this.#weights.map(() => 1)));
    this.#undoRow = button("translation.edit.undo", () => this.#undo());
    this.#undoAll = button("translation.edit.undo-all", () => actions.change({ rows: [] }));
    this.bar = element("div", { class: "attn-trl-edit-row" }, this.#switch.element, this.#undoAll);
    this.panel = element(
      "div",
      { class: "attn-trl-editor", hidden: true, role: "group", "aria-label": t("translation.edit") },
      element("div", { class: "attn-trl-edit-row" }, this.#row, evenly, this.#undoRow),
      this.#list,
    );
    listen(this.panel, "keydown", signal, (event) => this.#onKey(event));
  }

  /** The row of the map that is edited, or that belongs to the picked step; -1 for none. */
  rowOf({ state, picked }: Frame): number {
    if (state.look === "encoder") {
      return this.isOpen ? this.#query : -1;
    }
    return picked;
  }

  /** A cell of the map was picked: look only there. */
  onCell(row: number, column: number): void {
    if (this.isOpen && column >= 0 && this.#row.options.length > row) {
      this.#query = row;
      const count = this.#shown?.state.look === "decoder" ? row + 1 : this.#keys.length;
      if (column < count) {
        this.#set(Array.from({ length: count }, (_, key) => (key === column ? 1 : 0)));
        this.#pickRow(row);
      }
    }
  }

  update(frame: Frame, attention: string, names: Names): void {
    const { state, run, shown, picked } = frame;
    this.#switch.set(this.isOpen);
    setAttribute(this.panel, "hidden", !this.isOpen);
    this.#shown = { state, attention };
    setAttribute(this.#undoAll, "hidden", state.rows.length === 0);
    if (!this.isOpen || run === null || names.rows.length === 0) {
      return;
    }
    this.#query = state.look === "encoder" ? Math.min(this.#query, names.rows.length - 1) : picked;
    const { columns, values } = weightsOf(run, shown, state.look, attention, state.head);
    const count = state.look === "decoder" ? this.#query + 1 : columns;
    const from = this.#query * columns;
    // What the reader sets stands there at once, and not only when the model has followed.
    const own = ownRowOf(state, attention, this.#query)?.weights;
    this.#weights = own?.length === count ? own : Array.from(values.subarray(from, from + count));
    this.#build(names, count);
    this.#row.value = String(this.#query);
    const longest = state.look === "encoder" ? names.rows.length : run.levels.length;
    // Over the map, where there is no room beside it, the edited row stays in sight.
    setAttribute(this.panel, "data-side", 2 * this.#query < longest ? "bottom" : "top");
    this.#undoRow.disabled = this.#others(state, attention).length === state.rows.length;
    this.#keys.forEach(({ slider, number }, key) => {
      if (document.activeElement !== slider) {
        slider.value = String(this.#weights[key]);
      }
      setText(number, fixed(this.#weights[key], 2));
    });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.isOpen = false;
      this.#switch.element.querySelector("input")?.focus();
      this.#actions.redraw();
    }
  }

  /** Which row is edited is which step is picked; the encoder's rows are no steps. */
  #pickRow(row: number): void {
    this.#query = row;
    if (this.#shown?.state.look !== "encoder") {
      this.#actions.pick(row);
    }
    this.#actions.redraw();
  }

  /** Sliders stay while their keys do: the one that is moved keeps the keyboard. */
  #build({ rows, columns }: Names, count: number): void {
    const [listed, keys] = [JSON.stringify(rows), JSON.stringify(columns.slice(0, count))];
    if (listed !== this.#listed) {
      this.#listed = listed;
      this.#row.replaceChildren(...rows.map((name, row) => element("option", { value: row }, name)));
    }
    if (keys !== this.#built) {
      this.#built = keys;
      this.#keys = columns.slice(0, count).map((name, key) => this.#makeKey(name, key));
      this.#list.replaceChildren(...this.#keys.map(({ item }) => item));
    }
  }

  #makeKey(name: string, key: number): Key {
    const { t, signal } = this.#actions;
    const label = t("translation.edit.weight", { key: name });
    const slider = element("input", {
      ...{ type: "range", class: "attn-slider", min: 0, max: 1, step: 0.01, "aria-label": label },
    });
    listen(slider, "input", signal, () => this.#set(moved(this.#weights, key, Number(slider.value))));
    const number = element("span", { class: "attn-trl-number" });
    const only = element(
      "button",
      {
        type: "button",
        class: "attn-button attn-framed",
        "aria-label": t("translation.edit.only", { key: name }),
      },
      t("translation.edit.only.short"),
    );
    listen(only, "click", signal, () => this.#set(this.#weights.map((_, place) => (place === key ? 1 : 0))));
    const face = element("span", { class: "attn-trl-key-name" }, name);
    return {
      name,
      slider,
      number,
      item: element("div", { class: "attn-trl-key" }, face, slider, number, only),
    };
  }

  #others({ rows, head }: State, attention: string): OwnRow[] {
    return rows.filter(
      (row) =>
        !(row.attention === attention && row.query === this.#query && (head === -1 || row.head === head)),
    );
  }

  #set(weights: readonly number[]): void {
    if (this.#shown !== null) {
      const { state, attention } = this.#shown;
      const own = { attention, head: state.head, query: this.#query, weights: normalized(weights) };
      this.#actions.change({ rows: [...this.#others(state, attention), own].slice(-MOST_ROWS) });
    }
  }

  #undo(): void {
    if (this.#shown !== null) {
      const { state, attention } = this.#shown;
      this.#actions.change({ rows: this.#others(state, attention) });
    }
  }
}

/** One weight set, the others sharing what is left as they shared it before. */
export function moved(weights: readonly number[], key: number, value: number): number[] {
  const rest = weights.reduce((sum, weight, place) => (place === key ? sum : sum + weight), 0);
  const others = Math.max(1, weights.length - 1);
  return weights.map((weight, place) => {
    if (place === key) {
      return weights.length === 1 ? 1 : value;
    }
    return rest > 0 ? (weight / rest) * (1 - value) : (1 - value) / others;
  });
}

/** Weights that sum to 1, in six decimals. */
export function normalized(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => Number((weight / total).toFixed(6)));
}
