/** A word and its position, added: what the sum of two vectors keeps of each. */

import { signedScale } from "../shared/colorscale.js";
import { element, setRich, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { memo } from "../shared/schedule.js";
import { Slider, title } from "./fields.js";
import type { Actions, Frame, Part } from "./frame.js";
import type { Sum } from "./numbers.js";
import { PictureBox } from "./picturebox.js";
import { drawSumPlane, drawSumStrips, entryAt, type SumNames } from "./sumpicture.js";

const NUMBERS = ["word", "position", "sum", "cosine"] as const;

export class SumPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #title = title();
  readonly #strips: PictureBox;
  readonly #plane: PictureBox;
  readonly #pair: Slider;
  readonly #numbers: Readonly<Record<(typeof NUMBERS)[number], HTMLElement>>;
  readonly #formula = element("p", { class: "attn-readout attn-pos-formula" });
  readonly #said = element("p", { class: "attn-pos-said" });
  readonly #names = memo((word: string, position: string, sum: string): SumNames => ({
    word,
    position,
    sum,
  }));
  readonly #scale = memo(({ word, position, sum }: Sum, ramp: Frame["ramps"]["diverging"]) =>
    signedScale(ramp, Float32Array.from([...word, ...position, ...sum])),
  );
  #D = 0;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change, redraw } = actions;
    this.#strips = new PictureBox({
      ...{ class: "attn-pos-strips", signal, onResize: redraw },
      onClick: (x, _, size) => change({ pair: Math.floor(entryAt(size, this.#D, x) / 2) }),
    });
    this.#plane = new PictureBox({ class: "attn-pos-plane", signal, onResize: redraw });
    this.#pair = new Slider({ label: t("positions.pair"), signal, onInput: (pair) => change({ pair }) });
    const cell = (): HTMLElement => element("td", { class: "attn-number" });
    this.#numbers = { word: cell(), position: cell(), sum: cell(), cosine: cell() };
    const rows = NUMBERS.map((name) =>
      element("tr", {}, element("th", { scope: "row" }, t(`positions.sum.${name}`)), this.#numbers[name]),
    );
    const caption = element("caption", { class: "attn-visually-hidden" }, t("positions.sum.numbers"));
    const table = element("table", { class: "attn-pos-numbers" }, caption, element("tbody", {}, ...rows));
    this.element = element(
      "div",
      { class: "attn-pos-sum" },
      this.#title,
      this.#strips.element,
      element(
        "div",
        { class: "attn-pos-columns" },
        element("div", {}, title(t("positions.sum.plane")), this.#plane.element),
        element("div", {}, this.#pair.element, this.#formula, table, this.#said),
      ),
    );
  }

  update(frame: Frame): void {
    const { state, reading, numbers, palette, ramps } = frame;
    const { t } = this.#actions;
    const sum = numbers.sum(state, reading, state.token);
    this.#D = reading.D;
    setText(this.#title, t("positions.sum.strips", { entries: reading.D }));
    this.#pair.show(state.pair, { least: 0, most: reading.D / 2 - 1 });
    if (sum === null) {
      this.#empty(frame);
      return;
    }
    const word = reading.labels[state.token];
    const position = t(state.positions ? "positions.sum.name" : "positions.sum.none", {
      position: sum.place,
    });
    const names = this.#names(word, position, t("positions.sum.both"));
    const scale = this.#scale(sum, ramps.diverging);
    const { pair } = state;
    this.#strips.show(
      t("positions.sum.strips.label", { word, position }),
      [sum, names, pair, scale],
      palette,
      (pen, size) => drawSumStrips(pen, palette, size, sum, names, pair, scale),
    );
    this.#plane.show(
      t("positions.sum.plane.label", { word, pair }),
      [sum, names, pair],
      palette,
      (pen, size) => drawSumPlane(pen, palette, size, sum, names, pair),
    );
    this.#showNumbers(sum, pair);
    const kept = { word, cosine: fixed(sum.cosine, 2) };
    setText(this.#said, t(state.positions ? "positions.sum.said" : "positions.sum.off", kept));
  }

  #showNumbers({ word, position, sum, norms, cosine }: Sum, pair: number): void {
    setText(this.#numbers.word, fixed(norms.word, 3));
    setText(this.#numbers.position, fixed(norms.position, 3));
    setText(this.#numbers.sum, fixed(norms.sum, 3));
    setText(this.#numbers.cosine, fixed(cosine, 3));
    const lines = [2 * pair, 2 * pair + 1].map((entry) => {
      const second =
        position[entry] < 0 ? `− ${fixed(-position[entry], 3)}` : `+ ${fixed(position[entry], 3)}`;
      return [
        element("span", {}, "x", element("sub", {}, String(entry))),
        `: ${fixed(word[entry], 3)} ${second} = ${fixed(sum[entry], 3)}`,
      ];
    });
    setRich(this.#formula, [...lines[0], "\n", ...lines[1]]);
  }

  /** Without a word there is nothing to add; the message under the sentence says so. */
  #empty({ palette }: Frame): void {
    const { t } = this.#actions;
    [this.#strips, this.#plane].forEach((box) =>
      box.show(t("positions.empty"), [null], palette, () => undefined),
    );
    NUMBERS.forEach((name) => setText(this.#numbers[name], ""));
    setText(this.#formula, "");
    setText(this.#said, "");
  }
}
