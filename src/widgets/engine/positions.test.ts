import { describe, expect, test } from "vitest";
import { mutantOf, type Mistake } from "../test/mutant.js";
import { POSITION_TABLES } from "../test/states.js";
import * as model from "./model/positions.js";
import * as real from "./positions.js";
import * as tables from "./positiontables.js";

type Module = typeof real;

const TABLES = tables.readTables(POSITION_TABLES);
const OPTIONS = { width: 6, base: 100, head: 1, tables: TABLES };
const LENGTH = 9;
const D = 6;
const ORDER = [2, 0, 3, 1]; // not its own inverse
/** Four words of six entries, all different. */
const WORDS = Float32Array.from({ length: ORDER.length * D }, (_, at) => Math.sin(at * at + 1));

const near = (found: number, wanted: number, what?: string): void =>
  expect(found, what).toBeCloseTo(wanted, 5);

function checkEncoding({ dotProducts, encoding, hands }: Module): void {
  const table = encoding(4, D, 100);
  expect(table).toHaveLength(4 * D);
  for (let pair = 0; pair < 3; pair += 1) {
    const angle = 3 / 100 ** (pair / 3);
    near(table[3 * D + 2 * pair], Math.sin(angle), "a sine in the even entry");
    near(table[3 * D + 2 * pair + 1], Math.cos(angle), "a cosine in the odd entry");
    const hand = hands(3, D, 100)[pair];
    near(hand.angle, angle);
    near(hand.cos, Math.cos(angle));
    near(hand.sin, Math.sin(angle));
    near(hand.wavelength * hands(1, D, 100)[pair].angle, 2 * Math.PI, "once around");
  }
  expect(hands(3, D, 100)).toHaveLength(3);
  const products = dotProducts(table, D, 1);
  expect(products).toHaveLength(4);
  near(products[1], 3, "three pairs, each of length 1");
  near(
    products[3],
    hands(2, D, 100).reduce((sum, { cos }) => sum + cos, 0),
    "two positions away",
  );
}

function checkPatterns({ encoding, pattern, SCHEMES }: Module): void {
  const cellOf = (scheme: tables.Scheme, i: number, j: number, head = 1): number =>
    pattern(scheme, LENGTH, { ...OPTIONS, head })[i * LENGTH + j];
  for (const scheme of SCHEMES) {
    expect(pattern(scheme, LENGTH, OPTIONS)).toHaveLength(LENGTH ** 2);
  }
  const table = encoding(LENGTH, D, 100);
  const product = table.subarray(2 * D, 3 * D).reduce((sum, entry, at) => sum + entry * table[7 * D + at], 0);
  near(cellOf("sinusoidal", 2, 7), product / Math.sqrt(D));
  const cosines = [0, 1, 2].map((pair) => Math.cos(5 / 100 ** (pair / 3)));
  near(cellOf("rotary", 2, 7), (cosines[0] + cosines[1] + cosines[2]) / 3);
  near(cellOf("rotary", 4, 4), 1);
  near(cellOf("alibi", 2, 7), -5 / 256, "the slope of the second of two heads");
  near(cellOf("alibi", 7, 2, 0), -5 / 16, "it falls to both sides");
  checkLearned(pattern, cellOf);
}

