/** One line under the picture: the number of the cell that is looked at, and how it comes about. */

import type { Attention } from "../../engine/attention.js";
import { exact, short } from "../shared/format.js";
import { spotOf, type Frame, type Step } from "./frame.js";

export interface Line {
  key: string;
  values: Record<string, string | number>;
}

export function readoutOf(frame: Frame): Line {
  const { scene, ui, hiddenRow } = frame;
  const spot = spotOf(frame);
  if (scene.attention === null) {
    return { key: "self-attention.hint.empty", values: {} };
  }
  if (spot === null) {
    return { key: "self-attention.readout.none", values: {} };
  }
  if (spot.query === hiddenRow) {
    return { key: "self-attention.readout.secret", values: { query: scene.names[spot.query] } };
  }
  if (ui.step === "outputs" && (ui.hover !== null || frame.state.locked !== null)) {
    return outputLine(frame, scene.attention, spot.query);
  }
  if (spot.key < 0) {
    return { key: `self-attention.readout.${ui.step}.row`, values: { query: scene.names[spot.query] } };
  }
  return cellLine(ui.step, scene.attention, scene.names, spot.query, spot.key);
}

function cellLine(
  step: Step,
  attention: Attention,
  names: readonly string[],
  query: number,
  key: number,
): Line {
  const cell = query * attention.n + key;
  const values = {
    query: names[query],
    key: names[key],
    score: exact(attention.scores[cell]),
    divisor: short(attention.divisor),
    scaled: exact(attention.scaled[cell]),
    weight: exact(attention.weights[cell]),
  };
  return { key: `self-attention.readout.${step}`, values };
}

function outputLine({ scene, ui }: Frame, attention: Attention, query: number): Line {
  const dimension = Math.min(ui.dimension, attention.dv - 1);
  const value = exact(attention.outputs[query * attention.dv + dimension]);
  return { key: "self-attention.readout.outputs", values: { query: scene.names[query], dimension, value } };
}
