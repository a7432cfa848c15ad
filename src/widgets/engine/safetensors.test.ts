import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../test/planted.js";
import { fileOf, safetensorsFile, tensor } from "../test/safetensors-file.js";
import { halfToNumber, readSafetensors } from "./safetensors.js";

type Read = typeof readSafetensors;

const FILE = safetensorsFile(
  {
    small: tensor("I8", [3], Int8Array.of(1, -2, 127)), // three bytes: what follows is not aligned
    floats: tensor("F32", [2, 1], Float32Array.of(0.5, -3)),
    halves: tensor("F16", [2], Uint16Array.of(0x3c00, 0xc100)),
    bytes: tensor("U8", [1], Uint8Array.of(200)),
    empty: tensor("F32", [0, 4], new Float32Array(0)),
  },
  { source: "on paper" },
);

function checkReader(read: Read): void {
  const { tensors, metadata } = read(FILE);
  expect(metadata).toEqual({ source: "on paper" });
  expect([...tensors.keys()]).toEqual(["small", "floats", "halves", "bytes", "empty"]);
  expect(tensors.get("small")?.data).toEqual(Int8Array.of(1, -2, 127));
  expect(tensors.get("floats")).toEqual({ dtype: "F32", shape: [2, 1], data: Float32Array.of(0.5, -3) });
  expect(tensors.get("halves")?.data).toEqual(Float32Array.of(1, -2.5));
  expect(tensors.get("bytes")?.data).toEqual(Uint8Array.of(200));
  expect(tensors.get("empty")?.data.length).toBe(0);
  for (const kept of [0, 7, 8, 100, FILE.byteLength - 1]) {
    expect(() => read(FILE.slice(0, kept))).toThrow(/bytes/);
  }
  expect(() => read(withBytes(FILE, 1))).toThrow(/are there/);
}

/** The file with bytes that its header says nothing of. */
function withBytes(file: ArrayBuffer, count: number): ArrayBuffer {
  const longer = new Uint8Array(file.byteLength + count);
  longer.set(new Uint8Array(file));
  return longer.buffer;
}

/** A reader that begins `shift` bytes off. */
function readShifted(shift: number): Read {
  return (file) => {
    const right = readSafetensors(file);
    const start = 8 + Number(new DataView(file).getBigUint64(0, true));
    const data = new Uint8Array(file.byteLength - start).map(
      (_, index) => new Uint8Array(file)[start + index + shift],
    );
    const moved = new Uint8Array(file.slice(0));
    moved.set(data, start);
    return { ...readSafetensors(moved.buffer), metadata: right.metadata };
  };
}

checkedAgainstMistakes("readSafetensors", checkReader, readSafetensors, {
  "a truncated file is filled with zeros": (file) => {
    const needed = file.byteLength < 100 ? 0 : FILE.byteLength - file.byteLength;
    return readSafetensors(needed > 0 ? withBytes(file, needed) : file);
  },
  "bytes after the end are ignored": (file) => readSafetensors(file.slice(0, FILE.byteLength)),
  "offsets are off by one": readShifted(1),
  "offsets count from the start of the file": readShifted(-8),
});

describe("readSafetensors", () => {
  const one = (entry: unknown, bytes: number): ArrayBuffer =>
    fileOf({ tensor: entry }, [new Uint8Array(bytes)]);

  test.each([
    ["not JSON", fileOf("{", []), /header of 1 bytes is not JSON/],
    ["not an object", fileOf("[]", []), /header of 2 bytes is not a JSON object/],
    [
      "a web page",
      new TextEncoder().encode("<!doctype html><title>404</title>").buffer,
      /header claims \d+ bytes, 25 are/,
    ],
    [
      "an unknown dtype",
      one({ dtype: "F64", shape: [1], data_offsets: [0, 8] }, 8),
      /has dtype F64; known are F32/,
    ],
    ["no shape", one({ dtype: "F32", data_offsets: [0, 4] }, 4), /not described by dtype, shape/],
    ["a negative size", one({ dtype: "F32", shape: [-1], data_offsets: [0, 4] }, 4), /not described by/],
    [
      "offsets too short",
      one({ dtype: "F32", shape: [2, 3], data_offsets: [0, 20] }, 20),
      /needs 24 bytes, .* give 20/,
    ],
    [
      "a gap at the start",
      one({ dtype: "U8", shape: [2], data_offsets: [1, 3] }, 3),
      /begins at byte 1, expected 0/,
    ],
    ["a missing end", one({ dtype: "U8", shape: [9], data_offsets: [0, 9] }, 4), /take 9 bytes, 4 are there/],
    ["metadata that is no text", fileOf({ __metadata__: { words: 3 } }, []), /metadata "words" is number/],
  ])("%s is refused in words", (_, file, message) => {
    expect(() => readSafetensors(file)).toThrow(message);
  });

  test("two tensors over the same bytes are refused", () => {
    const header = {
      first: { dtype: "U8", shape: [4], data_offsets: [0, 4] },
      second: { dtype: "U8", shape: [4], data_offsets: [2, 6] },
    };
    expect(() => readSafetensors(fileOf(header, [new Uint8Array(6)]))).toThrow(
      /"second" begins at byte 2, expected 4/,
    );
  });

  test("cut anywhere, a file is refused", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: FILE.byteLength - 1 }), (kept) => {
        expect(() => readSafetensors(FILE.slice(0, kept))).toThrow(/bytes/);
      }),
    );
  });
});

type Half = typeof halfToNumber;

function checkHalf(half: Half): void {
  const known: [number, number][] = [
    [0x0000, 0],
    [0x0001, 2 ** -24], // the smallest above 0
    [0x0400, 2 ** -14], // the smallest with a full fraction
    [0x3555, 0.333251953125],
    [0x7bff, 65504], // the largest
    [0xc000, -2],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ];
  for (const [bits, value] of known) {
    expect(half(bits)).toBe(value);
  }
  expect(Object.is(half(0x8000), -0)).toBe(true);
}

checkedAgainstMistakes("halfToNumber", checkHalf, halfToNumber, {
  "no numbers below 2^-14": (bits) => ((bits & 0x7c00) === 0 ? 0 : halfToNumber(bits)),
  "no infinity": (bits) => ((bits & 0x7c00) === 0x7c00 ? 65536 : halfToNumber(bits)),
  "no sign": (bits) => halfToNumber(bits & 0x7fff),
});