function checkLearned(
  pattern: Module["pattern"],
  cellOf: (scheme: tables.Scheme, i: number, j: number, head?: number) => number,
): void {
  const { learned, shaw, t5 } = TABLES;
  const dot = (one: tables.Table, row: number, other: tables.Table, column: number): number =>
    Array.from({ length: one.columns }, (_, at) => at).reduce(
      (sum, at) => sum + one.values[row * one.columns + at] * other.values[column * one.columns + at],
      0,
    );
  near(cellOf("learned", 2, 7), dot(learned, 2, learned, 7) / Math.sqrt(6));
  const long = pattern("learned", 14, OPTIONS);
  near(long[11 * 14 + 3], dot(learned, 11, learned, 3) / Math.sqrt(6));
  expect([long[12 * 14 + 3], long[3 * 14 + 12]], "no vector beyond what was trained").toEqual([NaN, NaN]);

  for (const head of [0, 1]) {
    near(cellOf("shaw", 4, 6, head), dot(shaw.query, head, shaw.keys, 3 + 2) / Math.sqrt(5), "j - i");
    near(cellOf("shaw", 8, 0, head), dot(shaw.query, head, shaw.keys, 0) / Math.sqrt(5), "clipped");
    near(cellOf("shaw", 1, 8, head), dot(shaw.query, head, shaw.keys, 6) / Math.sqrt(5), "clipped");
    // Eight buckets, four to each side: 0 and 1 have their own, 2 to 5 and 6 to 15 share one.
    near(cellOf("t5", 5, 4, head), t5.buckets.values[1 * 2 + head], "the key before");
    near(cellOf("t5", 4, 5, head), t5.buckets.values[5 * 2 + head], "the key after");
    near(cellOf("t5", 8, 2, head), t5.buckets.values[3 * 2 + head], "six before");
    near(cellOf("t5", 8, 3, head), t5.buckets.values[2 * 2 + head], "five before");
  }
}

function checkShuffle(module: Module): void {
  const { attend, changes, shuffled, encoding } = module;
  expect(shuffled(WORDS, D, ORDER).subarray(0, D)).toEqual(WORDS.subarray(2 * D, 3 * D));
  const moved = (added: real.Added | "none", base = 100): number[] => {
    const before = attend(WORDS, 4, D, added, base).outputs;
    const after = attend(shuffled(WORDS, D, ORDER), 4, D, added, base).outputs;
    return [...changes(before, after, D, ORDER)];
  };
  expect(Math.max(...moved("none")), "without positions each word gets its own output again").toBeLessThan(
    1e-6,
  );
  for (const added of ["sinusoidal", "rotary", "alibi"] as const) {
    expect(Math.min(...moved(added)), added).toBeGreaterThan(1e-3);
  }
  expect(moved("rotary")).not.toEqual(moved("rotary", 10));
  expect([...changes(Float32Array.of(1, 2, 3), Float32Array.of(3, 0.25, 2.5), 1, [2, 0, 1])]).toEqual([
    0.75, 0.5, 0,
  ]);

  // One word alone attends to itself, so its output is its value: the sum, the word, the word.
  const one = WORDS.subarray(0, D);
  const place = encoding(1, D, 100);
  expect([...attend(one, 1, D, "sinusoidal", 100).outputs]).toEqual([...one.map((x, at) => x + place[at])]);
  const two = WORDS.subarray(0, 2 * D);
  const [plain, alibi] = [attend(two, 2, D, "none", 100), attend(two, 2, D, "alibi", 100)];
  for (const { weights } of [plain, alibi]) {
    near(weights[0] + weights[1], 1);
    near(weights[2] + weights[3], 1);
  }
  const odds = ({ weights }: real.Attended): number => Math.log(weights[0] / weights[1]);
  near(odds(alibi) - odds(plain), 0.5, "one step away costs the slope of the first of eight heads");
  const score = (a: number, b: number): number =>
    two.subarray(a * D, (a + 1) * D).reduce((sum, x, at) => sum + x * two[b * D + at], 0) / Math.sqrt(D);
  near(odds(plain), score(0, 0) - score(0, 1), "divided by the root of the width");
  const rotary = attend(two, 2, D, "rotary", 100);
  const kept = rotary.weights[0] * two[0] + rotary.weights[1] * two[D];
  near(rotary.outputs[0], kept, "values are not turned");
}

