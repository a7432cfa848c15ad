/** The number line and the one-hot rows on the page: a canvas each, and words below. */

import { oneHotBytes } from "../../engine/codings.js";
import { element, setAttribute, setText } from "../shared/dom.js";
import { megabytes } from "../shared/format.js";
import { Stage } from "../shared/layer.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import { faceOf } from "./chips.js";
import type { Actions, Frame, Part } from "./frame.js";
import { drawLine, type Size } from "./linepicture.js";
import { drawOneHot, MOST_ROWS } from "./onehotpicture.js";

export type DrawPicture = (pen: Pen, palette: Palette, size: Size, frame: Frame) => void;

/** A picture on a canvas; it is drawn only while it is shown. */
export class CanvasPicture {
  readonly box: HTMLElement;
  readonly #stage: Stage;
  readonly #draw: DrawPicture;

  constructor(className: string, { signal, redraw }: Actions, draw: DrawPicture) {
    this.box = element("div", { class: `attn-stage ${className}`, role: "img" });
    this.#stage = new Stage(this.box, redraw, signal);
    this.#draw = draw;
  }

  get size(): Size {
    const { width, height } = this.#stage;
    return { width, height };
  }

  draw(frame: Frame): void {
    this.#stage.fit();
    if (this.#stage.width > 0) {
      const pen = this.#stage.base.clear(frame.palette.fontFamily);
      this.#draw(pen, frame.palette, this.size, frame);
    }
  }

  describe(label: string): void {
    setAttribute(this.box, "aria-label", label);
  }
}

const AROUND = 4; // ids on either side
const AROUND_NARROW = 2; // the same on a phone

/** An id and those around it; at an end of the vocabulary more of them are on the other side. */
export function idsAround(id: number, size: number, each: number): number[] {
  const first = Math.max(0, Math.min(id - each, size - 1 - 2 * each));
  return Array.from({ length: Math.min(size, 2 * each + 1) }, (_, place) => first + place);
}

export class LinePart implements Part {
  readonly element: HTMLElement;
  readonly #t: Actions["t"];
  readonly #picture: CanvasPicture;
  readonly #title = element("p", { class: "attn-quiet attn-around-title" });
  readonly #around = element("ol", { class: "attn-around" });
  #key = "";

  constructor(actions: Actions) {
    this.#t = actions.t;
    this.#picture = new CanvasPicture("attn-line-picture", actions, drawLine);
    this.element = element("div", {}, this.#picture.box, this.#title, this.#around);
  }

  draw(frame: Frame): void {
    this.#picture.draw(frame);
  }

  update({ cut, codes, picked }: Frame): void {
    const t = this.#t;
    const { word, code } = codes[picked];
    const id = code?.id ?? null;
    const placed = codes.flatMap(({ word: each, code: own }) => {
      return own === null || own.id === null ? [] : [`${each} ${own.id}`];
    });
    this.#picture.describe(
      t("tokens.line.alt", { words: placed.join(t("tokens.comma")), size: cut?.size ?? 0 }),
    );
    setText(this.#title, t(id === null ? "tokens.line.none" : "tokens.line.around", { word, id: id ?? "" }));
    const shown = id === null || cut === null ? [] : idsAround(id, cut.size, AROUND);
    const near = id === null || cut === null ? [] : idsAround(id, cut.size, AROUND_NARROW);
    const key = JSON.stringify([shown.map((each) => [each, cut?.name(each)]), id]);
    if (key !== this.#key) {
      this.#key = key;
      this.#around.replaceChildren(
        ...shown.map((each) =>
          element(
            "li",
            { "aria-current": each === id ? "true" : null, "data-far": !near.includes(each) },
            element("span", { class: "attn-chip-id" }, String(each)),
            element("span", { class: "attn-around-name", dir: "auto" }, ...faceOf(cut?.name(each) ?? "")),
          ),
        ),
      );
    }
  }
}

const BERT_VOCABULARY = 30_522; // bert-base-uncased; Devlin et al. (2019), its published vocab.txt

export class OneHotPart implements Part {
  readonly element: HTMLElement;
  readonly #t: Actions["t"];
  readonly #picture: CanvasPicture;
  readonly #said = element("p", { class: "attn-picture-said" });
  readonly #cost = element("p", { class: "attn-picture-said" });

  constructor(actions: Actions) {
    this.#t = actions.t;
    this.#picture = new CanvasPicture("attn-onehot-picture", actions, drawOneHot);
    this.element = element("div", {}, this.#picture.box, this.#said, this.#cost);
  }

  draw(frame: Frame): void {
    this.#picture.draw(frame);
  }

  update({ cut }: Frame): void {
    const t = this.#t;
    const [count, size] = [cut?.ids.length ?? 0, cut?.size ?? 0];
    const numbers = count * size;
    const share = numbers === 0 ? 0 : (100 * count) / numbers;
    const values = {
      ...{ count: grouped(count), size: grouped(size), numbers: grouped(numbers) },
      ...{ share: share >= 1 ? share.toFixed(1) : share.toPrecision(2), shown: Math.min(MOST_ROWS, count) },
    };
    this.#picture.describe(t("tokens.onehot.said", values));
    setText(this.#said, t(count > MOST_ROWS ? "tokens.onehot.first" : "tokens.onehot.said", values));
    setText(
      this.#cost,
      t("tokens.onehot.cost", {
        ...values,
        bytes: bytesOf(oneHotBytes(count, size)),
        ids: bytesOf(count * Int32Array.BYTES_PER_ELEMENT),
        vocabulary: grouped(BERT_VOCABULARY),
        bert: bytesOf(oneHotBytes(count, BERT_VOCABULARY)),
      }),
    );
  }
}

/** 1234567 as 1,234,567. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes as one would say them: 828 bytes, 4.1 kB, 5.5 MB. */
export function bytesOf(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : megabytes(bytes);
}
