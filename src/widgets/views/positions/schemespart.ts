/** Six schemes side by side: what position alone adds to each score, also beyond the lengths of training. */

import { alibiSlopes } from "../../engine/model/positions.js";
import { AttentionMap } from "../shared/attentionmap.js";
import type { Ramp } from "../shared/colorscale.js";
import { element, setAttribute, setText } from "../shared/dom.js";
import { exact, short, signed, thousands } from "../shared/format.js";
import { memo } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import type { Palette } from "../shared/theme.js";
import { ChartBox } from "./chartbox.js";
import { Slider, title } from "./fields.js";
import { shareText } from "./formulas.js";
import type { Actions, Frame, Part } from "./frame.js";
import { accuracyChart, measuredNames, patternMarks, patternMatrix, scoreChart } from "./pictures.js";
import { BASES, LENGTH, nearestBase, SCHEMES, WIDTH, type Scheme } from "./state.js";

const SLIDERS = ["length", "position", "head", "width", "base"] as const;
type SliderName = (typeof SLIDERS)[number];
/** Which settings a scheme has; the length and the query are everyone's. */
const SETTINGS: Readonly<Record<Scheme, readonly SliderName[]>> = {
  sinusoidal: ["width", "base"],
  learned: [],
  shaw: ["head"],
  t5: ["head"],
  rotary: ["width", "base"],
  alibi: ["head"],
};

