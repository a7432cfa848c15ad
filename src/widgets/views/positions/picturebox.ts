/** A picture on the page that is drawn anew only when what it shows has changed. */

import { element, listen, setAttribute } from "../shared/dom.js";
import { Stage } from "../shared/layer.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import type { Size } from "./chart.js";

export interface PictureBoxOptions {
  class: string;
  signal: AbortSignal;
  onResize: () => void;
  /** A click, in pixels from the upper left corner. */
  onClick?: (x: number, y: number, size: Size) => void;
}

export class PictureBox {
  readonly element: HTMLElement;
  readonly #stage: Stage;

  constructor({ class: name, signal, onResize, onClick }: PictureBoxOptions) {
    this.element = element("div", { class: `attn-stage ${name}`, role: "img" });
    this.#stage = new Stage(this.element, onResize, signal);
    if (onClick !== undefined) {
      listen(this.element, "click", signal, (event) => {
        const { left, top } = this.element.getBoundingClientRect();
        onClick(event.clientX - left, event.clientY - top, this.#stage);
      });
    }
  }

  /** `key` says when the picture has to be drawn again; `label` is what a screen reader says of it. */
  show(label: string, key: readonly unknown[], palette: Palette, draw: (pen: Pen, size: Size) => void): void {
    this.#stage.fit();
    const { width, height, base } = this.#stage;
    setAttribute(this.element, "aria-label", label);
    if (width > 0) {
      const size = { width, height };
      base.keep([palette, ...key], size, palette.fontFamily, (pen) => draw(pen, size));
    }
  }
}
