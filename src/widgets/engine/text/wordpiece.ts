/** WordPiece with ids, as BERT reads a text: its first token opens it, its last one closes it. */

import { AssetError } from "../errors.js";
import { tokenize, type Token } from "../tokenize.js";
import { Vocabulary, type SpecialTokens, type Tokenizer } from "./tokenizer.js";

const CONTINUES = "##";

export function wordPieceTokenizer(tokens: readonly string[], special: SpecialTokens): Tokenizer {
  const vocabulary = new Vocabulary(tokens, special);
  const { typed } = vocabulary;
  const pieces = { tokens: [...typed.keys()], has: (token: string) => typed.has(token) };
  const { start, end, unknown } = vocabulary.special;
  if (start === null || end === null || unknown === null) {
    throw new AssetError("WordPiece needs three special tokens: start, end and unknown");
  }
  // A word that cannot be spelled has the piece [UNK], which may also be a piece like any other.
  const idOf = ({ piece, known }: Token): number => (known ? (typed.get(piece) ?? unknown) : unknown);
  return {
    kind: "wordpiece",
    size: tokens.length,
    special: vocabulary.special,
    encode: (text) => [start, ...tokenize(text, pieces).map(idOf), end],
    decode: (ids, skipSpecial = false) =>
      vocabulary.named(ids, skipSpecial).join(" ").replaceAll(` ${CONTINUES}`, ""),
    show: (id) => vocabulary.named([id], false)[0],
  };
}
