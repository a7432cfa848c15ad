/**
 * A small text made ready for training word by word: its sentences, its words, and who is whose context.
 *
 * The same as `attnlab.widgets.word2vec_trainer_text`, where each rule is explained.
 */

import { IDEOGRAPH } from "../tokenize.js";

export const MAX_WORDS = 120;

/** A full stop inside a number or an abbreviation ends no sentence. */
const END_OF_SENTENCE = /[!?…。！？\n\r\u2028\u2029]|\.(?![0-9a-z_])/u;
const LETTER = /[\p{L}\p{M}\p{N}_]/u;

export interface Corpus {
  /** The vocabulary, the most frequent words first. */
  words: readonly string[];
  counts: readonly number[];
  /** Each as ids, without the words that are left out. */
  sentences: readonly (readonly number[])[];
  /** How many different words the vocabulary has no room for, and how often they are there together. */
  leftOut: number;
  leftOutTimes: number;
}

/** Where the window stands, and what is in it. */
export interface WindowPlace {
  sentence: number;
  /** In the sentence. */
  word: number;
  center: number;
  context: readonly number[];
}

export type TextProblem = "empty" | "one-word" | "no-context";

/** The words of each sentence in lower case, without signs. */
export function sentencesOf(text: string): string[][] {
  const parts = text.toLowerCase().split(END_OF_SENTENCE);
  return parts.map(wordsOf).filter((words) => words.length > 0);
}

export function readCorpus(text: string): Corpus {
  const sentences = sentencesOf(text);
  const found = new Map<string, number>();
  sentences.flat().forEach((word) => found.set(word, (found.get(word) ?? 0) + 1));
  const ordered = [...found].sort(
    ([word, count], [other, times]) => times - count || byCodePoint(word, other),
  );
  const kept = ordered.slice(0, MAX_WORDS);
  const index = new Map(kept.map(([word], place) => [word, place]));
  return {
    words: kept.map(([word]) => word),
    counts: kept.map(([, count]) => count),
    sentences: sentences.map((words) => words.flatMap((word) => index.get(word) ?? [])),
    leftOut: ordered.length - kept.length,
    leftOutTimes: ordered.slice(MAX_WORDS).reduce((sum, [, count]) => sum + count, 0),
  };
}

/** Why nothing can be learned from a text, or null. */
export function problemOf({ words, sentences }: Corpus): TextProblem | null {
  if (words.length === 0) {
    return "empty";
  }
  if (words.length === 1) {
    return "one-word";
  }
  return sentences.some((ids) => ids.length > 1) ? null : "no-context";
}

/** The places of the window from the start of the text to its end. */
export function placesOf({ sentences }: Corpus, window: number): WindowPlace[] {
  return sentences.flatMap((ids, sentence) =>
    ids.flatMap((center, word) => {
      const before = ids.slice(Math.max(0, word - window), word);
      const context = [...before, ...ids.slice(word + 1, word + 1 + window)];
      return context.length === 0 ? [] : [{ sentence, word, center, context }];
    }),
  );
}

/** Where each word ends when words lie side by side, each as wide as its count to the 3/4: by roots, as Python has it. */
export function noiseEnds({ counts }: Corpus): Float64Array {
  let end = 0;
  return Float64Array.from(counts, (count) => {
    end += Math.sqrt(count) * Math.sqrt(Math.sqrt(count));
    return end;
  });
}

function wordsOf(sentence: string): string[] {
  const words: string[] = [];
  let isOpen = false;
  for (const character of sentence) {
    const isAlone = IDEOGRAPH.test(character);
    const isLetter = isAlone || LETTER.test(character);
    if (isLetter && isOpen && !isAlone) {
      words[words.length - 1] += character;
    } else if (isLetter) {
      words.push(character);
    }
    isOpen = isLetter && !isAlone;
  }
  return words;
}

/** JavaScript compares halves of surrogate pairs, Python code points. */
function byCodePoint(first: string, second: string): number {
  const [a, b] = [[...first], [...second]];
  for (let place = 0; place < Math.min(a.length, b.length); place += 1) {
    const difference = (a[place].codePointAt(0) ?? 0) - (b[place].codePointAt(0) ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.length - b.length;
}
