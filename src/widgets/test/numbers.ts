/** Numbers for tests, the same in every run. */

import { expect } from "vitest";

/** A generator of numbers in [-1, 1) that depends on its seed alone (a linear congruential one, Numerical Recipes). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export function randomVector(length: number, seed: number, size = 1): Float32Array {
  const next = numbersFrom(seed);
  return new Float32Array(length).map(() => size * next());
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < expected.length; index += 1) {
    const difference = Math.abs(actual[index] - expected[index]);
    if (!(difference <= tolerance)) {
      expect.fail(`entry ${index} is ${actual[index]}, expected ${expected[index]} within ${tolerance}`);
    }
  }
}
