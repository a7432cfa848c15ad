/**
 * Runs the front end's models in Node: a list of jobs in JSON comes in, a list of answers goes out. An error is an
 * answer too. Arrays travel as base64 of little-endian float64.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { beamSearch, type BeamOptions } from "../../src/widgets/engine/model/beam.js";
import {
  greedy,
  sample,
  withoutPauses,
  type DecodingOptions,
  type SamplingOptions,
} from "../../src/widgets/engine/model/decoding.js";
import { LiveReading, type Input } from "../../src/widgets/engine/model/live.js";
import { loadModel, type LoadedModel } from "../../src/widgets/engine/model/load.js";
import { prepare, type Typed } from "../../src/widgets/engine/model/prepare.js";
import { keepTopK, keepTopP, withTemperature } from "../../src/widgets/engine/model/sampling.js";
import type { Edits } from "../../src/widgets/engine/model/trace.js";
import { chunks, normalizeChinese, tokenizerFrom } from "../../src/widgets/engine/text/index.js";

type Job =
  | { kind: "look"; folder: string; input: Input; edits: Edits[]; record?: boolean }
  | { kind: "greedy"; folder: string; ids: number[]; options: DecodingOptions }
  | { kind: "sample"; folder: string; ids: number[]; options: SamplingOptions }
  | { kind: "beam"; folder: string; ids: number[]; options: BeamOptions }
  | { kind: "write"; folder: string; texts: number[][]; options: DecodingOptions | BeamOptions }
  | { kind: "prepare"; folder: string; typed: Typed }
  | { kind: "encode"; tokenizer: unknown; texts: string[] }
  | { kind: "decode"; tokenizer: unknown; ids: number[][]; skipSpecial: boolean }
  | { kind: "chunks" | "normalize"; texts: string[] }
  | { kind: "filter"; logits: number[]; temperature: number; topK: number | null; topP: number | null };

const models = new Map<string, LoadedModel>();

function modelIn(folder: string): LoadedModel {
  let loaded = models.get(folder);
  if (loaded === undefined) {
    const weights = readFileSync(path.join(folder, "weights.safetensors"));
    const start = weights.byteOffset;
    loaded = loadModel(
      readFileSync(path.join(folder, "model.json"), "utf8"),
      weights.buffer.slice(start, start + weights.byteLength),
    );
    models.set(folder, loaded);
  }
  return loaded;
}

function run(job: Job): unknown {
  switch (job.kind) {
    case "look":
      return look(modelIn(job.folder), job.input, job.edits, job.record ?? true);
    case "greedy":
      return [...withoutPauses(greedy(modelIn(job.folder).model, job.ids, job.options))].map(plain);
    case "sample":
      return [...withoutPauses(sample(modelIn(job.folder).model, job.ids, job.options))].map(plain);
    case "beam":
      return [...withoutPauses(beamSearch(modelIn(job.folder).model, job.ids, job.options))].map(plain);
    case "write":
      return job.texts.map((ids) => written(modelIn(job.folder), ids, job.options));
    case "prepare":
      return prepare(modelIn(job.folder), job.typed);
    case "encode": {
      const tokenizer = tokenizerFrom(job.tokenizer);
      return job.texts.map((text) => orError(() => tokenizer.encode(text)));
    }
    case "decode": {
      const tokenizer = tokenizerFrom(job.tokenizer);
      return job.ids.map((ids) => tokenizer.decode(ids, job.skipSpecial));
    }
    case "chunks":
      return job.texts.map((text) => orError(() => chunks(text)));
    case "normalize":
      return job.texts.map(normalizeChinese);
    case "filter": {
      const warm = withTemperature(Float64Array.from(job.logits), job.temperature);
      const few = job.topK === null ? warm : keepTopK(warm, job.topK);
      return plain(job.topP === null ? few : keepTopP(few, job.topP));
    }
  }
}

/** One reading under one set of edits after the other: what it says and what was recorded. */
function look({ model }: LoadedModel, input: Input, edits: Edits[], record: boolean): unknown {
  const live = new LiveReading(model, input, { record });
  return edits.map((one) => plain(live.update(one)));
}

/** The new tokens of one text, by greedy decoding or by beam search. */
function written({ model }: LoadedModel, ids: number[], options: DecodingOptions | BeamOptions): unknown {
  return "width" in options
    ? [...withoutPauses(beamSearch(model, ids, options))].at(-1)?.best.ids
    : [...withoutPauses(greedy(model, ids, options))].at(-1)?.ids;
}

function orError(answer: () => unknown): unknown {
  try {
    return answer();
  } catch (error) {
    return { error: (error as Error).name, message: (error as Error).message };
  }
}

/** A value as JSON can carry it. */
function plain(value: unknown): unknown {
  if (value instanceof Float32Array || value instanceof Float64Array) {
    return { base64: Buffer.from(Float64Array.from(value).buffer).toString("base64") };
  }
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, item]) => [String(name), plain(item)]));
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
    : value;
}

const { jobs, plainLoops } = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[]; plainLoops: boolean };
if (plainLoops) {
  Reflect.deleteProperty(globalThis, "WebAssembly");
}
process.stdout.write(JSON.stringify(jobs.map((job) => orError(() => run(job)))));
