/** What the drawing reads at its foot: the tokens of each half, as the model's tokenizer cuts them. */

import type { Translate } from "../../host/context.js";
import { element, setAttribute, setText } from "../shared/dom.js";
import { tokenContent } from "../shared/tokentext.js";
import type { Run } from "../models/run.js";
import type { FamilyCard, Stack } from "./blocks.js";
import type { Frame } from "./frame.js";

export interface Read {
  tokens: readonly string[];
  /** How many of the last ones the model wrote itself. */
  written: number;
}

/** What each half has read of a run; null for a half that is not there. */
export function readOf(
  run: Run,
  { family, start, max_length: most }: FamilyCard,
): Record<Stack, Read | null> {
  const { read, tokens } = run;
  if (family === "encoder-only") {
    return { encoder: { tokens: read, written: 0 }, decoder: null };
  }
  if (family === "encoder-decoder") {
    // The last token that was written has not gone back in.
    const back = tokens.slice(0, -1).map(({ text }) => text);
    const begun = start === null ? back : [start, ...back];
    return { encoder: { tokens: read, written: 0 }, decoder: { tokens: begun, written: back.length } };
  }
  const isOver = run.next === null && tokens.length > 0 && read.length < most;
  const seen = isOver ? read.slice(0, -1) : read;
  const written = tokens.length - (run.next === null && tokens.length > 0 ? 1 : 0);
  return { encoder: null, decoder: { tokens: seen, written } };
}

export class Reading {
  readonly element: HTMLElement;
  readonly #t: Translate;
  readonly #halves: Readonly<Record<Stack, Half>>;
  #shown: Run | null = null;

  constructor(t: Translate) {
    this.#t = t;
    this.#halves = { encoder: makeHalf(t, "encoder"), decoder: makeHalf(t, "decoder") };
    const boxes = Object.values(this.#halves).map(({ box }) => box);
    this.element = element("div", { class: "attn-reading" }, ...boxes);
  }

  update({ run, card }: Frame): void {
    const read = run === null ? null : readOf(run, card);
    for (const stack of ["encoder", "decoder"] as const) {
      const { box, title, list } = this.#halves[stack];
      const half = read?.[stack] ?? null;
      setAttribute(box, "hidden", !Object.hasOwn(card.blocks, `${stack}.embedding`));
      setText(
        title,
        this.#t(`families.reads.${stack}`, { count: half?.tokens.length ?? 0, written: half?.written ?? 0 }),
      );
      if (run !== this.#shown) {
        list.replaceChildren(...chips(half));
      }
    }
    this.#shown = run;
  }
}

interface Half {
  box: HTMLElement;
  title: HTMLElement;
  list: HTMLElement;
}

function makeHalf(t: Translate, stack: Stack): Half {
  const title = element("p", { class: "attn-part-title" });
  const label = t(`families.stack.${stack}`);
  const list = element("div", {
    class: "attn-feds",
    tabindex: 0,
    role: "group",
    "aria-label": label,
    dir: "auto",
  });
  return { box: element("div", { class: "attn-half", "data-stack": stack }, title, list), title, list };
}

function chips(read: Read | null): HTMLElement[] {
  const { tokens, written } = read ?? { tokens: [], written: 0 };
  return tokens.map((token, place) =>
    element(
      "span",
      { class: "attn-fed", "data-written": place >= tokens.length - written },
      ...tokenContent(token),
    ),
  );
}
