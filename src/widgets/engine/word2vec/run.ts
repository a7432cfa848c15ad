/**
 * One side of the trainer: CBOW or skip-gram, from random numbers to any step.
 *
 * Everything follows from the text, the settings and the number of steps, here and in
 * `attnlab.widgets.word2vec_trainer_run`. The text is read from its start to its end, again and again; the window has
 * always the same width, and the learning rate stays as it is.
 */

import { randomFrom } from "../model/sampling.js";
import { coordinatesOf, firstAxes, turned, type Axes } from "./axes.js";
import { applyGradients, cbowLoss, skipGramLoss, type Gradients, type Matrices } from "./losses.js";
import { noiseEnds, placesOf, type Corpus, type WindowPlace } from "./text.js";

export const METHODS = ["cbow", "skip-gram"] as const;
export type Method = (typeof METHODS)[number];
export type Loss = "softmax" | "negative-sampling";

/** What a side is trained with, beside the text. */
export interface Settings {
  loss: Loss;
  window: number;
  dim: number;
  learningRate: number;
  negatives: number;
  seed: number;
}

/** One step of training, every number on its way. */
export interface Step extends Gradients {
  /** Which step it is, from 0. */
  number: number;
  place: WindowPlace;
  /** The input rows of the predicting words as they were, (C, D). */
  rows: Float64Array;
  isApplied: boolean;
}

/** Each use of random numbers has its own: no side's numbers depend on how many the other has drawn. */
const STREAMS = { matrix: 0, cbow: 0x5bd1e995, "skip-gram": 0x9e3779b9 } as const;
const FIRST_TURNS = 100;

export class Run {
  readonly method: Method;
  readonly matrices: Matrices;
  readonly places: readonly WindowPlace[];
  /** Of each step, in nats; skip-gram's are summed over its predictions. */
  readonly losses: number[] = [];
  axes: Axes;
  /** The largest coordinate that the picture had to hold so far. */
  reach = 0;
  /** The step that was computed or applied last. */
  last: Step | null = null;
  readonly #settings: Settings;
  readonly #random: () => number;
  readonly #noiseEnds: Float64Array;

  /** Something can be learned from the corpus; see `problemOf`. */
  constructor(corpus: Corpus, settings: Settings, method: Method) {
    this.method = method;
    this.#settings = settings;
    const { dim, seed, window } = settings;
    this.places = placesOf(corpus, window);
    this.#noiseEnds = noiseEnds(corpus);
    this.#random = streamOf(seed, method);
    const draw = streamOf(seed, "matrix");
    const length = corpus.words.length * dim;
    this.matrices = {
      inputs: Float64Array.from({ length }, () => (2 * draw() - 1) / dim),
      outputs: new Float64Array(length),
      dim,
    };
    this.axes = firstAxes(dim);
    this.#turn(FIRST_TURNS);
  }

  /** How many steps have been applied. */
  get steps(): number {
    return this.losses.length;
  }

  /** The step that is computed and not applied, or null. */
  get waiting(): Step | null {
    return this.last?.isApplied === false ? this.last : null;
  }

  /** Where each word stands in the picture, (V, 2). */
  get coordinates(): Float64Array {
    return coordinatesOf(this.matrices.inputs, this.matrices.dim, this.axes);
  }

  /** Whether all numbers are finite: with a large learning rate they can grow without bound. */
  get isFinite(): boolean {
    const { inputs, outputs } = this.matrices;
    return inputs.every(Number.isFinite) && outputs.every(Number.isFinite);
  }

  /** Computes the next step: predictions, loss and gradients. */
  compute(): Step {
    if (this.waiting !== null) {
      return this.waiting;
    }
    const { dim, inputs } = this.matrices;
    const place = this.places[this.steps % this.places.length];
    const gradients = this.#gradients(place);
    const rows = new Float64Array(gradients.predicting.length * dim);
    gradients.predicting.forEach((word, row) =>
      rows.set(inputs.subarray(word * dim, (word + 1) * dim), row * dim),
    );
    this.last = { ...gradients, number: this.steps, place, rows, isApplied: false };
    return this.last;
  }

  /** Applies the step that is computed, after computing it if need be. */
  apply(): void {
    const step = this.compute();
    applyGradients(this.matrices, step, this.#settings.learningRate);
    this.losses.push(step.loss);
    this.last = { ...step, isApplied: true };
    this.#turn(1);
  }

  #gradients({ center, context }: WindowPlace): Gradients {
    if (this.method === "cbow") {
      return cbowLoss(this.matrices, context, center, this.#noise());
    }
    const noise = this.#settings.loss === "softmax" ? null : context.map(() => this.#noise() ?? []);
    return skipGramLoss(this.matrices, center, context, noise);
  }

  #noise(): number[] | null {
    const { loss, negatives } = this.#settings;
    return loss === "softmax" ? null : Array.from({ length: negatives }, () => this.#draw());
  }

  /** A word at random, as likely as its count to the 3/4. */
  #draw(): number {
    const ends = this.#noiseEnds;
    const place = this.#random() * ends[ends.length - 1];
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = ends[middle] > place ? [low, middle] : [middle + 1, high];
    }
    return low;
  }

  #turn(times: number): void {
    const { inputs, dim } = this.matrices;
    for (let time = 0; time < times && dim > 2; time += 1) {
      this.axes = turned(this.axes, inputs, dim);
    }
    this.reach = this.coordinates.reduce((most, number) => Math.max(most, Math.abs(number)), this.reach);
  }
}

function streamOf(seed: number, stream: keyof typeof STREAMS): () => number {
  return randomFrom((seed ^ STREAMS[stream]) >>> 0);
}

/** The words nearest to one by the cosine of their vectors, the nearest first. */
export function nearest(
  { inputs, dim }: Matrices,
  word: number,
  count: number,
): { word: number; cosine: number }[] {
  const row = (place: number): Float64Array => inputs.subarray(place * dim, (place + 1) * dim);
  const own = row(word);
  const found = Array.from({ length: inputs.length / dim }, (_, place) => {
    const other = row(place);
    const product = other.reduce((sum, number, d) => sum + number * own[d], 0);
    return { word: place, cosine: product / (Math.hypot(...other) * Math.hypot(...own)) };
  });
  return found
    .filter((one) => one.word !== word)
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, count);
}
