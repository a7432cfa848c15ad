/** A text and a model with some heads off: each question goes through the model's client. */

import { logSoftmax } from "../../engine/model/sampling.js";
import type { Input } from "../../engine/model/live.js";
import type { Candidate } from "../shared/candidates.js";
import { likeliest } from "../models/compute.js";
import { partsOf as textParts, type Opened } from "../models/readable.js";
import type { ModelName } from "../models/state.js";
import { PARTS, type Look, type Names, type PartName, type Parts, type Table } from "./look.js";

type Gates = Readonly<Record<string, readonly number[]>>;

const WEIGHTS = ".weights";

/** A text that was read once with all heads on: what every other look is compared with. */
export interface Opening {
  opened: Opened;
  name: ModelName;
  text: string;
  input: Input;
  /** The ids that were read, without those that the model wrote itself. */
  ids: readonly number[];
  /** The positions that tell the original output's tokens. */
  places: readonly number[];
  /** The original output. */
  written: readonly number[];
  tokens: readonly string[];
  original: string;
  before: readonly number[];
  names: Names;
}

/** Reads a text; `startId` is what a translator's decoder begins with. */
export async function open(
  opened: Opened,
  name: ModelName,
  text: string,
  startId: number | null,
): Promise<Opening> {
  const { client, key } = opened.model;
  const { speller, readChinese } = opened;
  const typed = name === "reader" ? textParts(text) : text;
  const options = name === "writer" ? { room: 1 } : {};
  const { ids, shown } = await client.call("prepare", key, { typed, options }, `${speller.lane} read`);
  const common = { opened, name, text, ids, tokens: [], original: "", before: [] };
  if (readChinese !== null) {
    const { characters } = readChinese(text);
    const written = await translate(opened, ids, {});
    const fed = [startId ?? 0, ...written.slice(0, -1)];
    const names = {
      source: [...characters, ...shown.slice(characters.length)],
      target: await speller.show(fed),
      written: await speller.show(written),
    };
    const input = { source: ids, target: fed };
    return finished({ ...common, input, places: fed.map((_, place) => place), written, names });
  }
  if (name === "reader") {
    const mask = await speller.mask();
    const places = ids.flatMap((id, place) => (id === mask ? place : []));
    return finished({ ...common, input: { source: ids }, places, written: [], names: { source: shown } });
  }
  const places = [ids.length - 1];
  return finished({ ...common, input: { target: ids }, places, written: [], names: { target: shown } });
}

/** What the model says with all heads on. */
async function finished(opening: Opening): Promise<Opening> {
  const distributions = await ask(opening, {}, []);
  const written =
    opening.written.length > 0 ? opening.written : distributions.logs.map((row) => likeliest(row)[0]);
  const { speller } = opening.opened;
  return {
    ...opening,
    written,
    tokens: await speller.show(written),
    original: await textWith(opening, written),
    before: distributions.logs.map((row, place) => Math.exp(row[written[place]])),
  };
}

/** The look with these gates; of a translation that is read again, and written anew. */
export async function lookWith(opening: Opening, gates: Gates): Promise<Look> {
  const { opened, names, tokens, original, written } = opening;
  const isChanged = Object.keys(gates).length > 0;
  const { logs, record } = await ask(opening, gates, [WEIGHTS]);
  const now = await outputOf(opening, gates, logs, isChanged);
  const after = logs.map((row, place) => Math.exp(row[written[place]]));
  const weights = new Map(
    [...record].map(([name, table]) => [name.slice(0, -WEIGHTS.length), unbatched(table)]),
  );
  const candidates = await Promise.all(logs.map((row) => candidatesOf(row, opened)));
  return {
    ...{ names, tokens, original, after, candidates, weights },
    output: isChanged ? await textWith(opening, now) : original,
    before: isChanged ? opening.before : after,
  };
}

async function outputOf(
  { opened, ids, written, name }: Opening,
  gates: Gates,
  logs: readonly Float64Array[],
  isChanged: boolean,
): Promise<readonly number[]> {
  if (!isChanged) {
    return written;
  }
  return name === "translator" ? translate(opened, ids, gates) : logs.map((row) => likeliest(row)[0]);
}

/** All that one attention computes under these gates. */
export async function partsWith(opening: Opening, gates: Gates, attention: string): Promise<Parts> {
  const isCross = attention.endsWith(".cross_attention");
  const nameOf = (part: PartName): string =>
    part === "x"
      ? `${attention}_add_norm.normalized`
      : part === "memory"
        ? "encoder.output"
        : `${attention}.${part}`;
  const wanted = PARTS.filter((part) => part !== "memory" || isCross);
  const { record } = await ask(opening, gates, wanted.map(nameOf));
  return Object.fromEntries(
    wanted.flatMap((part) => {
      const table = record.get(nameOf(part));
      return table === undefined ? [] : [[part, unbatched(table)]];
    }),
  );
}

interface Answered {
  /** The logarithms of the probabilities at each place. */
  logs: Float64Array[];
  record: ReadonlyMap<string, Table>;
}

async function ask(opening: Opening, gates: Gates, record: readonly string[]): Promise<Answered> {
  const { opened, input, places } = opening;
  const { client, key, info } = opened.model;
  const options = { record, logits: places };
  const lane = `${opened.speller.lane} look ${record.length}`; // a lane keeps the last reading: each wish has its own
  const reading = await client.call("look", key, { input, edits: { gates }, options }, lane);
  const V = info.config.vocab_size;
  return { logs: places.map((_, row) => logSoftmax(reading.logits, V, row)), record: reading.record };
}

async function translate(
  { model, speller }: Opened,
  ids: readonly number[],
  gates: Gates,
): Promise<readonly number[]> {
  const { client, key, info } = model;
  const options = { maxNewTokens: info.config.max_length, edits: { gates } };
  let written: readonly number[] = [];
  for await (const step of client.steps("greedy", key, { ids, options }, `${speller.lane} write`)) {
    written = step.ids;
  }
  return written;
}

async function textWith(
  { opened, name, ids, places, text }: Opening,
  written: readonly number[],
): Promise<string> {
  const { speller } = opened;
  if (name === "translator") {
    return speller.text(written);
  }
  if (name === "writer") {
    return text + (await speller.text(written));
  }
  const filled = [...ids];
  places.forEach((place, row) => (filled[place] = written[row]));
  return speller.text(filled);
}

async function candidatesOf(logs: Float64Array, { speller }: Opened): Promise<Candidate[]> {
  const ids = likeliest(logs);
  const names = await speller.show(ids);
  return ids.map((id, place) => {
    const probability = Math.exp(logs[id]);
    return { text: names[place], probability, own: probability };
  });
}

/** The one text of a batch. */
function unbatched({ shape, data }: Table): Table {
  return { shape: shape.slice(1), data };
}
