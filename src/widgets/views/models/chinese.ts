/** How the translator reads a typed text: as `attnlab.models.Translator.read` does. */

import { normalizeChinese } from "../../engine/text/index.js";

export interface ChineseReading {
  /** What the model reads, character by character. */
  characters: readonly string[];
  /** Traditional characters and what they were read as, each pair once. */
  simplified: readonly (readonly [string, string])[];
  /** Characters that the model has never learned, each once. */
  unknown: readonly string[];
  /** Whether it has learned any of them. */
  hasKnown: boolean;
}

export type ReadChinese = (text: string) => ChineseReading;

interface Description {
  tokenizers: { source: { tokens: readonly string[]; special: Readonly<Record<string, string | null>> } };
  variants?: { traditional: string; simplified: string };
}

/** A reader for the model that a `model.json` describes. */
export function chineseReader(described: object): ReadChinese {
  const { tokenizers, variants = { traditional: "", simplified: "" } } = described as Description;
  const { tokens, special } = tokenizers.source;
  const known = new Set(tokens);
  Object.values(special).forEach((token) => known.delete(token ?? ""));
  const simple = Array.from(variants.simplified);
  const simplifiedOf = new Map(
    Array.from(variants.traditional, (character, place) => [character, simple[place]]),
  );
  return (text) => {
    const typed = Array.from(normalizeChinese(text));
    const characters = typed.map((character) => simplifiedOf.get(character) ?? character);
    const isUnknown = (character: string): boolean => !known.has(character);
    const pairs = new Map(typed.map((character, place) => [character, characters[place]]));
    return {
      characters,
      simplified: [...pairs].filter(([traditional, one]) => traditional !== one),
      unknown: [...new Set(characters.filter(isUnknown))],
      hasKnown: !characters.every(isUnknown),
    };
  };
}
