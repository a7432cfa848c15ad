/** One attention cut into its heads and put together again, with its own numbers, step by step. */

import { signedScale, type ColorScale, writePixels } from "../shared/colorscale.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { Stage } from "../shared/layer.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import { visibleToken } from "../shared/tokentext.js";
import { attentionName, type Actions, type Frame, type Part } from "./frame.js";
import { namesOf, type PartName, type Parts, type Table } from "./look.js";
import { blockAt, blocksAt, blocksBetween, LEFT, STAGES, type Block, type Room } from "./stages.js";

const MOVE = 700; // ms from one stage to the next
const REST = 1500; // ms at a stage while it plays
const LAST = STAGES.length - 1;
const LETTERS: Readonly<Record<PartName, string>> = {
  ...{ x: "X", memory: "M", query: "Q", key: "K", value: "V", scores: "QKᵀ/√Dₕ" },
  ...{ weights: "A", heads: "Z", output: "O" },
};

interface Cell {
  block: number;
  row: number;
  column: number;
}

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
  readonly #stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  #frame: Frame | null = null;
  /** What is drawn: between stages while it moves. */
  #position = -1;
  #movedAt = 0;
  #moving: number | null = null;
  #playing: ReturnType<typeof setTimeout> | null = null;
  #cell: Cell | null = null;
  #choices = "";
  #scales: { parts: Parts | null; scheme: unknown; found: Map<PartName, ColorScale> } = {
    ...{ parts: null, scheme: null, found: new Map() },
  };

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, show } = actions;
    this.#attention = element("select", { class: "attn-select", "aria-label": t("heads.attention") });
    listen(this.#attention, "change", signal, () => show({ attention: this.#attention.value }));
    this.#box = element("div", {
      ...{ class: "attn-stage attn-mh-stage", tabindex: 0, role: "application" },
      "aria-roledescription": t("heads.stage.role"),
    });
    this.#stage = new Stage(this.#box, () => actions.redraw(), signal);
    this.#slider = element("input", {
      ...{ type: "range", class: "attn-slider", min: 0, max: LAST, step: 1, "aria-label": t("heads.stage") },
    });
    listen(this.#slider, "input", signal, () => this.#go(Number(this.#slider.value)));
    const button = (onClick: () => void, text = ""): HTMLButtonElement => {
      const made = element("button", { type: "button", class: "attn-button attn-framed" }, text);
      listen(made, "click", signal, onClick);
      return made;
    };
    const back = button(() => this.#go(this.#now - 1), t("heads.back"));
    this.#play = button(() => this.#onPlay(), t("heads.play"));
    const on = button(() => this.#go(this.#now + 1), t("heads.forward"));
    listen(this.#box, "pointermove", signal, (event) => this.#point(event));
    listen(this.#box, "pointerleave", signal, () => this.#setCell(null));
    listen(this.#box, "blur", signal, () => this.#setCell(null));
    listen(this.#box, "keydown", signal, (event) => this.#onKey(event));
    signal.addEventListener("abort", () => this.#stop());
    const controls = element("div", { class: "attn-mh-controls" }, back, this.#play, on, this.#slider);
    this.element = element(
      "section",
      { class: "attn-mh-split" },
      element("div", { class: "attn-mh-split-top" }, controls, this.#attention),
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
    this.#move(frame.state.stage);
    const { palette, parts } = frame;
    const pen = this.#stage.base.clear(palette.fontFamily);
    if (parts === null) {
      const place = { x: this.#stage.width / 2, y: this.#stage.height / 2 };
      const text = this.#actions.t(frame.isBusy ? "heads.waiting" : "heads.absent");
      const shown = shorten(pen, text, 14, this.#stage.width - 16);
      pen.text(place.x, place.y, shown, { color: palette.muted, size: 14, anchor: "middle" });
      return;
    }
    const blocks = blocksBetween(this.#position, this.#roomOf(parts));
    blocks.forEach((block) => drawBlock(pen, frame, block, this.#scaleOf(frame, block.part)));
    drawWords(pen, frame, blocks, this.#position);
    this.#drawCell(pen, frame);
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { state, card } = frame;
    if (state.view !== "split") {
      this.#stop();
      return;
    }
    const choices = JSON.stringify([state.model, card.attentions]);
    if (choices !== this.#choices) {
      this.#choices = choices;
      this.#attention.replaceChildren(
        ...card.attentions.map((name) =>
          element("option", { value: name }, attentionName(name, state.model, t)),
        ),
      );
    }
    this.#attention.value = frame.attention;
    this.#slider.value = String(state.stage);
    const caption = captionOf(frame, t);
    setAttribute(this.#slider, "aria-valuetext", caption);
    setAttribute(this.#box, "aria-label", caption);
    setText(this.#caption, caption);
    setText(this.#play, t(this.#playing === null ? "heads.play" : "heads.pause"));
    setText(this.#readout, this.#readoutOf(frame));
  }

  get #now(): number {
    return this.#frame?.state.stage ?? 0;
  }

  #go(stage: number): void {
    this.#stop();
    this.#actions.show({ stage: Math.max(0, Math.min(LAST, stage)) });
  }

  #onPlay(): void {
    if (this.#playing !== null) {
      this.#stop();
      this.#actions.redraw();
      return;
    }
    const next = (): void => {
      const stage = this.#now + 1;
      this.#playing = stage < LAST ? setTimeout(next, MOVE + REST) : null;
      this.#actions.show({ stage });
    };
    this.#playing = setTimeout(next, this.#now >= LAST ? REST : 0);
    this.#actions.show({ stage: this.#now >= LAST ? 0 : this.#now });
  }

  #stop(): void {
    if (this.#playing !== null) {
      clearTimeout(this.#playing);
      this.#playing = null;
    }
    if (this.#moving !== null) {
      cancelAnimationFrame(this.#moving);
      this.#moving = null;
    }
  }

  /** Comes closer to a stage with each frame; at once where motion is not wanted, or the way is long. */
  #move(goal: number): void {
    const now = performance.now();
    const way = goal - this.#position;
    if (this.#position < 0 || this.#stillness.matches || Math.abs(way) > 1.001) {
      this.#position = goal;
    } else if (way !== 0) {
      const passed = Math.min(50, now - this.#movedAt) / MOVE;
      this.#position = Math.abs(way) <= passed ? goal : this.#position + Math.sign(way) * passed;
    }
    this.#movedAt = now;
    if (this.#position !== goal && this.#moving === null) {
      this.#moving = requestAnimationFrame(() => {
        this.#moving = null;
        this.#actions.redraw();
      });
    }
  }

  #roomOf(parts: Parts): Room {
    const [heads, rows, columns] = parts.weights?.shape ?? [1, 1, 1];
    const { width, height } = this.#stage;
    return { width, height, heads, rows, columns, hasMemory: parts.memory !== undefined };
  }

  /** One scale for all heads of a part, so that they can be compared. */
  #scaleOf({ parts, ramp, signedRamp }: Frame, part: PartName): ColorScale {
    if (this.#scales.parts !== parts || this.#scales.scheme !== ramp) {
      this.#scales = { parts, scheme: ramp, found: new Map() };
    }
    const { found } = this.#scales;
    let scale = found.get(part);
    if (scale === undefined) {
      const data = parts?.[part]?.data ?? new Float32Array(1);
      scale = part === "weights" ? { ramp, minimum: 0, maximum: 1 } : signedScale(signedRamp, data);
      found.set(part, scale);
    }
    return scale;
  }

  #blocks(): Block[] {
    const parts = this.#frame?.parts ?? null;
    return parts === null ? [] : blocksAt(this.#now, this.#roomOf(parts));
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
    const steps: Readonly<Record<string, readonly [number, number, number]>> = {
      ...{ ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1] },
      ...{ PageUp: [-1, 0, 0], PageDown: [1, 0, 0] },
    };
    const blocks = this.#blocks();
    const parts = this.#frame?.parts ?? null;
    if (parts === null || !Object.hasOwn(steps, event.key)) {
      return;
    }
    const [next, down, right] = this.#cell === null ? [0, 0, 0] : steps[event.key];
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

  #drawCell(pen: Pen, { parts, palette }: Frame): void {
    const block = this.#cell === null ? undefined : this.#blocks()[this.#cell.block];
    if (this.#cell === null || block === undefined || parts === null || this.#position !== this.#now) {
      return;
    }
    const { rows, columns } = sizeOf(parts, block);
    const [width, height] = [block.width / columns, block.height / rows];
    const [x, y] = [block.x + this.#cell.column * width, block.y + this.#cell.row * height];
    pen.rectangle(x - 1, y - 1, width + 2, height + 2, { stroke: palette.page, width: 3 });
    pen.rectangle(x - 1, y - 1, width + 2, height + 2, { stroke: palette.ink, width: 1.5 });
  }

  #readoutOf(frame: Frame): string {
    const { t } = this.#actions;
    const { parts, look, attention } = frame;
    const cell = this.#cell;
    const block = cell === null ? undefined : this.#blocks()[cell.block];
    if (cell === null || block === undefined || parts === null || look === null) {
      return t("heads.stage.hint");
    }
    const { queries, keys } = namesOf(look.names, attention);
    const { part, head } = block;
    const value = fixed(valueOf(parts, block, cell.row, cell.column), 4);
    const isLooked = part === "key" || part === "value" || part === "memory";
    const row = visibleToken((isLooked ? keys : queries)[cell.row] ?? "");
    const name = LETTERS[part];
    if (part === "scores" || part === "weights") {
      const column = visibleToken(keys[cell.column] ?? "");
      return t("heads.cell.pair", { name, head: head + 1, row, column, value });
    }
    const at = head < 0 ? cell.column : head * sizeOf(parts, block).columns + cell.column;
    const values = { name, row, number: at + 1, value, head: head + 1 };
    return t(head < 0 ? "heads.cell" : "heads.cell.head", values);
  }
}

/** What happens at a stage, in words, with the shapes. */
export function captionOf({ state, parts, attention }: Frame, t: Actions["t"]): string {
  const [H, rows, columns] = parts?.weights?.shape ?? [0, 0, 0];
  const D = parts?.x?.shape[1] ?? 0;
  const name = STAGES[state.stage] ?? STAGES[0];
  const key =
    attention.endsWith(".cross_attention") && name === "read" ? "heads.at.read-two" : `heads.at.${name}`;
  const values = { number: state.stage + 1, H, T: rows, S: columns, D, Dh: H === 0 ? 0 : D / H };
  return parts === null ? t("heads.absent") : t(key, values);
}

function sizeOf(parts: Parts, { part, head }: Block): { rows: number; columns: number } {
  const shape = parts[part]?.shape ?? [1, 1];
  const [rows, columns] = head < 0 ? shape : shape.slice(1);
  return { rows, columns };
}

function tableOf(parts: Parts, { part, head }: Block): Float32Array {
  const table: Table | undefined = parts[part];
  if (table === undefined) {
    return new Float32Array(1);
  }
  const size = table.data.length / (head < 0 ? 1 : table.shape[0]);
  return head < 0 ? table.data : table.data.subarray(head * size, (head + 1) * size);
}

/** The number of one cell. */
export function valueOf(parts: Parts, block: Block, row: number, column: number): number {
  return tableOf(parts, block)[row * sizeOf(parts, block).columns + column];
}

function drawBlock(pen: Pen, { parts, palette }: Frame, block: Block, scale: ColorScale): void {
  if (parts === null) {
    return;
  }
  const { rows, columns } = sizeOf(parts, block);
  const { x, y, width, height, alpha } = block;
  const data = tableOf(parts, block);
  const write = (pixels: Uint32Array): void => writePixels(scale, data, pixels);
  pen.cells({ x, y, cellWidth: width / columns, cellHeight: height / rows, rows, columns, write });
  pen.rectangle(x - 0.5, y - 0.5, width + 1, height + 1, { stroke: palette.line });
  if (alpha < 1) {
    pen.rectangle(x - 1, y - 1, width + 2, height + 2, { fill: palette.page, opacity: 1 - alpha });
  }
}

/** Letters, numbers of heads and shapes beside the blocks. */
function drawWords(pen: Pen, { parts, palette }: Frame, blocks: readonly Block[], position: number): void {
  const isApart = position > 2.5 && position < 5.5;
  const colors: Readonly<Partial<Record<PartName, string>>> = {
    query: palette.queryInk,
    key: palette.keyInk,
    value: palette.valueInk,
  };
  for (const { part, head, x, y, width, height, alpha } of blocks) {
    const color = colors[part] ?? palette.ink;
    const shape = `(${(parts?.[part]?.shape ?? []).slice(isApart ? 1 : 0).join(", ")})`;
    if (alpha > 0.5 && head <= 0 && isApart) {
      const text = shorten(pen, LETTERS[part], 12.5, width + 6, 600);
      pen.text(x, y - 12, text, { color, size: 12.5, weight: 600 });
    } else if (alpha > 0.5 && head <= 0) {
      pen.text(0, y + height / 2 - 8, LETTERS[part], { color, size: 14, weight: 600 });
      pen.text(0, y + height / 2 + 8, shortShape(shape, part, parts), { color: palette.muted, size: 11 });
    }
    if (isApart && part === "query") {
      pen.text(0, y + height / 2, `${head + 1}`, { color: palette.muted, size: 12 });
    } else if (!isApart && head >= 0 && alpha > 0.5) {
      pen.text(x + width / 2, y - 9, String(head + 1), { color: palette.muted, size: 11, anchor: "middle" });
    }
  }
  if (position > 6.5) {
    const output = blocks.find(({ part }) => part === "output");
    const y = (output?.y ?? 0) - 34;
    pen.text(LEFT, y, "× W_O ↓", { color: palette.ink, size: 13 });
  }
}

/** Of heads side by side the shape of all together: (T, D). */
function shortShape(shape: string, part: PartName, parts: Parts | null): string {
  const found = parts?.[part]?.shape ?? [];
  return found.length === 3 ? `(${found[1]}, ${found[0] * found[2]})` : shape;
}
