/** Runs the engine of the explorer of masks in Node: one JSON of jobs in, one JSON of answers out. */

import { readFileSync } from "node:fs";
import {
  faultyMask,
  halfSoftmax,
  leakOf,
  maskedSoftmax,
  maskOf,
  presetMask,
  reachOf,
  roundToHalf,
  textOf,
  type Fault,
  type Preset,
  type Sizes,
} from "../../src/widgets/engine/masks.js";

type Job =
  | {
      kind: "mask";
      preset: Preset;
      own: string;
      fault: Fault;
      Tq: number;
      Tk: number;
      sizes: Sizes;
      row: number;
      scores: number[];
      sentinel: number;
      layers: number;
    }
  | { kind: "half"; values: number[] };

/** JSON knows no infinity. */
const plain = (values: ArrayLike<number>): (number | string)[] =>
  Array.from(values, (value) => (Number.isFinite(value) ? value : String(value)));

function run(job: Job): unknown {
  if (job.kind === "half") {
    return plain(job.values.map(roundToHalf));
  }
  const { preset, Tq, Tk, sizes, fault, row } = job;
  const given = presetMask(preset, Tq, Tk, sizes);
  const mask = faultyMask(preset.startsWith("own") ? maskOf(job.own, given) : given, fault, row);
  const scores = Float32Array.from(job.scores);
  const { masked, weights } =
    fault === "half-precision" ? halfSoftmax(scores, mask, job.sentinel) : maskedSoftmax(scores, mask, NaN);
  return {
    mask: textOf(mask),
    ...{ masked: plain(masked), weights: plain(weights), leak: plain([leakOf(weights, mask)])[0] },
    reach: Tq === Tk ? Array.from(reachOf(mask, job.layers)) : [],
  };
}

const input = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
process.stdout.write(JSON.stringify(input.jobs.map(run)));
