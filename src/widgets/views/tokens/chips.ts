/** The tokens of the text as colored chips with their ids; what a reader typed is text in them, never markup. */

import { element, setText, type Child } from "../shared/dom.js";
import { tokenContent } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";

const MOST_CHIPS = 100; // more than a reader looks through, and as many as are laid out in time; the export holds all
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

interface Shown {
  token: string;
  id: number;
  /** It came with the last merge. */
  isNew: boolean;
  key: string;
}

export class ChipsPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #list = element("ol", { class: "attn-chips" });
  readonly #count = element("p", { class: "attn-quiet attn-chips-count" });
  #shown: { cut: Frame["cut"]; fresh: number } | null = null;
  /** What the chips of the list show. */
  #keys: readonly string[] = [];

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
    this.#showChips(
      (cut?.tokens ?? []).slice(0, MOST_CHIPS).map((token, place) => {
        const id = cut?.ids[place] ?? 0;
        return { token, id, isNew: id === fresh, key: JSON.stringify([token, id, id === fresh]) };
      }),
    );
    if (cut === null) {
      setText(this.#count, "\u00a0");
      return;
    }
    const { tokens, ids, size } = cut;
    const values = { count: tokens.length, different: new Set(ids).size, size, shown: MOST_CHIPS };
    setText(this.#count, t(tokens.length > MOST_CHIPS ? "tokens.count.cut" : "tokens.count", values));
  }

  /** Chips before the first one that differs stay, and those after the last: to lay all out anew takes long. */
  #showChips(wanted: readonly Shown[]): void {
    const before = this.#keys;
    this.#keys = wanted.map(({ key }) => key);
    const most = Math.min(before.length, wanted.length);
    let first = 0;
    while (first < most && before[first] === this.#keys[first]) {
      first += 1;
    }
    let kept = 0; // from the end
    while (kept < most - first && before.at(-1 - kept) === this.#keys.at(-1 - kept)) {
      kept += 1;
    }
    const old = Array.from(this.#list.children).slice(first, before.length - kept);
    const after = this.#list.children.item(before.length - kept);
    old.forEach((item) => item.remove());
    for (const { token, id, isNew } of wanted.slice(first, wanted.length - kept)) {
      this.#list.insertBefore(element("li", { "data-new": isNew }, chip(token, id, hueOf(id))), after);
    }
  }
}
