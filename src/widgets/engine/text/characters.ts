/** Cuts a text into its characters: one token for each code point, white space included. */

import { Vocabulary, type SpecialTokens, type Tokenizer } from "./tokenizer.js";

export function characterTokenizer(tokens: readonly string[], special: SpecialTokens): Tokenizer {
  const vocabulary = new Vocabulary(tokens, special);
  return {
    kind: "characters",
    size: tokens.length,
    special: vocabulary.special,
    encode: (text) => Array.from(text, (character, position) => vocabulary.idOf(character, position)),
    decode: (ids, skipSpecial = false) => vocabulary.named(ids, skipSpecial).join(""),
    show: (id) => vocabulary.named([id], false)[0],
  };
}

/**
 * Chinese as the translator reads it: full-width signs and other forms of the same character are one (Unicode NFKC),
 * and white space, which says nothing in Chinese, is left out.
 */
export function normalizeChinese(text: string): string {
  return Array.from(text.normalize("NFKC"))
    .filter((character) => !isSpace(character))
    .join("");
}

/** What Python counts as white space: Unicode's, and the four separators from U+001C on. */
export function isSpace(character: string): boolean {
  return /\p{White_Space}/u.test(character) || (character >= "\u001c" && character <= "\u001f");
}