export class SchemesPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #choice: Segmented<Scheme>;
  readonly #about = element("p", { class: "attn-pos-about" });
  readonly #sliders: Readonly<Record<SliderName, Slider>>;
  readonly #map: AttentionMap;
  readonly #scores: ChartBox;
  readonly #cell = element("p", { class: "attn-readout attn-pos-formula" });
  readonly #beyond = element("p", { class: "attn-pos-beyond" });
  readonly #measured: ChartBox;
  readonly #shares = element("p", { class: "attn-readout attn-pos-shares" });
  readonly #matrix = memo((values: Float32Array, length: number, ramp: Ramp) =>
    patternMatrix(values, length, ramp, this.#actions.t),
  );
  readonly #row = memo((values: Float32Array, length: number, position: number) =>
    values.slice(position * length, (position + 1) * length),
  );
  readonly #scoreChart = memo((row: Float32Array, position: number, trained: number, palette: Palette) =>
    scoreChart(row, position, trained, palette, this.#actions.t),
  );
  readonly #accuracy = memo((tables: Frame["tables"], scheme: Scheme, palette: Palette) =>
    accuracyChart(tables.lengths, tables.accuracy, tables.trained, scheme, palette, this.#actions.t),
  );

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change, look, redraw } = actions;
    this.#choice = new Segmented<Scheme>({
      label: t("positions.schemes"),
      choices: SCHEMES.map((value) => ({ value, content: [t(`positions.scheme.${value}`)] })),
      onPick: (scheme) => change({ scheme }),
      signal,
    });
    const slider = (name: SliderName, onInput: (value: number) => void): Slider =>
      new Slider({ label: t(`positions.${name === "position" ? "query" : name}`), signal, onInput });
    this.#sliders = {
      length: slider("length", (length) => change({ length })),
      position: slider("position", (position) => change({ position })),
      head: slider("head", (head) => change({ head: head - 1 })),
      width: slider("width", (width) => change({ width })),
      base: slider("base", (step) => change({ base: BASES[step] })),
    };
    this.#map = new AttentionMap({
      ...{ role: t("positions.pattern.role"), signal, onChange: redraw },
      onPick: ({ row, column }) => {
        change({ position: row });
        look({ other: Math.max(0, column) });
      },
    });
    const chart = { signal, onResize: redraw };
    this.#scores = new ChartBox({
      ...{ ...chart, class: "attn-pos-scores", label: t("positions.scores.label") },
      onLook: (other) => look({ other }),
    });
    this.#measured = new ChartBox({
      ...{ ...chart, class: "attn-pos-accuracy", label: t("positions.accuracy.label") },
      onLook: (measured) => look({ measured }),
    });
    this.element = this.#layOut();
  }

  #layOut(): HTMLElement {
    const { t } = this.#actions;
    const sliders = SLIDERS.map((name) => this.#sliders[name].element);
    const pattern = element("div", {}, title(t("positions.pattern.title")), this.#map.element);
    const scores = element(
      "div",
      {},
      title(t("positions.scores.title")),
      this.#scores.element,
      this.#cell,
      this.#beyond,
    );
    return element(
      "div",
      { class: "attn-pos-schemes" },
      this.#choice.element,
      this.#about,
      element("div", { class: "attn-pos-sliders" }, ...sliders),
      element("div", { class: "attn-pos-columns" }, pattern, scores),
      title(t("positions.accuracy.title")),
      this.#measured.element,
      this.#shares,
    );
  }

  update(frame: Frame): void {
    const { state, tables, numbers, palette, ramps } = frame;
    const { t } = this.#actions;
    const { scheme, length, position } = state;
    this.#choice.set(scheme);
    setText(this.#about, t(`positions.about.${scheme}`, this.#limits(frame)));
    this.#showSliders(frame);
    const values = numbers.pattern(state, state.head);
    const known = scheme === "learned" ? Math.min(tables.trained, length) : length;
    const marks = patternMarks({ length, position, trained: tables.trained, known }, palette);
    this.#map.draw(this.#matrix(values, length, ramps.diverging), palette, { marks });
    this.#map.describe(t("positions.pattern.label", { scheme: t(`positions.scheme.${scheme}`), length }));
    this.#showScores(frame, values);
    const { trained } = tables;
    setText(
      this.#beyond,
      t(`positions.${length > trained ? `beyond.${scheme}` : "within"}`, this.#limits(frame)),
    );
    setAttribute(this.#beyond, "data-beyond", length > trained);
    this.#showMeasured(frame);
  }

  #limits({ tables, state }: Frame): Record<string, string | number> {
    const { trained, shaw, t5, heads } = tables;
    const slope = short(alibiSlopes(heads)[state.head]);
    return { trained, length: state.length, reach: shaw.reach, bucket: t5.maxDistance, slope };
  }

  #showSliders({ state, tables }: Frame): void {
    const { length, position, head, width, base } = this.#sliders;
    length.show(state.length, LENGTH);
    position.show(state.position, { least: 0, most: state.length - 1 });
    head.show(state.head + 1, { least: 1, most: tables.heads });
    width.show(state.width, WIDTH);
    base.show(nearestBase(state.base), { least: 0, most: BASES.length - 1 }, thousands(state.base));
    const isOwn = (name: SliderName): boolean => SETTINGS[state.scheme].includes(name);
    // One place for the head and for the width: no scheme has both.
    setAttribute(head.element, "hidden", isOwn("width"));
    setAttribute(width.element, "hidden", !isOwn("width"));
    head.setIdle(!isOwn("head"));
    base.setIdle(!isOwn("base"));
  }

  #showScores(frame: Frame, values: Float32Array): void {
    const { state, tables, palette, look } = frame;
    const { t } = this.#actions;
    const { length } = state;
    const { place } = this.#map;
    const isInside = place !== null && place.column >= 0 && place.row < length && place.column < length;
    const key = isInside ? place.column : Math.min(length - 1, look.other ?? Math.max(0, state.position - 3));
    const query = isInside ? place.row : state.position;
    const row = this.#row(values, length, state.position);
    const chart = this.#scoreChart(row, state.position, tables.trained, palette);
    const score = values[query * length + key];
    const text = Number.isNaN(score) ? t("positions.no-number") : exact(score);
    const said = t("positions.scores.said", { query, key, distance: signed(key - query, 0), score: text });
    this.#scores.show(chart, palette, key, said);
    setText(this.#cell, said);
  }

  #showMeasured({ state, tables, palette, look }: Frame): void {
    const { t } = this.#actions;
    const place = Math.min(tables.lengths.length - 1, look.measured ?? tables.lengths.length - 1);
    const chart = this.#accuracy(tables, state.scheme, palette);
    const said = measuredNames(state.scheme)
      .reverse()
      .map((name) => `${t(`positions.scheme.${name}`)} ${shareText(tables.accuracy[name][place])}`);
    const values = { length: tables.lengths[place], shares: said.join(t("tokens.comma")) };
    this.#measured.show(chart, palette, place, t("positions.accuracy.said", values));
    setText(this.#shares, t("positions.accuracy.said", values));
  }
}
