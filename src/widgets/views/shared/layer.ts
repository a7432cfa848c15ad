/** Canvases that keep the screen's own resolution, and tell when their box changes its size. */

import { CanvasPen } from "./canvaspen.js";
import { context2d, element } from "./dom.js";

/** One canvas, sized in CSS pixels and drawn in device pixels. */
export class Layer {
  readonly canvas: HTMLCanvasElement;
  width = 0;
  height = 0;
  #ratio = 0;
  #pen: { fontFamily: string; pen: CanvasPen } | null = null;
  /** What the last drawing that may stay was for. */
  #kept: readonly unknown[] = [];

  constructor(className: string) {
    this.canvas = element("canvas", { class: className, "aria-hidden": "true" });
  }

  /** Takes a new size. Returns false when nothing changed. */
  resize(width: number, height: number): boolean {
    const ratio = window.devicePixelRatio || 1;
    if (width === this.width && height === this.height && ratio === this.#ratio) {
      return false;
    }
    Object.assign(this, { width, height });
    this.#ratio = ratio;
    this.#pen = null; // a canvas that changes its size forgets its font and all else
    this.#kept = [];
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    return true;
  }

  /** An empty canvas, ready to be drawn on. */
  clear(fontFamily: string): CanvasPen {
    const context = context2d(this.canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    return this.#penFor(fontFamily);
  }

  /**
   * Draws on an empty canvas, unless the last drawing was for the same `key` and `layout`. The values of a key are
   * compared by identity, those of a layout one by one: computed anew it often comes out the same.
   */
  keep(
    key: readonly unknown[],
    layout: object | null,
    fontFamily: string,
    draw: (pen: CanvasPen) => void,
  ): void {
    const wanted = [fontFamily, ...key, ...(Object.values(layout ?? {}) as unknown[])];
    const kept = this.#kept;
    if (wanted.length !== kept.length || wanted.some((value, index) => value !== kept[index])) {
      this.#kept = wanted;
      draw(this.clear(fontFamily));
    }
  }

  #penFor(fontFamily: string): CanvasPen {
    if (this.#pen === null || this.#pen.fontFamily !== fontFamily) {
      this.#pen = { fontFamily, pen: new CanvasPen(context2d(this.canvas), fontFamily) };
    }
    return this.#pen.pen;
  }
}

/**
 * A box whose canvases follow its size: `base` for what the data say, `overlay` for what the pointer says. Words take
 * longer to draw than all else: where there are many, they have a layer of their own, drawn anew only when they change.
 */
export class Stage {
  readonly box: HTMLElement;
  readonly base = new Layer("attn-layer");
  readonly overlay = new Layer("attn-layer");
  width = 0;
  height = 0;
  readonly #layers: Layer[] = [];

  constructor(box: HTMLElement, onResize: () => void, signal: AbortSignal) {
    this.box = box;
    this.add(this.base);
    this.add(this.overlay);
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (Math.floor(width) !== this.width || Math.floor(height) !== this.height) {
        this.width = Math.floor(width);
        this.height = Math.floor(height);
        onResize();
      }
    });
    observer.observe(box);
    signal.addEventListener("abort", () => {
      observer.disconnect();
    });
  }

  /** Puts a layer on top. */
  add(layer: Layer): Layer {
    this.#layers.push(layer);
    this.box.append(layer.canvas);
    return layer;
  }

  /** Puts a layer below all others. */
  addBelow(layer: Layer): Layer {
    this.#layers.push(layer);
    this.box.prepend(layer.canvas);
    return layer;
  }

  /** Brings the canvases to the box's size. Returns true when they changed and are empty now. */
  fit(): boolean {
    return this.#layers.map((layer) => layer.resize(this.width, this.height)).includes(true);
  }
}
