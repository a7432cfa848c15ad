/**
 * The matrix product of `kernels.ts` in WebAssembly, four numbers at a time. The few instructions are written here, and
 * a module is made of them when a model is loaded, with the widths of its matrices as constants.
 *
 * The weights move into the module's memory, where they lie as before, with up to three rows of zeros after them. Sums
 * run in float32, in four lanes for each output. Where WebAssembly or its vectors are missing or forbidden, nothing
 * changes: the plain loops do the same.
 */

import type { Matrix } from "./kernels.js";

const PAGE = 65536;
const LANES = 4;

/** Speeds up products with these matrices, those of them whose width is a multiple of 4. */
export function accelerate(all: readonly Matrix[]): void {
  const matrices = all.filter(({ columns }) => columns % LANES === 0);
  const widths = [...new Set(matrices.map(({ columns }) => columns))];
  const rows = Math.max(0, ...matrices.map((matrix) => padded(matrix.rows)));
  const x = 0; // room for four vectors, then for four products
  const y = x + LANES * Math.max(0, ...widths) * 4;
  let end = y + LANES * rows * 4;
  const places = matrices.map((matrix) => {
    const weight = end;
    const bias = weight + padded(matrix.rows) * matrix.columns * 4;
    end = bias + padded(matrix.rows) * 4;
    return { weight, bias };
  });
  let functions: Record<string, Product>;
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE) });
    const module = new WebAssembly.Module(moduleBytes(widths));
    functions = new WebAssembly.Instance(module, { e: { m: memory } }).exports as Record<string, Product>;
  } catch {
    return;
  }
  const floats = new Float32Array(memory.buffer);
  for (const [i, matrix] of matrices.entries()) {
    const { columns, weight, bias } = matrix;
    const at = places[i];
    floats.set(weight, at.weight / 4);
    floats.set(bias ?? [], at.bias / 4);
    matrix.weight = floats.subarray(at.weight / 4, at.weight / 4 + weight.length);
    matrix.fast = (from, first, count, to) => {
      const n = padded(matrix.rows);
      floats.set(from.subarray(first * columns, (first + count) * columns), x / 4);
      functions[`${count > 1 ? LANES : 1}x${columns}`](x, at.weight, at.bias, y, n * 4);
      for (let row = 0; row < count; row += 1) {
        const found = y / 4 + row * n;
        to.set(floats.subarray(found, found + matrix.rows), (first + row) * matrix.rows);
      }
    };
  }
}

/** Addresses of the vectors, the weights, the biases and the products, and the bytes of a product. */
type Product = (x: number, w: number, b: number, y: number, bytes: number) => void;

function padded(rows: number): number {
  return Math.ceil(rows / LANES) * LANES;
}

// --- the module -------------------------------------------------------------------------------------------------------

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;
const vector = (code: number): number[] => [0xfd, ...leb(code)];
const F32X4_MUL = vector(0xe6);
const F32X4_ADD = vector(0xe4);
const I32_ADD = [0x6a];
const NO_RESULT = 0x40;

/** A number as WebAssembly writes it: seven bits a byte, the lowest first. */
function leb(number: number): number[] {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...leb(number >>> 7)];
}

/** A signed number of at least 0 as WebAssembly writes it. */
function signedLeb(number: number): number[] {
  return number < 0x40 ? [number] : [(number & 0x7f) | 0x80, ...signedLeb(number >>> 7)];
}

const get = (local: number): number[] => [0x20, ...leb(local)];
const set = (local: number): number[] => [0x21, ...leb(local)];
const constant = (number: number): number[] => [0x41, ...signedLeb(number)];
const load = (offset: number): number[] => [...vector(0x00), 4, ...leb(offset)];
const store = (offset: number): number[] => [...vector(0x0b), 4, ...leb(offset)];
const advance = (local: number, bytes: number): number[] => [
  ...get(local),
  ...constant(bytes),
  ...I32_ADD,
  ...set(local),
];
const again = (body: number[], left: number[], right: number[]): number[] => [
  ...[0x03, NO_RESULT, ...body, ...left, ...right, 0x49 /* i32.lt_u */, 0x0d, 0, END], // loop ... br_if 0 end
];
/** Four of the eight lanes of two vectors. */
const shuffle = (...lanes: number[]): number[] => [
  ...vector(0x0d),
  ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
];

