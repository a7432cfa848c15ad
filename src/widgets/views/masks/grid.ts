/** A matrix as a table: tokens beside its rows and above its columns, a color and a number in each cell. */

import type { Ramp } from "../shared/colorscale.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { visibleToken } from "../shared/tokentext.js";
import { directionOf } from "../shared/direction.js";

export interface Cell {
  text: string;
  /** Its place on the ramp, from 0 to 1. */
  share: number;
  ramp: Ramp;
  isForbidden: boolean;
}

export interface GridOptions {
  label: string;
  signal: AbortSignal;
  onRow: (row: number) => void;
  /** Others come first, even when the page opens. */
  isLater: boolean;
}

const DENSE = 10; // columns: from here on a cell has no room for a number

const waiting: (() => void)[] = [];

/** A table of another size takes long to lay out: each has a frame of its own. */
function oneAFrame(build: () => void): void {
  waiting.push(build);
  if (waiting.length === 1) {
    requestAnimationFrame(next);
  }
}

function next(): void {
  waiting[0]();
  waiting.shift();
  if (waiting.length > 0) {
    requestAnimationFrame(next);
  }
}

export class Grid {
  readonly element: HTMLElement;
  readonly table = element("table", { class: "attn-msk-grid" });
  #names = "";
  cells: HTMLElement[] = [];
  #rows: HTMLElement[] = [];
  #columns = 0;
  #fill: () => void = () => undefined;
  readonly #isLater: boolean;

  constructor(options: GridOptions) {
    this.#isLater = options.isLater;
    setAttribute(this.table, "aria-label", options.label);
    this.element = element("div", { class: "attn-msk-scroll" }, this.table);
    // For the pointer; the list of queries does the same for the keyboard.
    listen(this.table, "click", options.signal, (event) => {
      const header = event.target instanceof Element ? event.target.closest("tbody th") : null;
      const row = this.#rows.findIndex((each) => header !== null && each.contains(header));
      if (row >= 0) {
        options.onRow(row);
      }
    });
  }

  get columns(): number {
    return this.#columns;
  }

  /** The place of the cell that holds a node, or -1. */
  placeOf(node: EventTarget | null): number {
    const cell = node instanceof Element ? node.closest("td") : null;
    return this.cells.indexOf(cell as HTMLElement);
  }

  show(
    queries: readonly string[],
    keys: readonly string[],
    cellAt: (place: number) => Cell,
    row: number,
    dress: (cell: HTMLElement, place: number) => void = () => undefined,
  ): void {
    const names = JSON.stringify([queries, keys]);
    const fill = (): void => {
      this.cells.forEach((cell, place) => {
        showCell(cell, cellAt(place));
        dress(cell, place);
      });
      this.#rows.forEach((each, place) => setAttribute(each, "data-looked", place === row));
    };
    if (names === this.#names) {
      this.#fill = fill;
      fill();
      return;
    }
    const isFirst = this.#names === "";
    this.#names = names;
    this.#fill = fill;
    const build = (): void => {
      if (names === this.#names) {
        this.#build(queries, keys);
        this.#fill();
      }
    };
    this.element.style.setProperty("--rows", String(queries.length)); // its room, until it stands
    if (isFirst && !this.#isLater) {
      build();
    } else {
      this.cells = []; // what stands there is of another text
      this.#rows = [];
      oneAFrame(build);
    }
  }

  #build(queries: readonly string[], keys: readonly string[]): void {
    this.#columns = keys.length;
    const name = (text: string): HTMLElement =>
      element("span", { class: "attn-msk-name", dir: directionOf(text), title: text }, visibleToken(text));
    const heads = keys.map((key) => element("th", { scope: "col" }, name(key)));
    this.cells = [];
    this.#rows = queries.map((query) => {
      const cells = keys.map(() => element("td"));
      this.cells.push(...cells);
      return element("tr", {}, element("th", { scope: "row" }, name(query)), ...cells);
    });
    setAttribute(this.table, "data-dense", keys.length >= DENSE);
    this.table.style.setProperty("--columns", String(keys.length));
    this.table.replaceChildren(
      element("thead", {}, element("tr", {}, element("td"), ...heads)),
      element("tbody", {}, ...this.#rows),
    );
  }
}

function showCell(cell: HTMLElement, { text, share, ramp, isForbidden }: Cell): void {
  const step = Math.round(Math.max(0, Math.min(1, share)) * (ramp.css.length - 1));
  const [background, ink] = [ramp.css[step], ramp.ink[step]];
  if (cell.dataset["background"] !== background) {
    cell.dataset["background"] = background;
    Object.assign(cell.style, { background, color: ink });
  }
  setAttribute(cell, "data-forbidden", isForbidden);
  setText(cell, text);
}
