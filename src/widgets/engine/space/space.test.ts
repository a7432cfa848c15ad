import { describe, expect, test } from "vitest";
import { mutantOf } from "../../test/mutant.js";
import { expectClose, numbersFrom, randomVector } from "../../test/numbers.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { safetensorsFile, tensor } from "../../test/safetensors-file.js";
import * as axes from "./axes.js";
import { Cloud, depthColors, type Camera } from "./cloud.js";
import * as neighbors from "./neighbors.js";
import * as pca from "./pca.js";
import { makeSpace, spaceFromWord2vec, spaceFromWords, type Space } from "./table.js";

const awake = (): Promise<void> => Promise.resolve();

function spaceOf(rows: Readonly<Record<string, readonly number[]>>): Space {
  const vectors = Object.values(rows);
  return makeSpace(Object.keys(rows), vectors[0].length, Float32Array.from(vectors.flat()));
}

function randomSpace(count: number, dim: number): Space {
  const words = Array.from({ length: count }, (_, row) => `w${row}`);
  return makeSpace(words, dim, randomVector(count * dim, 5));
}

// Of different lengths, so that an inner product is no cosine.
const SMALL = spaceOf({
  east: [2, 0, 0],
  near: [3, 3, 0],
  north: [0, 5, 0],
  west: [-1, 0, 0],
  up: [0, 0, 1],
  far: [90, 95, 40],
});

describe("tables", () => {
  const words = { tokens: JSON.stringify(["a", "b", "##c"]), words: "2" };
  const rows = tensor("I8", [3, 2], Int8Array.of(1, 2, 3, 4, 5, 6));

  test("only whole words are read, each with its scale", () => {
    const scales = tensor("F32", [3], Float32Array.of(0.5, 2, 1));
    const space = spaceFromWords(safetensorsFile({ rows, scales }, words));
    expect(space.words).toEqual(["a", "b"]);
    expect([...space.rows]).toEqual([0.5, 1, 6, 8]);
    expect(space.lengths[1]).toBe(10);
  });

  test("Word2Vec's input matrix is read with the words of its description", () => {
    const file = { input: rows, output: rows, "input.scales": tensor("F32", [3], Float32Array.of(1, 1, 2)) };
    const text = new TextEncoder().encode(JSON.stringify({ words: ["x", "y", "z"] })).buffer;
    expect([...spaceFromWord2vec(safetensorsFile(file), text).rows]).toEqual([1, 2, 3, 4, 10, 12]);
    expect(() => spaceFromWord2vec(safetensorsFile({ input: rows }), text)).toThrow(/input.scales/);
  });

  test.each([
    [{ tokens: "[1]", words: "1" }, /JSON list of texts/],
    [{ tokens: '["a"]', words: "1" }, /1 tokens/],
    [{ tokens: '["a","b","c"]', words: "4" }, /4 whole words/],
  ])("%j is refused", (metadata, message) => {
    expect(() => spaceFromWords(safetensorsFile({ rows }, metadata))).toThrow(message);
  });
});

type Neighbors = typeof neighbors;

function checkNearest({ nearest, largest, analogy, nearestInPicture, overlapOf }: Neighbors): void {
  const found = nearest(SMALL, "near", 4);
  expect(found.map(([word]) => word)).toEqual(["far", "east", "north", "up"]);
  expect(found[1][1]).toBeCloseTo(Math.SQRT1_2, 12);
  expect(largest(Float64Array.of(1, 3, 3, 2), 2)).toEqual([1, 2]);
  expect(largest(Float64Array.of(1, 3, 3, 2), 3, [1])).toEqual([2, 3, 0]);
  const answers = analogy(SMALL, ["near", "east", "north"]);
  expect(answers.included.map(([word]) => word).slice(0, 2)).toEqual(["north", "near"]);
  expect(answers.excluded.map(([word]) => word)).toEqual(["far", "west", "up"]);
  const places = Float64Array.of(0, 0, 1, 1, 5, 5, 0, 1.1, 9, 9, 1, 0.2);
  const seen = nearestInPicture(SMALL, places, 2, "east");
  expect(seen.map(([word]) => word)).toEqual(["far", "west", "near", "north", "up"]);
  expect(seen[1][1]).toBeCloseTo(1.1, 12);
  expect(overlapOf(seen.slice(0, 2), nearest(SMALL, "east", 2))).toBe(1);
}

