/** The weights of a model by name, each checked against the shape that its configuration asks for. */

import { AssetError } from "../errors.js";
import type { Safetensors } from "../safetensors.js";
import type { Matrix } from "./kernels.js";

const SCALES = ".scales";

export class Weights {
  readonly #file: Safetensors;
  readonly #taken = new Set<string>();
  /** All maps that were asked for. */
  readonly matrices: Matrix[] = [];
  /** How many numbers have been taken, scales left out. */
  count = 0;

  constructor(file: Safetensors) {
    this.#file = file;
  }

  /** The numbers of a tensor. Throws `AssetError` if it is not there, or of another shape. */
  take(name: string, ...shape: number[]): Float32Array {
    const tensor = this.#file.tensors.get(name);
    if (tensor === undefined) {
      throw new AssetError(
        `the configuration asks for "${name}" of shape [${shape.join(", ")}], but the weights have no such tensor`,
      );
    }
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw new AssetError(
        `"${name}" has shape [${tensor.shape.join(", ")}], but the configuration asks for [${shape.join(", ")}]`,
      );
    }
    this.#taken.add(name);
    this.count += name.endsWith(SCALES) ? 0 : tensor.data.length;
    if (tensor.data instanceof Float32Array) {
      return tensor.data;
    }
    if (tensor.data instanceof Int8Array) {
      return scaledRows(tensor.data, this.take(name + SCALES, shape[0]));
    }
    throw new AssetError(`"${name}" has dtype ${tensor.dtype}; weights are F32, F16, or I8 with scales`);
  }

  /** `name.weight` (rows, columns) and `name.bias` (rows). */
  map(name: string, rows: number, columns: number): Matrix {
    const weight = this.take(`${name}.weight`, rows, columns);
    return this.matrix(rows, columns, weight, this.take(`${name}.bias`, rows));
  }

  matrix(rows: number, columns: number, weight: Float32Array, bias: Float32Array | null): Matrix {
    const matrix = { rows, columns, weight, bias, fast: null };
    this.matrices.push(matrix);
    return matrix;
  }

  /** Throws `AssetError` if a tensor was never asked for: these are the weights of another model. */
  checkAllTaken(): void {
    const left = [...this.#file.tensors.keys()].filter((name) => !this.#taken.has(name));
    if (left.length > 0) {
      throw new AssetError(
        `${this.#taken.size} tensors make the model, but the weights hold ${this.#file.tensors.size}: ` +
          `nothing asks for "${left[0]}"`,
      );
    }
  }
}

/** Rows of int8 times a scale for each row: the numbers that they stand for. */
export function scaledRows(rows: Int8Array, scales: Float32Array): Float32Array {
  const width = rows.length / scales.length;
  const numbers = new Float32Array(rows.length);
  for (let row = 0; row < scales.length; row += 1) {
    for (let at = row * width; at < (row + 1) * width; at += 1) {
      numbers[at] = rows[at] * scales[row];
    }
  }
  return numbers;
}
