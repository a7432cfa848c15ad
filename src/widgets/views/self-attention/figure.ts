/** The matrix of a step as a heat map and the weights as lines, side by side and linked. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { drawMatrix, drawMatrixLabels, drawMatrixOverlay, type Matrix } from "../shared/heatmap.js";
import { Layer, Stage } from "../shared/layer.js";
import {
  drawLineLabels,
  drawLines,
  drawLinesOverlay,
  layoutLines,
  lineSideAt,
  type LineLayout,
  type Lines,
} from "../shared/lineview.js";
import { layoutMatrix, placeAt, type MatrixLayout, type Place } from "../shared/matrixlayout.js";
import { Segmented } from "../shared/segmented.js";
import { NumbersSwitch } from "./numbersswitch.js";
import { onMatrixKey, pickCell } from "./navigation.js";
import { linesOf } from "./linesof.js";
import { matrixOf, weightText } from "./matrixofstep.js";
import { readoutOf } from "./readout.js";
import { isLockedSpot, spotOf, type Actions, type Frame, type Part, type Spot } from "./frame.js";
import { toggleLock } from "./state.js";
import type { StepTabs } from "./steps.js";

export interface FigureOptions extends Actions {
  tabs: StepTabs;
  onResize: () => void;
}

interface Drawn {
  frame: Frame;
  matrix: Matrix;
  layout: MatrixLayout;
  lines: Lines;
  lineLayout: LineLayout | null;
}

const LINES_TOP = 30;
const LARGEST_ROW = 44;

export class FigurePart implements Part {
  readonly element: HTMLElement;
  readonly #options: FigureOptions;
  readonly #map: Stage;
  readonly #lines: Stage;
  readonly #mapLabels: Layer;
  readonly #lineLabels: Layer;
  readonly #numbers: NumbersSwitch;
  readonly #readout = element("p", { class: "attn-readout" });
  #frame: Frame | null = null;
  #drawn: Drawn | null = null;
  /** The keyboard moved the cell: it must come into sight. */
  #walked = false;

  constructor(options: FigureOptions) {
    this.#options = options;
    const { t, signal, tabs, onResize } = options;
    const mapBox = element("div", {
      class: "attn-stage attn-map",
      tabindex: 0,
      role: "application",
      "aria-roledescription": t("self-attention.map.role"),
    });
    const lineBox = element("div", {
      class: "attn-stage attn-lines",
      role: "img",
      "aria-label": t("self-attention.lines.label"),
    });
    this.#map = new Stage(mapBox, onResize, signal);
    this.#lines = new Stage(lineBox, onResize, signal);
    this.#mapLabels = this.#map.add(new Layer("attn-layer"));
    this.#lineLabels = this.#lines.add(new Layer("attn-layer"));
    this.#numbers = new NumbersSwitch(mapBox, options);
    this.#listenToMap(mapBox);
    this.#listenToLines(lineBox);
    const body = element("div", { class: "attn-figure-body", "data-shown": "map" }, mapBox, lineBox);
    const foot = element("div", { class: "attn-figure-foot" }, this.#readout, this.#numbers.element);
    this.element = element(
      "div",
      { class: "attn-figure", role: "tabpanel", id: tabs.panelId },
      this.#makeSwitch(body),
      body,
      foot,
    );
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    if (this.#walked) {
      this.#numbers.reveal(frame);
      this.#walked = false;
    }
    const resized = [this.#map.fit(), this.#lines.fit()].includes(true);
    const moved = this.#numbers.hasScrolled();
    if (resized || moved || !sameData(this.#drawn?.frame, frame)) {
      this.#redraw(frame);
    }
    this.#drawOverlays(frame);
  }

  update(frame: Frame): void {
    const { t, tabs } = this.#options;
    const { step } = frame.ui;
    setAttribute(this.element, "aria-labelledby", tabs.idOf(step));
    if (frame.scene.attention !== null) {
      setAttribute(this.#map.box, "aria-label", t(`self-attention.map.${step}`, { n: frame.scene.n }));
    }
    const { key, values } = readoutOf(frame);
    setText(this.#readout, t(key, values));
  }

  #redraw(frame: Frame): void {
    const { palette, scene } = frame;
    const mapPen = this.#map.base.clear(palette.fontFamily);
    const linePen = this.#lines.base.clear(palette.fontFamily);
    this.#drawn = null;
    if (scene.attention === null) {
      return;
    }
    const matrix = matrixOf(frame, scene.attention, this.#options.t);
    const size = {
      width: this.#map.width,
      height: this.#map.height,
      rows: matrix.rows,
      columns: matrix.columns,
    };
    const fitting = layoutMatrix(mapPen, matrix.names, { ...size, zoom: null });
    const zoom = this.#numbers.zoomFor(frame, fitting, matrix);
    const layout = zoom === null ? fitting : layoutMatrix(mapPen, matrix.names, { ...size, zoom });
    this.#numbers.place(layout, matrix, zoom !== null);
    if (this.#map.width > 0) {
      drawMatrix(mapPen, palette, layout, matrix);
    }
    const lines = linesOf(frame, this.#options.t);
    const lineLayout =
      this.#lines.width > 0 ? layoutLines(linePen, lines.names, this.#lineBox(fitting, scene.n)) : null;
    if (lineLayout !== null) {
      drawLines(linePen, palette, lineLayout, lines);
    }
    this.#drawn = { frame, matrix, layout, lines, lineLayout };
  }

  /** Beside the map its rows run on; alone, lines take the height there is. */
  #lineBox(layout: MatrixLayout, n: number): { width: number; top: number; rowHeight: number } {
    const { width, height } = this.#lines;
    if (this.#map.width > 0) {
      return { width, top: layout.top, rowHeight: layout.cellHeight };
    }
    return { width, top: LINES_TOP, rowHeight: Math.min(LARGEST_ROW, (height - LINES_TOP - 8) / n) };
  }

  #drawOverlays(frame: Frame): void {
    const { palette, scene, ui } = frame;
    const drawn = this.#drawn;
    const spot = spotOf(frame);
    const column = drawn === null || spot === null ? -1 : columnAt(frame, spot, drawn.matrix);
    const place = spot === null ? null : { row: spot.query, column };
    const locked = isLockedSpot(frame);
    const same = [palette, scene.names, spot?.query];
    const mapKey = [...same, column, ui.step];
    const layout = drawn?.layout ?? null;
    const isMapSeen = drawn !== null && this.#map.width > 0;
    this.#mapLabels.keep(mapKey, layout, palette.fontFamily, (pen) => {
      if (isMapSeen) {
        drawMatrixLabels(pen, palette, drawn.layout, drawn.matrix, place);
      }
    });
    this.#map.overlay.keep([...mapKey, locked], layout, palette.fontFamily, (pen) => {
      if (isMapSeen && place !== null) {
        drawMatrixOverlay(pen, palette, drawn.layout, place, locked);
      }
    });
    const lineLayout = drawn?.lineLayout ?? null;
    this.#lineLabels.keep([...same, spot?.key], lineLayout, palette.fontFamily, (pen) => {
      if (drawn !== null && lineLayout !== null) {
        drawLineLabels(pen, palette, lineLayout, drawn.lines, spot);
      }
    });
    this.#lines.overlay.keep([drawn, spot?.query, spot?.key], null, palette.fontFamily, (pen) => {
      if (drawn !== null && lineLayout !== null && spot !== null) {
        drawLinesOverlay(pen, palette, lineLayout, drawn.lines, spot, weightText(scene.n));
      }
    });
  }

  #listenToMap(box: HTMLElement): void {
    const { signal, look } = this.#options;
    listen(box, "pointermove", signal, (event) => this.#hover(this.#placeUnder(event)));
    listen(box, "pointerleave", signal, () => look({ hover: null }));
    listen(box, "click", signal, (event) => {
      const place = this.#placeUnder(event);
      if (place !== null && this.#frame !== null) {
        pickCell(this.#frame, this.#options, place);
      }
    });
    listen(box, "keydown", signal, (event) => {
      if (this.#frame !== null && onMatrixKey(event, this.#frame, this.#options)) {
        event.preventDefault();
        this.#walked = true;
      }
    });
  }

  #hover(place: Place | null): void {
    if (place === null) {
      this.#options.look({ hover: null });
    } else if (this.#frame?.ui.step === "outputs") {
      const dimension = place.column < 0 ? this.#frame.ui.dimension : place.column;
      this.#options.look({ hover: { query: place.row, key: -1 }, dimension });
    } else {
      this.#options.look({ hover: { query: place.row, key: place.column } });
    }
  }

  #placeUnder(event: MouseEvent): Place | null {
    if (this.#drawn === null) {
      return null;
    }
    const { layout, matrix } = this.#drawn;
    const { left, top } = this.#map.box.getBoundingClientRect();
    return placeAt(layout, matrix.rows, matrix.columns, event.clientX - left, event.clientY - top);
  }

  #listenToLines(box: HTMLElement): void {
    const { signal, look, change } = this.#options;
    listen(box, "pointermove", signal, (event) => look({ hover: this.#spotUnder(event) }));
    listen(box, "pointerleave", signal, () => look({ hover: null }));
    listen(box, "click", signal, (event) => {
      const spot = this.#spotUnder(event);
      if (spot === null || this.#frame === null) {
        return;
      }
      const locks = spot.key >= 0 && spot.query !== this.#frame.hiddenRow;
      change(locks ? toggleLock(this.#frame.state, spot.query, spot.key) : { follow: spot.query });
    });
  }

  /** On the left a query; on the right a key of the row that is shown already. */
  #spotUnder(event: MouseEvent): Spot | null {
    const frame = this.#frame;
    const layout = this.#drawn?.lineLayout ?? null;
    if (frame === null || layout === null) {
      return null;
    }
    const { left, top } = this.#lines.box.getBoundingClientRect();
    const found = lineSideAt(layout, frame.scene.n, event.clientX - left, event.clientY - top);
    if (found === null) {
      return null;
    }
    if (found.side === "query") {
      return { query: found.index, key: -1 };
    }
    return { query: frame.state.locked?.[0] ?? Math.max(0, frame.state.follow), key: found.index };
  }

  /** On narrow pages either the map or the lines are shown. */
  #makeSwitch(body: HTMLElement): HTMLElement {
    const { t, signal } = this.#options;
    const choice = new Segmented<"map" | "lines">({
      label: t("self-attention.view"),
      choices: [
        { value: "map", content: [t("self-attention.view.map")] },
        { value: "lines", content: [t("self-attention.view.lines")] },
      ],
      onPick: (value) => setAttribute(body, "data-shown", value),
      signal,
    });
    choice.set("map");
    choice.element.classList.add("attn-narrow-only");
    return choice.element;
  }
}

/** The column that is looked at: a key, or among the outputs a dimension, once the reader looks at one. */
function columnAt({ ui, state }: Frame, spot: Spot, matrix: Matrix): number {
  if (ui.step !== "outputs") {
    return spot.key;
  }
  const isLooking = ui.hover !== null || state.locked !== null;
  return isLooking ? Math.min(ui.dimension, matrix.columns - 1) : -1;
}

/** Whether both frames draw the same base picture. */
function sameData(last: Frame | undefined, next: Frame): boolean {
  return (
    last?.scene.attention === next.scene.attention &&
    last.scene.names === next.scene.names &&
    last.palette === next.palette &&
    last.ui.step === next.ui.step &&
    last.ui.numbers === next.ui.numbers &&
    last.hiddenRow === next.hiddenRow
  );
}