function check(module: Module): void {
  checkEncoding(module);
  checkPatterns(module);
  checkShuffle(module);
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "the base is ignored": ["sinusoidalPositions(length, width, base)", "sinusoidalPositions(length, width)"],
  "hands of another base": ["base ** ((2 * pair) / width)", "10000 ** ((2 * pair) / width)"],
  "frequencies twice as close": ["(2 * pair) / width)", "pair / width)"],
  "a wavelength in radians": ["2 * Math.PI * perTurn", "perTurn"],
  "the dot product with another position": [
    "table.subarray(position * width, (position + 1) * width)",
    "table.subarray(0, width)",
  ],
  "scores that are not scaled": ["products[i * rows + j] / Math.sqrt(width)", "products[i * rows + j]"],
  "a zero where there is no number": [": NaN;", ": 0;"],
  "the direction is lost": ["scores[j - i + length - 1]", "scores[i - j + length - 1]"],
  "clipped one too early": ["Math.min(reach, distance)", "Math.min(reach - 1, distance)"],
  "a key that is not scaled": ["+ reach] / Math.sqrt(keys.columns)", "+ reach]"],
  "the query of the first head": ["rowOf(query, head)", "rowOf(query, 0)"],
  "the bucket of the other direction": [
    "relativeBucket(distance, sizes)",
    "relativeBucket(-distance, sizes)",
  ],
  "the buckets of the first head": ["sizes))[head]", "sizes))[0]"],
  "a sum of cosines": ["/ every.length", "/ 1"],
  "scores that rise with the distance": ["-slope * Math.abs(distance);\n}", "slope * Math.abs(distance);\n}"],
  "a fall to one side": ["-slope * Math.abs(distance);\n}", "-slope * distance;\n}"],
  "the slope of the first head": ["alibiSlopes(heads)[head]", "alibiSlopes(heads)[0]"],
  "positions that are not added": ["? sum(vectors, encoding(T, D, base))", "? vectors"],
  "values that are turned": ["transpose(x, T, D)", "transpose(looking, T, D)"],
  "turned by another base": ["rotaryTurns(T, D, base)", "rotaryTurns(T, D)"],
  "nothing is turned": ["turn(copy, T, D", "turn(x.slice(), T, D"],
  "attention that is not scaled": ["score / Math.sqrt(D) - slope", "score - slope"],
  "attention that rises with the distance": ["Math.sqrt(D) - slope", "Math.sqrt(D) + slope"],
  "the inverse order": [
    "vectors.subarray(from * D, (from + 1) * D), place * D",
    "vectors.subarray(place * D, (place + 1) * D), from * D",
  ],
  "a word's place in the place of the word": ["before[word * D + entry]", "before[place * D + entry]"],
  "changes in the order on screen": [
    "largest[word] = Math.max(largest[word]",
    "largest[place] = Math.max(largest[place]",
  ],
  "changes that may fall": ["Math.abs(after", "(after"],
};

describe("positions", () => {
  test("are right", () => check(real));

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<Module>("engine/positions.ts", mistake);
    expect(() => check(mutant)).toThrow();
  });
});

function checkBuckets({ bucketsEachWay, relativeBucket }: typeof model): void {
  const both = { buckets: 8, maxDistance: 16, bidirectional: true };
  const bucketsOf = (sizes: model.BucketSizes, ...distances: number[]): number[] =>
    distances.map((distance) => relativeBucket(distance, sizes));
  expect(bucketsOf(both, 0, -1, -2, -5, -6, -99, 1, 2, 5, 6, 99)).toEqual([0, 1, 2, 2, 3, 3, 5, 6, 6, 7, 7]);
  const left = { buckets: 8, maxDistance: 32, bidirectional: false };
  // Four of their own; each of the other four ends where 4 has grown by a power of 8 ** (1 / 4).
  expect(bucketsOf(left, 5, 1, 0, -3, -4, -6, -7, -11, -12, -19, -20, -500)).toEqual([
    0, 0, 0, 3, 4, 4, 5, 5, 6, 6, 7, 7,
  ]);
  expect(() => bucketsEachWay({ ...both, buckets: 7 })).toThrow("7 buckets cannot be shared out to 2");
  expect(() => bucketsEachWay({ ...both, maxDistance: 2 })).toThrow("whole number above 2, not 2");
  expect(() => bucketsEachWay({ ...left, buckets: 1 })).toThrow("1 buckets");
}

const BUCKET_MISTAKES: Readonly<Record<string, Mistake>> = {
  "the direction is inverted": ["distance > 0 ? eachWay", "distance < 0 ? eachWay"],
  "keys to the right in a causal stack": ["Math.max(0, -distance)", "Math.abs(distance)"],
  "one distance more of its own": ["2); // this many distances", "2) + 1; // this many distances"],
  "no last bucket": ["Math.min(eachWay - 1, exact", "Math.min(99, exact"],
  "a logarithm to another end": ["Math.log(sizes.maxDistance / exact)", "Math.log(sizes.maxDistance)"],
  "rounded to the nearest": ["Math.floor(fround(share", "Math.round(fround(share"],
  "an odd number of buckets": ["!Number.isSafeInteger(eachWay) ||", ""],
};

