/** Pictures of their own size that any pen can draw, saved as SVG or PNG. */

import { CanvasPen } from "./canvaspen.js";
import { context2d } from "./dom.js";
import { download, pngOf } from "./files.js";
import { shorten } from "./matrixlayout.js";
import type { Pen } from "./pen.js";
import { SvgPen } from "./svgpen.js";
import type { Palette } from "./theme.js";

export interface Picture {
  width: number;
  height: number;
  title: string;
  draw: (pen: Pen) => void;
}

const TITLE_HEIGHT = 30;
const TITLE_SIZE = 13;

/** The picture with its title below it. */
export function titled({ width, height, title, draw }: Picture, palette: Palette): Picture {
  return {
    width,
    height: height + TITLE_HEIGHT,
    title,
    draw: (pen) => {
      draw(pen);
      const text = shorten(pen, title, TITLE_SIZE, width - 16, 600);
      pen.text(8, height + TITLE_HEIGHT / 2, text, { color: palette.ink, size: TITLE_SIZE, weight: 600 });
    },
  };
}

export function svgOf({ width, height, title, draw }: Picture, palette: Palette): string {
  const ruler = new CanvasPen(context2d(document.createElement("canvas")), palette.fontFamily);
  const pen = new SvgPen((text, size, weight) => ruler.measure(text, size, weight));
  draw(pen);
  return pen.document(width, height, palette.page, title, palette.fontFamily);
}

/** Saves the picture as `name.svg` or `name.png`. */
export async function savePicture(
  picture: Picture,
  palette: Palette,
  name: string,
  format: "svg" | "png",
): Promise<void> {
  if (format === "svg") {
    download(`${name}.svg`, "image/svg+xml", svgOf(picture, palette));
    return;
  }
  const png = await pngOf(picture.width, picture.height, (context) => {
    const pen = new CanvasPen(context, palette.fontFamily);
    pen.rectangle(0, 0, picture.width, picture.height, { fill: palette.page });
    picture.draw(pen);
  });
  download(`${name}.png`, "image/png", png);
}
