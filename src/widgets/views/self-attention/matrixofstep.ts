/** The matrix that belongs to each step, ready to be drawn. */

import { signedScale, type ColorScale } from "../shared/colorscale.js";
import { decimalsFor, fixed, short } from "../shared/format.js";
import type { Matrix } from "../shared/heatmap.js";
import type { Translate } from "../../host/context.js";
import type { Attention } from "../../engine/attention.js";
import { effectiveWords } from "./scene.js";
import { MANY_WORDS, type Frame, type Step } from "./frame.js";

/** Weights of many words are small: a third decimal tells them apart. */
export function weightText(n: number): (weight: number) => string {
  return (weight) => fixed(weight, n <= MANY_WORDS ? 2 : 3);
}

export function valuesOf(attention: Attention, step: Step): Float32Array {
  return attention[step];
}

export function columnsOf(attention: Attention, step: Step): number {
  return step === "outputs" ? attention.dv : attention.n;
}

/** The color scale that a step's numbers share, on the map and beside it. */
export function scaleOf(frame: Frame, attention: Attention, step: Step): ColorScale {
  return step === "weights" && frame.weightScale !== null
    ? frame.weightScale
    : signedScale(frame.ramps.diverging, valuesOf(attention, step));
}

export function matrixOf(frame: Frame, attention: Attention, t: Translate): Matrix {
  const { step } = frame.ui;
  const { names, n } = frame.scene;
  const scale = scaleOf(frame, attention, step);
  const text =
    step === "weights" ? weightText(n) : (value: number) => fixed(value, decimalsFor(scale.maximum));
  return {
    names: { rows: names, columns: step === "outputs" ? [] : names },
    rows: n,
    columns: columnsOf(attention, step),
    values: valuesOf(attention, step),
    scale,
    cellText: frame.ui.numbers === "never" || step === "outputs" ? null : text,
    notes: step === "weights" ? notesOf(attention, t) : null,
    hiddenRow: frame.hiddenRow,
    captions: {
      rows: t(step === "outputs" ? "self-attention.axis.output" : "self-attention.axis.query"),
      columns: t(step === "outputs" ? "self-attention.axis.dimension" : "self-attention.axis.key"),
    },
    legend: legendOf(scale),
  };
}

/** Beside each row, among how many words its weights are in effect spread. */
function notesOf(attention: Attention, t: Translate): NonNullable<Matrix["notes"]> {
  const textOf = (row: number): string => {
    const words = effectiveWords(attention, row);
    return fixed(words, words < 100 ? 1 : 0);
  };
  return { heading: t("self-attention.axis.spread"), textOf };
}

function legendOf({ minimum, maximum }: ColorScale): [string, string, string] {
  if (minimum < 0) {
    return [short(minimum), "0", `+${short(maximum)}`];
  }
  return ["0", short(maximum / 2), short(maximum)];
}
