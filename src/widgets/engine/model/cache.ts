/** What a decoder remembers between two tokens: the keys and values of those that it has read. */

import type { Keys } from "./attention.js";

export class DecoderCache {
  /** How many tokens of each text have been read. */
  length = 0;
  /** How many texts are held. */
  batch = 0;
  /** (B, capacity), 1 = a real token; null if all are. */
  real: Uint8Array | null = null;
  /** The keys and values of the memory, one pair a layer; the same for all texts. */
  readonly cross: Keys[] = [];
  readonly #capacity: number;
  readonly #width: number;
  readonly #layers: { key: Float32Array; value: Float32Array }[] = [];

  /** Room for `capacity` tokens of width D in each of `layers` layers. */
  constructor(
    readonly layers: number,
    capacity: number,
    D: number,
  ) {
    this.#capacity = capacity;
    this.#width = D;
  }

  /** Makes room for the next `T` tokens of `B` texts, and says which of them are real. Called once before the layers. */
  extend(ids: readonly (readonly number[])[], padId: number | null): void {
    const B = ids.length;
    if (this.batch === 0) {
      this.batch = B;
      for (let layer = 0; layer < this.layers; layer += 1) {
        const size = B * this.#capacity * this.#width;
        this.#layers.push({ key: new Float32Array(size), value: new Float32Array(size) });
      }
      this.real = padId === null ? null : new Uint8Array(B * this.#capacity);
    }
    if (this.batch !== B) {
      throw new RangeError(`the cache holds ${this.batch} texts, got ${B}`);
    }
    const { real } = this;
    if (real !== null) {
      ids.forEach((text, b) =>
        real.set(
          text.map((id) => (id === padId ? 0 : 1)),
          b * this.#capacity + this.length,
        ),
      );
    }
    this.length += ids[0].length;
  }

  /** All keys and values of a layer, the last of which are the given ones, (B, T, D) each. */
  put(layer: number, key: Float32Array, value: Float32Array): Keys {
    const held = this.#layers[layer];
    const size = key.length / this.batch;
    const T = size / this.#width;
    for (let b = 0; b < this.batch; b += 1) {
      const at = (b * this.#capacity + this.length - T) * this.#width;
      held.key.set(key.subarray(b * size, (b + 1) * size), at);
      held.value.set(value.subarray(b * size, (b + 1) * size), at);
    }
    return { ...held, batch: this.batch, length: this.length, stride: this.#capacity };
  }

  /** Row `i` will be what row `parents[i]` is now: a hypothesis may be dropped, or go on twice. */
  reorder(parents: readonly number[]): void {
    if (parents.length === this.batch && parents.every((parent, row) => parent === row)) {
      return;
    }
    const row = this.#capacity * this.#width;
    const used = this.length * this.#width;
    const moved = (from: Float32Array): Float32Array => {
      const to = new Float32Array(parents.length * row);
      parents.forEach((parent, i) => to.set(from.subarray(parent * row, parent * row + used), i * row));
      return to;
    };
    for (const layer of this.#layers) {
      layer.key = moved(layer.key);
      layer.value = moved(layer.value);
    }
    const { real } = this;
    if (real !== null) {
      const size = this.#capacity;
      this.real = new Uint8Array(parents.length * size);
      for (const [i, parent] of parents.entries()) {
        this.real.set(real.subarray(parent * size, (parent + 1) * size), i * size);
      }
    }
    this.batch = parents.length;
  }
}
