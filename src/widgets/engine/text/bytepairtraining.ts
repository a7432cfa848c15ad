/**
 * How byte-pair encoding learns its merges from a text, one at a time: the same merges, ids and ties as
 * `attnlab.text.bpe_training`.
 *
 * The pair of neighbors that is met most often becomes a new token; of equals the one with the smaller ids. No pair
 * reaches from one chunk of the text into the next. In `aaa` the pair `aa` is met twice, though it is merged only once.
 *
 * Source: Sennrich et al., Neural Machine Translation of Rare Words with Subword Units (2016), section 3.2.
 */

import { chunks } from "./bytepairs.js";

export const BYTES = 256;
const LEAST_COUNT = 2; // a pair that is met less often is not merged
const RADIX = 2 ** 16; // more than the ids that there can be
const BORDER = -1; // between two chunks of a text

export interface MergeStep {
  /** 0 for the first merge. */
  rank: number;
  pair: readonly [number, number];
  /** How often the two were met side by side. */
  count: number;
  /** The new token. */
  id: number;
  /** How many tokens the text has after this merge. */
  left: number;
}

/** Learns merge after merge; whoever asks decides how many at a time. */
export class MergeTrainer {
  readonly steps: MergeStep[] = [];
  /** The bytes of each token, by its id. */
  readonly tokens: Uint8Array[] = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
  /** How many bytes the text has. */
  readonly bytes: number;
  /** No pair is left that stands twice. */
  isDone = false;
  readonly #chunks: number[][] = [];
  /** How often each chunk stands in the text. */
  readonly #times: number[] = [];
  readonly #counts = new Map<number, number>();
  /** Which chunks hold, or once held, a pair. */
  readonly #holders = new Map<number, Set<number>>();

  constructor(text: string) {
    const found = new Map<string, number>();
    chunks(text).forEach((chunk) => found.set(chunk, (found.get(chunk) ?? 0) + 1));
    const encoder = new TextEncoder();
    let bytes = 0;
    for (const [chunk, times] of found) {
      const place = this.#chunks.push([...encoder.encode(chunk)]) - 1;
      this.#times.push(times);
      bytes += times * this.#chunks[place].length;
      this.#countPairs(place);
    }
    this.bytes = bytes;
  }

  /** Learns one merge more; false when there is none. */
  step(): boolean {
    const [best, count] = this.#best();
    if (count < LEAST_COUNT) {
      this.isDone = true;
      return false;
    }
    const pair = [Math.floor(best / RADIX), best % RADIX] as const;
    const rank = this.steps.length;
    const id = BYTES + rank;
    let merged = 0;
    for (const place of this.#holders.get(best) ?? []) {
      merged += this.#mergeIn(place, pair, id);
    }
    this.#holders.delete(best);
    this.#counts.delete(best);
    this.tokens.push(Uint8Array.from([...this.tokens[pair[0]], ...this.tokens[pair[1]]]));
    this.steps.push({ rank, pair, count, id, left: (this.steps.at(-1)?.left ?? this.bytes) - merged });
    return true;
  }

  #countPairs(place: number): void {
    const chunk = this.#chunks[place];
    for (let at = 0; at + 1 < chunk.length; at += 1) {
      this.#count(chunk[at], chunk[at + 1], this.#times[place], place);
    }
  }

  #count(first: number, second: number, times: number, place: number): void {
    const key = first * RADIX + second;
    const total = (this.#counts.get(key) ?? 0) + times;
    if (total === 0) {
      this.#counts.delete(key); // what is not met any more need not be looked at again
    } else {
      this.#counts.set(key, total);
    }
    if (times > 0) {
      const holders = this.#holders.get(key);
      if (holders === undefined) {
        this.#holders.set(key, new Set([place]));
      } else {
        holders.add(place);
      }
    }
  }

  /** The most frequent pair, as a key, and its count; keys are in the order of their ids. */
  #best(): [number, number] {
    let [best, most] = [0, 0];
    for (const [key, count] of this.#counts) {
      if (count > most || (count === most && key < best)) {
        [best, most] = [key, count];
      }
    }
    return [best, most];
  }

  /** Merges from left to right in one chunk; each merge changes the counts around it alone. How many there were. */
  #mergeIn(place: number, [first, second]: readonly [number, number], id: number): number {
    const chunk = this.#chunks[place];
    const times = this.#times[place];
    const kept: number[] = [];
    let merged = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (chunk[at] !== first || chunk[at + 1] !== second) {
        kept.push(chunk[at]);
        continue;
      }
      at += 1;
      merged += times;
      if (kept.length > 0) {
        this.#count(kept[kept.length - 1], first, -times, place);
        this.#count(kept[kept.length - 1], id, times, place);
      }
      if (at + 1 < chunk.length) {
        this.#count(second, chunk[at + 1], -times, place);
        this.#count(id, chunk[at + 1], times, place);
      }
      kept.push(id);
    }
    this.#chunks[place] = kept;
    return merged;
  }
}

