/** Opens a locked cell: its vectors, their products, and every step to its number. */

import { arithmetic, type Attention } from "../../engine/attention.js";
import { largestMagnitude, signedScale } from "../shared/colorscale.js";
import { copyButton } from "../shared/copybutton.js";
import { element, icon, listen, rich, setAttribute, setRich, setText } from "../shared/dom.js";
import { exact } from "../shared/format.js";
import { Stage } from "../shared/layer.js";
import {
  dimensionAt,
  drawRunningSum,
  drawStrips,
  drawStripsOverlay,
  layoutStrips,
  stripsHeight,
  type Strip,
  type StripLayout,
} from "../shared/strips.js";
import type { Actions, Frame, Part } from "./frame.js";
import { outputLedger, sharesOf, weightLedger, type LedgerLine, type Share } from "./ledger.js";
import { cellCode } from "./pythoncode.js";

export interface ArithmeticOptions extends Actions {
  onResize: () => void;
}

const CROSS = "M4.5 4.5l7 7m0-7l-7 7";
const MOST_SHARES = 8;

/** The locked cell, as soon as there is nothing left to guess about it. */
interface Cell {
  attention: Attention;
  query: number;
  key: number;
}

interface Shown {
  frame: Frame;
  strips: Strip[];
  layout: StripLayout;
  shares: Share[];
}

export class ArithmeticPart implements Part {
  readonly element: HTMLElement;
  readonly #options: ArithmeticOptions;
  readonly #title = element("p", { class: "attn-arithmetic-title" });
  readonly #stage: Stage;
  readonly #dimensionNote = element("p", { class: "attn-quiet attn-dimension" });
  readonly #ledger = element("div", { class: "attn-ledger" });
  readonly #code = element("code");
  #shown: Shown | null = null;
  /** The frame that title and numbers are of. */
  #told: Frame | null = null;
  #line = "";

  constructor(options: ArithmeticOptions) {
    this.#options = options;
    const { t, signal } = options;
    const close = element(
      "button",
      { type: "button", class: "attn-button attn-round", "aria-label": t("self-attention.unlock") },
      icon(CROSS),
    );
    listen(close, "click", signal, () => options.change({ locked: null }));
    const box = element("div", {
      class: "attn-stage attn-strips",
      tabindex: 0,
      role: "application",
      "aria-roledescription": t("self-attention.strips.role"),
    });
    this.#stage = new Stage(box, options.onResize, signal);
    listen(box, "pointermove", signal, (event) => this.#point(event));
    listen(box, "keydown", signal, (event) => this.#onKey(event));
    this.element = element(
      "section",
      { class: "attn-arithmetic", hidden: true },
      element("div", { class: "attn-arithmetic-head" }, this.#title, close),
      box,
      this.#dimensionNote,
      this.#ledger,
      this.#makeCodeLine(),
    );
  }

  draw(frame: Frame): void {
    const cell = openCell(frame);
    if (cell === null) {
      this.#shown = null;
      return;
    }
    const resized = this.#stage.fit();
    if (resized || this.#shown === null || !sameCell(this.#shown.frame, frame)) {
      this.#redraw(frame, cell);
    } else {
      this.#shown = { ...this.#shown, frame };
    }
    this.#drawOverlay(frame);
  }

  update(frame: Frame): void {
    const cell = openCell(frame);
    const told = this.#told;
    setAttribute(this.element, "hidden", cell === null);
    this.#told = cell === null ? null : frame;
    if (cell === null || this.#shown === null) {
      return;
    }
    const same = told !== null && sameCell(told, frame);
    if (!same) {
      const isOutputs = frame.ui.step === "outputs";
      this.#stage.box.style.height = `${stripsHeight(this.#shown.strips.length, !isOutputs)}px`;
      this.#showTitle(frame, cell);
    }
    if (!same || told.ui.dimension !== frame.ui.dimension) {
      this.#showNumbers(frame, this.#shown, cell);
    }
  }

  #redraw(frame: Frame, { attention, query, key }: Cell): void {
    const isOutputs = frame.ui.step === "outputs";
    const shares = isOutputs ? sharesOf(attention, query, MOST_SHARES) : [];
    const strips = isOutputs
      ? this.#outputStrips(frame, attention, query, shares)
      : this.#scoreStrips(frame, attention, query, key);
    const layout = layoutStrips(this.#stage.width, strips[0].values.length);
    const pen = this.#stage.base.clear(frame.palette.fontFamily);
    if (this.#stage.width > 0) {
      drawStrips(pen, frame.palette, layout, strips);
    }
    if (this.#stage.width > 0 && !isOutputs) {
      const label = this.#options.t("self-attention.strips.sum");
      const end = exact(attention.scores[query * attention.n + key]);
      drawRunningSum(pen, frame.palette, layout, strips.length, { label, values: strips[2].values, end });
    }
    this.#shown = { frame, strips, layout, shares };
  }

  #scoreStrips({ scene, palette, ramps }: Frame, attention: Attention, query: number, key: number): Strip[] {
    const { t } = this.#options;
    const { dk } = attention;
    const q = attention.queries.subarray(query * dk, (query + 1) * dk);
    const k = attention.keys.subarray(key * dk, (key + 1) * dk);
    const scale = signedScale(ramps.diverging, largestMagnitude(q) > largestMagnitude(k) ? q : k);
    const { products } = arithmetic(attention, query, key);
    return [
      {
        label: t("self-attention.strips.query", { word: scene.names[query] }),
        color: palette.queryInk,
        values: q,
        scale,
        result: false,
      },
      {
        label: t("self-attention.strips.key", { word: scene.names[key] }),
        color: palette.keyInk,
        values: k,
        scale,
        result: false,
      },
      {
        label: t("self-attention.strips.products"),
        color: palette.ink,
        values: products,
        scale: signedScale(ramps.diverging, products),
        result: true,
      },
    ];
  }

  #outputStrips(
    { scene, palette, ramps }: Frame,
    attention: Attention,
    query: number,
    shares: readonly Share[],
  ): Strip[] {
    const { t } = this.#options;
    const { n, dv } = attention;
    const output = attention.outputs.subarray(query * dv, (query + 1) * dv);
    const scale = signedScale(ramps.diverging, output);
    const strips = shares.map(({ token, contribution }): Strip => {
      const label =
        token < 0
          ? t("self-attention.lean.others", { count: n - shares.length + 1 })
          : t("self-attention.strips.share", {
              word: scene.names[token],
              weight: exact(attention.weights[query * n + token]),
            });
      return { label, color: palette.valueInk, values: contribution, scale, result: false };
    });
    const label = t("self-attention.strips.output", { word: scene.names[query] });
    return [...strips, { label, color: palette.ink, values: output, scale, result: true }];
  }

  #showTitle(frame: Frame, { query, key }: Cell): void {
    const { t } = this.#options;
    const { names } = frame.scene;
    const word = (name: string, role: string): HTMLElement =>
      element("span", { class: role, dir: "auto" }, name);
    const places = { query: word(names[query], "attn-query-word"), key: word(names[key], "attn-key-word") };
    setRich(this.#title, rich(t(`self-attention.title.${frame.ui.step}`), places));
    setAttribute(this.#stage.box, "aria-label", this.#title.textContent);
  }

  #showNumbers(frame: Frame, shown: Shown, { attention, query, key }: Cell): void {
    const { t } = this.#options;
    const dimension = this.#dimension(frame);
    const isOutputs = frame.ui.step === "outputs";
    const [first, second, third] = shown.strips.map((strip) => exact(strip.values[dimension]));
    const values = { dimension, first, second, third, count: shown.layout.dimensions };
    setText(
      this.#dimensionNote,
      t(isOutputs ? "self-attention.strips.outputs.note" : "self-attention.strips.note", values),
    );
    this.#fillLedger(
      isOutputs
        ? outputLedger(attention, query, dimension, shown.shares, frame.scene.names)
        : weightLedger(attention, query, key, frame.ui.step),
    );
    this.#line = cellCode(frame.ui.step, frame.state.divideBy, attention.dk, { query, key, dimension });
    setText(this.#code, this.#line);
  }

  #fillLedger(lines: readonly LedgerLine[]): void {
    const { t } = this.#options;
    const rows = lines.map(({ operation, result, number, current }) =>
      element(
        "div",
        { class: current ? "attn-ledger-line attn-current" : "attn-ledger-line" },
        element("span", { class: "attn-operation", dir: "auto" }, t(operation.key, operation.values)),
        element("span", { class: "attn-result" }, result === null ? "" : t(result.key, result.values)),
        element("span", { class: "attn-number" }, number),
      ),
    );
    this.#ledger.replaceChildren(...rows);
  }

