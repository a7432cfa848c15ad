/** From scores to weights: three pictures of the same cells, and what the mask does to them. */

import { largestMagnitude, type Ramp } from "../shared/colorscale.js";
import { element, setAttribute, setText } from "../shared/dom.js";
import { exact, fixed } from "../shared/format.js";
import { leakOf } from "../../engine/masks.js";
import { Segmented } from "../shared/segmented.js";
import { sentinelText } from "./describe.js";
import type { Actions, Frame, Part } from "./frame.js";
import { Grid, type Cell } from "./grid.js";

const PICTURES = ["scores", "masked", "weights"] as const;
type PictureName = (typeof PICTURES)[number];
const LARGE = 100; // scores beyond have no decimals to show

export class StepsPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #grids: Readonly<Record<PictureName, { grid: Grid; said: HTMLElement }>>;

  constructor(actions: Actions, mask: HTMLElement) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    const made = (name: PictureName): { grid: Grid; said: HTMLElement } => ({
      grid: new Grid({
        ...{ label: t(`masks.grid.${name}`), signal, isLater: true },
        onRow: (row) => change({ row }),
      }),
      said: element("p", { class: "attn-quiet attn-msk-said" }),
    });
    this.#grids = { scores: made("scores"), masked: made("masked"), weights: made("weights") };
    const pictures = PICTURES.map((name) => this.#picture(name));
    const chooser = this.#makeChooser();
    this.element = element(
      "div",
      { class: "attn-msk-pictures", "data-picked": "weights" },
      mask,
      chooser,
      ...pictures,
    );
  }

  #picture(name: PictureName): HTMLElement {
    const title = element("div", { class: "attn-msk-title" }, this.#actions.t(`masks.grid.${name}`));
    const { grid, said } = this.#grids[name];
    return element("section", { class: "attn-msk-picture", "data-picture": name }, title, said, grid.element);
  }

  /** Where there is no room for all pictures beside the mask, the style sheet shows this, and the one that it picks. */
  #makeChooser(): HTMLElement {
    const { t, signal } = this.#actions;
    const pick = (picked: PictureName): void => {
      setAttribute(this.element, "data-picked", picked);
      chooser.set(picked);
    };
    const chooser = new Segmented<PictureName>({
      label: t("masks.picture"),
      choices: PICTURES.map((value) => ({ value, content: [t(`masks.picture.${value}`)] })),
      onPick: pick,
      signal,
    });
    chooser.set("weights");
    return element("div", { class: "attn-msk-chooser" }, chooser.element);
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { reading, numbers, row, shown, ramps } = frame;
    const most = Math.max(1e-6, largestMagnitude(numbers.scores));
    const isForbidden = (place: number): boolean => numbers.mask.allowed[place] === 0;
    const cells: Readonly<Record<PictureName, (place: number) => Cell>> = {
      scores: (place) => cellOf(numbers.scores[place], most, false, ramps.diverging),
      masked: (place) => cellOf(numbers.masked[place], most, isForbidden(place), ramps.diverging),
      weights: (place) => {
        const weight = numbers.weights[place];
        return {
          text: textOf(weight, 2),
          share: weight || 0,
          ramp: ramps.sequential,
          isForbidden: isForbidden(place),
        };
      },
    };
    for (const name of PICTURES) {
      this.#grids[name].grid.show(reading.queries, reading.keys, cells[name], row);
    }
    setText(this.#grids.scores.said, t("masks.said.scores", { head: frame.state.head + 1 }));
    const sentinel = { sentinel: sentinelText(frame.state.sentinel) };
    setText(
      this.#grids.masked.said,
      t(shown.fault === "half-precision" ? "masks.said.sentinel" : "masks.said.infinity", sentinel),
    );
    const leak = leakOf(numbers.weights, numbers.mask);
    setText(
      this.#grids.weights.said,
      t("masks.said.leak", { leak: Number.isNaN(leak) ? "NaN" : exact(leak) }),
    );
  }
}

function cellOf(score: number, most: number, isForbidden: boolean, ramp: Ramp): Cell {
  const isColored = Number.isFinite(score) && !isForbidden;
  return {
    text: textOf(score, Math.abs(score) >= LARGE ? 0 : 1),
    share: isColored ? (1 + score / most) / 2 : 0.5,
    ramp,
    isForbidden,
  };
}

function textOf(value: number, decimals: number): string {
  if (Number.isNaN(value)) {
    return "NaN";
  }
  return Number.isFinite(value) ? fixed(value, decimals) : "−∞";
}
