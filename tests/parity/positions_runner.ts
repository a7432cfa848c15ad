/** Runs the engine of the explorer of positions in Node: one JSON of jobs in, one JSON of answers out. */

import { readFileSync } from "node:fs";
import {
  attend,
  changes,
  dotProducts,
  encoding,
  hands,
  pattern,
  readTables,
  shuffled,
  type Added,
  type Scheme,
} from "../../src/widgets/engine/positions.js";

interface Job {
  length: number;
  width: number;
  base: number;
  position: number;
  head: number;
  scheme: Scheme;
  tables: unknown;
  added: Added | "none";
  vectors: number[];
  D: number;
  order: number[];
}

/** JSON knows no NaN: where there is no number it has null. */
const plain = (values: ArrayLike<number>): number[] => Array.from(values);

function run(job: Job): unknown {
  const { length, width, base, position, D, order, added } = job;
  const table = encoding(length, width, base);
  const turned = hands(position, width, base);
  const words = Float32Array.from(job.vectors);
  const before = attend(words, order.length, D, added, base);
  const after = attend(shuffled(words, D, order), order.length, D, added, base);
  return {
    encoding: plain(table),
    angles: turned.map(({ angle }) => angle),
    wavelengths: turned.map(({ wavelength }) => wavelength),
    dotProducts: plain(dotProducts(table, width, position)),
    pattern: plain(pattern(job.scheme, length, { ...job, tables: readTables(job.tables) })),
    weights: plain(after.weights),
    outputs: plain(after.outputs),
    changes: plain(changes(before.outputs, after.outputs, D, order)),
  };
}

const input = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
process.stdout.write(JSON.stringify(input.jobs.map(run)));
