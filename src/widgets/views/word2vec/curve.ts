/** The loss of one prediction over the steps: each step as a dot, the mean of the last time through the text as a line. */

import type { Run } from "../../engine/word2vec/run.js";
import { fixed } from "../shared/format.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import type { Side } from "./frame.js";
import { MAX_STEPS } from "./state.js";

const SMALL = 11;
const LEFT = 34;
const BOTTOM = 18;
const TOP = 6;
const RIGHT = 8;
const MOST_DOTS = 700;
const ENDS = [100, 200, 500, 1000, 2000, MAX_STEPS];

/** What a step's loss is for one prediction: skip-gram makes several in a step. */
export function perPrediction({ losses, places, method }: Run): Float64Array {
  return Float64Array.from(losses, (loss, step) =>
    method === "cbow" ? loss : loss / places[step % places.length].context.length,
  );
}

/** For each step the mean over the last time through the text, as far as there is one. */
export function passMeans(losses: Float64Array, places: number): Float64Array {
  let sum = 0;
  return losses.map((loss, step) => {
    sum += loss - (step >= places ? losses[step - places] : 0);
    return sum / Math.min(step + 1, places);
  });
}

/** The loss of one who knows nothing: all scores are 0. */
export function blindLoss({ frame }: Side): number {
  const { loss, negatives } = frame.state;
  return loss === "softmax" ? Math.log(frame.corpus.words.length) : (1 + negatives) * Math.LN2;
}

export function drawCurve(pen: Pen, palette: Palette, width: number, height: number, side: Side): void {
  const losses = perPrediction(side.run);
  const blind = blindLoss(side);
  const most = 1.4 * blind;
  const end = ENDS.find((limit) => limit >= losses.length) ?? MAX_STEPS;
  const x = (step: number): number => LEFT + ((width - LEFT - RIGHT) * step) / end;
  const y = (loss: number): number =>
    height - BOTTOM - ((height - BOTTOM - TOP) * Math.min(loss, most)) / most;
  const quiet = { color: palette.muted, size: SMALL } as const;
  pen.line([LEFT, y(0), width - RIGHT, y(0)], { stroke: palette.line });
  pen.line([LEFT, y(blind), width - RIGHT, y(blind)], { stroke: palette.muted, dash: [4, 3] });
  pen.text(LEFT - 5, y(blind), fixed(blind, 2), { ...quiet, anchor: "end" });
  pen.text(LEFT - 5, y(0), "0", { ...quiet, anchor: "end" });
  pen.text(LEFT, height - 7, "0", { ...quiet, anchor: "middle" });
  pen.text(width - RIGHT, height - 7, String(end), { ...quiet, anchor: "end" });
  const stride = Math.max(1, Math.ceil(losses.length / MOST_DOTS));
  for (let step = 0; step < losses.length; step += stride) {
    pen.dot(x(step + 1), y(losses[step]), 1, { fill: palette.muted, opacity: 0.45 });
  }
  const means = passMeans(losses, side.run.places.length);
  const line: number[] = [];
  const thin = Math.max(1, Math.floor(losses.length / width));
  means.forEach((mean, step) => {
    if (step % thin === 0 || step === means.length - 1) {
      line.push(x(step + 1), y(mean));
    }
  });
  if (line.length > 2) {
    pen.line(line, { stroke: palette.query, width: 2 });
  }
}
