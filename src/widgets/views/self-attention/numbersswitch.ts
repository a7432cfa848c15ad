/** Numbers in the cells: where they fit they stand there; on demand the map grows until they fit, and scrolls. */

import { element, listen, setAttribute } from "../shared/dom.js";
import { numbersFit, type Matrix } from "../shared/heatmap.js";
import type { MatrixLayout } from "../shared/matrixlayout.js";
import { toggle } from "../shared/segmented.js";
import { spotOf, type Actions, type Frame } from "./frame.js";

const READABLE_CELL = 40;

export interface NumbersOptions extends Actions {
  onResize: () => void;
}

export class NumbersSwitch {
  readonly element: HTMLElement;
  readonly #switch: { element: HTMLElement; set: (on: boolean) => void };
  readonly #filler = element("div");
  readonly #scroller: HTMLElement;
  #fits = true;
  #seen = { x: 0, y: 0 };

  constructor(box: HTMLElement, options: NumbersOptions) {
    const { t, signal, look, onResize } = options;
    this.#switch = toggle(t("self-attention.numbers"), signal, (on) => {
      look({ numbers: on ? (this.#fits ? "fit" : "always") : "never" });
    });
    this.element = this.#switch.element;
    this.#scroller = element("div", { class: "attn-scroller", hidden: true, tabindex: -1 }, this.#filler);
    listen(this.#scroller, "scroll", signal, onResize);
    box.append(this.#scroller);
  }

  /** Whether the reader scrolled since the map was drawn. */
  hasScrolled(): boolean {
    if (this.#scroller.hidden) {
      return false; // without asking the browser for a position, which would make it lay out the page
    }
    const { scrollLeft: x, scrollTop: y } = this.#scroller;
    return x !== this.#seen.x || y !== this.#seen.y;
  }

  /** Larger cells that scroll, when numbers are wanted and would not fit; else null. */
  zoomFor(
    frame: Frame,
    fitting: MatrixLayout,
    matrix: Matrix,
  ): { cell: number; x: number; y: number } | null {
    const isOutputs = matrix.names.columns.length === 0;
    this.#fits = isOutputs || numbersFit(fitting.cellWidth, fitting.cellHeight);
    const { numbers, step } = frame.ui;
    setAttribute(this.element, "hidden", step === "outputs");
    this.#switch.set(numbers === "always" || (numbers === "fit" && this.#fits));
    if (this.#fits || numbers !== "always") {
      return null;
    }
    const wasHidden = this.#scroller.hidden;
    const [x, y] = wasHidden ? [0, 0] : [this.#scroller.scrollLeft, this.#scroller.scrollTop];
    const most = (count: number, view: number): number => Math.max(0, count * READABLE_CELL - view);
    return {
      cell: READABLE_CELL,
      x: Math.min(x, most(matrix.columns, 1)),
      y: Math.min(y, most(matrix.rows, 1)),
    };
  }

  /** Lays the scrolling area over the visible part of the matrix. */
  place(layout: MatrixLayout, matrix: Matrix, zoomed: boolean): void {
    setAttribute(this.#scroller, "hidden", !zoomed);
    this.#seen = { x: layout.scrollX, y: layout.scrollY };
    if (!zoomed) {
      return;
    }
    const { style } = this.#scroller;
    style.left = `${layout.left}px`;
    style.top = `${layout.top}px`;
    style.width = `${layout.viewWidth}px`;
    style.height = `${layout.viewHeight}px`;
    this.#filler.style.width = `${matrix.columns * layout.cellWidth}px`;
    this.#filler.style.height = `${matrix.rows * layout.cellHeight}px`;
  }

  /** Scrolls the cell that the keyboard is on into sight. */
  reveal(frame: Frame): void {
    const spot = spotOf(frame);
    if (this.#scroller.hidden || spot === null) {
      return;
    }
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.#scroller;
    this.#scroller.scrollLeft = nearest(scrollLeft, Math.max(0, spot.key), clientWidth);
    this.#scroller.scrollTop = nearest(scrollTop, spot.query, clientHeight);
  }
}

/** The scroll position closest to the present one at which a cell is in sight. */
function nearest(scroll: number, cell: number, view: number): number {
  const start = cell * READABLE_CELL;
  return Math.max(start + READABLE_CELL - view, Math.min(scroll, start));
}