const CHANGED = await Promise.all(
  (
    [
      [
        "an inner product for a cosine",
        "dotRows(rows, other, rows, row, dim) / length",
        "dotRows(rows, other, rows, row, dim)",
      ],
      ["the word is its own neighbor", "largest(cosines, k, [row])", "largest(cosines, k)"],
      [
        "the last of equals",
        "while (rank > 0 && number > numbers[places[rank - 1]])",
        "while (rank > 0 && number >= numbers[places[rank - 1]])",
      ],
      [
        "inputs left out of both lists",
        "included: listed([])",
        "included: listed(terms.map((word) => rowOf(space, word)))",
      ],
      ["b and c swapped", "number - b[i] + c[i]", "number + b[i] - c[i]"],
      ["squared distances", "Math.sqrt(-close[place])", "-close[place]"],
    ] as const
  ).map(async ([name, right, wrong]) => {
    return [name, await mutantOf<Neighbors>("engine/space/neighbors.ts", [right, wrong])] as const;
  }),
);

checkedAgainstMistakes("neighbors", checkNearest, neighbors, Object.fromEntries(CHANGED));

test("a sum that is zero has no neighbors", () => {
  const space = spaceOf({ a: [1, 0], b: [2, 0], c: [0, 0] });
  expect(() => neighbors.analogy(space, ["a", "b", "c"])).toThrow(/zero/);
});

test("the mean overlap is 10 for the space itself, and little for noise", async () => {
  const space = randomSpace(300, 3);
  const unit = Float64Array.from(space.rows, (number, at) => number / space.lengths[Math.floor(at / 3)]);
  expect(await neighbors.meanOverlap(space, unit, 3, awake)).toBe(10);
  const noise = Float64Array.from(randomVector(600, 9));
  expect(await neighbors.meanOverlap(space, noise, 2, awake)).toBeLessThan(2);
  expect(neighbors.sampleRows(8000).slice(0, 3)).toEqual([0, 40, 80]);
});

/** Two clear directions, far from the axes, at unequal strength; lengths differ, and only directions may count. */
function spread(): Space {
  const next = numbersFrom(3);
  const rows = Array.from({ length: 400 }, () => {
    const [a, b, size] = [1.2 * next(), 0.6 * next(), 1 + 3 * (next() + 1)];
    const one = [a * 0.6 + b * 0.8 + 2, a * -0.8 + b * 0.6, 0.02 * next() + 3, 0.01 * next()];
    return one.map((number) => number * size);
  });
  return spaceOf(Object.fromEntries(rows.map((row, place) => [`w${place}`, row])));
}

async function checkAxes({ principalAxes, placesAlong }: typeof pca): Promise<void> {
  const space = spread();
  const found = await principalAxes(space, 2, awake);
  const places = placesAlong(space, found, 2);
  const unit = space.words.map((_, row) =>
    Array.from(space.rows.subarray(4 * row, 4 * row + 4), (number) => number / space.lengths[row]),
  );
  const variance = (axis: ArrayLike<number>): number => {
    const along = unit.map((row) => row.reduce((sum, number, c) => sum + number * axis[c], 0));
    const mean = along.reduce((sum, one) => sum + one, 0) / along.length;
    return along.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  };
  const next = numbersFrom(8);
  const best = variance(found.axes[0]);
  for (let trial = 0; trial < 200; trial += 1) {
    const random = [next(), next(), next(), next()];
    const length = Math.hypot(...random);
    expect(variance(random.map((number) => number / length))).toBeLessThanOrEqual(best);
  }
  expect(pca.dot(found.axes[0], found.axes[1])).toBeCloseTo(0, 9);
  for (const axis of found.axes) {
    expect(Math.hypot(...axis)).toBeCloseTo(1, 12);
    expect(Math.max(...axis)).toBe(Math.max(...axis.map(Math.abs)));
  }
  const total = [0, 1, 2, 3].reduce((sum, c) => sum + variance([0, 1, 2, 3].map((d) => Number(c === d))), 0);
  expect(found.shares[0]).toBeCloseTo(best / total, 6);
  const mean = places.reduce((sum, number, at) => sum + (at % 2 === 0 ? number : 0), 0) / 400;
  expect(mean).toBeCloseTo(0, 9);
}

