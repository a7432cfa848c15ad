/** The present step in numbers: who predicts, every score that counts, the loss and the lengths of the gradients. */

import { softplus, type Prediction } from "../../engine/word2vec/losses.js";
import type { Translate } from "../../host/context.js";
import { element, rich, setAttribute, setRich, setText, type Child } from "../shared/dom.js";
import { exact, fixed } from "../shared/format.js";
import type { Side } from "./frame.js";

const OTHERS = 4; // of the words that a softmax gives something, beside the true ones
const MOST_NUMBERS = 4; // of a vector that stand in a line
const COLUMNS = ["word", "score", "probability", "wanted", "loss"] as const;

interface Line {
  word: string;
  score: number;
  probability: number;
  wanted: number;
  loss: number | null;
  kind: "true" | "noise" | "other";
}

export class ArithmeticPart {
  readonly element: HTMLElement;
  readonly #t: Translate;
  readonly #vector = element("p", { class: "attn-w2v-line" });
  readonly #body = element("tbody");
  readonly #head = element("tr");
  readonly #rows: Row[] = [];
  readonly #loss = element("p", { class: "attn-w2v-line" });
  readonly #gradient = element("p", { class: "attn-w2v-line" });
  readonly #box: HTMLElement;

  constructor(t: Translate) {
    this.#t = t;
    this.#head.append(
      ...COLUMNS.map((name) => element("th", { scope: "col" }, t(`word2vec.column.${name}`))),
    );
    const table = element("table", { class: "attn-w2v-table" }, element("thead", {}, this.#head), this.#body);
    this.#box = element(
      "div",
      { class: "attn-w2v-scores", tabindex: 0, role: "group", "aria-label": t("word2vec.scores") },
      table,
    );
    this.element = element(
      "div",
      { class: "attn-w2v-arithmetic" },
      this.#vector,
      this.#box,
      this.#loss,
      this.#gradient,
    );
  }

  update(side: Side | null): void {
    const t = this.#t;
    const { step } = side ?? { step: null };
    if (side === null || step === null) {
      setText(this.#vector, side === null ? "" : t("word2vec.press-compute"));
      [this.#loss, this.#gradient].forEach((line) => setText(line, ""));
      this.#showRows([]);
      return;
    }
    const { words } = side.frame.corpus;
    setRich(this.#vector, this.#vectorLine(side));
    setText(
      this.#head.children[2],
      t(`word2vec.column.${step.predictions[0].noise === null ? "softmax" : "sigmoid"}`),
    );
    this.#showRows(
      step.predictions[0].noise === null
        ? softmaxLines(step.predictions, words)
        : noiseLines(step.predictions, words),
    );
    setText(this.#loss, this.#lossLine(step.predictions, step.loss));
    setText(this.#gradient, this.#gradientLine(side));
  }

  #vectorLine({ frame, method, step }: Side): Child[] {
    const names = (step?.predicting ?? []).map((word) => frame.corpus.words[word]);
    const vector = element("span", { class: "attn-number" }, vectorText(step?.vector ?? new Float64Array()));
    const words = element("bdi", { class: "attn-w2v-from" }, names.join(", "));
    return rich(this.#t(`word2vec.vector.${method}`, { count: names.length }), { words, vector });
  }

  #lossLine(predictions: readonly Prediction[], loss: number): string {
    const parts = predictions.map((prediction) => fixed(prediction.loss, 3));
    const sum = parts.length > 1 ? `${parts.join(" + ")} = ${fixed(loss, 3)}` : parts[0];
    return this.#t("word2vec.loss", { sum });
  }

  #gradientLine({ frame, step, run }: Side): string {
    const { dim } = run.matrices;
    const [input, output] = [step?.inputGradient, step?.outputGradient].map(
      (gradient) => gradient ?? new Float64Array(),
    );
    return this.#t(step?.isApplied === true ? "word2vec.applied" : "word2vec.gradient", {
      input: exact(Math.hypot(...input)),
      output: exact(Math.hypot(...output)),
      inputRows: rowsTouched(input, dim),
      outputRows: rowsTouched(output, dim),
      rate: frame.state.learningRate,
    });
  }

  /** The rows that are there get other texts: new ones would cost more at every step of a run. */
  #showRows(lines: readonly Line[]): void {
    while (this.#rows.length < lines.length) {
      this.#rows.push(makeRow());
    }
    lines.forEach(({ word, score, probability, wanted, loss, kind }, index) => {
      const { row, name, cells } = this.#rows[index];
      const numbers = [
        fixed(score, 3),
        fixed(probability, 3),
        String(wanted),
        loss === null ? "" : fixed(loss, 3),
      ];
      setAttribute(row, "data-kind", kind);
      setText(name, word);
      cells.forEach((cell, column) => setText(cell, numbers[column]));
    });
    const shown = this.#rows.slice(0, lines.length).map(({ row }) => row);
    if (shown.length !== this.#body.children.length) {
      this.#body.replaceChildren(...shown);
    }
  }
}

interface Row {
  row: HTMLElement;
  name: HTMLElement;
  cells: readonly HTMLElement[];
}

function makeRow(): Row {
  const name = element("bdi");
  const cells = COLUMNS.slice(1).map(() => element("td"));
  return { row: element("tr", {}, element("th", { scope: "row" }, name), ...cells), name, cells };
}

/** The true words first, then the others that get most. All predictions of a step share their scores. */
export function softmaxLines(predictions: readonly Prediction[], words: readonly string[]): Line[] {
  const { scores, probabilities } = predictions[0];
  const truths = predictions.map(({ word }) => word);
  const line = (word: number, loss: number | null): Line => ({
    word: words[word],
    score: scores[word],
    probability: probabilities[word],
    wanted: loss === null ? 0 : 1,
    loss,
    kind: loss === null ? "other" : "true",
  });
  const others = words.map((_, word) => word).filter((word) => !truths.includes(word));
  others.sort((a, b) => probabilities[b] - probabilities[a]);
  return [
    ...predictions.map(({ word, loss }) => line(word, loss)),
    ...others.slice(0, OTHERS).map((word) => line(word, null)),
  ];
}

/** Each true word, and below it the noise words that it is weighed against. */
export function noiseLines(predictions: readonly Prediction[], words: readonly string[]): Line[] {
  return predictions.flatMap(({ scored, scores, probabilities }) =>
    scored.map((word, place): Line => {
      const isTrue = place === 0;
      return {
        word: words[word],
        score: scores[place],
        probability: probabilities[place],
        wanted: isTrue ? 1 : 0,
        loss: softplus(isTrue ? -scores[place] : scores[place]),
        kind: isTrue ? "true" : "noise",
      };
    }),
  );
}

/** (0.12, −0.30, …) */
export function vectorText(vector: Float64Array): string {
  const numbers = Array.from(vector.subarray(0, MOST_NUMBERS), (number) => fixed(number, 2));
  return `(${numbers.join(", ")}${vector.length > MOST_NUMBERS ? ", …" : ""})`;
}

/** How many rows of a gradient are not zero throughout. */
export function rowsTouched(gradient: Float64Array, dim: number): number {
  let count = 0;
  for (let start = 0; start < gradient.length; start += dim) {
    count += gradient.subarray(start, start + dim).some((number) => number !== 0) ? 1 : 0;
  }
  return count;
}
