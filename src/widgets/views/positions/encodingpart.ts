/** The encoding as a picture, the clocks of one position, and how alike it is to each other one. */

import { AttentionMap } from "../shared/attentionmap.js";
import { element, setRich, setText } from "../shared/dom.js";
import { fixed, thousands } from "../shared/format.js";
import type { Ramp } from "../shared/colorscale.js";
import type { Place } from "../shared/matrixlayout.js";
import { memo } from "../shared/schedule.js";
import type { Palette } from "../shared/theme.js";
import { ChartBox } from "./chartbox.js";
import { Clocks } from "./clocks.js";
import { Slider, title } from "./fields.js";
import { dotFormula, entryFormula, wavelengthText } from "./formulas.js";
import { otherOf, type Actions, type Frame, type Part } from "./frame.js";
import { dotChart, encodingMarks, encodingMatrix, tinted } from "./pictures.js";
import { BASES, LENGTH, nearestBase, WIDTH, type State } from "./state.js";

const NAMES = ["width", "base", "length", "position"] as const;

export class EncodingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #sliders: Readonly<Record<(typeof NAMES)[number], Slider>>;
  readonly #map: AttentionMap;
  readonly #clocks: Clocks;
  readonly #clockTitle = title();
  readonly #hand = element("p", { class: "attn-quiet attn-pos-said" });
  readonly #cell = element("p", { class: "attn-readout attn-pos-formula" });
  readonly #chart: ChartBox;
  readonly #dots = element("p", { class: "attn-readout attn-pos-formula" });
  #position = 0;
  readonly #colors = memo(tinted);
  readonly #matrix = memo((values: Float32Array, length: number, width: number, ramp: Ramp) =>
    encodingMatrix(values, length, width, ramp, this.#actions.t),
  );
  readonly #line = memo((values: Float32Array, position: number, palette: Palette) =>
    dotChart(values, position, palette, this.#actions.t),
  );

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change, look } = actions;
    const slider = (name: (typeof NAMES)[number], onInput: (value: number) => void): Slider =>
      new Slider({ label: t(`positions.${name}`), signal, onInput });
    this.#sliders = {
      width: slider("width", (width) => change({ width })),
      base: slider("base", (step) => change({ base: BASES[step] })),
      length: slider("length", (length) => change({ length })),
      position: slider("position", (position) => change({ position })),
    };
    this.#map = new AttentionMap({
      ...{ role: t("positions.map.role"), signal, onChange: actions.redraw },
      onPick: (place) => this.#pick(place),
    });
    this.#clocks = new Clocks({ t, signal, onPick: (pair) => this.#pickPair(pair) });
    this.#chart = new ChartBox({
      ...{ class: "attn-pos-dots", label: t("positions.dots.label"), signal, onResize: actions.redraw },
      onLook: (other) => look({ other }),
      onPick: (position) => {
        look({ other: this.#position }); // the two change places
        change({ position });
      },
    });
    this.element = this.#layOut();
  }

  #layOut(): HTMLElement {
    const { t } = this.#actions;
    const sliders = NAMES.map((name) => this.#sliders[name].element);
    const picture = element("div", {}, title(t("positions.encoding.title")), this.#map.element);
    const clocks = element("div", {}, this.#clockTitle, this.#clocks.element, this.#hand);
    return element(
      "div",
      { class: "attn-pos-encoding" },
      element("div", { class: "attn-pos-sliders" }, ...sliders),
      element("div", { class: "attn-pos-columns" }, picture, clocks),
      this.#cell,
      title(t("positions.dots.title")),
      this.#chart.element,
      this.#dots,
    );
  }

  update(frame: Frame): void {
    const { state } = frame;
    this.#position = state.position;
    this.#showSliders(state);
    this.#showClocks(frame);
    this.#showCell(frame);
    this.#showProduct(frame);
    // A new picture learns its size with the next frame: until then there is nothing to draw, and no color to ask for.
    if (this.#map.hasSize) {
      this.#draw(frame);
    }
  }

  #draw({ state, numbers, palette, ramps, look }: Frame): void {
    const { t } = this.#actions;
    const { length, width, position, base } = state;
    const matrix = this.#matrix(numbers.encoding(state), length, width, ramps.diverging);
    this.#map.draw(matrix, this.#colors(palette), { marks: encodingMarks(state, palette) });
    this.#map.describe(t("positions.map.label", { length, width, position, base: thousands(base) }));
    const values = numbers.dots(state, position);
    const other = this.#otherOf({ state, look });
    const said = { position, other, product: fixed(values[other], 4) };
    this.#chart.show(this.#line(values, position, palette), palette, other, t("positions.dots.said", said));
  }

  /** A click on a cell follows its position and its pair, and keeps its formula. */
  #pick({ row, column }: Place): void {
    const { change, look } = this.#actions;
    if (column < 0) {
      change({ position: row });
    } else {
      look({ entry: column });
      change({ position: row, pair: Math.floor(column / 2) });
    }
  }

  #pickPair(pair: number): void {
    this.#actions.look({ entry: 2 * pair });
    this.#actions.change({ pair });
  }

  #showSliders({ width, base, length, position }: State): void {
    const { width: wide, base: slow, length: long, position: at } = this.#sliders;
    wide.show(width, WIDTH);
    slow.show(nearestBase(base), { least: 0, most: BASES.length - 1 }, thousands(base));
    long.show(length, LENGTH);
    at.show(position, { least: 0, most: length - 1 });
  }

  #showClocks({ state, numbers }: Frame): void {
    const { t } = this.#actions;
    const { position, pair } = state;
    const hands = numbers.hands(state, position);
    const { wavelength, angle } = hands[pair];
    const values = { pair, first: 2 * pair, second: 2 * pair + 1, wavelength: wavelengthText(wavelength) };
    this.#clocks.show(hands, pair);
    setText(this.#clockTitle, t("positions.clocks.title", { position }));
    setText(this.#hand, t("positions.hand", { ...values, position, angle: fixed(angle, 2) }));
  }

  /** The cell under the pointer or the keyboard, if there is one. */
  #placeIn({ width, length }: State): Place | null {
    const { place } = this.#map;
    return place !== null && place.column >= 0 && place.column < width && place.row < length ? place : null;
  }

  #showCell({ state, look }: Frame): void {
    const place = this.#placeIn(state);
    // The entry that was clicked, as long as its pair is followed; else the first of the pair.
    const kept = Math.floor(look.entry / 2) === state.pair ? look.entry : 2 * state.pair;
    const { row: position, column: entry } = place ?? { row: state.position, column: kept };
    const name = element("strong", {}, this.#actions.t("positions.cell", { position, entry }));
    setRich(this.#cell, [name, " ", ...entryFormula(state, position, entry)]);
  }

  #otherOf({ state, look }: Pick<Frame, "state" | "look">): number {
    return this.#placeIn(state)?.row ?? otherOf({ state, look });
  }

  #showProduct({ state, numbers, look }: Frame): void {
    const other = this.#otherOf({ state, look });
    setRich(this.#dots, dotFormula(state, other, numbers.dots(state, state.position)[other]));
  }
}
