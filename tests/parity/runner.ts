/**
 * Runs the front end's engine in Node: one JSON in, one JSON out.
 *
 * The input names jobs, and may name one of the planted mistakes below; the tests show that each of them is noticed.
 * Matrices travel as base64 of little-endian float32.
 */

import { readFileSync } from "node:fs";
import {
  attend,
  type Attention,
  type AttendOptions,
  type DivideBy,
} from "../../src/widgets/engine/attention.js";
import { lean, poleCentroids } from "../../src/widgets/engine/lean.js";
import {
  mergeTables,
  tableFromSafetensors,
  tableFromState,
  type TableState,
  type WordTable,
} from "../../src/widgets/engine/table.js";
import { tokenize } from "../../src/widgets/engine/tokenize.js";

interface Engine {
  attend: typeof attend;
  lean: typeof lean;
  poleCentroids: typeof poleCentroids;
  tokenize: typeof tokenize;
  tableFromSafetensors: typeof tableFromSafetensors;
  tableFromState: typeof tableFromState;
}

/** The part of a widget's state that numbers follow from. */
interface State {
  tokens: string[];
  maps: "shared" | "head";
  divide_by: DivideBy;
  poles: [string[], string[]];
  table: TableState;
  asset: string | null;
}

type Job =
  | { kind: "explore"; state: State; words: string }
  | { kind: "tokenize"; texts: string[]; words: string }
  | { kind: "rows"; tokens: string[]; words: string };

const REAL: Engine = { attend, lean, poleCentroids, tokenize, tableFromSafetensors, tableFromState };

/** The engine's attention with its options changed before, or its answer after. */
function attendWith(
  before: (options: AttendOptions, dim: number) => AttendOptions,
  after: (attention: Attention) => Attention = (attention) => attention,
): Partial<Engine> {
  return { attend: (x, n, dim, options) => after(attend(x, n, dim, before(options, dim))) };
}

/** The engine's tables with each row changed. */
function rowsWith(change: (row: Float32Array) => Float32Array): Partial<Engine> {
  const changed = (table: WordTable): WordTable => {
    const { dim, tokens, words, maps } = table;
    return {
      dim,
      tokens,
      words,
      maps,
      has: (token) => table.has(token),
      row: (token) => change(table.row(token)),
    };
  };
  return {
    tableFromSafetensors: (buffer) => changed(tableFromSafetensors(buffer)),
    tableFromState: (state) => changed(tableFromState(state)),
  };
}

function transposed(matrix: Float32Array, n: number): Float32Array {
  return matrix.map((_, cell) => matrix[(cell % n) * n + Math.floor(cell / n)]);
}

const MISTAKES: Readonly<Record<string, Partial<Engine>>> = {
  "axes swapped": attendWith(
    (options) => options,
    (attention) => ({ ...attention, weights: transposed(attention.weights, attention.n) }),
  ),
  "scores swapped": attendWith(
    (options) => options,
    (attention) => ({ ...attention, scores: transposed(attention.scores, attention.n) }),
  ),
  "never scaled": attendWith((options) => ({ ...options, divideBy: "one" })),
  "scaled by the width of the vectors": attendWith((options, dim) => ({
    ...options,
    divideBy: options.divideBy === "sqrt" ? Math.sqrt(dim) : options.divideBy,
  })),
  "query and key swapped": attendWith(({ maps, divideBy }) => ({
    maps: maps && { ...maps, query: maps.key, key: maps.query },
    divideBy,
  })),
  "values not mapped": attendWith(({ maps, divideBy }) => ({
    maps: maps && { ...maps, value: maps.key },
    divideBy,
  })),
  "biases left out": attendWith(({ maps, divideBy }) => ({
    maps: maps && { ...maps, query: { ...maps.query, bias: null }, key: { ...maps.key, bias: null } },
    divideBy,
  })),
  "one weight off by 0.0001": attendWith(
    (options) => options,
    (attention) => ({
      ...attention,
      weights: attention.weights.map((weight, cell) => weight + (cell === 0 ? 1e-4 : 0)),
    }),
  ),
  "poles swapped": { lean: (vector, { a, b }) => lean(vector, { a: b, b: a }) },
  "poles mapped as keys": {
    poleCentroids: (table, poles, map) => poleCentroids(table, poles, map && (table.maps?.key ?? null)),
  },
  "one word for a pole": {
    poleCentroids: (table, [a, b], map) => poleCentroids(table, [a.slice(0, 1), b], map),
  },
  "rows backwards": rowsWith((row) => row.slice().reverse()),
  "rows of length 1": rowsWith((row) => row.map((number) => number / Math.hypot(...row))),
  "capitals kept": { tokenize: (text, table) => tokenize(text.replace(/[A-Z]/g, "Q"), table) },
  "accents kept": {
    tokenize: (text, table) => tokenize(text.normalize("NFC").replace(/[à-ÿ]/g, "\u{E0100}"), table),
  },
  "Chinese not split": {
    tokenize: (text, table) => tokenize(text.replace(/\p{Script=Han}+/gu, "水"), table),
  },
  "lowercased as a whole": { tokenize: (text, table) => tokenize(text.toLowerCase(), table) },
  "control characters taken for spaces": {
    tokenize: (text, table) => tokenize(text.replace(/\p{Cf}/gu, " "), table),
  },
  "words of any length": {
    tokenize: (text, table) =>
      tokenize(
        text.replace(/\w{101,}/g, (w) => w.slice(0, 100)),
        table,
      ),
  },
  "typed text trimmed": {
    tokenize: (text, table) =>
      tokenize(text, table).map((token) => ({ ...token, text: token.text.toLowerCase() })),
  },
};

