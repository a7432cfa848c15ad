/** The pen that draws on a canvas. */

import { context2d } from "./dom.js";
import { curveMiddle, type Cells, type Paint, type Pen, type TextStyle } from "./pen.js";

/** A small canvas with one pixel a cell. */
interface Scratch {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
  image: ImageData;
  pixels: Uint32Array;
}

interface Font {
  css: string;
  /** The widths of texts measured so far. */
  widths: Map<string, number>;
}

export class CanvasPen implements Pen {
  readonly #context: CanvasRenderingContext2D;
  readonly #fontFamily: string;
  /** By weight and size. */
  readonly #fonts = new Map<number, Map<number, Font>>();
  #currentFont: Font | null = null;
  #scratch: Scratch | null = null;

  constructor(context: CanvasRenderingContext2D, fontFamily: string) {
    this.#context = context;
    this.#fontFamily = fontFamily;
  }

  rectangle(x: number, y: number, width: number, height: number, paint: Paint): void {
    const context = this.#prepare(paint);
    if (paint.fill !== undefined) {
      context.fillRect(x, y, width, height);
    }
    if (paint.stroke !== undefined) {
      context.strokeRect(x, y, width, height);
    }
    context.globalAlpha = 1;
  }

  line(points: readonly number[], paint: Paint): void {
    const context = this.#prepare(paint);
    this.#trace(points);
    context.stroke();
    context.globalAlpha = 1;
  }

  curve(x1: number, y1: number, x2: number, y2: number, paint: Paint): void {
    const context = this.#prepare(paint);
    const middle = curveMiddle(x1, x2);
    context.beginPath();
    context.moveTo(x1, y1);
    context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
    context.stroke();
    context.globalAlpha = 1;
  }

  dot(x: number, y: number, radius: number, paint: Paint): void {
    this.#prepare(paint).beginPath();
    this.#context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#paintPath(paint);
  }

  polygon(points: readonly number[], paint: Paint): void {
    this.#prepare(paint);
    this.#trace(points);
    this.#context.closePath();
    this.#paintPath(paint);
  }

  text(x: number, y: number, text: string, style: TextStyle): void {
    const context = this.#context;
    this.#setFont(this.#font(style.size, style.weight));
    context.textAlign = style.anchor === "middle" ? "center" : (style.anchor ?? "start");
    context.textBaseline = "middle";
    if (style.rotate === undefined) {
      this.#letters(text, x, y, style);
      return;
    }
    context.save();
    context.translate(x, y);
    context.rotate((style.rotate * Math.PI) / 180);
    this.#letters(text, 0, 0, style);
    context.restore();
  }

  /** One pixel a cell, enlarged without smoothing: 40,000 cells take as long as 40. */
  cells({ x, y, cellWidth, cellHeight, rows, columns, write }: Cells): void {
    if (rows === 0 || columns === 0) {
      return;
    }
    const scratch = this.#scratchOf(columns, rows);
    write(scratch.pixels);
    scratch.context.putImageData(scratch.image, 0, 0);
    this.#context.imageSmoothingEnabled = false;
    this.#context.drawImage(scratch.canvas, x, y, columns * cellWidth, rows * cellHeight);
  }

  clip(x: number, y: number, width: number, height: number, draw: () => void): void {
    const context = this.#context;
    const font = this.#currentFont;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw();
    context.restore();
    this.#currentFont = font; // as restored with everything else
  }

  /** Widths are remembered: the same words are measured again at every redraw. */
  measure(text: string, size: number, weight?: number): number {
    const font = this.#font(size, weight);
    let width = font.widths.get(text);
    if (width === undefined) {
      this.#setFont(font);
      width = this.#context.measureText(text).width;
      font.widths.set(text, width);
    }
    return width;
  }

  /** The same one again while the matrix keeps its size. */
  #scratchOf(width: number, height: number): Scratch {
    if (this.#scratch?.image.width !== width || this.#scratch.image.height !== height) {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width, height });
      const context = context2d(canvas);
      const image = context.createImageData(width, height);
      this.#scratch = { canvas, context, image, pixels: new Uint32Array(image.data.buffer) };
    }
    return this.#scratch;
  }

  #font(size: number, weight = 400): Font {
    let sizes = this.#fonts.get(weight);
    if (sizes === undefined) {
      sizes = new Map();
      this.#fonts.set(weight, sizes);
    }
    let font = sizes.get(size);
    if (font === undefined) {
      font = { css: `${weight} ${size}px ${this.#fontFamily}`, widths: new Map() };
      sizes.set(size, font);
    }
    return font;
  }

  /** A browser reads a font anew each time it is set, which takes longer than the letters. */
  #setFont(font: Font): void {
    if (font !== this.#currentFont) {
      this.#context.font = font.css;
      this.#currentFont = font;
    }
  }

  #prepare(paint: Paint): CanvasRenderingContext2D {
    const context = this.#context;
    if (paint.fill !== undefined) {
      context.fillStyle = paint.fill;
    }
    if (paint.stroke !== undefined) {
      context.strokeStyle = paint.stroke;
      context.lineWidth = paint.width ?? 1;
      context.setLineDash([...(paint.dash ?? [])]);
    }
    context.globalAlpha = paint.opacity ?? 1;
    return context;
  }

  #trace(points: readonly number[]): void {
    this.#context.beginPath();
    for (let index = 0; index < points.length; index += 2) {
      this.#context.lineTo(points[index], points[index + 1]);
    }
  }

  #paintPath(paint: Paint): void {
    if (paint.fill !== undefined) {
      this.#context.fill();
    }
    if (paint.stroke !== undefined) {
      this.#context.stroke();
    }
    this.#context.globalAlpha = 1;
  }

  #letters(text: string, x: number, y: number, style: TextStyle): void {
    const context = this.#context;
    if (style.halo !== undefined) {
      context.strokeStyle = style.halo;
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.setLineDash([]);
      context.strokeText(text, x, y);
    }
    context.fillStyle = style.color;
    context.fillText(text, x, y);
  }
}
