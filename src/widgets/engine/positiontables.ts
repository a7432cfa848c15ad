/** The learned numbers of a small model for each way to say where a token stands, as the state of a widget has them. */

import { AssetError } from "./errors.js";
import { bucketsEachWay } from "./model/positions.js";

export const SCHEMES = ["sinusoidal", "learned", "shaw", "t5", "rotary", "alibi"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** The schemes and the model that is told nothing. */
export const MEASURED = ["none", ...SCHEMES] as const;

/** Row by row. */
export interface Table {
  rows: number;
  columns: number;
  values: Float32Array;
}

export interface Tables {
  /** No text was longer than this, in tokens, while the models were trained. */
  trained: number;
  heads: number;
  /** A vector for each position, (trained, D). */
  learned: Table;
  /** A key vector for each clipped distance, (2 reach + 1, Dh), and each head's mean query, (heads, Dh). */
  shaw: { reach: number; keys: Table; query: Table };
  /** A number for each bucket and head, (buckets, heads). */
  t5: { buckets: Table; maxDistance: number; bidirectional: boolean };
  /** The lengths of the texts that the models were measured on. */
  lengths: readonly number[];
  /** The share of right answers at each of these lengths; NaN where a scheme has no vector. */
  accuracy: Readonly<Record<Scheme | "none", readonly number[]>>;
}

/** The tables of a state. Throws an error that names the field which is not as it should be. */
export function readTables(value: unknown): Tables {
  const all = fieldsOf(value, "tables");
  const shaw = fieldsOf(all["shaw"], "tables.shaw");
  const t5 = fieldsOf(all["t5"], "tables.t5");
  const measured = fieldsOf(all["accuracy"], "tables.accuracy");
  const trained = countOf(all["trained"], "tables.trained");
  const heads = countOf(all["heads"], "tables.heads");
  const reach = countOf(shaw["reach"], "tables.shaw.reach");
  const lengths = numbersOf(all["lengths"], "tables.lengths");
  const keys = tableOf(shaw["keys"], "tables.shaw.keys", { rows: 2 * reach + 1 });
  return {
    trained,
    heads,
    learned: tableOf(all["learned"], "tables.learned", { rows: trained }),
    shaw: {
      reach,
      keys,
      query: tableOf(shaw["query"], "tables.shaw.query", { rows: heads, columns: keys.columns }),
    },
    t5: bucketsOf(t5, heads),
    lengths,
    accuracy: accuracyOf(measured, lengths.length),
  };
}

function bucketsOf(t5: Readonly<Record<string, unknown>>, heads: number): Tables["t5"] {
  const buckets = tableOf(t5["buckets"], "tables.t5.buckets", { columns: heads });
  const maxDistance = countOf(t5["maxDistance"], "tables.t5.maxDistance");
  const bidirectional = t5["bidirectional"];
  if (typeof bidirectional !== "boolean") {
    throw wrong("tables.t5.bidirectional", "true or false", bidirectional);
  }
  try {
    bucketsEachWay({ buckets: buckets.rows, maxDistance, bidirectional });
  } catch (problem) {
    throw new AssetError(`tables.t5: ${(problem as Error).message}`);
  }
  return { buckets, maxDistance, bidirectional };
}

function tableOf(value: unknown, name: string, wanted: { rows?: number; columns?: number }): Table {
  const table = fieldsOf(value, name);
  const rows = countOf(table["rows"], `${name}.rows`);
  const columns = countOf(table["columns"], `${name}.columns`);
  if (rows !== (wanted.rows ?? rows)) {
    throw wrong(`${name}.rows`, String(wanted.rows), rows);
  }
  if (columns !== (wanted.columns ?? columns)) {
    throw wrong(`${name}.columns`, String(wanted.columns), columns);
  }
  const values = numbersOf(table["values"], `${name}.values`);
  if (values.length !== rows * columns) {
    throw wrong(`${name}.values`, `${rows} x ${columns} = ${rows * columns} numbers`, values.length);
  }
  return { rows, columns, values: Float32Array.from(values) };
}

function accuracyOf(measured: Readonly<Record<string, unknown>>, count: number): Tables["accuracy"] {
  const sharesOf = (name: Scheme | "none"): number[] => {
    const listed = measured[name];
    const isShare = (one: unknown): boolean =>
      one === null || (Number.isFinite(one) && (one as number) >= 0 && (one as number) <= 1);
    if (!Array.isArray(listed) || listed.length !== count || !listed.every(isShare)) {
      throw wrong(`tables.accuracy.${name}`, `${count} numbers from 0 to 1, or null for none`, listed);
    }
    return listed.map((share: number | null) => share ?? NaN);
  };
  return {
    none: sharesOf("none"),
    sinusoidal: sharesOf("sinusoidal"),
    learned: sharesOf("learned"),
    shaw: sharesOf("shaw"),
    t5: sharesOf("t5"),
    rotary: sharesOf("rotary"),
    alibi: sharesOf("alibi"),
  };
}

function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(name, "an object", value);
  }
  return value as Record<string, unknown>;
}

function countOf(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw wrong(name, "a whole number of at least 1", value);
  }
  return value as number;
}

function numbersOf(value: unknown, name: string): number[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => Number.isFinite(one))) {
    throw wrong(name, "a list of finite numbers", value);
  }
  return value as number[];
}

function wrong(name: string, wanted: string, found: unknown): AssetError {
  const text = found === undefined ? "missing" : JSON.stringify(found);
  return new AssetError(
    `${name} must be ${wanted}, not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`,
  );
}
