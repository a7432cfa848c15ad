/**
 * What attention heads do on a text, measured: how much of its weight a head gives to the token before, and the like.
 * The rules, numbers and names are those of `attnlab.heads`.
 */

export const HEAD_KINDS = ["previous", "next", "itself", "same", "first", "delimiter", "spread"] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

/** A label needs this much of the weight, and this many times what a head gives that looks everywhere alike. */
export const LEAST_WEIGHT = 0.4;
export const LEAST_LIFT = 2;
/** Of the largest entropy. */
export const LEAST_SPREAD = 0.9;
const LEAST_ROWS = 2;
const MARK = /^(?:<[^<>\s]+>|\[[A-Z]+\])$/u;
const BLANKS = ["<mask>", "[MASK]"]; // marks that stand for a word

export interface HeadScore {
  kind: HeadKind;
  /** The mean over the rows; of "spread" the mean share of the largest entropy. */
  weight: number;
  /** What a head would score that looks at all tokens alike, over the same rows. */
  chance: number;
  /** How many rows were counted: those that have such a token, and a choice between it and another one. */
  rows: number;
}

export interface Looked {
  /** (H, Tq, Tk), row by row. */
  data: Float32Array;
  heads: number;
  queries: readonly string[];
  /** The tokens that are looked at; null for the queries themselves. */
  keys: readonly string[] | null;
  /** Whether a token looks only at itself and at those before it. */
  causal: boolean;
}

/** Whether a token is punctuation, white space, or a mark of the model's own. */
export function isDelimiter(token: string): boolean {
  const bare = token.trim();
  return !BLANKS.includes(bare) && (MARK.test(bare) || !/[\p{L}\p{N}]/u.test(bare));
}

/** Whether a head is labeled so. */
export function holds({ kind, weight, chance, rows }: HeadScore): boolean {
  if (rows < LEAST_ROWS) {
    return false;
  }
  return kind === "spread" ? weight >= LEAST_SPREAD : weight >= LEAST_WEIGHT && weight >= LEAST_LIFT * chance;
}

/** The scores that hold, the one furthest above its chance first. */
export function labelsOf(scores: readonly HeadScore[]): HeadScore[] {
  return scores.filter(holds).sort((a, b) => a.chance - a.weight - (b.chance - b.weight));
}

/** For each head its score for each kind. */
export function headScores(looked: Looked): HeadScore[][] {
  const { data, heads, queries } = looked;
  const keys = looked.keys ?? queries;
  const [Tq, Tk] = [queries.length, keys.length];
  if (data.length !== heads * Tq * Tk) {
    throw new RangeError(`${heads} heads, ${Tq} queries and ${Tk} keys, but ${data.length} weights`);
  }
  const isTarget = targets(looked, keys);
  const seen = Array.from({ length: Tq }, (_, row) => (looked.causal ? row + 1 : Tk));
  const columns = HEAD_KINDS.slice(0, -1).map((kind) =>
    seen.map((count, row) => {
      const found: number[] = [];
      for (let column = 0; column < count; column += 1) {
        if (isTarget[kind as Target](row, column)) {
          found.push(column);
        }
      }
      return found;
    }),
  );
  return Array.from({ length: heads }, (_, head) => {
    const table = data.subarray(head * Tq * Tk, (head + 1) * Tq * Tk);
    const scores = columns.map((wanted, place) => scoreOf(HEAD_KINDS[place], table, Tk, wanted, seen));
    return [...scores, spreadOf(table, Tk, seen)];
  });
}

type Target = Exclude<HeadKind, "spread">;

function targets(
  { queries, keys: others }: Looked,
  keys: readonly string[],
): Record<Target, (row: number, column: number) => boolean> {
  const isOwn = others === null;
  const marks = keys.map(isDelimiter);
  const bare = (tokens: readonly string[]): string[] => tokens.map((token) => token.trim().toLowerCase());
  const [looking, looked] = [bare(queries), bare(keys)];
  return {
    previous: (row, column) => isOwn && column === row - 1,
    next: (row, column) => isOwn && column === row + 1,
    itself: (row, column) => isOwn && column === row,
    same: (row, column) => looking[row] === looked[column] && !(isOwn && column === row) && !marks[column],
    first: (_, column) => column === 0,
    delimiter: (_, column) => marks[column],
  };
}

function scoreOf(
  kind: HeadKind,
  table: Float32Array,
  Tk: number,
  wanted: readonly (readonly number[])[],
  seen: readonly number[],
): HeadScore {
  let [weight, chance, rows] = [0, 0, 0];
  wanted.forEach((columns, row) => {
    if (columns.length > 0 && columns.length < seen[row]) {
      rows += 1;
      chance += columns.length / seen[row];
      columns.forEach((column) => (weight += table[row * Tk + column]));
    }
  });
  return rows === 0
    ? { kind, weight: 0, chance: 0, rows }
    : { kind, weight: weight / rows, chance: chance / rows, rows };
}

function spreadOf(table: Float32Array, Tk: number, seen: readonly number[]): HeadScore {
  let [sum, rows] = [0, 0];
  seen.forEach((count, row) => {
    if (count > 1) {
      rows += 1;
      let entropy = 0;
      for (let column = 0; column < Tk; column += 1) {
        const share = table[row * Tk + column];
        entropy -= share > 0 ? share * Math.log(share) : 0;
      }
      sum += entropy / Math.log(count);
    }
  });
  return rows === 0
    ? { kind: "spread", weight: 0, chance: 0, rows }
    : { kind: "spread", weight: sum / rows, chance: 1, rows };
}
