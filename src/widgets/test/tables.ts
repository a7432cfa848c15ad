/** Small tables for tests. */

import { tableFromState, type WordTable } from "../engine/table.js";

/** A table with the given rows, or with rows of one zero when only the names matter. */
export function tableOf(rows: Readonly<Record<string, readonly number[]>> | readonly string[]): WordTable {
  const entries: [string, readonly number[]][] =
    rows instanceof Array ? rows.map((token) => [token, [0]]) : Object.entries(rows);
  const numbers = Float32Array.from(entries.flatMap(([, row]) => row));
  return tableFromState({
    tokens: entries.map(([token]) => token),
    dim: entries[0]?.[1].length ?? 1,
    dtype: "float32",
    rows: Buffer.from(numbers.buffer).toString("base64"),
    scales: null,
    maps: null,
  });
}
