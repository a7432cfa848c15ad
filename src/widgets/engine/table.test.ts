import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../test/planted.js";
import { safetensorsFile, tensor, type FileTensor } from "../test/safetensors-file.js";
import { AssetError, mergeTables, tableFromSafetensors, tableFromState, type TableState } from "./table.js";

const TOKENS = ["fruit", "phone", "##s"];
const ROWS = Int8Array.of(1, -2, 3, 4, 127, -127);
const SCALES = Float32Array.of(0.5, 2, 0.25);
const HEAD: Record<string, FileTensor> = {
  "query.weight": tensor("F32", [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)),
  "query.bias": tensor("F32", [3], Float32Array.of(7, 8, 9)),
  "key.weight": tensor("F32", [3, 2], Float32Array.of(0, 1, 0, 1, 0, 1)),
  "key.bias": tensor("F32", [3], Float32Array.of(0, 0, 0)),
  "value.weight": tensor("F32", [3, 2], Float32Array.of(1, 0, 1, 0, 1, 0)),
};
const METADATA = { tokens: JSON.stringify(TOKENS), words: "2", head: "layer 1, head 1" };

function file(
  changes: Record<string, FileTensor> = {},
  metadata: Record<string, string> = METADATA,
): ArrayBuffer {
  const rows = tensor("I8", [3, 2], ROWS);
  return safetensorsFile({ rows, scales: tensor("F32", [3], SCALES), ...HEAD, ...changes }, metadata);
}

const base64 = (numbers: ArrayBufferView): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");

const STATE: TableState = {
  ...{
    tokens: TOKENS,
    dim: 2,
    dtype: "int8",
    rows: base64(ROWS),
    scales: base64(SCALES),
    words: 2,
    maps: null,
  },
};

type FromFile = typeof tableFromSafetensors;

function checkTable(read: FromFile): void {
  const table = read(file());
  expect([table.dim, table.words, [...table.tokens]]).toEqual([2, 2, TOKENS]);
  expect(table.row("fruit")).toEqual(Float32Array.of(0.5, -1));
  expect(table.row("phone")).toEqual(Float32Array.of(6, 8));
  expect(table.row("##s")).toEqual(Float32Array.of(31.75, -31.75));
  expect([table.has("##s"), table.has("s"), table.has("__proto__")]).toEqual([true, false, false]);
  expect(table.maps?.label).toBe("layer 1, head 1");
  expect(table.maps?.query).toEqual({
    ...{ rows: 3, columns: 2, weight: Float32Array.of(1, 2, 3, 4, 5, 6), bias: Float32Array.of(7, 8, 9) },
  });
  expect(table.maps?.value.bias).toBeNull();
}

/** The table with other rows than the file's. */
function withRows(row: (token: string) => Float32Array): FromFile {
  return (buffer) => {
    const table = tableFromSafetensors(buffer);
    const { dim, tokens, words, maps } = table;
    return { dim, tokens, words, maps, has: (token) => table.has(token), row };
  };
}

checkedAgainstMistakes("tableFromSafetensors", checkTable, tableFromSafetensors, {
  "scales left out": withRows((token) =>
    Float32Array.from(ROWS.slice(TOKENS.indexOf(token) * 2).slice(0, 2)),
  ),
  "int8 read as uint8": withRows((token) => {
    const index = TOKENS.indexOf(token);
    return Float32Array.from(new Uint8Array(ROWS.buffer, index * 2, 2), (byte) => byte * SCALES[index]);
  }),
  "a column of the file as a row": withRows((token) => {
    const index = TOKENS.indexOf(token);
    return Float32Array.of(ROWS[index] * SCALES[index], ROWS[index + 3] * SCALES[index]);
  }),
});

