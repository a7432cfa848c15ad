/** Values of the page as Python's literals. */

const NOT_READABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** A text as a Python literal: letters of any script stay readable, what the eye cannot see is escaped. */
export function pythonText(text: string): string {
  // JSON's own escapes are Python's, too.
  return JSON.stringify(text).replace(NOT_READABLE, (character) =>
    Array.from({ length: character.length }, (_, unit) => hexEscape(character.charCodeAt(unit))).join(""),
  );
}

function hexEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(pythonText).join(", ")}]`;
}
