/** All heads of a model as small pictures, one row an attention; each opens large, and has a switch. */

import { element, listen, setText } from "../shared/dom.js";
import { offOf } from "../models/state.js";
import { Fold } from "./fold.js";
import { countOff, type Actions, type Frame, type Part } from "./frame.js";
import { HeadRow, type Tile } from "./headrow.js";
import { Slices } from "./slices.js";

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The rows of one stack, the encoder or the decoder. */
interface Group {
  fold: Fold;
  rows: readonly HeadRow[];
}

export class GridPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #body = element("div", { class: "attn-mh-rows" });
  readonly #count = element("span", { class: "attn-quiet" });
  readonly #all: HTMLButtonElement;
  readonly #slices: Slices<HeadRow>;
  #rows: readonly HeadRow[] = [];
  #groups: readonly Group[] = [];
  #model = "";
  #frame: Frame | null = null;
  #drawn: readonly unknown[] = [];

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#slices = new Slices((row) => this.#paint(row), signal);
    const attributes = { type: "button", class: "attn-button attn-framed" };
    this.#all = element("button", attributes, t("models.heads.all"));
    listen(this.#all, "click", signal, () => this.#switch([]));
    listen(this.#body, "click", signal, (event) => this.#onClick(event.target));
    listen(this.#body, "change", signal, (event) => this.#onToggle(event.target));
    listen(this.#body, "keydown", signal, (event) => this.#onKey(event));
    listen(this.#body, "focusin", signal, (event) => this.#setCurrent(this.#placeOf(event.target)));
    const title = element("p", { class: "attn-part-title" }, t("heads.grid"));
    this.element = element(
      "section",
      { class: "attn-mh-grid" },
      element("div", { class: "attn-mh-grid-top" }, title, this.#count, this.#all),
      element("p", { class: "attn-quiet attn-mh-rule" }, t("heads.rule")),
      this.#body,
    );
  }

  /** New pictures are made row by row, each in its own time. */
  draw(frame: Frame): void {
    this.#frame = frame;
    this.#build(frame);
    const key = [frame.look, frame.ramp];
    if (key.some((value, place) => value !== this.#drawn[place])) {
      this.#drawn = key;
      this.#slices.request();
    }
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    this.#frame = frame;
    this.#build(frame);
    const off = countOff(frame);
    const count = frame.card.attentions.length * frame.card.heads;
    setText(this.#count, t(off === 0 ? "models.heads.none-off" : "models.heads.some-off", { off, count }));
    this.#all.disabled = off === 0;
    this.#rows.forEach((row) => row.mark(frame));
    this.#groups.forEach(({ fold, rows }) => {
      const names = rows.flatMap((row) => row.names(frame.state.model));
      const some = {
        off: names.filter((name) => frame.state.off.includes(name)).length,
        count: names.length,
      };
      fold.note(t(some.off === 0 ? "models.heads.none-off" : "models.heads.some-off", some));
    });
  }

  /** The rows are made once for each model. */
  #build({ state, card, attention }: Frame): void {
    if (this.#model === state.model) {
      return;
    }
    this.#model = state.model;
    this.#drawn = [];
    const { t, signal } = this.#actions;
    this.#rows = card.attentions.map((name) => new HeadRow(name, state.model, card.heads, t));
    const stacks = [...new Set(card.attentions.map(stackOf))];
    this.#groups = stacks.map((stack) => {
      const rows = this.#rows.filter((row) => stackOf(row.attention) === stack);
      const isOpen = stack === stackOf(attention);
      const elements = rows.map((row) => row.element);
      return { rows, fold: new Fold(t(`heads.stack.${stack}`), isOpen, signal, ...elements) };
    });
    this.#body.replaceChildren(...this.#groups.map(({ fold }) => fold.element));
    this.#slices.watch(this.#rows);
    this.#groups.forEach(({ rows }) => rows[0].setCurrent(0));
  }

  #paint(row: HeadRow): void {
    if (this.#frame !== null) {
      row.paint(this.#frame);
    }
  }

  #placeOf(target: EventTarget | null): [number, number] {
    for (const [place, row] of this.#rows.entries()) {
      const head = target instanceof Node ? row.headOf(target) : -1;
      if (head >= 0) {
        return [place, head];
      }
    }
    return [-1, -1];
  }

  /** The tab key reaches one head of each stack, as the other may be folded away; arrows walk from there. */
  #setCurrent([place, head]: readonly [number, number]): void {
    const current = this.#rows.at(place);
    const group = this.#groups.find(
      ({ rows }) => place >= 0 && current !== undefined && rows.includes(current),
    );
    group?.rows.forEach((row) => row.setCurrent(row === current ? head : -1));
  }

  #onClick(target: EventTarget | null): void {
    const pressed = this.#rows.find(({ button }) => button === target);
    if (pressed !== undefined) {
      this.#toggleRow(pressed);
      return;
    }
    const place = this.#placeOf(target);
    const tile = this.#tileAt(place);
    if (tile !== null && target instanceof Node && tile.button.contains(target)) {
      this.#actions.show({ attention: this.#rows[place[0]].attention, head: tile.head });
    }
  }

  #tileAt([place, head]: readonly [number, number]): Tile | null {
    return this.#rows[place]?.tiles[head] ?? null;
  }

  #onToggle(target: EventTarget | null): void {
    const place = this.#placeOf(target);
    const tile = this.#tileAt(place);
    if (tile !== null && this.#frame !== null) {
      const { state } = this.#frame;
      const name = this.#rows[place[0]].names(state.model)[tile.head];
      const others = offOf(state, state.model).filter((one) => one !== name);
      this.#switch(tile.box.checked ? others : [...others, name]);
    }
  }

  #toggleRow(row: HeadRow): void {
    if (this.#frame !== null) {
      const { state } = this.#frame;
      const names = row.names(state.model);
      const others = offOf(state, state.model).filter((one) => !names.includes(one));
      const isOff = names.every((name) => state.off.includes(name));
      this.#switch(isOff ? others : [...others, ...names]);
    }
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
    const isBox = event.target === this.#tileAt([row, column])?.box;
    (isBox ? next?.box : next?.button)?.focus();
    event.preventDefault();
  }
}

const stackOf = (attention: string): string => attention.split(".")[0];
