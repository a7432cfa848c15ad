/**
 * Word2Vec one word at a time: the loss of a step, and its gradient with respect to both matrices.
 *
 * The same as `attnlab.word2vec.plain`: skip-gram predicts each context word with the center's row of the input matrix,
 * CBOW predicts the center with the mean of the context's rows. A score is the inner product with a row of the output
 * matrix; the loss is that of a softmax over the vocabulary, or that of negative sampling.
 */

/** Both matrices, row by row: (V, D) each. */
export interface Matrices {
  inputs: Float64Array;
  outputs: Float64Array;
  dim: number;
}

/** One word that is predicted. */
export interface Prediction {
  word: number;
  /** The noise words beside it; null with a softmax. */
  noise: readonly number[] | null;
  /** The words that get a score: all of them, or the true one and the noise. */
  scored: readonly number[];
  scores: Float64Array;
  /** The softmax of all scores, or the sigmoid of each. */
  probabilities: Float64Array;
  /** In nats. */
  loss: number;
}

export interface Gradients {
  /** Summed over the predictions. */
  loss: number;
  /** The words whose input rows predict; one may be there twice. */
  predicting: readonly number[];
  /** The mean of their rows, (D,). */
  vector: Float64Array;
  predictions: readonly Prediction[];
  inputGradient: Float64Array;
  outputGradient: Float64Array;
}

/** The center predicts each context word; `noise` has a list for each of them, or is null for the softmax. */
export function skipGramLoss(
  matrices: Matrices,
  center: number,
  contexts: readonly number[],
  noise: readonly (readonly number[])[] | null,
): Gradients {
  const found = startOf(matrices, [center]);
  const toward = new Float64Array(matrices.dim);
  const predictions = contexts.map((context, place) =>
    predict(matrices, found, { word: context, noise: noise?.[place] ?? null }, toward),
  );
  addTo(found.inputGradient, center, toward, 1);
  return { ...found, predictions, loss: totalOf(predictions) };
}

/** The mean of the context's rows predicts the center. */
export function cbowLoss(
  matrices: Matrices,
  contexts: readonly number[],
  center: number,
  noise: readonly number[] | null,
): Gradients {
  const found = startOf(matrices, contexts);
  const toward = new Float64Array(matrices.dim);
  const predictions = [predict(matrices, found, { word: center, noise }, toward)];
  for (const context of contexts) {
    addTo(found.inputGradient, context, toward, 1 / contexts.length); // a word that is there twice gets it twice
  }
  return { ...found, predictions, loss: totalOf(predictions) };
}

/** Subtracts the gradients, times the learning rate. */
export function applyGradients(
  { inputs, outputs }: Matrices,
  { inputGradient, outputGradient }: Gradients,
  rate: number,
): void {
  for (let cell = 0; cell < inputs.length; cell += 1) {
    inputs[cell] -= rate * inputGradient[cell];
    outputs[cell] -= rate * outputGradient[cell];
  }
}

type Start = Omit<Gradients, "loss" | "predictions">;

function startOf({ inputs, outputs, dim }: Matrices, predicting: readonly number[]): Start {
  const vector = new Float64Array(dim);
  for (const word of predicting) {
    for (let d = 0; d < dim; d += 1) {
      vector[d] += inputs[word * dim + d];
    }
  }
  return {
    predicting,
    vector: vector.map((sum) => sum / predicting.length),
    inputGradient: new Float64Array(inputs.length),
    outputGradient: new Float64Array(outputs.length),
  };
}

/** Adds the gradient of one prediction to the outputs' and, for the vector that predicts, to `toward`. */
function predict(
  { outputs, dim }: Matrices,
  { vector, outputGradient }: Start,
  { word, noise }: { word: number; noise: readonly number[] | null },
  toward: Float64Array,
): Prediction {
  const everyone = Array.from({ length: outputs.length / dim }, (_, place) => place);
  const scored = noise === null ? everyone : [word, ...noise];
  const scores = Float64Array.from(scored, (other) => product(outputs, other, vector));
  const truth = noise === null ? word : 0;
  const { probabilities, loss } = noise === null ? softmaxLoss(scores, truth) : sigmoidLoss(scores, truth);
  scored.forEach((other, place) => {
    const error = probabilities[place] - (place === truth ? 1 : 0);
    addTo(outputGradient, other, vector, error);
    for (let d = 0; d < dim; d += 1) {
      toward[d] += error * outputs[other * dim + d];
    }
  });
  return { word, noise, scored, scores, probabilities, loss };
}

interface Judged {
  probabilities: Float64Array;
  loss: number;
}

function softmaxLoss(scores: Float64Array, truth: number): Judged {
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  const logTotal = largest + Math.log(total);
  return { probabilities: scores.map((score) => Math.exp(score - logTotal)), loss: logTotal - scores[truth] };
}

function sigmoidLoss(scores: Float64Array, truth: number): Judged {
  const loss = scores.reduce((sum, score, place) => sum + softplus(place === truth ? -score : score), 0);
  return { probabilities: scores.map((score) => Math.exp(-softplus(-score))), loss };
}

/** log(1 + exp(x)), for any x. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function product(matrix: Float64Array, row: number, vector: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < vector.length; d += 1) {
    sum += matrix[row * vector.length + d] * vector[d];
  }
  return sum;
}

function addTo(matrix: Float64Array, row: number, vector: Float64Array, factor: number): void {
  for (let d = 0; d < vector.length; d += 1) {
    matrix[row * vector.length + d] += factor * vector[d];
  }
}

function totalOf(predictions: readonly Prediction[]): number {
  return predictions.reduce((sum, { loss }) => sum + loss, 0);
}