/** The products of `rows` vectors of width `k`: a block of `rows` by 4 after the other, all columns of the weights. */
function productBody(rows: number, k: number): number[] {
  const [x, w, b, y, bytes] = [0, 1, 2, 3, 4]; // the parameters
  const [xEnd, rowsEnd, at, out] = [5, 6, 7, 8]; // i32
  const read = 9; // v128: what was read of x, then of the four rows of weights, then the sums
  const weight = (j: number): number => read + 1 + j;
  const sum = (i: number, j: number): number => read + 5 + i * LANES + j;
  const four = [0, 1, 2, 3];
  const each = Array.from({ length: rows }, (_, i) => i);
  const inner = [
    ...four.flatMap((j) => [...get(w), ...load(j * k * 4), ...set(weight(j))]),
    ...each.flatMap((i) => [
      ...[...get(at), ...load(i * k * 4), ...set(read)],
      ...four.flatMap((j) => [
        ...[...get(sum(i, j)), ...get(read), ...get(weight(j)), ...F32X4_MUL, ...F32X4_ADD],
        ...set(sum(i, j)),
      ]),
    ]),
    ...advance(w, 16),
    ...advance(at, 16),
  ];
  // Lanes of two sums side by side, added: (a0 + a2, b0 + b2, a1 + a3, b1 + b3).
  const pair = (i: number, j: number): number[] => [
    ...[...get(sum(i, j)), ...get(sum(i, j + 1)), ...shuffle(0, 4, 1, 5)],
    ...[...get(sum(i, j)), ...get(sum(i, j + 1)), ...shuffle(2, 6, 3, 7)],
    ...F32X4_ADD,
  ];
  const finish = each.flatMap((i) => [
    ...[...get(out), ...get(b), ...load(0)],
    ...[...pair(i, 0), ...set(read), ...pair(i, 2), ...set(weight(0))],
    ...[...get(read), ...get(weight(0)), ...shuffle(0, 1, 4, 5)],
    ...[...get(read), ...get(weight(0)), ...shuffle(2, 3, 6, 7)],
    ...[...F32X4_ADD, ...F32X4_ADD, ...store(0)],
    ...[...get(out), ...get(bytes), ...I32_ADD, ...set(out)],
  ]);
  const zero = [...vector(0x0c), ...Array<number>(16).fill(0)];
  const outer = [
    ...each.flatMap((i) => four.flatMap((j) => [...zero, ...set(sum(i, j))])),
    ...[...get(x), ...set(at)],
    ...again(inner, get(at), get(xEnd)),
    ...advance(w, 3 * k * 4), // past the other three rows
    ...[...get(y), ...set(out), ...finish],
    ...[...advance(b, 16), ...advance(y, 16)],
  ];
  return [
    ...[2, ...leb(4), I32, ...leb(5 + rows * LANES), V128],
    ...[...get(x), ...constant(k * 4), ...I32_ADD, ...set(xEnd)],
    ...[...get(y), ...get(bytes), ...I32_ADD, ...set(rowsEnd)],
    ...again(outer, get(y), get(rowsEnd)),
    END,
  ];
}

/** A module with the functions "4x<width>" and "1x<width>" for each width. */
function moduleBytes(widths: readonly number[]): Uint8Array<ArrayBuffer> {
  const functions = widths.flatMap((k) => [LANES, 1].map((rows) => ({ rows, k })));
  const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
  const list = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
  const section = (id: number, content: number[]): number[] => [id, ...leb(content.length), ...content];
  const bodies = functions.map(({ rows, k }) => productBody(rows, k));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, 5, I32, I32, I32, I32, I32, 0]])),
    ...section(2, list([[...name("e"), ...name("m"), 0x02, 0x00, 1]])),
    ...section(3, list(functions.map(() => [0]))),
    ...section(7, list(functions.map(({ rows, k }, i) => [...name(`${rows}x${k}`), 0x00, ...leb(i)]))),
    ...section(10, list(bodies.map((body) => [...leb(body.length), ...body]))),
  ]);
}
