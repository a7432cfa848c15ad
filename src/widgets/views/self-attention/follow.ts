/** Follow one word: where attention moves its vector, as a sentence, a picture and a sum. */

import { element, listen, rich, setAttribute, setRich, setText, uniqueId } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { Layer, Stage } from "../shared/layer.js";
import type { Actions, Frame, Part } from "./frame.js";
import { LeanTable } from "./leantable.js";
import {
  drawPlane,
  drawPlaneGround,
  drawPlaneOverlay,
  layoutPlane,
  wordAt,
  type PlaneData,
  type PlaneLayout,
} from "./planepicture.js";
import { weightedMean } from "./scene.js";
import { poleName, readPole } from "./state.js";

export interface FollowOptions extends Actions {
  /** The reader is about to name other words. */
  onFocus: () => void;
  onResize: () => void;
  /** False for vectors that the reader brought. */
  fromTable: boolean;
}

const STILL = 0.005; // a lean that changes by less reads the same with two decimals

export class FollowPart implements Part {
  readonly element: HTMLElement;
  readonly #options: FollowOptions;
  readonly #headline = element("p", { class: "attn-headline" });
  readonly #stage: Stage;
  readonly #ground: Layer;
  readonly #table: LeanTable;
  readonly #poleInputs: HTMLInputElement[];
  readonly #poleProblem = element("p", { class: "attn-hint attn-problem", hidden: true });
  #frame: Frame | null = null;
  /** Words last typed for a pole that the table does not have. */
  #missing: readonly string[] = [];
  #drawn: { frame: Frame; layout: PlaneLayout; data: PlaneData } | null = null;
  /** The picture is another one, and what stands around it has still to follow. */
  #isNew = false;
  /** Words for a pole that wait for the full table. */
  #waiting: { pole: 0 | 1; text: string } | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#table = new LeanTable(options);
    this.#poleInputs = [1, 0].map((pole) => this.#makePoleInput(pole as 0 | 1));
    const box = element("div", { class: "attn-stage attn-plane", role: "img" });
    this.#stage = new Stage(box, options.onResize, options.signal);
    this.#ground = this.#stage.addBelow(new Layer("attn-layer"));
    listen(box, "pointermove", options.signal, (event) => this.#onPoint(event));
    listen(box, "pointerleave", options.signal, () => options.look({ hover: null }));
    listen(box, "click", options.signal, (event) => this.#onClick(event));
    const poles = element(
      "div",
      { class: "attn-poles" },
      ...this.#poleInputs.map((input) => this.#labelled(input)),
    );
    this.element = element(
      "section",
      { class: "attn-follow" },
      this.#headline,
      element(
        "div",
        { class: "attn-follow-body" },
        element("div", { class: "attn-follow-picture" }, box, poles, this.#poleProblem),
        element(
          "div",
          { class: "attn-follow-sum" },
          this.#table.element,
          element("p", { class: "attn-quiet" }, options.t("self-attention.lean.note")),
        ),
      ),
    );
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    const last = this.#drawn?.frame;
    const resized = this.#stage.fit();
    const { scene, state, hiddenRow, palette } = frame;
    const same =
      last?.scene === scene &&
      last.state.follow === state.follow &&
      last.state.poles === state.poles &&
      last.hiddenRow === hiddenRow &&
      last.palette === palette;
    if (!same || resized || this.#drawn === null) {
      this.#redraw(frame);
    }
    this.#drawOverlay(frame);
  }

  update(frame: Frame): void {
    if (this.#isNew) {
      this.#isNew = false;
      this.#say(frame);
      this.#showPoles(frame);
    }
    this.#table.update(frame);
    this.#takeWaiting(frame);
  }

  #redraw(frame: Frame): void {
    const data = planeData(frame);
    const pen = this.#stage.base.clear(frame.palette.fontFamily);
    this.#drawn = null;
    this.#isNew = true;
    if (data !== null && this.#stage.width > 0) {
      const layout = layoutPlane(this.#stage.width, this.#stage.height, data);
      drawPlane(pen, frame.palette, layout, data);
      this.#drawn = { frame, layout, data };
    }
    this.#drawGround(frame);
  }

  #drawGround({ palette }: Frame): void {
    const drawn = this.#drawn;
    const key = [palette, drawn?.data.picture, drawn?.data.follow];
    this.#ground.keep(key, drawn?.layout ?? null, palette.fontFamily, (pen) => {
      if (drawn !== null) {
        drawPlaneGround(pen, palette, drawn.layout, drawn.data);
      }
    });
  }

  #drawOverlay({ palette, ui, state, scene }: Frame): void {
    const key = ui.hover?.key ?? state.locked?.[1] ?? -1;
    const drawn = key >= 0 && key < scene.n && key !== state.follow ? this.#drawn : null;
    this.#stage.overlay.keep(drawn === null ? [] : [drawn, key], null, palette.fontFamily, (pen) => {
      if (drawn !== null) {
        drawPlaneOverlay(pen, palette, drawn.layout, drawn.data, key);
      }
    });
  }

  #say(frame: Frame): void {
    const { t } = this.#options;
    const { key, values, word } = movement(frame);
    const name = element("strong", { dir: "auto" }, word);
    setRich(this.#headline, rich(t(key, values), { word: name }));
    setAttribute(this.#stage.box, "aria-label", this.#headline.textContent);
  }

  #showPoles({ state, scene }: Frame): void {
    [1, 0].forEach((pole, place) => {
      const input = this.#poleInputs[place];
      if (document.activeElement !== input) {
        input.value = state.poles[pole].join(", ");
      }
    });
    this.#showPoleProblem(scene.picture === null && scene.n > 0);
  }

  #showPoleProblem(areSame: boolean): void {
    const { t } = this.#options;
    const missing = this.#missing.join(", ");
    setAttribute(this.#poleProblem, "hidden", missing === "" && !areSame);
    setText(
      this.#poleProblem,
      missing === "" ? t("self-attention.poles.same") : t("self-attention.poles.unknown", { words: missing }),
    );
  }

  #makePoleInput(pole: 0 | 1): HTMLInputElement {
    const { t, signal, onFocus } = this.#options;
    const input = element("input", {
      type: "text",
      class: "attn-input attn-pole",
      id: uniqueId("pole"),
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      "aria-label": t(pole === 0 ? "self-attention.poles.right" : "self-attention.poles.left"),
    });
    listen(input, "focus", signal, () => onFocus());
    listen(input, "change", signal, () => this.#setPole(pole, input.value));
    return input;
  }

  #labelled(input: HTMLInputElement): HTMLElement {
    return element("div", { class: "attn-pole-box" }, input);
  }

  /** Takes the words that the table has; says which it has not. */
  #setPole(pole: 0 | 1, text: string): void {
    const frame = this.#frame;
    if (frame === null) {
      return;
    }
    if (frame.loading.phase === "loading") {
      this.#waiting = { pole, text };
      return;
    }
    const typed = readPole(text, this.#options.fromTable);
    const known = typed.filter((word) => frame.scene.table.has(word));
    this.#missing = typed.filter((word) => !frame.scene.table.has(word));
    if (known.length > 0) {
      const words = [...frame.state.poles] as [readonly string[], readonly string[]];
      words[pole] = known;
      this.#options.change({ poles: words });
    }
    this.#showPoles(frame);
  }

  #takeWaiting({ loading }: Frame): void {
    const waiting = this.#waiting;
    if (waiting !== null && loading.phase !== "loading") {
      this.#waiting = null;
      this.#setPole(waiting.pole, waiting.text);
    }
  }

  #onPoint(event: PointerEvent): void {
    const token = this.#tokenAt(event);
    const frame = this.#frame;
    if (frame !== null) {
      this.#options.look({ hover: token < 0 ? null : { query: frame.state.follow, key: token } });
    }
  }

  #onClick(event: MouseEvent): void {
    const token = this.#tokenAt(event);
    if (token >= 0) {
      this.#options.change({ follow: token });
    }
  }

  #tokenAt(event: MouseEvent): number {
    if (this.#drawn === null) {
      return -1;
    }
    const { left, top } = this.#stage.box.getBoundingClientRect();
    return wordAt(this.#drawn.layout, this.#drawn.data, event.clientX - left, event.clientY - top);
  }
}

