/** Runs the engine of the explorer of tokenizers in Node: one JSON of jobs in, one JSON of answers out. */

import { readFileSync } from "node:fs";
import { distancesOf, fitLine, raiseIds, startingRow, vectorOf } from "../../src/widgets/engine/codings.js";
import { tableFromSafetensors, type WordTable } from "../../src/widgets/engine/table.js";
import { excerptsOf, MergeTrainer, mergedText } from "../../src/widgets/engine/text/bytepairtraining.js";
import {
  cutByList,
  cutByPairs,
  cutByPieces,
  splitCharacters,
  splitWords,
  type Cut,
  type CutName,
} from "../../src/widgets/engine/text/cuts.js";

type Job =
  | { kind: "cut"; text: string; cut: CutName; merges: number; words: string[]; table: string }
  | { kind: "steps"; text: string; merges: number }
  | {
      kind: "numbers";
      ids: (number | null)[];
      size: number;
      words: string[];
      matrix: number[];
      points: number[][];
      table: string;
    };

const tables = new Map<string, WordTable>();

function tableIn(file: string): WordTable {
  const known = tables.get(file);
  if (known !== undefined) {
    return known;
  }
  const bytes = readFileSync(file);
  const { buffer, byteOffset, byteLength } = bytes;
  const table = tableFromSafetensors(buffer.slice(byteOffset, byteOffset + byteLength));
  tables.set(file, table);
  return table;
}

function trained(text: string, merges: number): MergeTrainer {
  const trainer = new MergeTrainer(text);
  while (trainer.steps.length < merges && trainer.step());
  return trainer;
}

function cutOf(job: Extract<Job, { kind: "cut" }>): Cut {
  switch (job.cut) {
    case "characters":
      return cutByList(job.text, splitCharacters);
    case "words":
      return cutByList(job.text, splitWords);
    case "byte-pairs": {
      const { steps, tokens } = trained(job.text, job.merges);
      return cutByPairs(job.text, steps, tokens);
    }
    case "wordpiece":
      return cutByPieces(job.text, tableIn(job.table));
  }
}

function run(job: Job): unknown {
  switch (job.kind) {
    case "cut": {
      const cut = cutOf(job);
      const names = [...new Set(cut.ids)].map((id) => [id, cut.name(id)]);
      const codes = job.words.map((word) => cut.code(word));
      return { tokens: cut.tokens, ids: cut.ids, size: cut.size, names, codes };
    }
    case "steps": {
      const { steps } = trained(job.text, job.merges);
      return steps.map(({ pair, count, id, left }, rank) => {
        const places = excerptsOf(mergedText(job.text, steps.slice(0, rank)), pair);
        return { pair, count, id, left, places: places.reduce((sum, { times }) => sum + times, 0) };
      });
    }
    case "numbers": {
      const table = tableIn(job.table);
      const vectors = job.words.map((word) => vectorOf(word, table));
      const known = job.ids.filter((id) => id !== null);
      const raised = raiseIds(known, job.matrix);
      return {
        distances: distancesOf(job.ids, job.size, vectors),
        starting: vectors.map((vector) => startingRow(vector, table)),
        raised,
        line: fitLine(raised),
        points: fitLine(job.points),
      };
    }
  }
}

const input = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
process.stdout.write(JSON.stringify(input.jobs.map(run)));