test("principal axes", () => checkAxes(pca));

test.each([
  ["no mean taken off", "/ words.length - mean[i] * mean[j]", "/ words.length"],
  ["lengths left in", "unit[c] = rows[row * dim + c] * scale", "unit[c] = rows[row * dim + c]"],
  ["the smallest first", "values[second] - values[first]", "values[first] - values[second]"],
  ["any sign", "return most < 0 ?", "return most > 0 ?"],
  ["places not centered", "sum * scale - offsets[a]", "sum * scale"],
])("a planted mistake is caught: %s", async (_, right, wrong) => {
  const changed = await mutantOf<typeof pca>("engine/space/pca.ts", [right, wrong]);
  await expect(checkAxes(changed)).rejects.toThrow();
});

test("vectors that spread in no direction have no axes", async () => {
  const space = spaceOf({ a: [1, 2], b: [2, 4] });
  const found = await pca.principalAxes(space, 2, awake);
  expect(found.axes).toEqual([]);
  expect([...pca.placesAlong(space, found, 2)]).toEqual([0, 0, 0, 0]);
});

type AxesModule = typeof axes;

function checkDirections({ axisFromPairs, along, leans, analogyPlane }: AxesModule): void {
  const axis = axisFromPairs(SMALL, [
    ["west", "east"],
    ["up", "north"],
  ]);
  expectClose(
    axis,
    [3, 5, -1].map((one) => one / Math.sqrt(35)),
    1e-12,
  );
  expect(along(SMALL, ["near"], axis)[0]).toBeCloseTo(24 / Math.sqrt(35), 12);
  expect(leans(SMALL, ["east", "west", "up"], [["east"], ["west", "up"]])[0]).toBeCloseTo(1, 12);
  expect(leans(SMALL, ["near"], [["east"], ["west"]])[0]).toBeCloseTo((2 * (3 - 0.5)) / 3, 12);
  const [target, near, east, north] = analogyPlane(
    SMALL,
    ["near", "east", "north"],
    ["near", "east", "north"],
  );
  expect(east).toEqual([expect.closeTo(0, 12), expect.closeTo(0, 12)]);
  expect(near[0]).toBeGreaterThan(0);
  expect(near[1]).toBeCloseTo(0, 12);
  expect(target[0]).toBeCloseTo(near[0] + north[0], 12);
  expect(target[1]).toBeCloseTo(near[1] + north[1], 12);
  expect(Math.hypot(...north)).toBeCloseTo(Math.SQRT2, 12);
}

const TURNED = await Promise.all(
  (
    [
      ["backwards", "vectorOf(space, high), 1 /", "vectorOf(space, high), -1 /"],
      ["not brought to length 1", "axis.map((number) => number / length)", "axis"],
      ["not from the middle", "- middle) * 2", ") * 2"],
      ["half a lean", "- middle) * 2", "- middle) * 1"],
      ["a skewed plane", "addScaled(second, first, -dot(second, first));", ""],
    ] as const
  ).map(async ([name, right, wrong]) => {
    return [name, await mutantOf<AxesModule>("engine/space/axes.ts", [right, wrong])] as const;
  }),
);

checkedAgainstMistakes("directions", checkDirections, axes, Object.fromEntries(TURNED));