/** What the picture needs, or null when there is nothing to follow. */
export function planeData({ scene, state, hiddenRow }: Frame): PlaneData | null {
  const { picture, attention, names } = scene;
  if (picture === null || attention === null || state.follow < 0) {
    return null;
  }
  const poleNames = [poleName(state.poles[0]), poleName(state.poles[1])] as const;
  return { picture, attention, names, follow: state.follow, poleNames, hidden: hiddenRow >= 0 };
}

/** The sentence over the picture: which way the word moves, and by how much. */
export function movement({ scene, state, hiddenRow }: Pick<Frame, "scene" | "state" | "hiddenRow">): {
  key: string;
  values: Record<string, string>;
  word: string;
} {
  const { picture, attention, names } = scene;
  const { follow, poles } = state;
  if (attention === null) {
    return { key: "self-attention.moves.empty", values: {}, word: "" };
  }
  if (follow < 0) {
    return { key: "self-attention.moves.nothing", values: {}, word: "" };
  }
  if (picture === null) {
    return { key: "self-attention.poles.same", values: {}, word: "" };
  }
  const word = names[follow];
  const before = picture.leans[follow];
  const after = weightedMean(attention, follow, picture.leans);
  const values = { before: fixed(before, 2), after: fixed(after, 2) };
  if (hiddenRow >= 0) {
    return { key: "self-attention.moves.secret", values, word };
  }
  if (Math.abs(after - before) < STILL) {
    return { key: "self-attention.moves.stays", values, word };
  }
  const pole = poleName(after > before ? poles[0] : poles[1]);
  return { key: "self-attention.moves.toward", values: { ...values, pole }, word };
}
