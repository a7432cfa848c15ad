/** The table of word vectors: a name, a row of numbers, and the maps of one attention head. */

import { AssetError } from "./errors.js";
import { readSafetensors, type Safetensors, type TensorData } from "./safetensors.js";

export { AssetError } from "./errors.js";

/** `y = weight x + bias`, with `weight` row by row: `rows` outputs, `columns` inputs. */
export interface AffineMap {
  rows: number;
  columns: number;
  weight: Float32Array;
  bias: Float32Array | null;
}

/** The three maps of one head, all from the table's width to `width`. */
export interface HeadMaps {
  label: string;
  width: number;
  query: AffineMap;
  key: AffineMap;
  value: AffineMap;
}

export interface WordTable {
  dim: number;
  tokens: readonly string[];
  /** How many of the first tokens are whole words; the rest spell out unknown words. */
  words: number;
  maps: HeadMaps | null;
  has(token: string): boolean;
  /** The vector of a token of the table. It is shared: read it, never write to it. */
  row(token: string): Float32Array;
}

/** One map as a page's state carries it: base64 of little-endian float32. */
export interface MapState {
  weight: string;
  bias: string | null;
}

/** The small table that travels inside a page's state. */
export interface TableState {
  tokens: string[];
  dim: number;
  dtype: "int8" | "float32";
  rows: string;
  scales: string | null;
  words?: number;
  maps: { label: string; width: number; query: MapState; key: MapState; value: MapState } | null;
}

interface Rows {
  dim: number;
  numbers: TensorData;
  /** One factor a row, or null when the numbers are the vectors themselves. */
  scales: Float32Array | null;
}

/** Looks rows up by name and turns int8 into float32 on first use: most of 10,000 rows are never asked for. */
class LazyTable implements WordTable {
  readonly dim: number;
  readonly tokens: readonly string[];
  readonly words: number;
  readonly maps: HeadMaps | null;
  readonly #rows: Rows;
  readonly #index: ReadonlyMap<string, number>;
  readonly #cache = new Map<string, Float32Array>();

  constructor(tokens: readonly string[], words: number, rows: Rows, maps: HeadMaps | null) {
    checkTable(tokens, words, rows, maps);
    this.tokens = tokens;
    this.words = words;
    this.dim = rows.dim;
    this.maps = maps;
    this.#rows = rows;
    this.#index = new Map(tokens.map((token, index) => [token, index]));
  }

  has(token: string): boolean {
    return this.#index.has(token);
  }

