/** The pen that writes SVG: vector, and text kept as text. */

import { curveMiddle, type Cells, type Paint, type Pen, type TextStyle } from "./pen.js";

const XML_NAMES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Characters that XML 1.0 cannot hold at all; a reader may have typed one. */
// eslint-disable-next-line no-control-regex -- removing control characters is the point
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/gu;

export function escapeXml(text: string): string {
  return text.replace(NOT_XML, "").replace(/[&<>"]/g, (character) => XML_NAMES[character]);
}

export class SvgPen implements Pen {
  readonly #parts: string[] = [];
  readonly #measure: Pen["measure"];

  /** `measure` comes from a canvas: only a browser's text engine knows how wide a word is. */
  constructor(measure: Pen["measure"]) {
    this.#measure = measure;
  }

  /** The finished picture, on a background of its own. */
  document(width: number, height: number, background: string, title: string, fontFamily: string): string {
    const open =
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="${escapeXml(fontFamily)}" role="img">`;
    const ground = `<rect width="${width}" height="${height}" fill="${background}"/>`;
    return `${open}<title>${escapeXml(title)}</title>${ground}${this.#parts.join("")}</svg>\n`;
  }

  rectangle(x: number, y: number, width: number, height: number, paint: Paint): void {
    const box = `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;
    this.#parts.push(`<rect ${box}${attributes(paint)}/>`);
  }

  line(points: readonly number[], paint: Paint): void {
    this.#parts.push(`<polyline points="${points.map(number).join(" ")}"${attributes(paint)}/>`);
  }

  curve(x1: number, y1: number, x2: number, y2: number, paint: Paint): void {
    const middle = number(curveMiddle(x1, x2));
    const path = `M${number(x1)} ${number(y1)}C${middle} ${number(y1)} ${middle} ${number(y2)} ${number(x2)} ${number(y2)}`;
    this.#parts.push(`<path d="${path}"${attributes(paint)}/>`);
  }

  dot(x: number, y: number, radius: number, paint: Paint): void {
    this.#parts.push(
      `<circle cx="${number(x)}" cy="${number(y)}" r="${number(radius)}"${attributes(paint)}/>`,
    );
  }

  polygon(points: readonly number[], paint: Paint): void {
    this.#parts.push(`<polygon points="${points.map(number).join(" ")}"${attributes(paint)}/>`);
  }

  text(x: number, y: number, text: string, style: TextStyle): void {
    const turn =
      style.rotate === undefined ? "" : ` transform="rotate(${style.rotate} ${number(x)} ${number(y)})"`;
    const halo =
      style.halo === undefined
        ? ""
        : ` stroke="${style.halo}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"`;
    const font = `font-size="${style.size}" font-weight="${style.weight ?? 400}" text-anchor="${style.anchor ?? "start"}"`;
    const place = `x="${number(x)}" y="${number(y)}" dy=".35em"`;
    this.#parts.push(`<text ${place} ${font} fill="${style.color}"${halo}${turn}>${escapeXml(text)}</text>`);
  }

  /** Neighbors of one color in a row become one rectangle. */
  cells({ x, y, cellWidth, cellHeight, rows, columns, write }: Cells): void {
    const colors = new Uint32Array(rows * columns);
    write(colors);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns;) {
        const color = colors[row * columns + column];
        let end = column + 1;
        while (end < columns && colors[row * columns + end] === color) {
          end += 1;
        }
        const fill = hex(color);
        const width = (end - column) * cellWidth;
        this.rectangle(x + column * cellWidth, y + row * cellHeight, width, cellHeight, { fill });
        column = end;
      }
    }
  }

  /** An export shows the whole picture: nothing lies outside. */
  clip(_x: number, _y: number, _width: number, _height: number, draw: () => void): void {
    draw();
  }

  measure(text: string, size: number, weight?: number): number {
    return this.#measure(text, size, weight);
  }
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function hex(packed: number): string {
  const channels = [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

function attributes(paint: Paint): string {
  let text = ` fill="${paint.fill ?? "none"}"`;
  if (paint.stroke !== undefined) {
    text += ` stroke="${paint.stroke}" stroke-width="${paint.width ?? 1}"`;
  }
  if (paint.opacity !== undefined) {
    text += ` opacity="${number(paint.opacity)}"`;
  }
  if (paint.dash !== undefined) {
    text += ` stroke-dasharray="${paint.dash.join(" ")}"`;
  }
  return text;
}
