/** A chart on the page: the pointer and the arrow keys walk along it. To a screen reader it is a slider. */

import { element, listen, setAttribute } from "../shared/dom.js";
import { Stage } from "../shared/layer.js";
import type { Palette } from "../shared/theme.js";
import { drawChart, drawChartPlace, placeNear, type Chart } from "./chart.js";

export interface ChartBoxOptions {
  class: string;
  label: string;
  signal: AbortSignal;
  /** The place under the pointer or the keyboard; it stays when the pointer leaves. */
  onLook: (place: number) => void;
  /** Taken by a click, Enter or the space bar. */
  onPick?: (place: number) => void;
  onResize: () => void;
}

const STEPS: Readonly<Record<string, number>> = {
  ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 },
  ...{ Home: -Infinity, End: Infinity },
};

export class ChartBox {
  readonly element: HTMLElement;
  readonly #options: ChartBoxOptions;
  readonly #stage: Stage;
  #chart: Chart | null = null;
  #place = 0;

  constructor(options: ChartBoxOptions) {
    this.#options = options;
    const { signal } = options;
    this.element = element("div", {
      class: `attn-stage attn-pos-chart ${options.class}`,
      ...{ role: "slider", tabindex: 0, "aria-label": options.label },
    });
    this.#stage = new Stage(this.element, options.onResize, signal);
    listen(this.element, "pointermove", signal, (event) => this.#look(this.#placeUnder(event)));
    listen(this.element, "click", signal, (event) => {
      this.#look(this.#placeUnder(event));
      options.onPick?.(this.#place);
    });
    listen(this.element, "keydown", signal, (event) => this.#onKey(event));
  }

  /** Shows a chart; `said` is what a screen reader says of the place. */
  show(chart: Chart, palette: Palette, place: number, said: string): void {
    this.#stage.fit();
    const { width, height, base, overlay } = this.#stage;
    setAttribute(this.element, "aria-valuemin", chart.xs[0]);
    setAttribute(this.element, "aria-valuemax", chart.xs[chart.xs.length - 1]);
    setAttribute(this.element, "aria-valuenow", chart.xs[place]);
    setAttribute(this.element, "aria-valuetext", said);
    [this.#chart, this.#place] = [chart, place];
    if (width === 0) {
      return;
    }
    base.keep([chart, palette], { width, height }, palette.fontFamily, (pen) =>
      drawChart(pen, palette, { width, height }, chart),
    );
    overlay.keep([chart, palette, place], { width, height }, palette.fontFamily, (pen) =>
      drawChartPlace(pen, palette, { width, height }, chart, place),
    );
  }

  #placeUnder(event: MouseEvent): number {
    const { left } = this.element.getBoundingClientRect();
    return this.#chart === null ? 0 : placeNear(this.#stage, this.#chart, event.clientX - left);
  }

  #look(place: number): void {
    if (place !== this.#place) {
      this.#place = place;
      this.#options.onLook(place);
    }
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "Enter" || event.key === " ") {
      this.#options.onPick?.(this.#place);
      event.preventDefault();
    } else if (Object.hasOwn(STEPS, event.key) && this.#chart !== null) {
      const last = this.#chart.xs.length - 1;
      this.#look(Math.max(0, Math.min(last, this.#place + STEPS[event.key])));
      event.preventDefault();
    }
  }
}
