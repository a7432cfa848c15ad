/** Runs what the explorer of the latent space computes in Node: jobs in JSON come in, answers go out. */

import { readFileSync } from "node:fs";
import { along, analogyPlane, axisFromPairs, leans, type Pair } from "../../src/widgets/engine/space/axes.js";
import { analogy, meanOverlap, nearest, nearestInPicture } from "../../src/widgets/engine/space/neighbors.js";
import { placesAlong, principalAxes } from "../../src/widgets/engine/space/pca.js";
import { readSafetensors } from "../../src/widgets/engine/safetensors.js";
import {
  spaceFromState,
  spaceFromWord2vec,
  spaceFromWords,
  type Space,
} from "../../src/widgets/engine/space/table.js";
import type { TableState } from "../../src/widgets/engine/table.js";

interface Job {
  /** Where the table is: files, or the state of a page. */
  files: string[];
  table: TableState | null;
  /** The file of a t-SNE map, or null for PCA. */
  tsne: string | null;
  dimensions: 2 | 3;
  word: string;
  terms: string[];
  planeWords: string[];
  pairs: Pair[];
  placed: string[];
  poles: [string[], string[]];
}

function bytesOf(file: string): ArrayBuffer {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

const spaces = new Map<string, Space>();

function spaceOf({ files, table }: Job): Space {
  const key = files.join();
  const known = spaces.get(key);
  if (known !== undefined) {
    return known;
  }
  if (table !== null) {
    return spaceFromState(table);
  }
  const [vectors, description] = files.map(bytesOf);
  const space = files.length === 1 ? spaceFromWords(vectors) : spaceFromWord2vec(vectors, description);
  spaces.set(key, space);
  return space;
}

const awake = (): Promise<void> => Promise.resolve();

async function run(job: Job): Promise<unknown> {
  const space = spaceOf(job);
  const { dimensions, word, terms, planeWords, pairs, placed, poles, tsne } = job;
  const axes = await principalAxes(space, 3, awake);
  const map = tsne === null ? null : readSafetensors(bytesOf(tsne)).tensors.get(`${dimensions}d`);
  const places = map ? Float64Array.from(map.data) : placesAlong(space, axes, dimensions);
  const near = nearest(space, word, 24);
  return {
    words: space.words.length,
    shares: axes.shares,
    places: Array.from(places.subarray(0, 40 * dimensions)),
    sum: places.reduce((sum, one) => sum + Math.abs(one), 0),
    neighbors: nearest(space, word),
    picture: nearestInPicture(space, places, dimensions, word),
    mean_overlap: await meanOverlap(space, places, dimensions, awake),
    ...analogy(space, terms),
    plane: analogyPlane(space, terms, planeWords),
    along: along(space, placed, axisFromPairs(space, pairs)),
    senses: near,
    leans: leans(
      space,
      near.map(([name]) => name),
      poles,
    ),
  };
}

const jobs = (JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] }).jobs;
const answers: unknown[] = [];
for (const job of jobs) {
  answers.push(await run(job));
}
process.stdout.write(JSON.stringify(answers));
