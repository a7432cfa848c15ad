/** How a model knows the order of its tokens: the same numbers as `attnlab.positions`. */

export const BASE = 10_000;

/** The sinusoidal vectors of the positions 0 to length - 1, (length, D). Vaswani et al. (2017), section 3.5. */
export function sinusoidalPositions(length: number, D: number, base = BASE): Float32Array {
  const waves = new Float32Array(length * D);
  for (let position = 0; position < length; position += 1) {
    for (let c = 0; c < D; c += 2) {
      const angle = position * base ** (-c / D);
      waves[position * D + c] = Math.sin(angle);
      waves[position * D + c + 1] = Math.cos(angle);
    }
  }
  return waves;
}

/** Cosines and sines of the angle of each pair of entries at each position, (length, Dh / 2) each. */
export interface Turns {
  pairs: number;
  cos: Float32Array;
  sin: Float32Array;
}

/** Su et al., RoFormer (2021), equation 15. */
export function rotaryTurns(length: number, Dh: number, base = BASE): Turns {
  const pairs = Dh / 2;
  const angles = new Float64Array(length * pairs);
  for (let index = 0; index < angles.length; index += 1) {
    angles[index] = Math.floor(index / pairs) * base ** ((-2 * (index % pairs)) / Dh);
  }
  return { pairs, cos: Float32Array.from(angles, Math.cos), sin: Float32Array.from(angles, Math.sin) };
}

/** Turns the adjacent pairs of entries of each head, in place; `x` is (B, T, D), its first token is at `start`. */
export function turn(x: Float32Array, T: number, D: number, start: number, turns: Turns): void {
  for (let row = 0; row * D < x.length; row += 1) {
    const angles = (start + (row % T)) * turns.pairs;
    for (let pair = 0; pair < D / 2; pair += 1) {
      const cos = turns.cos[angles + (pair % turns.pairs)];
      const sin = turns.sin[angles + (pair % turns.pairs)];
      const at = row * D + 2 * pair;
      const first = x[at];
      const second = x[at + 1];
      x[at] = first * cos - second * sin;
      x[at + 1] = first * sin + second * cos;
    }
  }
}

/** How steeply each head's scores fall with the distance. Press et al., Train Short, Test Long (2022), section 3. */
export function alibiSlopes(H: number): Float64Array {
  const lower = 2 ** Math.floor(Math.log2(H)); // the largest power of two that is not above H
  return Float64Array.from({ length: H }, (_, head) =>
    head < lower ? 2 ** ((-8 * (head + 1)) / lower) : 2 ** ((-4 * (2 * (head - lower) + 1)) / lower),
  );
}

/** How T5 sorts the distances: how many buckets, and where the last of them begins at the latest. */
export interface BucketSizes {
  buckets: number;
  maxDistance: number;
  /** Whether keys to the right have a half of the buckets to themselves; otherwise they count as distance 0. */
  bidirectional: boolean;
}

/** How many buckets each direction has. Throws unless `relativeBucket` can sort by these sizes. */
export function bucketsEachWay({ buckets, maxDistance, bidirectional }: BucketSizes): number {
  const eachWay = bidirectional ? buckets / 2 : buckets;
  if (!Number.isSafeInteger(eachWay) || eachWay < 2) {
    throw new RangeError(`${buckets} buckets cannot be shared out to ${bidirectional ? 2 : 1} directions`);
  }
  const exact = Math.floor(eachWay / 2);
  if (!Number.isSafeInteger(maxDistance) || maxDistance <= exact) {
    throw new RangeError(`the largest distance must be a whole number above ${exact}, not ${maxDistance}`);
  }
  return eachWay;
}

/** The bucket of a distance, the key's position minus the query's. Raffel et al. (2020), section 2.1. */
export function relativeBucket(distance: number, sizes: BucketSizes): number {
  const eachWay = bucketsEachWay(sizes);
  const exact = Math.floor(eachWay / 2); // this many distances have a bucket of their own
  const first = sizes.bidirectional && distance > 0 ? eachWay : 0;
  const far = sizes.bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  if (far < exact) {
    return first + far;
  }
  // In float32, as T5 learned it: a distance on the edge of two buckets then lands in the same one.
  const { fround } = Math;
  const grown = fround(Math.log(fround(far / exact)));
  const share = fround(grown / fround(Math.log(sizes.maxDistance / exact)));
  return first + Math.min(eachWay - 1, exact + Math.floor(fround(share * (eachWay - exact))));
}
