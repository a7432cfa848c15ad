/** The entries of the export menu. */

import type { Translate } from "../../host/context.js";
import { CanvasPen } from "../shared/canvaspen.js";
import { download, pngOf } from "../shared/files.js";
import { csvOf, followPicture, jsonOf, matrixPicture, svgOf, type ExportPicture } from "./exports.js";
import { movement } from "./follow.js";
import type { Frame } from "./frame.js";

export type ExportName = "matrix-svg" | "matrix-png" | "follow-svg" | "follow-png" | "csv" | "json";

/** Saves what is on screen at the moment of the click. */
export function saver(frameNow: () => Frame | null, t: Translate): (name: ExportName) => void {
  return (name) => {
    const frame = frameNow();
    if (frame === null) {
      return;
    }
    if (name === "csv") {
      download(`attention-${frame.ui.step}.csv`, "text/csv", csvOf(frame));
    } else if (name === "json") {
      download("attention.json", "application/json", jsonOf(frame));
    } else {
      const [subject, format] = name.split("-");
      const picture =
        subject === "matrix" ? matrixPicture(frame, t) : followPicture(frame, followTitle(frame, t));
      if (picture !== null) {
        void savePicture(picture, frame, `attention-${subject}`, format);
      }
    }
  };
}

function followTitle(frame: Frame, t: Translate): string {
  const { key, values, word } = movement(frame);
  return t(key, { ...values, word });
}

async function savePicture(
  picture: ExportPicture,
  frame: Frame,
  name: string,
  format: string,
): Promise<void> {
  if (format === "svg") {
    download(`${name}.svg`, "image/svg+xml", svgOf(picture, frame));
    return;
  }
  const { palette } = frame;
  const png = await pngOf(picture.width, picture.height, (context) => {
    const pen = new CanvasPen(context, palette.fontFamily);
    pen.rectangle(0, 0, picture.width, picture.height, { fill: palette.page });
    picture.draw(pen);
  });
  download(`${name}.png`, "image/png", png);
}
