/**
 * Reads the safetensors format: eight bytes with the length of a header, the header in JSON, then the numbers.
 *
 * Everything the header says is checked against the bytes that are there, so that a truncated download or a foreign
 * file is a message with both numbers in it and never a wrong vector.
 */

import { AssetError } from "./errors.js";

export type TensorData = Float32Array | Int8Array | Uint8Array;

export interface Tensor {
  dtype: string;
  shape: readonly number[];
  data: TensorData;
}

export interface Safetensors {
  tensors: ReadonlyMap<string, Tensor>;
  metadata: Readonly<Record<string, string>>;
}

interface Entry {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

const LENGTH_BYTES = 8;
const ITEM_BYTES: ReadonlyMap<string, number> = new Map([
  ["F32", 4],
  ["F16", 2],
  ["I8", 1],
  ["U8", 1],
]);

/** The tensors and the metadata of a file; float16 comes back as float32. */
export function readSafetensors(buffer: ArrayBuffer): Safetensors {
  const header = readHeader(buffer);
  const dataStart = header.end;
  const entries = Object.entries(header.json)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value));
  checkCoverage(entries, buffer.byteLength - dataStart);
  const tensors = new Map<string, Tensor>();
  for (const entry of entries) {
    const bytes = buffer.slice(dataStart + entry.begin, dataStart + entry.end);
    tensors.set(entry.name, { dtype: entry.dtype, shape: entry.shape, data: decode(entry.dtype, bytes) });
  }
  return { tensors, metadata: readMetadata(header.json["__metadata__"]) };
}

function readHeader(buffer: ArrayBuffer): { json: Record<string, unknown>; end: number } {
  const total = buffer.byteLength;
  if (total < LENGTH_BYTES) {
    throw new AssetError(
      `not a safetensors file: ${total} bytes, and the header's length alone takes ${LENGTH_BYTES}`,
    );
  }
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > total - LENGTH_BYTES) {
    throw new AssetError(
      `truncated or foreign file: its header claims ${length} bytes, ${total - LENGTH_BYTES} are there`,
    );
  }
  const text = new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length));
  return { json: parseObject(text, length), end: LENGTH_BYTES + length };
}

function parseObject(text: string, length: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AssetError(`not a safetensors file: its header of ${length} bytes is not JSON`);
  }
  if (!isObject(value)) {
    throw new AssetError(`not a safetensors file: its header of ${length} bytes is not a JSON object`);
  }
  return value;
}

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw new AssetError(`tensor "${name}" is not described by dtype, shape and two data_offsets`);
  }
  const itemBytes = ITEM_BYTES.get(dtype);
  if (itemBytes === undefined) {
    throw new AssetError(
      `tensor "${name}" has dtype ${dtype}; known are ${[...ITEM_BYTES.keys()].join(", ")}`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const needed = shape.reduce((product, size) => product * size, itemBytes);
  if (end - begin !== needed) {
    throw new AssetError(
      `tensor "${name}" of shape [${shape.join(", ")}] and dtype ${dtype} needs ${needed} bytes, its offsets give ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors must fill the data without a gap, an overlap or a missing end. */
function checkCoverage(entries: Entry[], available: number): void {
  let position = 0;
  for (const entry of [...entries].sort(
    (first, second) => first.begin - second.begin || first.end - second.end,
  )) {
    if (entry.begin !== position) {
      throw new AssetError(`tensor "${entry.name}" begins at byte ${entry.begin}, expected ${position}`);
    }
    position = entry.end;
  }
  if (position !== available) {
    throw new AssetError(
      `truncated or foreign file: its tensors take ${position} bytes, ${available} are there`,
    );
  }
}

/** Safetensors is little-endian, and so is every machine that runs a browser. */
function decode(dtype: string, bytes: ArrayBuffer): TensorData {
  switch (dtype) {
    case "F32":
      return new Float32Array(bytes);
    case "F16":
      return halvesToNumbers(new Uint16Array(bytes));
    case "I8":
      return new Int8Array(bytes);
    default:
      return new Uint8Array(bytes);
  }
}

/** Millions of float16 take a lookup each: 1 ns instead of 20. */
function halvesToNumbers(halves: Uint16Array): Float32Array {
  const values = valuesOfHalves();
  const numbers = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) {
    numbers[index] = values[halves[index]];
  }
  return numbers;
}

let allHalves: Float32Array | undefined;

/** The values of all 65536 float16, computed once. */
function valuesOfHalves(): Float32Array {
  allHalves ??= new Float32Array(0x10000).map((_, bits) => halfToNumber(bits));
  return allHalves;
}

/** The value of a float16: one sign bit, five bits of exponent, ten of fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) {
    return sign * fraction * 2 ** -24;
  }
  if (exponent === 0x1f) {
    return fraction === 0 ? sign * Infinity : NaN;
  }
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function readMetadata(value: unknown): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(isObject(value) ? value : {})) {
    if (typeof text !== "string") {
      throw new AssetError(`metadata "${key}" is ${typeof text}, expected text`);
    }
    metadata[key] = text;
  }
  return metadata;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
