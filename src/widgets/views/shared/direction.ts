/** Texts that run from right to left, among texts that run from left to right. */

const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

/** The direction in which the pieces of a word follow one another. */
export function directionOf(text: string): "rtl" | "ltr" {
  return RIGHT_TO_LEFT.test(text) ? "rtl" : "ltr";
}

/** A text that cannot turn the words around it, whatever its own direction. */
export function isolate(text: string): string {
  return directionOf(text) === "rtl" ? FIRST_STRONG_ISOLATE + text + POP_ISOLATE : text;
}