  #makeCodeLine(): HTMLElement {
    const { t, signal } = this.#options;
    const copy = copyButton(t, signal, () => this.#line);
    const text = element(
      "pre",
      { class: "attn-code", tabindex: 0, role: "group", "aria-label": t("toolbar.code") },
      this.#code,
    );
    return element("div", { class: "attn-code-line" }, text, copy);
  }

  #drawOverlay(frame: Frame): void {
    const { palette } = frame;
    const dimension = this.#dimension(frame);
    const { strips, layout } = this.#shown ?? { strips: [], layout: null };
    this.#stage.overlay.keep([palette, strips, dimension], layout, palette.fontFamily, (pen) => {
      if (layout !== null && this.#stage.width > 0) {
        drawStripsOverlay(pen, palette, layout, strips, dimension, exact);
      }
    });
  }

  #dimension(frame: Frame): number {
    return Math.min(frame.ui.dimension, (this.#shown?.layout.dimensions ?? 1) - 1);
  }

  #point(event: PointerEvent): void {
    if (this.#shown !== null) {
      const { left } = this.#stage.box.getBoundingClientRect();
      this.#options.look({ dimension: dimensionAt(this.#shown.layout, event.clientX - left) });
    }
  }

  #onKey(event: KeyboardEvent): void {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const shown = this.#shown;
    if (move === 0 || shown === null) {
      return;
    }
    event.preventDefault();
    const dimension = this.#dimension(shown.frame) + move;
    this.#options.look({ dimension: Math.max(0, Math.min(shown.layout.dimensions - 1, dimension)) });
  }
}

function openCell({ scene: { attention }, state: { locked }, hiddenRow }: Frame): Cell | null {
  const isOpen = attention !== null && locked !== null && locked[0] !== hiddenRow;
  return isOpen ? { attention, query: locked[0], key: locked[1] } : null;
}

/** Whether both frames show the same strips. */
function sameCell(last: Frame, next: Frame): boolean {
  return (
    last.scene === next.scene &&
    last.state.locked === next.state.locked &&
    last.palette === next.palette &&
    last.ui.step === next.ui.step
  );
}
