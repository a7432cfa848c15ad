/** The two things that can be turned: what scores are divided by, and whether Q, K and V are three different maps. */

import { divisorOf, type DivideBy } from "../../engine/attention.js";
import { element, listen, rich, setAttribute, setRich, setText, type Child } from "../shared/dom.js";
import { fixed, short } from "../shared/format.js";
import { Segmented } from "../shared/segmented.js";
import { effectiveWords } from "./scene.js";
import type { Actions, Frame, Part } from "./frame.js";
import type { Maps } from "./state.js";

const LEAST = 0.5;
const MOST = 256;
const SLIDER_STEPS = 400;
type Named = "one" | "sqrt" | "d";

/** The slider is logarithmic: each step multiplies the divisor by the same factor. */
export function divisorAt(position: number): number {
  return Number((LEAST * (MOST / LEAST) ** (position / SLIDER_STEPS)).toPrecision(3));
}

export function positionOf(divisor: number): number {
  const share = Math.log(divisor / LEAST) / Math.log(MOST / LEAST);
  return Math.round(SLIDER_STEPS * Math.max(0, Math.min(1, share)));
}

/** A letter of the formulas in the color that it has everywhere. */
export function symbol(name: "Q" | "K" | "V"): HTMLElement {
  const role = { Q: "query", K: "key", V: "value" }[name];
  return element("var", { class: `attn-symbol attn-symbol-${role}` }, name);
}

export class ControlsPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #divide: Segmented<Named>;
  readonly #slider: HTMLInputElement;
  readonly #divisor = element("output", { class: "attn-divisor" });
  readonly #spread = element("p", { class: "attn-quiet attn-spread" });
  readonly #maps: Segmented<Maps>;
  readonly #mapsNote = element("p", { class: "attn-quiet attn-maps-note" });

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    this.#divide = new Segmented<Named>({
      label: t("self-attention.divide"),
      choices: [
        { value: "one", content: ["1"] },
        { value: "sqrt", content: ["√", element("var", {}, "d")], label: t("self-attention.divide.sqrt") },
        { value: "d", content: [element("var", {}, "d")], label: t("self-attention.divide.d") },
      ],
      onPick: (divideBy) => change({ divideBy }),
      signal,
    });
    this.#slider = element("input", {
      type: "range",
      class: "attn-slider",
      min: 0,
      max: SLIDER_STEPS,
      step: 1,
      "aria-label": t("self-attention.divide.free"),
    });
    listen(this.#slider, "input", signal, () => {
      change({ divideBy: divisorAt(Number(this.#slider.value)) }, true);
    });
    this.#maps = new Segmented<Maps>({
      label: t("self-attention.maps"),
      choices: [
        {
          value: "shared",
          content: [symbol("Q"), " = ", symbol("K"), " = ", symbol("V")],
          label: "Q = K = V",
        },
        { value: "head", content: mapNames(), label: "W_Q, W_K, W_V" },
      ],
      onPick: (maps) => change({ maps }),
      signal,
    });
    this.element = this.#arrange();
  }

  update(frame: Frame): void {
    const { divideBy } = frame.state;
    this.#divide.set(typeof divideBy === "string" ? divideBy : null);
    this.#maps.set(frame.askedMaps);
    this.#maps.disable("head", !frame.hasMaps);
    this.#showDivisor(frame, divideBy);
    this.#showSpread(frame);
    setText(this.#mapsNote, this.#mapsText(frame));
  }

  #arrange(): HTMLElement {
    const { t } = this.#actions;
    const title = (key: string): HTMLElement =>
      element("span", { class: "attn-control-title", "aria-hidden": "true" }, t(key));
    return element(
      "div",
      { class: "attn-controls" },
      element(
        "div",
        { class: "attn-control" },
        title("self-attention.divide.title"),
        element("div", { class: "attn-control-row" }, this.#divide.element, this.#slider, this.#divisor),
        this.#spread,
      ),
      element(
        "div",
        { class: "attn-control" },
        title("self-attention.maps.title"),
        element("div", { class: "attn-control-row" }, this.#maps.element),
        this.#mapsNote,
      ),
    );
  }

  #showDivisor({ scene, state }: Frame, divideBy: DivideBy): void {
    const width =
      scene.attention?.dk ?? (state.maps === "head" ? scene.table.maps?.width : null) ?? scene.table.dim;
    const divisor = divisorOf(divideBy, width);
    const position = String(positionOf(divisor));
    if (this.#slider.value !== position) {
      this.#slider.value = position;
    }
    setAttribute(this.#slider, "aria-valuetext", short(divisor));
    setText(this.#divisor, `÷ ${short(divisor)}`);
  }

  /** How sharp the softmax is, in words a row in effect listens to. */
  #showSpread({ scene, state, hiddenRow }: Frame): void {
    const { attention, n } = scene;
    const { t } = this.#actions;
    if (attention === null || state.follow < 0 || hiddenRow >= 0) {
      setText(this.#spread, "\u00a0");
      return;
    }
    const count = fixed(effectiveWords(attention, state.follow), 1);
    const word = element("strong", { dir: "auto" }, scene.names[state.follow]);
    setRich(this.#spread, rich(t("self-attention.spread", { count, n }), { word }));
  }

  #mapsText({ scene, state, hasMaps, askedMaps }: Frame): string {
    const { t } = this.#actions;
    if (askedMaps !== state.maps) {
      return t("self-attention.loading");
    }
    const { maps } = scene;
    if (maps !== null) {
      const key = maps.label === "" ? "self-attention.maps.own" : "self-attention.maps.head";
      return t(key, { label: maps.label, dim: scene.table.dim, width: maps.width });
    }
    return t("self-attention.maps.shared") + (hasMaps ? "" : ` ${t("self-attention.maps.none")}`);
  }
}

/** W with the letters Q, K, V below the line. */
function mapNames(): Child[] {
  return (["Q", "K", "V"] as const).flatMap((name, index) => {
    const map = element("span", {}, element("var", {}, "W"), element("sub", {}, symbol(name)));
    return index === 0 ? [map] : [" ", map];
  });
}
