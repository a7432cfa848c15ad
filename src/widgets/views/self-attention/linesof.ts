/** What the picture of the weights as lines is made of, on screen and in an export. */

import type { Lines } from "../shared/lineview.js";
import type { Actions, Frame } from "./frame.js";

export function linesOf(frame: Frame, t: Actions["t"]): Lines {
  return {
    names: frame.scene.names,
    weights: frame.scene.attention?.weights ?? new Float32Array(0),
    hiddenRow: frame.hiddenRow,
    captions: { queries: t("self-attention.axis.query.short"), keys: t("self-attention.axis.key.short") },
  };
}