describe("buckets of distances", () => {
  test("are right", () => checkBuckets(model));

  test.each(Object.entries(BUCKET_MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<typeof model>("engine/model/positions.ts", mistake);
    expect(() => checkBuckets(mutant)).toThrow();
  });
});

const without = (name: string, changes: Record<string, unknown>): unknown => ({
  ...POSITION_TABLES,
  [name]: { ...(POSITION_TABLES[name] as Record<string, unknown>), ...changes },
});
const WRONG: [string, unknown, string][] = [
  ["nothing", null, "tables must be an object, not null"],
  ["no trained length", { ...POSITION_TABLES, trained: 0 }, "tables.trained must be a whole number"],
  [
    "another length than the table",
    { ...POSITION_TABLES, trained: 13 },
    "tables.learned.rows must be 13, not 12",
  ],
  [
    "a missing number",
    without("learned", { values: [1, 2] }),
    "learned.values must be 12 x 6 = 72 numbers, not 2",
  ],
  ["a text", without("learned", { values: ["1"] }), "tables.learned.values must be a list of finite numbers"],
  [
    "a reach that is not that of the keys",
    without("shaw", { reach: 4 }),
    "tables.shaw.keys.rows must be 9, not 7",
  ],
  [
    "queries as wide as something else",
    without("shaw", { query: { rows: 2, columns: 1, values: [1, 2] } }),
    "tables.shaw.query.columns must be 5, not 1",
  ],
  [
    "buckets of one head",
    without("t5", { buckets: { rows: 2, columns: 1, values: [1, 2] } }),
    "tables.t5.buckets.columns must be 2, not 1",
  ],
  [
    "no direction",
    without("t5", { bidirectional: undefined }),
    "tables.t5.bidirectional must be true or false, not missing",
  ],
  ["a distance that is too small", without("t5", { maxDistance: 2 }), "tables.t5: the largest distance"],
  [
    "a length that was not measured",
    without("accuracy", { rotary: [1, 1] }),
    "tables.accuracy.rotary must be 3 numbers",
  ],
  [
    "more than all",
    without("accuracy", { none: [1, 1, 1.5] }),
    "tables.accuracy.none must be 3 numbers from 0 to 1",
  ],
  ["no scheme", without("accuracy", { alibi: undefined }), "tables.accuracy.alibi must be 3 numbers"],
];

function checkTables({ readTables }: typeof tables): void {
  const read = readTables(POSITION_TABLES);
  expect(read.learned.values).toHaveLength(72);
  expect([read.shaw.reach, read.t5.maxDistance, read.accuracy.none[1]]).toEqual([3, 16, 0.25]);
  expect(readTables(without("accuracy", { learned: [1, 1, null] })).accuracy.learned).toEqual([1, 1, NaN]);
  for (const [name, value, message] of WRONG) {
    expect(() => readTables(value), name).toThrow(message);
  }
}

const TABLE_MISTAKES: Readonly<Record<string, Mistake>> = {
  "any number of rows": ["rows !== (wanted.rows ?? rows)", "false"],
  "any number of columns": ["columns !== (wanted.columns ?? columns)", "false"],
  "any number of values": ["values.length !== rows * columns", "false"],
  "any accuracy": ["(one as number) <= 1", "true"],
  "any number of lengths": ["listed.length !== count", "false"],
  "any buckets": ["bucketsEachWay({ buckets: buckets.rows, maxDistance, bidirectional });", ""],
  "keys of another reach": ["2 * reach + 1", "2 * reach + 2"],
};

describe("tables", () => {
  test("are read or refused", () => checkTables(tables));

  test.each(Object.entries(TABLE_MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<typeof tables>("engine/positiontables.ts", mistake);
    expect(() => checkTables(mutant)).toThrow();
  });
});