  row(token: string): Float32Array {
    const cached = this.#cache.get(token);
    if (cached !== undefined) {
      return cached;
    }
    const index = this.#index.get(token);
    if (index === undefined) {
      throw new RangeError(`"${token}" is not among the ${this.tokens.length} tokens of the table`);
    }
    const row = dequantizedRow(this.#rows, index);
    this.#cache.set(token, row);
    return row;
  }
}

function dequantizedRow(rows: Rows, index: number): Float32Array {
  const numbers = rows.numbers.subarray(index * rows.dim, (index + 1) * rows.dim);
  const scale = rows.scales === null ? 1 : rows.scales[index];
  return Float32Array.from(numbers, (number) => number * scale);
}

function checkTable(tokens: readonly string[], words: number, rows: Rows, maps: HeadMaps | null): void {
  if (!Number.isSafeInteger(rows.dim) || rows.dim < 1) {
    throw new AssetError(`a table's vectors need at least 1 dimension, not ${rows.dim}`);
  }
  if (rows.numbers.length !== tokens.length * rows.dim) {
    throw new AssetError(
      `${tokens.length} tokens of ${rows.dim} dimensions need ${tokens.length * rows.dim} numbers, not ${rows.numbers.length}`,
    );
  }
  if (rows.scales !== null && rows.scales.length !== tokens.length) {
    throw new AssetError(`${tokens.length} tokens but ${rows.scales.length} scales`);
  }
  if (!Number.isSafeInteger(words) || words < 0 || words > tokens.length) {
    throw new AssetError(`a table of ${tokens.length} tokens cannot hold ${words} whole words`);
  }
  if (maps !== null) {
    checkMaps(maps, rows.dim);
  }
}

function checkMaps(maps: HeadMaps, dim: number): void {
  for (const name of ["query", "key", "value"] as const) {
    const map = maps[name];
    if (map.columns !== dim || map.rows !== maps.width) {
      throw new AssetError(
        `the ${name} map is ${map.rows} x ${map.columns}, expected ${maps.width} x ${dim}`,
      );
    }
    if (map.weight.length !== map.rows * map.columns) {
      throw new AssetError(
        `the ${name} map of ${map.rows} x ${map.columns} needs ${map.rows * map.columns} weights, not ${map.weight.length}`,
      );
    }
    if (map.bias !== null && map.bias.length !== map.rows) {
      throw new AssetError(`the ${name} map has ${map.rows} rows but ${map.bias.length} biases`);
    }
  }
}

/** The full table from the bytes of `words.safetensors`; throws `AssetError` when they are anything else. */
export function tableFromSafetensors(buffer: ArrayBuffer): WordTable {
  const file = readSafetensors(buffer);
  const rows = file.tensors.get("rows");
  if (rows === undefined || rows.shape.length !== 2) {
    throw new AssetError(
      `a table needs the tensor "rows" with two axes; there are ${[...file.tensors.keys()].join(", ")}`,
    );
  }
  const scales = file.tensors.has("scales") ? floats(file, "scales") : null;
  if (scales === null && rows.dtype !== "F32" && rows.dtype !== "F16") {
    throw new AssetError(`rows of dtype ${rows.dtype} need the tensor "scales"`);
  }
  const tokens = tokensOf(file.metadata);
  const words = Number(file.metadata["words"] ?? tokens.length);
  return new LazyTable(tokens, words, { dim: rows.shape[1], numbers: rows.data, scales }, mapsOf(file));
}

function tokensOf(metadata: Readonly<Record<string, string>>): string[] {
  let tokens: unknown = null;
  try {
    tokens = JSON.parse(metadata["tokens"] ?? "null");
  } catch {
    // falls through to the message below
  }
  if (!isTexts(tokens)) {
    throw new AssetError('a table needs the metadata "tokens": a JSON list of texts');
  }
  return tokens;
}

function mapsOf(file: Safetensors): HeadMaps | null {
  if (!file.tensors.has("query.weight")) {
    return null;
  }
  const query = mapOf(file, "query");
  return {
    label: file.metadata["head"] ?? "",
    width: query.rows,
    query,
    key: mapOf(file, "key"),
    value: mapOf(file, "value"),
  };
}

function mapOf(file: Safetensors, name: string): AffineMap {
  const weight = floats(file, `${name}.weight`);
  const [rows, columns] = file.tensors.get(`${name}.weight`)?.shape ?? [];
  const bias = file.tensors.has(`${name}.bias`) ? floats(file, `${name}.bias`) : null;
  return { rows, columns, weight, bias };
}

function floats(file: Safetensors, name: string): Float32Array {
  const tensor = file.tensors.get(name);
  if (tensor === undefined || !(tensor.data instanceof Float32Array)) {
    throw new AssetError(
      `the tensor "${name}" is ${tensor === undefined ? "missing" : tensor.dtype}, expected floats`,
    );
  }
  return tensor.data;
}

/** The small table of a page's state. */
export function tableFromState(state: TableState): WordTable {
  if (!isTexts(state.tokens)) {
    throw new AssetError("the state's table needs a list of tokens");
  }
  const bytes = bytesFromBase64(state.rows);
  const numbers = state.dtype === "int8" ? new Int8Array(bytes) : floatsFromBytes(bytes);
  const scales = state.scales === null ? null : floatsFromBytes(bytesFromBase64(state.scales));
  if (state.dtype === "int8" && scales === null) {
    throw new AssetError(`${state.tokens.length} rows of int8 but no scales`);
  }
  const words = state.words ?? state.tokens.length;
  return new LazyTable(state.tokens, words, { dim: state.dim, numbers, scales }, mapsFromState(state));
}

function mapsFromState(state: TableState): HeadMaps | null {
  if (state.maps === null) {
    return null;
  }
  const { label, width } = state.maps;
  const map = (one: MapState): AffineMap => ({
    rows: width,
    columns: state.dim,
    weight: floatsFromBytes(bytesFromBase64(one.weight)),
    bias: one.bias === null ? null : floatsFromBytes(bytesFromBase64(one.bias)),
  });
  return {
    label,
    width,
    query: map(state.maps.query),
    key: map(state.maps.key),
    value: map(state.maps.value),
  };
}

function bytesFromBase64(text: string): ArrayBuffer {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new AssetError(`the state's ${text.length} characters of base64 cannot be read`);
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}

function floatsFromBytes(bytes: ArrayBuffer): Float32Array {
  if (bytes.byteLength % Float32Array.BYTES_PER_ELEMENT !== 0) {
    throw new AssetError(`${bytes.byteLength} bytes are not a whole number of float32`);
  }
  return new Float32Array(bytes);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Both tables as one. A row of the small one wins, so that loading the full one moves nothing on screen. */
export function mergeTables(small: WordTable, full: WordTable): WordTable {
  if (small.dim !== full.dim) {
    throw new AssetError(`tables of ${small.dim} and ${full.dim} dimensions cannot be merged`);
  }
  const added = small.tokens.filter((token) => !full.has(token));
  return {
    dim: full.dim,
    tokens: [...full.tokens, ...added],
    words: full.words,
    maps: small.maps ?? full.maps,
    has: (token) => small.has(token) || full.has(token),
    row: (token) => (small.has(token) ? small.row(token) : full.row(token)),
  };
}
