/** The heads of one attention: a small picture of each, its label, its switch, and one switch for all. */

import { rampIndex, type ColorScale } from "../shared/colorscale.js";
import { context2d, element, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { headName, type ModelName } from "../models/state.js";
import { attentionName, type Actions, type Frame } from "./frame.js";
import { weightsOf } from "./look.js";

export interface Tile {
  head: number;
  cell: HTMLElement;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  box: HTMLInputElement;
  label: HTMLElement;
  number: HTMLElement;
}

const NOTHING = "\u00a0"; // keeps a line's height

export class HeadRow {
  readonly element: HTMLElement;
  readonly attention: string;
  readonly button = element("button", { type: "button", class: "attn-mh-row-switch" });
  readonly #t: Actions["t"];
  readonly #name: string;
  readonly #heads: number;
  readonly #strip = element("div", { class: "attn-mh-tiles" });
  #tiles: readonly Tile[] = [];
  #current = -1;

  constructor(attention: string, model: ModelName, heads: number, t: Actions["t"]) {
    this.attention = attention;
    this.#t = t;
    this.#heads = heads;
    this.#name = attentionName(attention, model, t);
    const title = element("span", { class: "attn-mh-row-name" }, this.#name);
    const top = element("div", { class: "attn-mh-row-top" }, title, this.button);
    this.#strip.style.setProperty("--attn-mh-heads", String(heads));
    const attributes = { class: "attn-mh-row", role: "group", "aria-label": this.#name };
    this.element = element("div", attributes, top, this.#strip);
  }

  /** Made when they are first wanted: there may be more than a hundred in all rows. */
  get tiles(): readonly Tile[] {
    if (this.#tiles.length === 0) {
      this.#tiles = Array.from({ length: this.#heads }, (_, head) => makeTile(head, this.#name, this.#t));
      this.#strip.append(...this.#tiles.map(({ cell }) => cell));
      this.setCurrent(this.#current);
    }
    return this.#tiles;
  }

  /** Which head an element belongs to, or -1. */
  headOf(node: Node): number {
    return this.#tiles.findIndex(({ cell }) => cell.contains(node));
  }

  /** The names of all heads, by which they are switched off. */
  names(model: ModelName): string[] {
    return Array.from({ length: this.#heads }, (_, head) => headName(model, this.attention, head));
  }

  /** The tab key reaches one head: its picture, then its switch; -1 for none of these. */
  setCurrent(current: number): void {
    this.#current = current;
    this.#tiles.forEach(({ button, box }, head) => {
      [button, box].forEach((node) => setAttribute(node, "tabindex", head === current ? 0 : -1));
    });
  }

  /** Which heads are off, and which one is opened. */
  mark({ state, attention, head }: Frame): void {
    const off = this.names(state.model).map((name) => state.off.includes(name));
    this.#tiles.forEach(({ box, cell, button }, place) => {
      box.checked = !off[place];
      setAttribute(cell, "data-off", off[place]);
      const isOpened = this.attention === attention && place === head;
      setAttribute(button, "aria-pressed", String(isOpened));
    });
    const does = this.#t(off.includes(false) ? "heads.row.off" : "heads.row.on");
    setText(this.button, does);
    setAttribute(this.button, "aria-label", this.#t("heads.row.label", { does, row: this.#name }));
  }

  /** The pictures, and what each head does most. */
  paint(frame: Frame): void {
    this.tiles.forEach(({ canvas, label, number, head }) => {
      drawSmall(canvas, frame, this.attention, head);
      const best = frame.labels.of(this.attention, head).at(0);
      setText(label, best === undefined ? NOTHING : this.#t(`heads.short.${best.kind}`));
      setText(number, best === undefined ? NOTHING : fixed(best.weight, 2));
    });
    this.mark(frame);
  }
}

function makeTile(head: number, row: string, t: Actions["t"]): Tile {
  const name = t("models.heads.box", { row, head: head + 1 });
  const canvas = element("canvas", { class: "attn-mh-small", "aria-hidden": "true" });
  const label = element("span", { class: "attn-mh-kind" });
  const number = element("span", { class: "attn-mh-weight" });
  const button = element(
    "button",
    { type: "button", class: "attn-mh-open", "aria-pressed": "false" },
    element("span", { class: "attn-visually-hidden" }, name),
    " ",
    canvas,
    element("span", { class: "attn-mh-words" }, label, " ", number),
  );
  const box = element("input", { type: "checkbox", "aria-label": t("heads.switch", { name }) });
  const switcher = element("label", { class: "attn-mh-box" }, box, String(head + 1));
  const cell = element("div", { class: "attn-mh-tile" }, button, switcher);
  return { head, cell, button, canvas, box, label, number };
}

/** One pixel a weight; the page enlarges it without blurring. */
function drawSmall(canvas: HTMLCanvasElement, { look, ramp }: Frame, attention: string, head: number): void {
  const table = look?.weights.get(attention);
  if (look === null || table === undefined) {
    canvas.width = 1; // a new width empties it
    return;
  }
  const [, rows, columns] = table.shape;
  canvas.width = columns;
  canvas.height = rows;
  const context = context2d(canvas);
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const scale: ColorScale = { ramp, minimum: 0, maximum: 1 };
  weightsOf(look, attention, head).forEach((weight, place) => {
    pixels[place] = ramp.pixels[rampIndex(scale, weight)];
  });
  context.putImageData(image, 0, 0);
}