describe("tableFromSafetensors", () => {
  test.each([
    ["no rows", safetensorsFile({}, METADATA), /the tensor "rows"/],
    ["flat rows", file({ rows: tensor("I8", [6], ROWS) }), /with two axes/],
    ["no tokens", file({}, {}), /metadata "tokens"/],
    ["tokens that are no JSON", file({}, { tokens: "fruit" }), /metadata "tokens"/],
    [
      "too few tokens",
      file({}, { ...METADATA, tokens: '["fruit"]' }),
      /1 tokens of 2 dimensions need 2 numbers, not 6/,
    ],
    ["too few scales", file({ scales: tensor("F32", [1], SCALES.slice(0, 1)) }), /3 tokens but 1 scales/],
    ["more words than tokens", file({}, { ...METADATA, words: "4" }), /3 tokens cannot hold 4 whole words/],
    ["words that are no number", file({}, { ...METADATA, words: "many" }), /cannot hold NaN/],
    [
      "a map of another width",
      file({ "key.weight": tensor("F32", [1, 2], SCALES.slice(1)) }),
      /key map is 1 x 2, expected 3 x 2/,
    ],
    [
      "a short bias",
      file({ "query.bias": tensor("F32", [1], SCALES.slice(2)) }),
      /query map has 3 rows but 1 biases/,
    ],
    ["maps of bytes", file({ "key.weight": tensor("I8", [3, 2], ROWS) }), /"key.weight" is I8/],
  ])("%s: refused in words", (_, buffer, message) => {
    expect(() => tableFromSafetensors(buffer)).toThrow(message);
    expect(() => tableFromSafetensors(buffer)).toThrow(AssetError);
  });

  test("int8 without scales is refused", () => {
    expect(() =>
      tableFromSafetensors(safetensorsFile({ rows: tensor("I8", [3, 2], ROWS) }, METADATA)),
    ).toThrow(/scales/);
  });

  test("an unknown token is refused by name", () => {
    expect(() => tableFromSafetensors(file()).row("kiwi")).toThrow(
      '"kiwi" is not among the 3 tokens of the table',
    );
  });

  test("a row is made once", () => {
    const table = tableFromSafetensors(file());
    expect(table.row("fruit")).toBe(table.row("fruit"));
  });
});

describe("tableFromState", () => {
  test("gives the same rows as the file", () => {
    const [small, full] = [tableFromState(STATE), tableFromSafetensors(file())];
    expect(TOKENS.map((token) => small.row(token))).toEqual(TOKENS.map((token) => full.row(token)));
  });

  test("reads float32 rows and maps", () => {
    const weight = base64(Float32Array.of(1, 2));
    const one = { weight, bias: base64(Float32Array.of(3)) };
    const table = tableFromState({
      ...{ tokens: ["a"], dim: 2, dtype: "float32", rows: base64(Float32Array.of(0.1, 1e9)), scales: null },
      maps: { label: "own", width: 1, query: one, key: { weight, bias: null }, value: one },
    });
    expect(table.row("a")).toEqual(Float32Array.of(0.1, 1e9));
    expect(table.maps?.query).toEqual({
      rows: 1,
      columns: 2,
      weight: Float32Array.of(1, 2),
      bias: Float32Array.of(3),
    });
    expect(table.maps?.key.bias).toBeNull();
    expect(table.words).toBe(1);
  });

  test.each([
    ["no base64", { rows: "%%%" }, /3 characters of base64/],
    ["too few rows", { rows: base64(ROWS.slice(2)) }, /need 6 numbers, not 4/],
    ["no scales", { scales: null }, /3 rows of int8 but no scales/],
    ["half a float", { scales: "AAA=" }, /2 bytes are not a whole number of float32/],
    ["no dimensions", { dim: 0, rows: "" }, /at least 1 dimension, not 0/],
    ["tokens that are no list", { tokens: "abc" as never }, /needs a list of tokens/],
  ])("%s: refused in words", (_, changes, message) => {
    expect(() => tableFromState({ ...STATE, ...changes })).toThrow(message);
  });
});

type Merge = typeof mergeTables;

function checkMerge(merge: Merge): void {
  const full = tableFromSafetensors(file());
  const small = tableFromState({
    ...STATE,
    ...{
      tokens: ["fruit", "mine"],
      rows: base64(Int8Array.of(9, 9, 5, 6)),
      scales: base64(Float32Array.of(1, 1)),
    },
  });
  const merged = merge(small, full);
  expect([...merged.tokens]).toEqual([...TOKENS, "mine"]);
  expect(merged.row("fruit")).toEqual(Float32Array.of(9, 9));
  expect(merged.row("mine")).toEqual(Float32Array.of(5, 6));
  expect(merged.row("phone")).toEqual(Float32Array.of(6, 8));
  expect([merged.has("mine"), merged.has("kiwi"), merged.words]).toEqual([true, false, 2]);
  expect(merged.maps).toBe(full.maps);
}

checkedAgainstMistakes("mergeTables", checkMerge, mergeTables, {
  "the full table wins": (small, full) => ({
    ...mergeTables(small, full),
    row: (token) => (full.has(token) ? full.row(token) : small.row(token)),
  }),
  "the small table's own tokens are lost": (small, full) => ({
    ...mergeTables(small, full),
    tokens: full.tokens,
  }),
  "the maps are lost": (small, full) => ({ ...mergeTables(small, full), maps: null }),
});

test("tables of different width are not merged", () => {
  const other = tableFromState({
    ...STATE,
    tokens: ["a"],
    dim: 3,
    rows: "AQID",
    scales: "AAAAAA==",
    words: 1,
  });
  expect(() => mergeTables(other, tableFromState(STATE))).toThrow("tables of 3 and 2 dimensions");
});
