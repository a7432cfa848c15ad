/** One side: its vectors in the plane, its loss, both matrices, and the arithmetic of the present step. */

import { shareShown } from "../../engine/word2vec/axes.js";
import { nearest, type Method } from "../../engine/word2vec/run.js";
import type { Translate } from "../../host/context.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { Stage } from "../shared/layer.js";
import { ArithmeticPart } from "./arithmetic.js";
import { drawCurve, passMeans, perPrediction } from "./curve.js";
import { sideOf, type Actions, type Frame, type Side } from "./frame.js";
import { drawMatrices, layoutMatrices, rowAt, type MatricesLayout, type Titles } from "./matrices.js";
import { drawPlane, layoutPlane, wordAt, type PlaneLayout } from "./plane.js";

const NEIGHBORS = 3;
const MANY = 2; // decimals of a vector's numbers

export class SidePart {
  readonly element: HTMLElement;
  readonly #method: Method;
  readonly #actions: Actions;
  readonly #plane: Stage;
  readonly #curve: Stage;
  readonly #matrices: Stage;
  readonly #caption = element("p", { class: "attn-quiet attn-w2v-caption" });
  readonly #nearest = element("p", { class: "attn-w2v-nearest" });
  readonly #lossTitle = element("p", { class: "attn-part-title" });
  readonly #numbers = element("p", { class: "attn-w2v-numbers" });
  readonly #arithmetic: ArithmeticPart;
  #planeLayout: PlaneLayout | null = null;
  #matricesLayout: MatricesLayout | null = null;

  constructor(method: Method, actions: Actions) {
    const { t, signal, redraw } = actions;
    this.#method = method;
    this.#actions = actions;
    const stage = (name: string): Stage =>
      new Stage(element("div", { class: `attn-stage attn-w2v-${name}`, role: "img" }), redraw, signal);
    this.#plane = stage("plane");
    this.#curve = stage("curve");
    this.#matrices = stage("matrices");
    this.#arithmetic = new ArithmeticPart(t);
    this.#follow(this.#plane.box, (x, y) =>
      this.#planeLayout === null ? -1 : wordAt(this.#planeLayout, x, y),
    );
    this.#follow(this.#matrices.box, (_, y) =>
      this.#matricesLayout === null ? -1 : rowAt(this.#matricesLayout, y),
    );
    const title = element("p", { class: "attn-w2v-title" }, t(`word2vec.name.${method}`));
    const about = element("p", { class: "attn-quiet" }, t(`word2vec.about.${method}`));
    this.element = element(
      "section",
      { class: "attn-w2v-side", "data-method": method, "aria-label": t(`word2vec.name.${method}`) },
      element("div", { class: "attn-w2v-head" }, title, about),
      this.#plane.box,
      this.#nearest,
      this.#caption,
      this.#lossTitle,
      this.#curve.box,
      element("p", { class: "attn-part-title" }, t("word2vec.matrices")),
      this.#matrices.box,
      this.#numbers,
      element("p", { class: "attn-part-title" }, t("word2vec.arithmetic")),
      this.#arithmetic.element,
    );
  }

  /** Draws on the canvases, before anything on the page changes. */
  draw(frame: Frame): void {
    const side = sideOf(frame, this.#method);
    const { palette } = frame;
    const { fontFamily } = palette;
    for (const stage of [this.#plane, this.#curve, this.#matrices]) {
      stage.fit();
    }
    if (side === null || this.#plane.width === 0) {
      [this.#plane, this.#curve, this.#matrices].forEach((stage) => void stage.base.clear(fontFamily));
      [this.#planeLayout, this.#matricesLayout] = [null, null];
      return;
    }
    this.#planeLayout = layoutPlane(side, this.#plane.width, this.#plane.height);
    drawPlane(this.#plane.base.clear(fontFamily), palette, this.#planeLayout, side);
    drawCurve(this.#curve.base.clear(fontFamily), palette, this.#curve.width, this.#curve.height, side);
    const pen = this.#matrices.base.clear(fontFamily);
    this.#matricesLayout = layoutMatrices(pen, side, this.#matrices.width, this.#matrices.height);
    drawMatrices(pen, palette, this.#matricesLayout, side, titlesOf(this.#actions.t));
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const side = sideOf(frame, this.#method);
    this.#arithmetic.update(side);
    const texts =
      side === null
        ? ["", "", t("word2vec.loss-title.none"), ""]
        : [nearestText(side, t), captionText(side, t), lossText(side, t), numbersText(side, t)];
    [this.#nearest, this.#caption, this.#lossTitle, this.#numbers].forEach((line, index) =>
      setText(line, texts[index]),
    );
    const name = t(`word2vec.name.${this.#method}`);
    setAttribute(this.#plane.box, "aria-label", t("word2vec.picture.plane", { name, text: texts[0] }));
    setAttribute(this.#curve.box, "aria-label", t("word2vec.picture.curve", { name, text: texts[2] }));
    setAttribute(this.#matrices.box, "aria-label", t("word2vec.picture.matrices", { name, text: texts[3] }));
  }

  /** The pointer looks at a word, a click follows it. The list of words above does the same by keyboard. */
  #follow(box: HTMLElement, find: (x: number, y: number) => number): void {
    const { signal, hover, change } = this.#actions;
    const wordUnder = (event: MouseEvent): number => {
      const { left, top } = box.getBoundingClientRect();
      return find(event.clientX - left, event.clientY - top);
    };
    listen(box, "pointermove", signal, (event) => hover(wordUnder(event)));
    listen(box, "pointerleave", signal, () => hover(-1));
    listen(box, "click", signal, (event) => {
      const word = this.#actions.wordOf(wordUnder(event));
      if (word !== null) {
        change({ follow: word });
      }
    });
  }
}

export function titlesOf(t: Translate): Titles {
  return { input: t("word2vec.input"), output: t("word2vec.output"), gradient: t("word2vec.gradient-title") };
}

/** “kings” is nearest to … */
export function nearestText({ frame, run }: Side, t: Translate): string {
  const { words } = frame.corpus;
  const found = nearest(run.matrices, frame.looked, NEIGHBORS);
  const list = found
    .map(({ word, cosine }) => `${words[word]} ${fixed(cosine, 2)}`)
    .join(t("word2vec.comma"));
  return t("word2vec.nearest", { word: words[frame.looked], list });
}

function captionText({ run }: Side, t: Translate): string {
  const { inputs, dim } = run.matrices;
  if (dim === 2) {
    return t("word2vec.plane.direct");
  }
  const share = Math.round(100 * shareShown(inputs, dim, run.axes));
  return t("word2vec.plane.axes", { share, dim });
}

function lossText({ run }: Side, t: Translate): string {
  const mean = passMeans(perPrediction(run), run.places.length).at(-1);
  return mean === undefined
    ? t("word2vec.loss-title.none")
    : t("word2vec.loss-title.mean", { mean: fixed(mean, 3) });
}

function numbersText({ frame, run }: Side, t: Translate): string {
  const { inputs, outputs, dim } = run.matrices;
  const row = (matrix: Float64Array): string =>
    Array.from(matrix.subarray(frame.looked * dim, (frame.looked + 1) * dim), (number) =>
      fixed(number, MANY),
    ).join(" ");
  return t("word2vec.rows", {
    word: frame.corpus.words[frame.looked],
    input: row(inputs),
    output: row(outputs),
  });
}
