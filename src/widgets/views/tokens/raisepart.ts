/** "Raise the ids by a matrix": turned by sliders, keys or the pointer, beside a lookup table with free points. */

import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { exact, fixed } from "../shared/format.js";
import { Segmented } from "../shared/segmented.js";
import { lookupFit, raisedFit } from "./compute.js";
import type { Actions, Frame, Part } from "./frame.js";
import { CanvasPicture } from "./pictureparts.js";
import {
  drawLookup,
  drawRaised,
  largestId,
  lookupPlane,
  project,
  raisedPlane,
  unproject,
} from "./raisepicture.js";
import { FARTHEST, STEEPEST } from "./state.js";

const STEP = 0.05;
const NEAR = 28; // px from a point at which it is taken
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
};

const within = (value: number, most: number): number =>
  Math.round(100 * Math.max(-most, Math.min(most, value))) / 100;

export class RaisePart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #raised: CanvasPicture;
  readonly #lookup: CanvasPicture;
  readonly #width: Segmented<"2" | "3">;
  readonly #sliders: { row: HTMLElement; input: HTMLInputElement; output: HTMLElement }[];
  readonly #raisedSaid = element("p", { class: "attn-picture-said" });
  readonly #lookupSaid = element("p", { class: "attn-picture-said" });
  readonly #rows = element("p", { class: "attn-quiet attn-rows" });
  #frame: Frame | null = null;
  /** The word whose point the pointer holds. */
  #held: string | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#raised = new CanvasPicture("attn-raise-picture", actions, drawRaised);
    this.#lookup = new CanvasPicture("attn-raise-picture", actions, drawLookup);
    this.#width = new Segmented<"2" | "3">({
      label: t("tokens.raise.width"),
      choices: [
        { value: "2", content: ["1 × 2"] },
        { value: "3", content: ["1 × 3"] },
      ],
      onPick: (width) => this.#setWidth(width === "3"),
      signal,
    });
    this.#sliders = [0, 1, 2].map((entry) => this.#slider(entry));
    this.#makeDraggable(this.#raised.box, t("tokens.raise.keys"), (x, y, isStart) =>
      this.#turn(x, y, isStart),
    );
    this.#makeDraggable(this.#lookup.box, t("tokens.raise.lookup-keys"), (x, y, isStart) =>
      this.#move(x, y, isStart),
    );
    listen(this.#raised.box, "keydown", signal, (event) => this.#onKey(event, (step) => this.#turnBy(step)));
    listen(this.#lookup.box, "keydown", signal, (event) => this.#onKey(event, (step) => this.#moveBy(step)));
    this.element = this.#arrange();
  }

  draw(frame: Frame): void {
    this.#raised.draw(frame);
    this.#lookup.draw(frame);
  }

  update(frame: Frame): void {
    this.#frame = frame;
    const { t } = this.#actions;
    const { state, cut, codes } = frame;
    this.#width.set(state.matrix.length === 3 ? "3" : "2");
    this.#sliders.forEach(({ row, input, output }, entry) => {
      const value = state.matrix[entry] ?? 0;
      setAttribute(row, "data-empty", entry >= state.matrix.length);
      input.disabled = entry >= state.matrix.length;
      input.value = String(value);
      setText(output, fixed(value, 2));
    });
    setAttribute(this.#raised.box, "data-turns", state.matrix.length === 2);
    const raised = raisedFit(cut?.ids ?? [], state.matrix);
    const lookup = lookupFit(codes);
    const said = t(state.matrix.length === 3 ? "tokens.raise.fit-3" : "tokens.raise.fit", {
      rank: raised.rank,
      off: exact(raised.offLine),
    });
    const lookupSaid = t("tokens.raise.lookup-fit", { rank: lookup.rank, off: exact(lookup.offLine) });
    setText(this.#raisedSaid, said);
    setText(this.#lookupSaid, lookupSaid);
    setAttribute(this.#raised.box, "aria-label", `${t("tokens.raise.keys")} ${said}`);
    setAttribute(this.#lookup.box, "aria-label", `${t("tokens.raise.lookup-keys")} ${lookupSaid}`);
    const rows = codes.map(({ word, row }) => `${word} (${row.map((value) => fixed(value, 2)).join(", ")})`);
    setText(this.#rows, `${rows.join(" · ")}. ${t("tokens.raise.begins")}`);
  }

  #arrange(): HTMLElement {
    const { t } = this.#actions;
    const title = (key: string): HTMLElement => element("p", { class: "attn-part-title" }, t(key));
    const sliders = this.#sliders.map(({ row }) => row);
    const left = element(
      "div",
      {},
      title("tokens.raise.title"),
      this.#raised.box,
      this.#raisedSaid,
      element("div", { class: "attn-matrix" }, this.#width.element, ...sliders),
    );
    const right = element(
      "div",
      {},
      title("tokens.raise.lookup-title"),
      this.#lookup.box,
      this.#lookupSaid,
      this.#rows,
    );
    return element("div", { class: "attn-raise" }, left, right);
  }

  #slider(entry: number): { row: HTMLElement; input: HTMLInputElement; output: HTMLElement } {
    const { t, signal } = this.#actions;
    const input = element("input", {
      ...{ type: "range", class: "attn-slider", min: -STEEPEST, max: STEEPEST, step: STEP },
      "aria-label": t("tokens.raise.entry", { number: entry + 1 }),
    });
    listen(input, "input", signal, () => this.#setEntry(entry, Number(input.value)));
    const output = element("output", { class: "attn-number attn-degrees" });
    const name = element("span", { class: "attn-quiet", "aria-hidden": "true" }, `w${"₁₂₃"[entry]}`);
    return { row: element("div", { class: "attn-entry" }, name, input, output), input, output };
  }

  #setEntry(entry: number, value: number): void {
    const matrix = [...(this.#frame?.state.matrix ?? [])];
    matrix[entry] = within(value, STEEPEST);
    this.#actions.change({ matrix });
  }

  #setWidth(isThree: boolean): void {
    const [first, second, third = 1] = this.#frame?.state.matrix ?? [1, 1];
    this.#actions.change({ matrix: isThree ? [first, second, third] : [first, second] });
  }

  /** Pointer and touch; the box can be focused for its keys. */
  #makeDraggable(
    box: HTMLElement,
    label: string,
    drag: (x: number, y: number, isStart: boolean) => void,
  ): void {
    const { signal } = this.#actions;
    setAttribute(box, "tabindex", 0);
    setAttribute(box, "role", "application");
    setAttribute(box, "aria-label", label);
    let isDown = false;
    const at = (event: PointerEvent, isStart: boolean): void => {
      const { left, top } = box.getBoundingClientRect();
      drag(event.clientX - left, event.clientY - top, isStart);
    };
    listen(box, "pointerdown", signal, (event) => {
      isDown = true;
      box.setPointerCapture(event.pointerId);
      at(event, true);
    });
    listen(box, "pointermove", signal, (event) => {
      if (isDown) {
        at(event, false);
      }
    });
    const release = (): void => {
      isDown = false;
    };
    listen(box, "pointerup", signal, release);
    listen(box, "pointercancel", signal, release);
  }

  /** The line goes to the pointer. */
  #turn(x: number, y: number, isStart: boolean): void {
    const frame = this.#frame;
    if (frame === null || frame.state.matrix.length !== 2 || isStart) {
      return;
    }
    const point = unproject(raisedPlane(frame, this.#raised.size), x, y);
    const largest = largestId(frame);
    this.#actions.change({ matrix: point.map((value) => within(value / largest, STEEPEST)) });
  }

  #turnBy([x, y]: readonly [number, number]): void {
    const [first, second, ...rest] = this.#frame?.state.matrix ?? [0, 0];
    this.#actions.change({ matrix: [within(first + x, STEEPEST), within(second + y, STEEPEST), ...rest] });
  }

  /** The nearest point is picked where the pointer goes down, and follows it. */
  #move(x: number, y: number, isStart: boolean): void {
    const frame = this.#frame;
    if (frame === null) {
      return;
    }
    const plane = lookupPlane(this.#lookup.size);
    if (isStart) {
      const away = frame.codes.map(({ row }) => {
        const [px, py] = project(plane, row);
        return Math.hypot(px - x, py - y);
      });
      const closest = away.indexOf(Math.min(...away));
      if (away[closest] <= NEAR) {
        this.#held = frame.codes[closest].word;
        this.#actions.pick(closest);
      } else {
        this.#held = null;
      }
    } else if (this.#held !== null) {
      this.#put(this.#held, unproject(plane, x, y));
    }
  }

  #moveBy([x, y]: readonly [number, number]): void {
    const code = this.#frame?.codes[this.#frame.picked];
    if (code !== undefined) {
      this.#put(code.word, [code.row[0] + x, code.row[1] + y]);
    }
  }

  #put(word: string, point: readonly number[]): void {
    const words = this.#frame?.state.words ?? [];
    const moved = Object.entries(this.#frame?.state.moved ?? {}).filter(([other]) => words.includes(other));
    const row = point.map((value) => within(value, FARTHEST));
    this.#actions.change({ moved: { ...Object.fromEntries(moved), [word]: row } });
  }

  #onKey(event: KeyboardEvent, act: (step: readonly [number, number]) => void): void {
    if (Object.hasOwn(KEYS, event.key) && !event.ctrlKey && !event.metaKey) {
      act(KEYS[event.key]);
      event.preventDefault();
    }
  }
}
