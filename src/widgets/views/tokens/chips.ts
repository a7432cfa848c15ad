/** The tokens of the text as colored chips with their ids; what a reader typed is text in them, never markup. */

import { element, setText, type Child } from "../shared/dom.js";
import { tokenContent } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";

const MOST_CHIPS = 200; // more than a reader looks through; the files of the export hold all
const HUES = 4;
const BYTES = /^<[0-9A-F]{2}( [0-9A-F]{2})*>$/; // what is no whole character is shown so
const UNSEEN = /^[\p{Cc}\p{Cf}\p{Z}\p{Mn}]$/u;

/** A token as elements. What the eye cannot see has a sign, or its code point. */
export function faceOf(token: string): Child[] {
  if (UNSEEN.test(token) && !/[ \n\t]/.test(token)) {
    const code = (token.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return [element("span", { class: "attn-space" }, `U+${code}`)];
  }
  return BYTES.test(token) ? [token] : tokenContent(token);
}

export function chip(token: string, id: number | null, hue: number | null): HTMLElement {
  const face = element("span", { class: "attn-chip-face", dir: "auto" }, ...faceOf(token));
  const number = id === null ? [] : [element("span", { class: "attn-chip-id" }, String(id))];
  return element("span", { class: "attn-chip", "data-hue": hue }, face, ...number);
}

/** The same token has the same color everywhere. */
export function hueOf(id: number): number {
  return id % HUES;
}

export class ChipsPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #list = element("ol", { class: "attn-chips" });
  readonly #count = element("p", { class: "attn-quiet attn-chips-count" });
  #shown: { cut: Frame["cut"]; fresh: number } | null = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const label = actions.t("tokens.chips");
    const box = element(
      "div",
      { class: "attn-chips-box", tabindex: 0, role: "region", "aria-label": label },
      this.#list,
    );
    this.element = element("section", { class: "attn-tokens-chips" }, box, this.#count);
  }

  update({ cut, learned, state }: Frame): void {
    const { t } = this.#actions;
    const fresh = learned?.steps[Math.min(state.merges, learned.steps.length) - 1]?.id ?? -1;
    if (this.#shown?.cut === cut && this.#shown.fresh === fresh) {
      return;
    }
    this.#shown = { cut, fresh };
    const items = (cut?.tokens ?? []).slice(0, MOST_CHIPS).map((token, place) => {
      const id = cut?.ids[place] ?? 0;
      return element("li", { "data-new": id === fresh }, chip(token, id, hueOf(id)));
    });
    this.#list.replaceChildren(...items);
    if (cut === null) {
      setText(this.#count, "\u00a0");
      return;
    }
    const { tokens, ids, size } = cut;
    const values = { count: tokens.length, different: new Set(ids).size, size, shown: MOST_CHIPS };
    setText(this.#count, t(tokens.length > MOST_CHIPS ? "tokens.count.cut" : "tokens.count", values));
  }
}
