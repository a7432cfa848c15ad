/** Tokens as they are shown: what the eye cannot see has a sign of its own. */

import { element, type Child } from "./dom.js";

const SIGNS: Readonly<Record<string, string>> = { " ": "·", "\n": "↵", "\t": "⇥" };

/** A token as plain text, for pictures and files: " time" is "·time". */
export function visibleToken(text: string): string {
  return text.replace(/[ \n\t]/g, (character) => SIGNS[character]);
}

/** A token as elements: the signs are quiet, and a screen reader passes over them. */
export function tokenContent(text: string): Child[] {
  return text
    .split(/([ \n\t])/)
    .filter((part) => part !== "")
    .map((part) =>
      Object.hasOwn(SIGNS, part)
        ? element("span", { class: "attn-space", "aria-hidden": "true" }, SIGNS[part])
        : part,
    );
}
