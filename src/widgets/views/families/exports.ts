/** What can be taken away: the drawing as a picture, the tokens as CSV, everything as JSON. */

import type { Translate } from "../../host/context.js";
import { csvOf } from "../models/exports.js";
import { textOf } from "../models/state.js";
import { download } from "../shared/files.js";
import { savePicture } from "../shared/pictures.js";
import type { Palette } from "../shared/theme.js";
import type { Frame } from "./frame.js";
import { pictureOf } from "./picture.js";

export const EXPORTS = ["svg", "png", "csv", "json"] as const;

/** Saves what is on screen at the moment of the click. */
export function save(name: (typeof EXPORTS)[number], frame: Frame, palette: Palette, t: Translate): void {
  const file = `attnlab-${frame.chosen.family}`;
  if (name === "csv") {
    download(`${file}.csv`, "text/csv", csvOf(frame));
  } else if (name === "json") {
    download(`${file}.json`, "application/json", jsonOf(frame));
  } else {
    void savePicture(pictureOf(frame, palette, t), palette, file, name);
  }
}

/** Everything that was computed, under the names that Python has for it. */
export function jsonOf({ run, state, card, chosen }: Frame): string {
  const content = {
    family: chosen.family,
    model: state.model,
    blocks: Object.keys(card.blocks),
    weights: card.blocks,
    input: textOf(state),
    text: run?.text ?? "",
    tokens: run?.tokens ?? [],
    next: run?.next?.candidates ?? [],
    read: run?.read ?? [],
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}
