/** The lean of an output as a sum over the words: weight times lean, word by word. */

import { element, setAttribute, setText } from "../shared/dom.js";
import { fixed, signed } from "../shared/format.js";
import { weightedMean } from "./scene.js";
import type { Actions, Frame, Part } from "./frame.js";

const MOST_ROWS = 8;

interface Row {
  element: HTMLTableRowElement;
  cells: HTMLElement[];
  bar: HTMLElement;
}

interface Entry {
  token: number;
  name: string;
  weight: number;
  lean: number | null;
  product: number;
}

export class LeanTable implements Part {
  readonly element: HTMLTableElement;
  readonly #actions: Actions;
  readonly #body = element("tbody");
  readonly #rows: Row[] = [];
  readonly #total: HTMLElement[];
  #shown: { frame: Frame; entries: Entry[] } | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t } = actions;
    const names = ["word", "weight", "lean", "product"].map((name) => t(`self-attention.lean.${name}`));
    const head = names.map((name, index) =>
      element("th", { scope: "col", class: index === 0 ? null : "attn-number" }, name),
    );
    this.#total = Array.from({ length: 3 }, () => element("td", { class: "attn-number" }));
    const sum = element("th", { scope: "row" }, t("self-attention.lean.sum"));
    this.element = element(
      "table",
      { class: "attn-table" },
      element("thead", {}, element("tr", {}, ...head)),
      this.#body,
      element("tfoot", {}, element("tr", {}, sum, ...this.#total)),
    );
  }

  update(frame: Frame): void {
    const { scene, state, hiddenRow } = frame;
    const last = this.#shown?.frame;
    const same = last?.scene === scene && last.state.follow === state.follow && last.hiddenRow === hiddenRow;
    const entries = same ? (this.#shown?.entries ?? []) : this.#entries(frame);
    if (!same) {
      this.#fill(frame, entries);
    }
    this.#shown = { frame, entries };
    const key = frame.ui.hover?.key ?? frame.state.locked?.[1] ?? -1;
    entries.forEach(({ token }, index) => {
      this.#rows[index].element.classList.toggle("attn-lit", token === key && key >= 0);
    });
  }

  /** Every word, or the ones that matter most and one line for all others. */
  #entries({ scene, state }: Frame): Entry[] {
    const { attention, picture, names, n } = scene;
    if (attention === null || picture === null || state.follow < 0) {
      return [];
    }
    const all = names.map((name, token): Entry => {
      const weight = attention.weights[state.follow * n + token];
      const lean = picture.leans[token];
      return { token, name, weight, lean, product: weight * lean };
    });
    if (n <= MOST_ROWS) {
      return all;
    }
    const order = [...all].sort((first, second) => Math.abs(second.product) - Math.abs(first.product));
    const kept = order.slice(0, MOST_ROWS - 1).sort((first, second) => first.token - second.token);
    const others = order.slice(MOST_ROWS - 1);
    const add = (pick: (entry: Entry) => number): number =>
      others.reduce((sum, entry) => sum + pick(entry), 0);
    const name = this.#actions.t("self-attention.lean.others", { count: others.length });
    return [
      ...kept,
      {
        token: -1,
        name,
        weight: add(({ weight }) => weight),
        lean: null,
        product: add(({ product }) => product),
      },
    ];
  }

  #fill(frame: Frame, entries: readonly Entry[]): void {
    const { scene, state, hiddenRow } = frame;
    const secret = hiddenRow >= 0;
    while (this.#rows.length < entries.length) {
      this.#rows.push(this.#makeRow());
    }
    const widest = Math.max(0.02, ...entries.map(({ product }) => Math.abs(product)));
    this.#rows.forEach(({ element: row, cells, bar }, index) => {
      setAttribute(row, "hidden", index >= entries.length);
      if (index < entries.length) {
        const { name, weight, lean, product } = entries[index];
        setText(cells[0], name);
        setText(cells[1], secret ? "?" : fixed(weight, 3));
        setText(cells[2], lean === null ? "" : signed(lean, 2));
        setText(cells[3], secret ? "?" : signed(product, 3));
        const share = secret ? 0 : Math.abs(product) / widest;
        bar.className = `attn-bar ${product < 0 ? "attn-bar-negative" : "attn-bar-positive"}`;
        bar.style.backgroundSize = `${(100 * share).toFixed(1)}% 100%`;
      }
    });
    const { attention, picture } = scene;
    const lean =
      attention === null || picture === null || state.follow < 0
        ? null
        : weightedMean(attention, state.follow, picture.leans);
    setText(this.#total[0], lean === null ? "" : fixed(1, 3));
    setText(this.#total[2], lean === null ? "" : secret ? "?" : signed(lean, 3));
  }

  #makeRow(): Row {
    const name = element("span", { dir: "auto" });
    const [weight, lean] = ["weight", "lean"].map(() => element("td", { class: "attn-number" }));
    const bar = element("span", { class: "attn-bar" });
    const product = element("span");
    const head = element("th", { scope: "row" }, name);
    const last = element(
      "td",
      { class: "attn-number attn-bar-cell" },
      element("span", { class: "attn-bar-box" }, bar),
      product,
    );
    const row = element("tr", {}, head, weight, lean, last);
    this.#body.append(row);
    const index = this.#rows.length;
    const { signal, look } = this.#actions;
    row.addEventListener("pointerenter", () => look({ hover: this.#spot(index) }), { signal });
    row.addEventListener("pointerleave", () => look({ hover: null }), { signal });
    return { element: row, cells: [name, weight, lean, product], bar };
  }

  #spot(index: number): { query: number; key: number } | null {
    const shown = this.#shown;
    const token = shown?.entries[index]?.token ?? -1;
    return shown === null || token < 0 ? null : { query: shown.frame.state.follow, key: token };
  }
}
