/** One small clock for each pair of entries: across its sine, upward its cosine, so that the hand's tip is the pair. */

import type { Hand } from "../../engine/positions.js";
import type { Translate } from "../../host/context.js";
import { drawing, element, listen, setAttribute, setText, uniqueId } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { wavelengthText } from "./formulas.js";

export interface ClocksOptions {
  t: Translate;
  signal: AbortSignal;
  onPick: (pair: number) => void;
}

interface Clock {
  element: HTMLElement;
  input: HTMLInputElement;
  hand: SVGLineElement;
  tip: SVGCircleElement;
  wavelength: HTMLElement;
}

const REACH = 10; // of the hand, in units of the drawing
const FEW = 16;

export class Clocks {
  readonly element: HTMLElement;
  readonly #options: ClocksOptions;
  readonly #group = uniqueId("clocks");
  readonly #clocks: Clock[] = [];

  constructor(options: ClocksOptions) {
    this.#options = options;
    const label = options.t("positions.clocks");
    this.element = element("div", { class: "attn-pos-clocks", role: "radiogroup", "aria-label": label });
  }

  show(hands: readonly Hand[], chosen: number): void {
    while (this.#clocks.length < hands.length) {
      this.#clocks.push(this.#make(this.#clocks.length));
    }
    setAttribute(
      this.element,
      "data-many",
      hands.length > 2 * FEW ? "most" : hands.length > FEW ? "more" : null,
    );
    this.#clocks.forEach((clock, pair) => {
      setAttribute(clock.element, "hidden", pair >= hands.length);
      clock.input.disabled = pair >= hands.length;
      if (pair < hands.length) {
        this.#set(clock, hands[pair], pair, pair === chosen);
      }
    });
  }

  #set(clock: Clock, { sin, cos, wavelength, angle }: Hand, pair: number, isChosen: boolean): void {
    const [x, y] = [fixedPlace(REACH * sin), fixedPlace(-REACH * cos)];
    setAttribute(clock.hand, "x2", x);
    setAttribute(clock.hand, "y2", y);
    setAttribute(clock.tip, "cx", x);
    setAttribute(clock.tip, "cy", y);
    clock.input.checked = isChosen;
    const text = wavelengthText(wavelength);
    setText(clock.wavelength, text);
    const turns = { pair, wavelength: text, angle: fixed(angle, 2) };
    setAttribute(clock.input, "aria-label", this.#options.t("positions.clock", turns));
  }

  #make(pair: number): Clock {
    const input = element("input", { type: "radio", name: this.#group, value: pair });
    listen(input, "change", this.#options.signal, () => this.#options.onPick(pair));
    const hand = drawing("line", { x1: 0, y1: 0 });
    const tip = drawing("circle", { r: 2.2 });
    const face = drawing(
      "svg",
      { viewBox: "-13 -13 26 26", "aria-hidden": "true" },
      drawing("circle", { r: 12, class: "attn-pos-face" }),
      drawing("path", { d: "M0 -12v3M0 12v-3M12 0h-3M-12 0h3", class: "attn-pos-ticks" }),
      hand,
      tip,
    );
    const wavelength = element("span", { class: "attn-pos-wavelength", "aria-hidden": "true" });
    const clock = element("label", { class: "attn-pos-clock" }, input, face, wavelength);
    this.element.append(clock);
    return { element: clock, input, hand, tip, wavelength };
  }
}

/** So few decimals that a hand that hardly moves is not written again. */
function fixedPlace(value: number): string {
  return value.toFixed(2);
}