/** A text as ids after some merges, with -1 between its chunks. */
export function mergedText(text: string, steps: readonly MergeStep[]): Int32Array {
  const all = chunks(text);
  const merged = mergedChunks([...new Set(all)], steps); // most words of a text stand in it again and again
  const found = all.map((chunk) => merged.get(chunk) ?? new Int32Array());
  const ids = new Int32Array(found.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const one of found) {
    ids.set(one, length);
    length += one.length;
  }
  return ids;
}

/** Each chunk as ids after the merges, with its border. */
function mergedChunks(
  different: readonly string[],
  steps: readonly MergeStep[],
): ReadonlyMap<string, Int32Array> {
  const encoder = new TextEncoder();
  const spelled = different.map((chunk) => encoder.encode(chunk));
  const ids = new Int32Array(spelled.reduce((sum, { length }) => sum + length + 1, 0));
  let length = 0;
  for (const bytes of spelled) {
    ids.set(bytes, length);
    ids[length + bytes.length] = BORDER;
    length += bytes.length + 1;
  }
  // A merge needs tokens of earlier ones only, so one pass for each merge, in order, is enough.
  for (const { pair, id } of steps) {
    length = mergePair(ids, length, pair[0], pair[1], id);
  }
  let start = 0;
  const merged = different.map((chunk): [string, Int32Array] => {
    const end = ids.indexOf(BORDER, start) + 1;
    const one = ids.subarray(start, end);
    start = end;
    return [chunk, one];
  });
  return new Map(merged);
}

/** Puts `id` in the place of a pair, within `ids` itself; the new length. */
function mergePair(ids: Int32Array, length: number, first: number, second: number, id: number): number {
  let kept = 0;
  for (let at = 0; at < length; at += 1) {
    const isPair = ids[at] === first && at + 1 < length && ids[at + 1] === second;
    ids[kept] = isPair ? id : ids[at];
    kept += 1;
    at += isPair ? 1 : 0;
  }
  return kept;
}

/** The ids of a text as `mergedText` gives them, without the borders of its chunks. */
export function withoutBorders(merged: Int32Array): number[] {
  return Array.from(merged).filter((id) => id !== BORDER);
}

/** A place in the text where a pair is merged, with what stands around it, and how often it is found so. */
export interface Excerpt {
  before: readonly number[];
  after: readonly number[];
  times: number;
}

const AROUND = 3; // tokens on either side

/** Where a pair stands in a text that is merged so far; equal surroundings are counted once, the first ones come first. */
export function excerptsOf(merged: Int32Array, [first, second]: readonly [number, number]): Excerpt[] {
  const found = new Map<string, Excerpt>();
  for (let at = 0; at + 1 < merged.length; at += 1) {
    if (merged[at] !== first || merged[at + 1] !== second) {
      continue;
    }
    const before = neighbors(merged, at, -1).reverse();
    const after = neighbors(merged, at + 1, 1);
    const key = JSON.stringify([before, after]);
    found.set(key, { before, after, times: (found.get(key)?.times ?? 0) + 1 });
    at += 1;
  }
  return [...found.values()];
}

/** The tokens next to a place, as far as its chunk goes. */
function neighbors(merged: Int32Array, at: number, step: -1 | 1): number[] {
  const found: number[] = [];
  for (
    let place = at + step;
    found.length < AROUND && place >= 0 && merged[place] !== BORDER;
    place += step
  ) {
    found.push(merged[place]);
  }
  return found;
}
