/** An attention as a heat map that can be walked over with the pointer and with arrow keys. */

import { element, listen, setAttribute } from "./dom.js";
import { drawMatrix, drawMatrixLabels, drawMatrixOverlay, type Matrix } from "./heatmap.js";
import { Layer, Stage } from "./layer.js";
import { layoutMatrix, placeAt, type MatrixLayout, type Place } from "./matrixlayout.js";
import type { Pen } from "./pen.js";
import type { Palette } from "./theme.js";

export interface AttentionMapOptions {
  /** What a screen reader calls this kind of picture. */
  role: string;
  signal: AbortSignal;
  /** The size or the place under the pointer changed: it wants to be drawn again. */
  onChange: () => void;
  /** A cell was clicked, or taken with Enter or the space bar. */
  onPick?: (place: Place) => void;
}

/** What lies on the cells besides the place under the pointer. `key` says when it has to be drawn again. */
export interface Marks {
  key: readonly unknown[];
  draw: (pen: Pen, layout: MatrixLayout) => void;
  /** The place whose names are bold while no place is lit. */
  named: Place | null;
}

export const STRETCH = 2.2; // rows are often many more than columns: cells may be wider than high

/** What a drawing may know beside the matrix. */
export interface Around {
  /** A larger matrix that this one grows into: cells keep the size that they will have then. */
  whole?: Pick<Matrix, "names" | "rows" | "columns">;
  marks?: Marks | null;
  /** The place that is lit while neither pointer nor keyboard is on the map. */
  resting?: Place | null;
}

interface Drawn {
  matrix: Matrix;
  palette: Palette;
  layout: MatrixLayout;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export class AttentionMap {
  readonly element: HTMLElement;
  /** The cell under the pointer or the keyboard, or null. */
  place: Place | null = null;
  readonly #stage: Stage;
  readonly #labels: Layer;
  readonly #options: AttentionMapOptions;
  #drawn: Drawn | null = null;

  constructor(options: AttentionMapOptions) {
    this.#options = options;
    const { role, signal, onChange } = options;
    this.element = element("div", {
      class: "attn-stage attn-attention-map",
      tabindex: 0,
      role: "application",
      "aria-roledescription": role,
    });
    this.#stage = new Stage(this.element, onChange, signal);
    this.#labels = this.#stage.add(new Layer("attn-layer"));
    listen(this.element, "pointermove", signal, (event) => this.#go(this.#placeUnder(event)));
    listen(this.element, "pointerleave", signal, (event) => this.#leave(event));
    listen(this.element, "click", signal, (event) => this.#onClick(event));
    listen(this.element, "blur", signal, () => this.#go(null));
    listen(this.element, "keydown", signal, (event) => this.#onKey(event));
  }

  /** Whether there is anything to draw on: a new one learns its size with the next frame, and asks for it then. */
  get hasSize(): boolean {
    return this.#stage.width > 0;
  }

  /** Draws a matrix, what changed of it; null leaves the picture empty. */
  draw(matrix: Matrix | null, palette: Palette, { whole, marks = null, resting = null }: Around = {}): void {
    const resized = this.#stage.fit();
    if (matrix === null) {
      this.#clear(palette);
      return;
    }
    let layout = this.#drawn?.layout;
    if (
      resized ||
      this.#drawn?.matrix !== matrix ||
      this.#drawn.palette !== palette ||
      layout === undefined
    ) {
      layout = this.#layout(matrix, palette, whole ?? matrix);
      drawMatrix(this.#stage.base.clear(palette.fontFamily), palette, layout, matrix);
      this.#drawn = { matrix, palette, layout };
    }
    this.#drawPlace(this.#drawn, placeIn(matrix, this.place) ?? placeIn(matrix, resting), marks);
  }

  /** Where the cells of a matrix lie: as large as in the whole that it is the beginning of. */
  #layout(matrix: Matrix, { fontFamily }: Palette, whole: NonNullable<Around["whole"]>): MatrixLayout {
    const { width, height } = this.#stage;
    const { names, rows, columns } = whole;
    const pen = this.#stage.base.clear(fontFamily);
    const layout = layoutMatrix(pen, names, {
      ...{ width, height, rows, columns, zoom: null, stretch: STRETCH },
    });
    return {
      ...layout,
      viewWidth: Math.min(layout.viewWidth, matrix.columns * layout.cellWidth),
      viewHeight: Math.min(layout.viewHeight, matrix.rows * layout.cellHeight),
    };
  }

  /** What the map shows, in words. */
  describe(label: string): void {
    setAttribute(this.element, "aria-label", label);
  }

  #clear(palette: Palette): void {
    this.#drawn = null;
    for (const layer of [this.#stage.base, this.#labels, this.#stage.overlay]) {
      layer.keep([palette], null, palette.fontFamily, () => undefined);
    }
  }

  #drawPlace(drawn: Drawn | null, place: Place | null, marks: Marks | null): void {
    if (drawn === null) {
      return;
    }
    const { matrix, palette, layout } = drawn;
    const named = place ?? marks?.named ?? null;
    const { fontFamily } = palette;
    this.#labels.keep([drawn, named?.row, named?.column], null, fontFamily, (pen) =>
      drawMatrixLabels(pen, palette, layout, matrix, named),
    );
    const key = [drawn, place?.row, place?.column, ...(marks?.key ?? [])];
    this.#stage.overlay.keep(key, null, fontFamily, (pen) => {
      marks?.draw(pen, layout);
      if (place !== null) {
        drawMatrixOverlay(pen, palette, layout, place, false);
      }
    });
  }

  #placeUnder(event: MouseEvent): Place | null {
    if (this.#drawn === null) {
      return null;
    }
    const { matrix, layout } = this.#drawn;
    const { left, top } = this.element.getBoundingClientRect();
    return placeAt(layout, matrix.rows, matrix.columns, event.clientX - left, event.clientY - top);
  }

  #onKey(event: KeyboardEvent): void {
    const matrix = this.#drawn?.matrix;
    if ((event.key === "Enter" || event.key === " ") && this.#options.onPick !== undefined) {
      this.#pick(this.place);
      event.preventDefault();
    }
    if (matrix === undefined || !Object.hasOwn(STEPS, event.key)) {
      return;
    }
    const [down, right] = STEPS[event.key];
    const { row, column } = this.place ?? { row: 0, column: -1 };
    const inside = (index: number, count: number): number => Math.max(0, Math.min(count - 1, index));
    const isFirst = this.place === null;
    this.#go({
      row: isFirst ? 0 : inside(row + down, matrix.rows),
      column: isFirst ? 0 : inside(column + right, matrix.columns),
    });
    event.preventDefault();
  }

  /** A finger that lifts leaves: what it tapped stays lit until something else is tapped. */
  #leave({ pointerType }: PointerEvent): void {
    if (pointerType !== "touch") {
      this.#go(null);
    }
  }

  #onClick(event: MouseEvent): void {
    const place = this.#placeUnder(event);
    this.#go(place);
    this.#pick(place);
  }

  #pick(place: Place | null): void {
    if (place !== null) {
      this.#options.onPick?.(place);
    }
  }

  #go(place: Place | null): void {
    if (place?.row !== this.place?.row || place?.column !== this.place?.column) {
      this.place = place;
      this.#options.onChange();
    }
  }
}

/** The place, as far as the matrix has it. */
function placeIn({ rows, columns }: Matrix, place: Place | null): Place | null {
  return place !== null && place.row < rows && place.column < columns ? place : null;
}
