/**
 * Runs the front end's Word2Vec in Node: a list of jobs in JSON comes in, a list of answers goes out.
 *
 * The planted mistakes are lines of the engine's own source: the tests bundle it once more with one line changed.
 */

import { readFileSync } from "node:fs";
import { turned, type Axes } from "../../src/widgets/engine/word2vec/axes.js";
import {
  applyGradients,
  cbowLoss,
  skipGramLoss,
  type Gradients,
  type Matrices,
} from "../../src/widgets/engine/word2vec/losses.js";
import { METHODS, nearest, Run, type Method, type Settings } from "../../src/widgets/engine/word2vec/run.js";
import { placesOf, problemOf, readCorpus } from "../../src/widgets/engine/word2vec/text.js";

interface OneStep {
  method: Method;
  center: number;
  context: number[];
  /** A list for each prediction, or null. */
  negatives: number[][] | null;
}

/** The matrices as rows. */
interface Start {
  inputs: number[][];
  outputs: number[][];
}

type Job =
  | ({ kind: "gradients" } & OneStep & Start)
  | ({ kind: "follow"; steps: (OneStep & { rate: number })[] } & Start)
  | { kind: "read"; text: string; window: number }
  | { kind: "run"; text: string; settings: Settings; steps: number; computed: boolean; word: number }
  | { kind: "turn"; inputs: number[][]; axes: [number[], number[]]; times: number };

function run(job: Job): unknown {
  switch (job.kind) {
    case "gradients":
      return gradientsOf(gradients(matricesOf(job), job), job.inputs[0].length);
    case "follow":
      return follow(job);
    case "read": {
      const corpus = readCorpus(job.text);
      const places = placesOf(corpus, job.window).map(({ center, context }) => [center, context]);
      return { ...corpus, places, problem: problemOf(corpus) };
    }
    case "run":
      return Object.fromEntries(METHODS.map((method) => [method, trained(job, method)]));
    case "turn": {
      const inputs = Float64Array.from(job.inputs.flat());
      let axes: Axes = [Float64Array.from(job.axes[0]), Float64Array.from(job.axes[1])];
      for (let time = 0; time < job.times; time += 1) {
        axes = turned(axes, inputs, job.inputs[0].length);
      }
      return axes.map((axis) => Array.from(axis));
    }
  }
}

function matricesOf({ inputs, outputs }: Start): Matrices {
  return {
    inputs: Float64Array.from(inputs.flat()),
    outputs: Float64Array.from(outputs.flat()),
    dim: inputs[0].length,
  };
}

function gradients(matrices: Matrices, { method, center, context, negatives }: OneStep): Gradients {
  return method === "cbow"
    ? cbowLoss(matrices, context, center, negatives?.[0] ?? null)
    : skipGramLoss(matrices, center, context, negatives);
}

/** Training along another program's steps: its windows, its noise words, its learning rates. */
function follow({ inputs, outputs, steps }: Start & { steps: (OneStep & { rate: number })[] }): unknown {
  const matrices = matricesOf({ inputs, outputs });
  const losses = steps.map((step) => {
    const found = gradients(matrices, step);
    applyGradients(matrices, found, step.rate);
    return found.loss;
  });
  return { losses, inputs: Array.from(matrices.inputs), outputs: Array.from(matrices.outputs) };
}

function trained(
  { text, settings, steps, computed, word }: Extract<Job, { kind: "run" }>,
  method: Method,
): unknown {
  const one = new Run(readCorpus(text), settings, method);
  while (one.steps < steps) {
    one.apply();
  }
  const step = computed ? one.compute() : one.last;
  return {
    vectors: Array.from(one.matrices.inputs),
    output_vectors: Array.from(one.matrices.outputs),
    coordinates: Array.from(one.coordinates),
    losses: one.losses,
    nearest: nearest(one.matrices, word, 3).map(({ word: other, cosine }) => [other, cosine]),
    step: step && {
      number: step.number,
      applied: step.isApplied,
      center: step.place.center,
      context: step.place.context,
      rows: Array.from(step.rows),
      predicting: Array.from(step.vector),
      ...gradientsOf(step, settings.dim),
    },
  };
}

function gradientsOf(found: Gradients, dim: number): Record<string, unknown> {
  return {
    dim,
    loss: found.loss,
    input_gradient: Array.from(found.inputGradient),
    output_gradient: Array.from(found.outputGradient),
    scored: found.predictions.map(({ scored }) => scored),
    scores: found.predictions.map(({ scores }) => Array.from(scores)),
    probabilities: found.predictions.map(({ probabilities }) => Array.from(probabilities)),
    losses_of_predictions: found.predictions.map(({ loss }) => loss),
    predicted: found.predictions.map(({ word }) => word),
  };
}

const { jobs } = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
process.stdout.write(JSON.stringify(jobs.map(run)));
