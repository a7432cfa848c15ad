/** One attention cut into its heads and put together again, with its own numbers, step by step. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { Stage } from "../shared/layer.js";
import { shorten } from "../shared/matrixlayout.js";
import { attentionName, type Actions, type Frame, type Part } from "./frame.js";
import type { Parts } from "./look.js";
import { LAST, Motion } from "./motion.js";
import { drawBlock, drawCell, drawWords, Scales } from "./splitpicture.js";
import { blockAt, blocksAt, blocksBetween, type Block, type Room } from "./stages.js";
import { captionOf, cellText, sizeOf, type Cell } from "./tables.js";

/** What a key does: blocks, rows and columns to go. */
const STEPS: Readonly<Record<string, readonly [number, number, number]>> = {
  ...{ ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1] },
  ...{ PageUp: [-1, 0, 0], PageDown: [1, 0, 0] },
};

export class SplitPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #attention: HTMLSelectElement;
  readonly #box: HTMLElement;
  readonly #stage: Stage;
  readonly #slider: HTMLInputElement;
  readonly #play: HTMLButtonElement;
  readonly #caption = element("p", { class: "attn-mh-caption", "aria-live": "polite" });
  readonly #readout = element("p", { class: "attn-readout attn-mh-readout" });
  readonly #motion: Motion;
  readonly #scales = new Scales();
  #frame: Frame | null = null;
  #cell: Cell | null = null;
  #choices = "";

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, show, redraw } = actions;
    this.#motion = new Motion({ now: () => this.#now, show: (stage) => show({ stage }), redraw });
    signal.addEventListener("abort", () => this.#motion.stop());
    this.#attention = element("select", { class: "attn-select", "aria-label": t("heads.attention") });
    listen(this.#attention, "change", signal, () => show({ attention: this.#attention.value }));
    this.#box = this.#makeBox();
    this.#stage = new Stage(this.#box, redraw, signal);
    this.#slider = element("input", {
      ...{ type: "range", class: "attn-slider", min: 0, max: LAST, step: 1, "aria-label": t("heads.stage") },
    });
    listen(this.#slider, "input", signal, () => this.#motion.go(Number(this.#slider.value)));
    this.#play = this.#makeButton(t("heads.play"), () => this.#motion.toggle());
    this.element = element(
      "section",
      { class: "attn-mh-split" },
      element("div", { class: "attn-mh-split-top" }, this.#makeControls(), this.#attention),
      this.#caption,
      this.#box,
      this.#readout,
    );
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    if (frame.state.view !== "split" || this.#stage.width === 0) {
      return;
    }
    this.#stage.fit();
    this.#motion.approach(frame.state.stage);
    const { position } = this.#motion;
    const { palette, parts } = frame;
    const pen = this.#stage.base.clear(palette.fontFamily);
    if (parts === null) {
      const place = { x: this.#stage.width / 2, y: this.#stage.height / 2 };
      const text = this.#actions.t(frame.isBusy ? "heads.waiting" : "heads.absent");
      const shown = shorten(pen, text, 14, this.#stage.width - 16);
      pen.text(place.x, place.y, shown, { color: palette.muted, size: 14, anchor: "middle" });
      return;
    }
    const blocks = blocksBetween(position, this.#roomOf(parts));
    blocks.forEach((block) => drawBlock(pen, frame, block, this.#scales.of(frame, block.part)));
    drawWords(pen, frame, blocks, position, this.#actions.t);
    const block = this.#blockRead();
    if (this.#cell !== null && block !== undefined && position === this.#now) {
      drawCell(pen, frame, block, this.#cell);
    }
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { state } = frame;
    this.#frame = frame;
    if (state.view !== "split") {
      this.#motion.stop();
      return;
    }
    this.#showChoices(frame);
    this.#slider.value = String(state.stage);
    const caption = captionOf(frame, t);
    setAttribute(this.#slider, "aria-valuetext", caption);
    setAttribute(this.#box, "aria-label", caption);
    setText(this.#caption, caption);
    setText(this.#play, t(this.#motion.isPlaying ? "heads.pause" : "heads.play"));
    const block = this.#blockRead();
    const isRead = this.#cell !== null && block !== undefined;
    setText(this.#readout, isRead ? cellText(frame, block, this.#cell as Cell, t) : t("heads.stage.hint"));
  }

  get #now(): number {
    return this.#frame?.state.stage ?? 0;
  }

  #makeBox(): HTMLElement {
    const { t, signal } = this.#actions;
    const box = element("div", {
      ...{ class: "attn-stage attn-mh-stage", tabindex: 0, role: "application" },
      "aria-roledescription": t("heads.stage.role"),
    });
    listen(box, "pointermove", signal, (event) => this.#point(event));
    listen(box, "pointerleave", signal, () => this.#setCell(null));
    listen(box, "blur", signal, () => this.#setCell(null));
    listen(box, "keydown", signal, (event) => this.#onKey(event));
    return box;
  }

  #makeButton(text: string, onClick: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: "attn-button attn-framed" }, text);
    listen(button, "click", this.#actions.signal, onClick);
    return button;
  }

  #makeControls(): HTMLElement {
    const { t } = this.#actions;
    const back = this.#makeButton(t("heads.back"), () => this.#motion.go(this.#now - 1));
    const forward = this.#makeButton(t("heads.forward"), () => this.#motion.go(this.#now + 1));
    return element("div", { class: "attn-mh-controls" }, back, this.#play, forward, this.#slider);
  }

  #showChoices({ state, card, attention }: Frame): void {
    const choices = JSON.stringify([state.model, card.attentions]);
    if (choices !== this.#choices) {
      this.#choices = choices;
      const options = card.attentions.map((name) =>
        element("option", { value: name }, attentionName(name, state.model, this.#actions.t)),
      );
      this.#attention.replaceChildren(...options);
    }
    this.#attention.value = attention;
  }

  #roomOf(parts: Parts): Room {
    const [heads, rows, columns] = parts.weights?.shape ?? [1, 1, 1];
    const { width, height } = this.#stage;
    return { width, height, heads, rows, columns, hasMemory: parts.memory !== undefined };
  }

  #blocks(): Block[] {
    const parts = this.#frame?.parts ?? null;
    return parts === null ? [] : blocksAt(this.#now, this.#roomOf(parts));
  }

  /** The block that the cell is in; a stage that came meanwhile may not have it. */
  #blockRead(): Block | undefined {
    const cell = this.#cell;
    const block = cell === null ? undefined : this.#blocks()[cell.block];
    const parts = this.#frame?.parts ?? null;
    if (cell === null || block === undefined || parts === null) {
      return undefined;
    }
    const { rows, columns } = sizeOf(parts, block);
    return cell.row < rows && cell.column < columns ? block : undefined;
  }

  #point(event: MouseEvent): void {
    const blocks = this.#blocks();
    const { left, top } = this.#box.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const place = blockAt(blocks, x, y);
    const parts = this.#frame?.parts ?? null;
    if (place < 0 || parts === null) {
      this.#setCell(null);
      return;
    }
    const block = blocks[place];
    const { rows, columns } = sizeOf(parts, block);
    this.#setCell({
      block: place,
      row: Math.floor(((y - block.y) / block.height) * rows),
      column: Math.floor(((x - block.x) / block.width) * columns),
    });
  }

  /** Arrows walk over the cells of a block, Page Up and Page Down from block to block. */
  #onKey(event: KeyboardEvent): void {
    const blocks = this.#blocks();
    const parts = this.#frame?.parts ?? null;
    if (parts === null || !Object.hasOwn(STEPS, event.key)) {
      return;
    }
    const [next, down, right] = this.#cell === null ? [0, 0, 0] : STEPS[event.key];
    const from = this.#cell ?? { block: 0, row: 0, column: 0 };
    const inside = (index: number, count: number): number => Math.max(0, Math.min(count - 1, index));
    const block = inside(from.block + next, blocks.length);
    const { rows, columns } = sizeOf(parts, blocks[block]);
    this.#setCell({
      block,
      row: inside(from.row + down, rows),
      column: inside(from.column + right, columns),
    });
    event.preventDefault();
  }

  #setCell(cell: Cell | null): void {
    if (JSON.stringify(cell) !== JSON.stringify(this.#cell)) {
      this.#cell = cell;
      this.#actions.redraw();
    }
  }
}
