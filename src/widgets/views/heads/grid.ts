/** All heads of a model as small pictures, one row an attention; each opens large, and has a switch. */

import { rampIndex, type ColorScale } from "../shared/colorscale.js";
import { context2d, element, listen, setAttribute, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { headName, offOf } from "../models/state.js";
import { attentionName, countOff, type Actions, type Frame, type Part } from "./frame.js";
import { weightsOf } from "./look.js";

interface Tile {
  attention: string;
  head: number;
  cell: HTMLElement;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  box: HTMLInputElement;
  label: HTMLElement;
  number: HTMLElement;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export class GridPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #body = element("div", { class: "attn-mh-rows" });
  readonly #count = element("span", { class: "attn-quiet" });
  readonly #all: HTMLButtonElement;
  #tiles: Tile[][] = [];
  #rowButtons: HTMLButtonElement[] = [];
  #model = "";
  #frame: Frame | null = null;
  #drawn: readonly unknown[] = [];

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#all = element(
      "button",
      { type: "button", class: "attn-button attn-framed" },
      t("models.heads.all"),
    );
    listen(this.#all, "click", signal, () => this.#switch([]));
    listen(this.#body, "click", signal, (event) => this.#onClick(event.target));
    listen(this.#body, "change", signal, (event) => this.#onToggle(event.target));
    listen(this.#body, "keydown", signal, (event) => this.#onKey(event));
    listen(this.#body, "focusin", signal, (event) => this.#setCurrent(this.#placeOf(event.target)));
    this.element = element(
      "section",
      { class: "attn-mh-grid" },
      element(
        "div",
        { class: "attn-mh-grid-top" },
        element("p", { class: "attn-part-title" }, t("heads.grid")),
        this.#count,
        this.#all,
      ),
      element("p", { class: "attn-quiet attn-mh-rule" }, t("heads.rule")),
      this.#body,
    );
  }

  draw(frame: Frame): void {
    this.#build(frame);
    const key = [frame.look, frame.ramp];
    if (key.every((value, place) => value === this.#drawn[place])) {
      return;
    }
    this.#drawn = key;
    this.#tiles.flat().forEach(({ canvas, attention, head }) => {
      drawSmall(canvas, frame, attention, head);
    });
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { state, card, labels } = frame;
    this.#frame = frame;
    const off = countOff(frame);
    const count = card.attentions.length * card.heads;
    setText(this.#count, t(off === 0 ? "models.heads.none-off" : "models.heads.some-off", { off, count }));
    this.#all.disabled = off === 0;
    this.#tiles.forEach((tiles, row) => {
      let on = 0;
      tiles.forEach((tile) => {
        const isOff = state.off.includes(headName(state.model, tile.attention, tile.head));
        on += isOff ? 0 : 1;
        tile.box.checked = !isOff;
        setAttribute(tile.cell, "data-off", isOff);
        const isOpened = tile.attention === frame.attention && tile.head === frame.head;
        setAttribute(tile.button, "aria-pressed", String(isOpened));
        const best = labels.get(tile.attention)?.[tile.head]?.[0];
        setText(tile.label, best === undefined ? "\u00a0" : t(`heads.short.${best.kind}`));
        setText(tile.number, best === undefined ? "\u00a0" : fixed(best.weight, 2));
      });
      const does = t(on === 0 ? "heads.row.on" : "heads.row.off");
      const name = attentionName(frame.card.attentions[row], frame.state.model, t);
      setText(this.#rowButtons[row], does);
      setAttribute(this.#rowButtons[row], "aria-label", t("heads.row.label", { does, row: name }));
    });
  }

  /** The tiles are made once for each model. */
  #build({ state, card }: Frame): void {
    if (this.#model === state.model) {
      return;
    }
    this.#model = state.model;
    this.#drawn = [];
    const { t } = this.#actions;
    this.#rowButtons = card.attentions.map(() =>
      element("button", { type: "button", class: "attn-mh-row-switch" }),
    );
    this.#tiles = card.attentions.map((attention) => {
      const row = attentionName(attention, state.model, t);
      return Array.from({ length: card.heads }, (_, head) => makeTile(attention, head, row, t));
    });
    const rows = card.attentions.map((attention, place) => {
      const name = attentionName(attention, state.model, t);
      const title = element("span", { class: "attn-mh-row-name" }, name);
      const top = element("div", { class: "attn-mh-row-top" }, title, this.#rowButtons[place]);
      const tiles = this.#tiles[place].map(({ cell }) => cell);
      const strip = element("div", { class: "attn-mh-tiles" }, ...tiles);
      strip.style.setProperty("--attn-mh-heads", String(card.heads));
      return element("div", { class: "attn-mh-row", role: "group", "aria-label": name }, top, strip);
    });
    this.#body.replaceChildren(...rows);
    this.#setCurrent([0, 0]);
  }

  #placeOf(target: EventTarget | null): [number, number] {
    for (const [row, tiles] of this.#tiles.entries()) {
      const column = tiles.findIndex(({ cell }) => target instanceof Node && cell.contains(target));
      if (column >= 0) {
        return [row, column];
      }
    }
    return [-1, -1];
  }

  /** The tab key reaches one head: its picture, then its switch. Arrows walk from there. */
  #setCurrent([row, column]: readonly [number, number]): void {
    if (row < 0) {
      return;
    }
    this.#tiles.forEach((tiles, y) =>
      tiles.forEach(({ button, box }, x) => {
        const tabindex = y === row && x === column ? 0 : -1;
        setAttribute(button, "tabindex", tabindex);
        setAttribute(box, "tabindex", tabindex);
      }),
    );
  }

  #onClick(target: EventTarget | null): void {
    const row = this.#rowButtons.findIndex((button) => button === target);
    if (row >= 0) {
      this.#toggleRow(row);
      return;
    }
    const tile = this.#tileAt(this.#placeOf(target));
    if (tile !== null && target instanceof Node && tile.button.contains(target)) {
      this.#actions.show({ attention: tile.attention, head: tile.head });
    }
  }

  #tileAt([row, column]: readonly [number, number]): Tile | null {
    return this.#tiles[row]?.[column] ?? null;
  }

  #onToggle(target: EventTarget | null): void {
    const tile = this.#tileAt(this.#placeOf(target));
    if (tile !== null && this.#frame !== null) {
      const { state } = this.#frame;
      const name = headName(state.model, tile.attention, tile.head);
      const others = offOf(state, state.model).filter((one) => one !== name);
      this.#switch(tile.box.checked ? others : [...others, name]);
    }
  }

  #toggleRow(row: number): void {
    if (this.#frame === null) {
      return;
    }
    const { state } = this.#frame;
    const names = this.#tiles[row].map(({ attention, head }) => headName(state.model, attention, head));
    const others = offOf(state, state.model).filter((one) => !names.includes(one));
    const isOff = names.every((name) => state.off.includes(name));
    this.#switch(isOff ? others : [...others, ...names]);
  }

  /** These heads of the model are off, and no others. */
  #switch(off: readonly string[]): void {
    if (this.#frame !== null) {
      const { state } = this.#frame;
      const elsewhere = state.off.filter((name) => !name.startsWith(`${state.model}.`));
      this.#actions.change({ off: [...elsewhere, ...off] });
    }
  }

  #onKey(event: KeyboardEvent): void {
    const [row, column] = this.#placeOf(event.target);
    if (row < 0 || !Object.hasOwn(STEPS, event.key)) {
      return;
    }
    const [down, right] = STEPS[event.key];
    const next = this.#tileAt([row + down, column + right]);
    const isBox = event.target === this.#tiles[row][column].box;
    (isBox ? next?.box : next?.button)?.focus();
    event.preventDefault();
  }
}

function makeTile(attention: string, head: number, row: string, t: Actions["t"]): Tile {
  const name = t("models.heads.box", { row, head: head + 1 });
  const canvas = element("canvas", { class: "attn-mh-small", "aria-hidden": "true" });
  const label = element("span", { class: "attn-mh-kind" });
  const number = element("span", { class: "attn-mh-weight" });
  const words = element("span", { class: "attn-mh-words" }, label, number);
  const button = element(
    "button",
    { type: "button", class: "attn-mh-open", "aria-pressed": "false" },
    element("span", { class: "attn-visually-hidden" }, name),
    canvas,
    words,
  );
  const box = element("input", { type: "checkbox", "aria-label": t("heads.switch", { name }) });
  const cell = element(
    "div",
    { class: "attn-mh-tile" },
    button,
    element("label", { class: "attn-mh-box" }, box, String(head + 1)),
  );
  return { attention, head, cell, button, canvas, box, label, number };
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
