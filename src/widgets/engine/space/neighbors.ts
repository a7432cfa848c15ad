/** Who is near whom: in all dimensions by the cosine, in a picture by the distance, and how often the two agree. */

import { dotRows, rowOf, vectorOf, type Space } from "./table.js";

export type Listed = [word: string, number: number][];

export const NEIGHBORS = 10;
const SAMPLE = 200; // words over which a whole picture is judged

/** The places of the `k` largest numbers, the largest first; of equal ones the first comes first. `skip` is left out. */
export function largest(numbers: Float64Array, k: number, skip: readonly number[] = []): number[] {
  const places: number[] = [];
  for (let place = 0; place < numbers.length; place += 1) {
    const number = numbers[place];
    if (places.length === k && !(number > numbers[places[k - 1]])) {
      continue;
    }
    if (skip.includes(place)) {
      continue;
    }
    let rank = places.length;
    while (rank > 0 && number > numbers[places[rank - 1]]) {
      rank -= 1;
    }
    places.splice(rank, 0, place);
    places.length = Math.min(places.length, k);
  }
  return places;
}

/** The cosine of each word to a row of the table; 0 where a vector has no length. */
export function cosinesToRow(space: Space, row: number, out: Float64Array): Float64Array {
  const { rows, lengths, dim, words } = space;
  for (let other = 0; other < words.length; other += 1) {
    const length = lengths[other] * lengths[row];
    out[other] = length > 0 ? dotRows(rows, other, rows, row, dim) / length : 0;
  }
  return out;
}

/** The cosine of each word to any vector. */
export function cosinesTo(space: Space, vector: Float64Array): Float64Array {
  const { rows, lengths, dim, words } = space;
  const own = Math.hypot(...vector);
  return new Float64Array(words.length).map((_, row) => {
    let sum = 0;
    for (let c = 0; c < dim; c += 1) {
      sum += rows[row * dim + c] * vector[c];
    }
    const length = lengths[row] * own;
    return length > 0 ? sum / length : 0;
  });
}

/** The `k` words with the largest cosine to a word, without the word itself. */
export function nearest(space: Space, word: string, k = NEIGHBORS): Listed {
  const row = rowOf(space, word);
  const cosines = cosinesToRow(space, row, new Float64Array(space.words.length));
  return largest(cosines, k, [row]).map((place) => [space.words[place], cosines[place]]);
}

/** For each place its distance to one of them, with a minus sign: the nearest is the largest. */
function closeness(places: Float64Array, dimensions: number, row: number, out: Float64Array): Float64Array {
  for (let other = 0; other < out.length; other += 1) {
    let sum = 0;
    for (let c = 0; c < dimensions; c += 1) {
      sum += (places[other * dimensions + c] - places[row * dimensions + c]) ** 2;
    }
    out[other] = -sum;
  }
  return out;
}

/** The ten words that lie nearest to a word in a picture, with their distances there. */
export function nearestInPicture(
  space: Space,
  places: Float64Array,
  dimensions: number,
  word: string,
): Listed {
  const row = rowOf(space, word);
  const close = closeness(places, dimensions, row, new Float64Array(space.words.length));
  return largest(close, NEIGHBORS, [row]).map((place) => [space.words[place], Math.sqrt(-close[place])]);
}

export function overlapOf(first: Listed, second: Listed): number {
  const names = new Set(second.map(([word]) => word));
  return first.filter(([word]) => names.has(word)).length;
}

/** The rows over which a picture is judged: spread evenly over the table. */
export function sampleRows(count: number): number[] {
  const size = Math.min(SAMPLE, count);
  return Array.from({ length: size }, (_, place) => Math.floor((place * count) / size));
}

/**
 * How many of its ten nearest words a word keeps in a picture, on average over the sample. It takes a while: `pause` is
 * awaited after every word.
 */
export async function meanOverlap(
  space: Space,
  places: Float64Array,
  dimensions: number,
  pause: () => Promise<void>,
): Promise<number> {
  const count = space.words.length;
  const k = Math.min(NEIGHBORS, count - 1);
  const numbers = new Float64Array(count);
  const sample = sampleRows(count);
  let kept = 0;
  for (const row of sample) {
    const near = largest(cosinesToRow(space, row, numbers), k, [row]);
    const seen = new Set(largest(closeness(places, dimensions, row, numbers), k, [row]));
    kept += near.filter((place) => seen.has(place)).length;
    await pause();
  }
  return k < 1 ? 0 : kept / sample.length;
}

export interface Analogy {
  /** Without the three words. */
  excluded: Listed;
  /** With them. */
  included: Listed;
}

const ANSWERS = 6;

/** The best answers to a - b + c, of vectors at length 1. */
export function analogy(space: Space, [a, b, c]: readonly string[]): Analogy {
  const target = targetOf(space, [a, b, c]);
  if (target.every((number) => number === 0)) {
    throw new RangeError(`${a} - ${b} + ${c} is zero: it has no direction`);
  }
  const cosines = cosinesTo(space, target);
  const listed = (skip: readonly number[]): Listed =>
    largest(cosines, ANSWERS, skip).map((place) => [space.words[place], cosines[place]]);
  return { excluded: listed([a, b, c].map((word) => rowOf(space, word))), included: listed([]) };
}

export function targetOf(space: Space, terms: readonly string[]): Float64Array {
  const [a, b, c] = terms.map((word) => vectorOf(space, word, true));
  return a.map((number, i) => number - b[i] + c[i]);
}

/** The cosine between two words. */
export function cosineBetween(space: Space, one: string, other: string): number {
  const [i, j] = [rowOf(space, one), rowOf(space, other)];
  const length = space.lengths[i] * space.lengths[j];
  return length > 0 ? dotRows(space.rows, i, space.rows, j, space.dim) / length : 0;
}
