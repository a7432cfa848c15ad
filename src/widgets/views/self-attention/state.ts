/** What the reader can change, and how: pure steps from one state to the next. */

import type { DivideBy } from "../../engine/attention.js";
import type { Token } from "../../engine/tokenize.js";
import type { Model } from "../../host/context.js";
import { readDefaultTraits, type Traits } from "../shared/traits.js";

export const MAX_TOKENS = 256;
export const MAX_CHARACTERS = 20_000;
const MAX_LABEL = 400; // characters; Python takes no more
const CONTINUATION = "##";
const UNKNOWN = "[UNK]";

export type Maps = "shared" | "head";
export type Poles = readonly [readonly string[], readonly string[]];

/** The synced part of the state: one JSON in the page, traits in Python. */
export interface State {
  tokens: readonly string[];
  /** What the reader typed for each token. */
  labels: readonly string[];
  maps: Maps;
  divideBy: DivideBy;
  /** The followed token, or -1. */
  follow: number;
  poles: Poles;
  /** The locked cell, [query, key]. */
  locked: readonly [number, number] | null;
}

export type Change = Partial<State>;

/** The names under which the state is synced. */
export const TRAITS: Traits<State> = {
  tokens: "tokens",
  labels: "labels",
  maps: "maps",
  divideBy: "divide_by",
  follow: "follow",
  poles: "poles",
  locked: "locked",
};

/** The state as it is now. Indices that point past the sentence are dropped: a shared link may be older than the page. */
export function readState(model: Model): State {
  const tokens = model.get<string[] | null>(TRAITS.tokens) ?? [];
  const labels = model.get<string[] | null>(TRAITS.labels) ?? [];
  const follow = model.get<number | null>(TRAITS.follow) ?? -1;
  const locked = model.get<[number, number] | null>(TRAITS.locked) ?? null;
  const inside = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < tokens.length;
  return {
    tokens,
    labels: labels.length === tokens.length ? labels : tokens,
    maps: model.get<Maps>(TRAITS.maps),
    divideBy: model.get<DivideBy>(TRAITS.divideBy),
    follow: inside(follow) ? follow : -1,
    poles: model.get<Poles>(TRAITS.poles),
    locked: locked !== null && locked.every(inside) ? locked : null,
  };
}

/** The state that the reset button restores, as far as the page says it. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

export function isContinuation(token: string): boolean {
  return token.startsWith(CONTINUATION) && token.length > CONTINUATION.length;
}

export function isUnknown(token: string): boolean {
  return token === UNKNOWN;
}

/**
 * What the screen calls a token: the piece that was looked up, or what was typed where the table has nothing for it.
 * Vectors that the reader brought may carry names that only tell two of them apart: there it is always the label.
 */
export function displayName(token: string, label: string, fromTable: boolean): string {
  return isUnknown(token) || !fromTable ? label || token : token;
}

/** The words of a sentence as [first, end) ranges of tokens: the pieces of one word stay together. */
export function wordRanges(tokens: readonly string[]): [number, number][] {
  const ranges: [number, number][] = [];
  tokens.forEach((token, index) => {
    const last = ranges.at(-1);
    if (last !== undefined && isContinuation(token)) {
      last[1] = index + 1;
    } else {
      ranges.push([index, index + 1]);
    }
  });
  return ranges;
}

/** The sentence as the reader would type it. */
export function sentenceOf(tokens: readonly string[], labels: readonly string[]): string {
  return wordRanges(tokens)
    .map(([first, end]) => labels.slice(first, end).join(""))
    .join(" ");
}

/** A newly typed sentence. The reader goes on following the same word where it is still there. */
export function withSentence(state: State, typed: readonly Token[]): Change {
  const kept = typed.slice(0, MAX_TOKENS);
  const tokens = kept.map((token) => token.piece);
  const labels = kept.map((token) => [...token.text].slice(0, MAX_LABEL).join(""));
  return { tokens, labels, follow: followAgain(state, tokens), locked: null };
}

function followAgain(state: State, tokens: readonly string[]): number {
  const same = state.follow < 0 ? -1 : tokens.indexOf(state.tokens[state.follow]);
  return same >= 0 ? same : longestToken(tokens);
}

/** Long words mean more than short ones, so the longest is the best guess at a word worth following. */
function longestToken(tokens: readonly string[]): number {
  const lengths = tokens.map((token) => (isUnknown(token) || isContinuation(token) ? 0 : token.length));
  return tokens.length === 0 ? -1 : lengths.indexOf(Math.max(...lengths));
}

/** Moves word `from` so that it becomes word `to`. */
export function moveWord(state: State, from: number, to: number): Change {
  const ranges = wordRanges(state.tokens);
  if (from === to || !isIndex(from, ranges) || !isIndex(to, ranges)) {
    return {};
  }
  const order = ranges.map((_, word) => word);
  order.splice(to, 0, ...order.splice(from, 1));
  return arrange(state, order);
}

function isIndex(index: number, list: readonly unknown[]): boolean {
  return index >= 0 && index < list.length;
}

/** Takes a word out. Whoever followed it follows what stands in its place. */
export function deleteWord(state: State, word: number): Change {
  const ranges = wordRanges(state.tokens);
  if (!isIndex(word, ranges)) {
    return {};
  }
  const order = ranges.map((_, index) => index).filter((index) => index !== word);
  const change = arrange(state, order);
  const left = change.tokens?.length ?? 0;
  const lost = state.follow >= 0 && change.follow === -1;
  return lost ? { ...change, follow: Math.min(ranges[word][0], left - 1) } : change;
}

/** The words in a new order, by their old numbers; follow and lock go with their words. */
function arrange(state: State, order: readonly number[]): Change {
  const ranges = wordRanges(state.tokens);
  const old = order.flatMap((word) => {
    const [first, end] = ranges[word];
    return Array.from({ length: end - first }, (_, offset) => first + offset);
  });
  const locked = state.locked?.map((index) => old.indexOf(index)) ?? null;
  return {
    tokens: old.map((index) => state.tokens[index]),
    labels: old.map((index) => state.labels[index]),
    follow: state.follow < 0 ? -1 : old.indexOf(state.follow),
    locked: locked === null || locked.includes(-1) ? null : [locked[0], locked[1]],
  };
}

/** Locks a cell, and unlocks it when it is locked already. The locked row's word is the one that is followed. */
export function toggleLock(state: State, query: number, key: number): Change {
  const [lockedQuery, lockedKey] = state.locked ?? [-1, -1];
  if (lockedQuery === query && lockedKey === key) {
    return { locked: null };
  }
  return { locked: [query, key], follow: query };
}

/**
 * A pole's words as typed, each once: separated by commas or spaces and in lower case as the book's table has them.
 * The names of the reader's own vectors may hold spaces and capitals; only commas separate those.
 */
export function readPole(text: string, fromTable: boolean): string[] {
  const typed = fromTable ? text.toLowerCase().split(/[\s,，、;；]+/u) : text.split(/[,，、;；]/u);
  const words = typed.map((word) => word.trim()).filter((word) => word !== "");
  return [...new Set(words)];
}

/** What a pole is called: its first word. */
export function poleName(pole: readonly string[]): string {
  return pole[0] ?? "";
}
