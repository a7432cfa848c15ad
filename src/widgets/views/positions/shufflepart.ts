/** The words in another order: without positions attention gives the same outputs, with positions others. */

import { randomFrom } from "../../engine/model/sampling.js";
import { AttentionMap } from "../shared/attentionmap.js";
import { signedScale, type Ramp } from "../shared/colorscale.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import type { Matrix } from "../shared/heatmap.js";
import { memo } from "../shared/schedule.js";
import type { Actions, Frame, Part } from "./frame.js";
import { title } from "./fields.js";
import { changeText } from "./formulas.js";
import type { Shuffle } from "./numbers.js";
import { drawOutputs, outputsHeight, tokenAt, type Outputs } from "./outputspicture.js";
import { PictureBox } from "./picturebox.js";
import type { Reading } from "./reading.js";
import { isMoved, orderText, shuffledOrder, swapped } from "./state.js";

/** Below this two float32 numbers are the same, added in another order. */
export const SAME = 1e-5;
const SIDES = ["before", "after"] as const;

export class ShufflePart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #verdict = element("p", { class: "attn-pos-verdict", role: "status" });
  readonly #outputs: PictureBox;
  readonly #maps: Readonly<Record<(typeof SIDES)[number], AttentionMap>>;
  readonly #pairSaid = element("p", { class: "attn-readout attn-pos-formula" });
  readonly #scene = memo(
    (shuffle: Shuffle, reading: Reading, order: readonly number[], token: number, ramp: Ramp) =>
      this.#outputsOf(shuffle, reading, order, token, ramp),
  );
  readonly #before = memo((labels: readonly string[], weights: Float32Array, ramp: Ramp) =>
    this.#matrixOf(labels, weights, ramp),
  );
  readonly #after = memo((labels: readonly string[], weights: Float32Array, ramp: Ramp) =>
    this.#matrixOf(labels, weights, ramp),
  );
  readonly #inOrder = memo((labels: readonly string[], order: readonly number[]) =>
    order.map((token) => labels[token]),
  );
  /** The first Shuffle of a page always gives the same order, the next ones others. */
  readonly #random = randomFrom(1);
  #frame: Frame | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, redraw, change } = actions;
    this.#outputs = new PictureBox({
      ...{ class: "attn-pos-outputs", signal, onResize: redraw },
      onClick: (_, y) => {
        const token = tokenAt(this.#frame?.reading.T ?? 0, y);
        if (token >= 0) {
          change({ token });
        }
      },
    });
    const map = (): AttentionMap =>
      new AttentionMap({ role: t("positions.weights.role"), signal, onChange: redraw });
    this.#maps = { before: map(), after: map() };
    const pictures = SIDES.map((side) =>
      element("div", {}, title(t(`positions.weights.${side}`)), this.#maps[side].element),
    );
    this.element = element(
      "div",
      { class: "attn-pos-shuffle" },
      this.#buttons(),
      this.#verdict,
      title(t("positions.outputs")),
      this.#outputs.element,
      element("div", { class: "attn-pos-columns attn-pos-weights" }, ...pictures),
      this.#pairSaid,
    );
  }

  update(frame: Frame): void {
    this.#frame = frame;
    const { state, reading, order, numbers, palette, ramps } = frame;
    const { t } = this.#actions;
    const shuffle = numbers.shuffle(state, reading);
    this.#judge(frame, shuffle);
    const outputs = this.#scene(shuffle, reading, order, state.token, ramps.diverging);
    this.#outputs.element.style.height = `${outputsHeight(Math.max(1, reading.T))}px`;
    const said = reading.labels.map((word, token) => `${word} ${changeText(shuffle.changes[token])}`);
    this.#outputs.show(
      t("positions.outputs.label", { changes: said.join(t("tokens.comma")) }),
      [outputs],
      palette,
      (pen, size) => drawOutputs(pen, palette, size, outputs),
    );
    const after = this.#inOrder(reading.labels, order);
    const { sequential } = ramps;
    const isEmpty = reading.T === 0;
    this.#maps.before.draw(
      isEmpty ? null : this.#before(reading.labels, shuffle.before.weights, sequential),
      palette,
    );
    this.#maps.after.draw(isEmpty ? null : this.#after(after, shuffle.after.weights, sequential), palette);
    SIDES.forEach((side) => this.#maps[side].describe(t(`positions.weights.${side}`)));
    this.#sayPair(frame, shuffle);
  }

  #buttons(): HTMLElement {
    const { t, signal, change } = this.#actions;
    const steps: Readonly<Record<string, (order: readonly number[]) => readonly number[]>> = {
      shuffle: (order) => shuffledOrder(order, this.#random),
      swap: (order) => this.#swapTwo(order),
      original: () => [],
    };
    const buttons = Object.entries(steps).map(([name, step]) => {
      const look = name === "shuffle" ? "attn-run" : "attn-button attn-framed";
      const button = element("button", { type: "button", class: look }, t(`positions.${name}`));
      listen(button, "click", signal, () => change({ order: orderText(step(this.#frame?.order ?? [])) }));
      return button;
    });
    return element("div", { class: "attn-pos-buttons" }, ...buttons);
  }

  /** Two words that differ, for two that are the same would leave the sentence as it was. */
  #swapTwo(order: readonly number[]): readonly number[] {
    const labels = this.#frame?.reading.labels ?? [];
    const places = order.map((_, place) => place);
    const pairs = places.flatMap((one) =>
      places
        .filter((other) => one < other && labels[order[one]] !== labels[order[other]])
        .map((other) => [one, other] as const),
    );
    if (pairs.length === 0) {
      return order;
    }
    const [one, other] = pairs[Math.floor(this.#random() * pairs.length)];
    return swapped(order, one, other);
  }

  #judge({ state, order, reading }: Frame, { change }: Shuffle): void {
    const { t } = this.#actions;
    const isSame = change < SAME;
    const key = !isMoved(order) ? "still" : isSame ? (state.positions ? "same" : "permuted") : "differs";
    const way = t(state.positions ? `positions.added.${state.added}` : "positions.added.none");
    setText(
      this.#verdict,
      reading.T === 0 ? "" : t(`positions.verdict.${key}`, { change: changeText(change), way }),
    );
    setAttribute(this.#verdict, "data-verdict", key);
  }

  #outputsOf(
    shuffle: Shuffle,
    { labels, D }: Reading,
    order: readonly number[],
    token: number,
    ramp: Ramp,
  ): Outputs {
    const { t } = this.#actions;
    const captions = {
      before: t("positions.outputs.before"),
      after: t("positions.outputs.after"),
      change: t("positions.outputs.change"),
    };
    const scale = signedScale(ramp, shuffle.before.outputs);
    return { labels, order, D, shuffle, scale, token, captions };
  }

  #matrixOf(labels: readonly string[], values: Float32Array, ramp: Ramp): Matrix {
    const { t } = this.#actions;
    return {
      names: { rows: labels, columns: labels },
      ...{ rows: labels.length, columns: labels.length, values, notes: null, hiddenRow: -1 },
      scale: { ramp, minimum: 0, maximum: 1 },
      cellText: (weight) => fixed(weight, 2),
      captions: { rows: t("positions.axis.from"), columns: t("positions.axis.to") },
      legend: ["0", "0.5", "1"],
    };
  }

  /** What the two words under the pointer give each other, in both orders; else the token that is looked at. */
  #sayPair({ state, order, reading }: Frame, { before, after }: Shuffle): void {
    const { t } = this.#actions;
    const { T, labels } = reading;
    if (T === 0) {
      setText(this.#pairSaid, "");
      return;
    }
    const [first, second] = [this.#maps.before.place, this.#maps.after.place];
    const under =
      first ?? (second === null ? null : { row: order[second.row], column: order[second.column] });
    const query = under?.row ?? state.token;
    const row = before.weights.subarray(query * T, (query + 1) * T);
    const heaviest = row.reduce(
      (best, weight, key) => (weight > row[best] && key !== query ? key : best),
      query === 0 ? T - 1 : 0,
    );
    const key = under?.column === undefined || under.column < 0 ? heaviest : under.column;
    const cell = order.indexOf(query) * T + order.indexOf(key);
    const values = {
      before: fixed(before.weights[query * T + key], 4),
      after: fixed(after.weights[cell], 4),
    };
    setText(
      this.#pairSaid,
      t("positions.weights.said", { query: labels[query], key: labels[key], ...values }),
    );
  }
}
