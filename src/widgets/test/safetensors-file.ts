/** Writes safetensors files for tests, right ones and wrong ones. */

export interface FileTensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

export function tensor(dtype: string, shape: number[], numbers: ArrayBufferView): FileTensor {
  return { dtype, shape, bytes: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength) };
}

export function safetensorsFile(
  tensors: Readonly<Record<string, FileTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): ArrayBuffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let position = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [position, position + bytes.length] };
    position += bytes.length;
  }
  return fileOf(
    header,
    Object.values(tensors).map((one) => one.bytes),
  );
}

/** A file with any header at all, followed by the given bytes. */
export function fileOf(header: unknown, parts: Uint8Array[]): ArrayBuffer {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const file = new Uint8Array(8 + text.length + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let position = 8 + text.length;
  for (const part of parts) {
    file.set(part, position);
    position += part.length;
  }
  return file.buffer;
}
