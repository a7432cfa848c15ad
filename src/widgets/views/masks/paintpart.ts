/** The mask itself: painted cell by cell, with the pointer or the keyboard, or chosen as a preset. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";
import { Grid } from "./grid.js";
import { cellsBetween } from "./stroke.js";

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export class PaintPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #grid: Grid;
  readonly #hidden: HTMLElement;
  readonly #undo: HTMLButtonElement;
  readonly #said = element("p", { class: "attn-quiet attn-msk-said" });
  /** The cell that the keyboard is on. */
  #place = 0;
  /** What the pointer paints with while it is down, and the cell where it was last. */
  #stroke: { isOn: boolean; last: number } | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    this.#grid = new Grid({
      ...{ label: t("masks.grid.mask"), signal, isLater: false },
      onRow: (row) => change({ row }),
    });
    setAttribute(this.#grid.table, "role", "grid");
    this.#undo = element("button", { type: "button", class: "attn-button attn-framed" }, t("masks.undo"));
    listen(this.#undo, "click", signal, () => actions.undo());
    this.#hidden = element("p", { class: "attn-msk-hidden" }, t("masks.mystery.hidden"));
    const title = element("div", { class: "attn-msk-title" }, t("masks.grid.mask"), this.#undo);
    this.element = element(
      "section",
      { class: "attn-msk-picture" },
      title,
      this.#said,
      this.#grid.element,
      this.#hidden,
    );
    this.#listen();
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { queries, keys } = frame.reading;
    const { mask } = frame.numbers;
    const isMystery = frame.state.mystery > 0;
    setAttribute(this.#grid.element, "hidden", isMystery);
    setAttribute(this.#hidden, "hidden", !isMystery);
    this.#undo.disabled = !frame.canUndo;
    setAttribute(this.#undo, "hidden", isMystery);
    const open = mask.allowed.reduce((sum, cell) => sum + cell, 0);
    setText(this.#said, isMystery ? "\u00a0" : t("masks.open", { open, cells: mask.allowed.length }));
    this.#place = Math.min(this.#place, mask.allowed.length - 1);
    this.#grid.show(
      queries,
      keys,
      (place) => ({
        ...{ text: "", share: mask.allowed[place] ? 0.8 : 0, ramp: frame.ramps.sequential },
        isForbidden: !mask.allowed[place],
      }),
      frame.row,
      (cell, place) => this.#dress(cell, place, frame),
    );
  }

  #dress(cell: HTMLElement, place: number, { reading, numbers }: Frame): void {
    const { Tk, allowed } = numbers.mask;
    const values = {
      query: visibleToken(reading.queries[Math.floor(place / Tk)]),
      key: visibleToken(reading.keys[place % Tk]),
    };
    setAttribute(cell, "role", "gridcell");
    setAttribute(cell, "aria-selected", String(allowed[place] === 1));
    setAttribute(
      cell,
      "aria-label",
      this.#actions.t(allowed[place] ? "masks.cell.on" : "masks.cell.off", values),
    );
    setAttribute(cell, "tabindex", place === this.#place ? 0 : -1);
  }

  #listen(): void {
    const { signal } = this.#actions;
    const { table } = this.#grid;
    listen(table, "pointerdown", signal, (event) => {
      const place = this.#grid.placeOf(event.target);
      if (place >= 0) {
        event.preventDefault(); // no text is selected while painting
        this.#stroke = { isOn: !this.#isOn(place), last: place };
        this.#go(place);
        this.#actions.paint([place], this.#stroke.isOn);
      }
    });
    listen(table, "pointermove", signal, (event) => this.#onMove(event));
    for (const type of ["pointerup", "pointercancel"] as const) {
      window.addEventListener(type, () => (this.#stroke = null), { signal });
    }
    listen(table, "click", signal, (event) => this.#onHeader(event.target));
    listen(table, "keydown", signal, (event) => this.#onKey(event));
  }

  /** A finger's events all go to the cell where it came down, so the cell under it is looked up. */
  #onMove({ clientX, clientY }: PointerEvent): void {
    const stroke = this.#stroke;
    const place = stroke === null ? -1 : this.#grid.placeOf(document.elementFromPoint(clientX, clientY));
    if (stroke !== null && place >= 0 && place !== stroke.last) {
      this.#actions.paint(cellsBetween(stroke.last, place, this.#grid.columns), stroke.isOn, true);
      stroke.last = place;
    }
  }

  /** A key's name turns its whole column on, or off if it is on. */
  #onHeader(target: EventTarget | null): void {
    const header = target instanceof Element ? target.closest("thead th") : null;
    const column = header === null ? -1 : [...(header.parentElement?.children ?? [])].indexOf(header) - 1;
    if (column >= 0) {
      this.#toggle(
        this.#grid.cells.map((_, place) => place).filter((place) => place % this.#grid.columns === column),
      );
    }
  }

  #onKey(event: KeyboardEvent): void {
    const { columns, cells } = this.#grid;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "z") {
        event.preventDefault();
        this.#actions.undo();
      }
    } else if (Object.hasOwn(STEPS, event.key)) {
      event.preventDefault();
      const [down, right] = STEPS[event.key];
      const row = Math.floor(this.#place / columns) + down;
      const column = (this.#place % columns) + right;
      if (row >= 0 && row * columns < cells.length && column >= 0 && column < columns) {
        this.#go(row * columns + column);
      }
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      this.#toggle([this.#place]);
    } else if (event.key === "r" || event.key === "c") {
      const isSame = (place: number): boolean =>
        event.key === "r"
          ? Math.floor(place / columns) === Math.floor(this.#place / columns)
          : place % columns === this.#place % columns;
      this.#toggle(cells.map((_, place) => place).filter(isSame));
    }
  }

  #toggle(places: readonly number[]): void {
    this.#actions.paint(places, !places.every((place) => this.#isOn(place)));
  }

  #go(place: number): void {
    const { cells } = this.#grid;
    setAttribute(cells[this.#place], "tabindex", -1);
    this.#place = place;
    setAttribute(cells[place], "tabindex", 0);
    cells[place].focus({ preventScroll: true });
  }

  #isOn(place: number): boolean {
    return this.#actions.mask()?.allowed[place] === 1;
  }
}
