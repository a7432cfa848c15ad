/** The heads of a model as a grid of check boxes, one row an attention: what is not checked is switched off. */

import { element, listen, setAttribute } from "./dom.js";

export interface HeadGridOptions {
  label: string;
  /** Above the column of a head. */
  headLabel: (head: number) => string;
  /** What a screen reader says of one box. */
  boxLabel: (row: string, head: number) => string;
  onToggle: (attention: number, head: number, on: boolean) => void;
  signal: AbortSignal;
}

export class HeadGrid {
  readonly element: HTMLElement;
  readonly #options: HeadGridOptions;
  #rows: readonly string[] = [];
  #boxes: HTMLInputElement[][] = [];

  constructor(options: HeadGridOptions) {
    this.#options = options;
    this.element = element("table", { class: "attn-heads", "aria-label": options.label });
    listen(this.element, "keydown", options.signal, (event) => this.#onKey(event));
    listen(this.element, "focusin", options.signal, (event) => this.#setCurrent(event.target));
  }

  /** Shows which heads are on: `isOff(attention, head)`. */
  show(rows: readonly string[], heads: number, isOff: (attention: number, head: number) => boolean): void {
    const hasChanged =
      rows.join() !== this.#rows.join() || this.#boxes.some((boxes) => boxes.length !== heads);
    if (hasChanged) {
      this.#build(rows, heads);
    }
    this.#boxes.forEach((boxes, attention) =>
      boxes.forEach((box, head) => {
        box.checked = !isOff(attention, head);
      }),
    );
  }

  #build(rows: readonly string[], heads: number): void {
    const { headLabel } = this.#options;
    this.#rows = rows;
    const numbers = Array.from({ length: heads }, (_, head) => head);
    this.#boxes = rows.map((row, attention) => numbers.map((head) => this.#makeBox(row, attention, head)));
    const top = element(
      "tr",
      {},
      element("td", {}),
      ...numbers.map((head) => element("th", { scope: "col" }, headLabel(head))),
    );
    const lines = rows.map((row, attention) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, row),
        ...this.#boxes[attention].map((box) =>
          element("td", {}, element("label", { class: "attn-head" }, box)),
        ),
      ),
    );
    this.element.replaceChildren(element("thead", {}, top), element("tbody", {}, ...lines));
    this.#setCurrent(this.#boxes[0]?.[0] ?? null);
  }

  #makeBox(row: string, attention: number, head: number): HTMLInputElement {
    const { boxLabel, onToggle, signal } = this.#options;
    const box = element("input", { type: "checkbox", "aria-label": boxLabel(row, head) });
    listen(box, "change", signal, () => onToggle(attention, head, box.checked));
    return box;
  }

  /** The tab key reaches one box; arrows walk from there. */
  #setCurrent(target: EventTarget | null): void {
    const boxes = this.#boxes.flat();
    if (boxes.some((box) => box === target)) {
      boxes.forEach((box) => setAttribute(box, "tabindex", box === target ? 0 : -1));
    }
  }

  #onKey(event: KeyboardEvent): void {
    const row = this.#boxes.findIndex((boxes) => boxes.some((box) => box === event.target));
    const column = row < 0 ? -1 : this.#boxes[row].findIndex((box) => box === event.target);
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    if (row >= 0 && Object.hasOwn(steps, event.key)) {
      const [down, right] = steps[event.key];
      this.#boxes[row + down]?.[column + right]?.focus();
      event.preventDefault();
    }
  }
}