test("what has no direction is refused", () => {
  expect(() => axes.axisFromPairs(SMALL, [])).toThrow(/at least 1 pair/);
  expect(() => axes.axisFromPairs(SMALL, [["up", "up"]])).toThrow(/cancel/);
  expect(() => axes.leans(SMALL, ["up"], [["east"], ["east"]])).toThrow(/same point/);
  expect(() => axes.leans(SMALL, ["up"], [[], ["east"]])).toThrow(/at least 1 word/);
  expect(axes.analogyPlane(SMALL, ["up", "up", "up"], ["up"])).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

const STILL: Camera = { turn: 0, tilt: 0, zoom: 1, right: 0, down: 0 };
const [WIDTH, HEIGHT] = [64, 48];
const COLORS = depthColors([10, 20, 30], [200, 210, 220]);
const GROUND = 0xff000000;

interface Made {
  Cloud: typeof Cloud;
}

function checkCloud({ Cloud: Cloudy }: Made): void {
  const cloud = new Cloudy(Float32Array.of(0, 0, 1, 0, 0, -1, 0.5, 0, 0), 3);
  cloud.project(STILL, WIDTH, HEIGHT);
  expect([cloud.x[0], cloud.y[0]]).toEqual([32, 24]);
  expect(cloud.x[2]).toBeGreaterThan(32); // +x is to the right
  expect([...cloud.depth]).toEqual([1, 0, 0.5]);
  const pixels = new Uint32Array(WIDTH * HEIGHT);
  cloud.paint(pixels, WIDTH, HEIGHT, 1.5, COLORS, GROUND);
  expect(pixels[24 * WIDTH + 32]).toBe(COLORS.at(-1)); // the near one covers the far one
  expect(pixels[0]).toBe(GROUND);
  cloud.project({ ...STILL, turn: Math.PI }, WIDTH, HEIGHT);
  expect(cloud.depth[0]).toBeCloseTo(0, 6);
  expect(cloud.x[2]).toBeLessThan(32);
  cloud.project({ ...STILL, tilt: Math.PI / 2 }, WIDTH, HEIGHT);
  expect(cloud.y[0]).toBeGreaterThan(24); // what was nearest is now below
  const flat = new Cloudy(Float32Array.of(0, 0.5, 0.25, 0), 2);
  flat.project({ ...STILL, zoom: 2, right: 0.25 }, WIDTH, HEIGHT);
  expect(flat.y[0]).toBeLessThan(24);
  expect(flat.x[1]).toBeCloseTo(32 + 0.25 * 48 + 0.25 * 0.49 * 48 * 2, 4);
  expect(flat.at(flat.x[1] + 2, flat.y[1], 5)).toBe(1);
  expect(flat.at(0, 0, 5)).toBe(-1);
}

const PAINTED = await Promise.all(
  (
    [
      [
        "far over near",
        "for (let step = 0; step < STEPS; step += 1) {\n      const { dx",
        "for (let step = STEPS - 1; step >= 0; step -= 1) {\n      const { dx",
      ],
      ["upside down", "y[i] = middleY - size * up", "y[i] = middleY + size * up"],
      ["mirrored", "middleX + size * across", "middleX - size * across"],
      ["not moved", "camera.right * side", "0"],
    ] as const
  ).map(async ([name, right, wrong]) => {
    return [name, await mutantOf<Made>("engine/space/cloud.ts", [right, wrong])] as const;
  }),
);

checkedAgainstMistakes("the cloud", checkCloud, { Cloud }, Object.fromEntries(PAINTED));

test("points outside the picture write nowhere", () => {
  const cloud = new Cloud(Float32Array.of(5, 5, -5, 5, 1, -1), 2);
  cloud.project(STILL, WIDTH, HEIGHT);
  const pixels = new Uint32Array(WIDTH * HEIGHT);
  cloud.paint(pixels, WIDTH, HEIGHT, 4, COLORS, GROUND);
  expect(new Set(pixels)).toEqual(new Set([GROUND]));
});

test("a frame makes no arrays: thousands of points are drawn again and again into the same ones", () => {
  const cloud = new Cloud(randomVector(3 * 2000, 4), 3);
  const { x, y, depth } = cloud;
  cloud.project(STILL, WIDTH, HEIGHT);
  cloud.project({ ...STILL, turn: 1 }, WIDTH, HEIGHT);
  expect([cloud.x, cloud.y, cloud.depth]).toEqual([x, y, depth]);
  expect(cloud.x).toBe(x);
});