function run(job: Job, engine: Engine): unknown {
  switch (job.kind) {
    case "explore":
      return explore(job.state, job.words, engine);
    case "tokenize": {
      const table = fullTable(job.words, engine);
      return job.texts.map((text) =>
        engine.tokenize(text, table).map((token) => [token.text, token.piece, token.word, token.known]),
      );
    }
    case "rows": {
      const table = fullTable(job.words, engine);
      return {
        dim: table.dim,
        words: table.words,
        rows: base64(rowsOf(table, job.tokens)),
        tokens: table.tokens,
      };
    }
  }
}

/** All numbers that a widget in this state shows. */
function explore(state: State, words: string, engine: Engine): unknown {
  const small = engine.tableFromState(state.table);
  const table = state.asset === null ? small : mergeTables(small, fullTable(words, engine));
  const maps = state.maps === "head" ? table.maps : null;
  const x = rowsOf(table, state.tokens);
  const attention = engine.attend(x, state.tokens.length, table.dim, { maps, divideBy: state.divide_by });
  const poles = engine.poleCentroids(table, state.poles, maps?.value ?? null);
  const leans = (rows: Float32Array): number[] =>
    state.tokens.map((_, i) => engine.lean(rows.slice(i * attention.dv, (i + 1) * attention.dv), poles));
  const { divisor, queries, keys, values, scores, weights, outputs } = attention;
  const matrices = { queries, keys, values, scores, weights, outputs };
  const encoded = Object.entries(matrices).map(([name, matrix]) => [name, base64(matrix)]);
  return { divisor, own_lean: leans(values), lean: leans(outputs), ...Object.fromEntries(encoded) };
}

function rowsOf(table: WordTable, tokens: readonly string[]): Float32Array {
  const rows = new Float32Array(tokens.length * table.dim);
  tokens.forEach((token, i) => rows.set(table.row(token), i * table.dim));
  return rows;
}

function fullTable(file: string, engine: Engine): WordTable {
  const bytes = readFileSync(file);
  return engine.tableFromSafetensors(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
}

function base64(matrix: Float32Array): string {
  return Buffer.from(matrix.buffer, matrix.byteOffset, matrix.byteLength).toString("base64");
}

const input = JSON.parse(readFileSync(0, "utf8")) as { mistake: string | null; jobs: Job[] };
if (input.mistake !== null && !Object.hasOwn(MISTAKES, input.mistake)) {
  throw new Error(`no planted mistake is called ${JSON.stringify(input.mistake)}`);
}
const engine = input.mistake === null ? REAL : { ...REAL, ...MISTAKES[input.mistake] };
process.stdout.write(JSON.stringify(input.jobs.map((job) => run(job, engine))));
