/**
 * Byte-pair encoding: spells any text with bytes and the tokens that its merges make. The same ids as
 * `attnlab.text.bpe.ByteLevelBPE`: 0 to 255 are the bytes, then one id for each merge, then the special tokens.
 *
 * Source: Sennrich et al., Neural Machine Translation of Rare Words with Subword Units (2016), section 3.2; Radford et
 * al., Language Models are Unsupervised Multitask Learners (2019), section 2.2.
 */

import { AssetError, InputError } from "../errors.js";
import { checkIds, presentSpecials, specialIds, type SpecialTokens, type Tokenizer } from "./tokenizer.js";

const BYTES = 256;
const REMEMBERED = 2 ** 13; // how many spelled chunks are kept

// An English ending, or letters, or numbers, or other signs, or white space; the one space right before letters,
// numbers or signs belongs to them.
const CHUNK =
  /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const HALF = /\p{Cs}/u;

/** The chunks of a text in order; no merge reaches over their borders. Throws `InputError` for half a surrogate pair. */
export function chunks(text: string): string[] {
  const half = HALF.exec(text);
  if (half !== null) {
    const characters = Array.from(text).length;
    const place = Array.from(text.slice(0, half.index)).length;
    const code = half[0].charCodeAt(0).toString(16).toUpperCase();
    throw new InputError(
      `character ${place} of ${characters} is U+${code}, half of a surrogate pair: it has no bytes`,
      "surrogate",
      { place, characters, code },
    );
  }
  return text.match(CHUNK) ?? [];
}

export function bytePairTokenizer(merges: readonly (readonly number[])[], special: SpecialTokens): Tokenizer {
  const ranks = ranksOf(merges);
  const names = presentSpecials(special).map((token) => new TextEncoder().encode(token));
  const tokens = [...spelled(merges), ...names];
  const plain = BYTES + merges.length;
  const remembered = new Map<string, readonly number[]>();

  function spell(chunk: string): readonly number[] {
    let ids = remembered.get(chunk);
    if (ids === undefined) {
      ids = merged([...new TextEncoder().encode(chunk)], ranks);
      if (remembered.size >= REMEMBERED) {
        remembered.clear();
      }
      remembered.set(chunk, ids);
    }
    return ids;
  }

  function decode(ids: readonly number[], skipSpecial = false): string {
    checkIds(ids, tokens.length);
    const bytes = ids.filter((id) => !skipSpecial || id < plain).flatMap((id) => [...tokens[id]]);
    // Bytes that are no text become U+FFFD; a mark at the start is a character like any other.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  }

  return {
    kind: "byte-pairs",
    size: tokens.length,
    special: specialIds(special, (token) => plain + presentSpecials(special).indexOf(token)),
    encode: (text) => chunks(text).flatMap(spell),
    decode,
    show: (id) => decode([id]),
  };
}

type Ranks = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** For the first token of a pair, then the second, the place of its merge. */
function ranksOf(merges: readonly (readonly number[])[]): Ranks {
  const ranks = new Map<number, Map<number, number>>();
  for (const [rank, pair] of merges.entries()) {
    const [first, second] = pair;
    const most = BYTES + rank;
    if (pair.length !== 2 || !pair.every((id) => Number.isSafeInteger(id) && id >= 0 && id < most)) {
      throw new AssetError(
        `merge ${rank} must be two ids from 0 to ${most - 1}, got ${JSON.stringify(pair)}`,
      );
    }
    const known = ranks.get(first)?.get(second);
    if (known !== undefined) {
      throw new AssetError(`merge ${rank} is the pair ${first}, ${second}, and so is merge ${known}`);
    }
    ranks.set(first, (ranks.get(first) ?? new Map<number, number>()).set(second, rank));
  }
  return ranks;
}

/** The bytes of each token that is not special. */
function spelled(merges: readonly (readonly number[])[]): Uint8Array[] {
  const tokens = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
  for (const [first, second] of merges) {
    tokens.push(Uint8Array.from([...tokens[first], ...tokens[second]]));
  }
  return tokens;
}

/** Bytes after the merges that apply, the earliest first, each from left to right. */
function merged(tokens: number[], ranks: Ranks): number[] {
  for (;;) {
    let best = Infinity;
    for (let i = 0; i + 1 < tokens.length; i += 1) {
      best = Math.min(best, ranks.get(tokens[i])?.get(tokens[i + 1]) ?? Infinity);
    }
    if (best === Infinity) {
      return tokens;
    }
    const kept: number[] = [];
    for (const token of tokens) {
      const last = kept[kept.length - 1];
      // What was merged a moment ago has an id of its own, so that no token is used twice.
      if (kept.length > 0 && ranks.get(last)?.get(token) === best) {
        kept[kept.length - 1] = BYTES + best;
      } else {
        kept.push(token);
      }
    }
    tokens = kept;
  }
}
