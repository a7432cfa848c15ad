/** Tokenizers as `model.json` describes them. */

import { AssetError } from "../errors.js";
import { asObject, oneOf } from "../model/config.js";
import { bytePairTokenizer } from "./bytepairs.js";
import { characterTokenizer } from "./characters.js";
import { SPECIAL_NAMES, type SpecialTokens, type Tokenizer } from "./tokenizer.js";
import { wordPieceTokenizer } from "./wordpiece.js";

export { chunks } from "./bytepairs.js";
export { normalizeChinese } from "./characters.js";
export type { SpecialIds, SpecialName, Tokenizer } from "./tokenizer.js";

/** The tokenizer that a description stands for. Throws `AssetError` if it is none. */
export function tokenizerFrom(description: unknown): Tokenizer {
  const values = asObject(description, "a tokenizer");
  const kind = oneOf(values["kind"], "kind", ["characters", "byte-pairs", "wordpiece"]);
  const special = readSpecial(values["special"]);
  if (kind === "byte-pairs") {
    const { merges } = values;
    if (!Array.isArray(merges) || !merges.every((pair) => Array.isArray(pair))) {
      throw new AssetError(`merges must be a list of pairs, got ${typeof merges}`);
    }
    return bytePairTokenizer(merges as number[][], special);
  }
  const { tokens } = values;
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === "string")) {
    throw new AssetError(`tokens must be a list of texts, got ${typeof tokens}`);
  }
  return kind === "characters" ? characterTokenizer(tokens, special) : wordPieceTokenizer(tokens, special);
}

function readSpecial(value: unknown): SpecialTokens {
  const values = asObject(value, "special");
  const names = SPECIAL_NAMES.map((name) => [name, values[name] ?? null] as const);
  const present = names.flatMap(([, token]) => token ?? []);
  if (present.some((token) => typeof token !== "string" || token === "")) {
    throw new AssetError(`special tokens must be texts, got ${JSON.stringify(values)}`);
  }
  if (new Set(present).size < present.length) {
    throw new AssetError(`${present.length} special tokens but ${new Set(present).size} different ones`);
  }
  return Object.fromEntries(names) as unknown as SpecialTokens;
}
