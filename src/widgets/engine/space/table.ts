/** A whole vocabulary as plain arrays, for what has to look at all of its words at once. */

import { AssetError } from "../errors.js";
import { readSafetensors, type TensorData } from "../safetensors.js";
import { tableFromState, type TableState } from "../table.js";

export interface Space {
  words: readonly string[];
  index: ReadonlyMap<string, number>;
  dim: number;
  /** The vectors, row by row: words x dim. */
  rows: Float32Array;
  /** Their lengths. */
  lengths: Float64Array;
}

/** The vectors as they are, with their lengths. */
export function makeSpace(words: readonly string[], dim: number, rows: Float32Array): Space {
  if (!Number.isSafeInteger(dim) || dim < 1 || rows.length !== words.length * dim) {
    throw new AssetError(`${words.length} words of ${dim} dimensions, but ${rows.length} numbers`);
  }
  const lengths = new Float64Array(words.length);
  for (let row = 0; row < words.length; row += 1) {
    lengths[row] = Math.sqrt(dotRows(rows, row, rows, row, dim));
  }
  return { words, index: new Map(words.map((word, row) => [word, row])), dim, rows, lengths };
}

/** The inner product of a row of one matrix and a row of another. */
export function dotRows(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let sum = 0;
  for (let c = 0, p = i * dim, q = j * dim; c < dim; c += 1, p += 1, q += 1) {
    sum += a[p] * b[q];
  }
  return sum;
}

/** The whole words of `words.safetensors`, or of a reader's own vectors in the same form. */
export function spaceFromWords(buffer: ArrayBuffer): Space {
  const { tensors, metadata } = readSafetensors(buffer);
  const rows = tensors.get("rows");
  if (rows?.shape.length !== 2) {
    throw new AssetError(`a table needs the tensor "rows" with two axes`);
  }
  const tokens = listOfTexts(metadata["tokens"] ?? "null", "tokens");
  const count = Number(metadata["words"] ?? tokens.length);
  if (!(count <= tokens.length && rows.shape[0] === tokens.length)) {
    throw new AssetError(`${tokens.length} tokens, ${count} whole words and ${rows.shape[0]} rows`);
  }
  return stored(tokens.slice(0, count), rows.shape[1], rows.data, tensors.get("scales")?.data);
}

/** The input matrix of the book's Word2Vec: its weights, and its description with the words. */
export function spaceFromWord2vec(weights: ArrayBuffer, description: ArrayBuffer): Space {
  const { tensors } = readSafetensors(weights);
  const input = tensors.get("input");
  const scales = tensors.get("input.scales");
  if (input?.shape.length !== 2 || scales === undefined) {
    throw new AssetError(`word vectors need the tensors "input" and "input.scales"`);
  }
  const words = listOfTexts(new TextDecoder().decode(description), "words", "words");
  return stored(words, input.shape[1], input.data, scales.data);
}

function listOfTexts(text: string, name: string, key?: string): string[] {
  let found: unknown = null;
  try {
    found = JSON.parse(text);
  } catch {
    // falls through to the message below
  }
  const list = key === undefined ? found : (found as Record<string, unknown> | null)?.[key];
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string")) {
    throw new AssetError(`a table needs "${name}": a JSON list of texts`);
  }
  return list;
}

function stored(words: string[], dim: number, numbers: TensorData, scales: TensorData | undefined): Space {
  if (numbers.length < words.length * dim || (scales !== undefined && scales.length < words.length)) {
    throw new AssetError(`${words.length} words of ${dim} dimensions, but ${numbers.length} numbers`);
  }
  const rows = new Float32Array(words.length * dim);
  for (let row = 0; row < words.length; row += 1) {
    const scale = scales === undefined ? 1 : scales[row];
    for (let at = row * dim; at < (row + 1) * dim; at += 1) {
      rows[at] = numbers[at] * scale;
    }
  }
  return makeSpace(words, dim, rows);
}

/** The words that travel in a page's state. */
export function spaceFromState(state: TableState): Space {
  const table = tableFromState(state);
  const rows = new Float32Array(table.tokens.length * table.dim);
  table.tokens.forEach((token, row) => rows.set(table.row(token), row * table.dim));
  return makeSpace(table.tokens, table.dim, rows);
}

export function rowOf(space: Space, word: string): number {
  const row = space.index.get(word);
  if (row === undefined) {
    throw new RangeError(`"${word}" is not among the ${space.words.length} words of the table`);
  }
  return row;
}

/** The vector of a word, in double precision; at length 1 if asked for. A vector of zeros stays one. */
export function vectorOf(space: Space, word: string, isUnit = false): Float64Array {
  const row = rowOf(space, word);
  const length = isUnit ? space.lengths[row] || 1 : 1;
  return Float64Array.from(
    space.rows.subarray(row * space.dim, (row + 1) * space.dim),
    (number) => number / length,
  );
}
