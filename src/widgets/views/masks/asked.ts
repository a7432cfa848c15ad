/** What a model is asked: to read a text, to go on from a row under another mask, to learn from each beginning. */

import { logSoftmax } from "../../engine/model/sampling.js";
import type { Edits } from "../../engine/model/trace.js";
import type { OpenModel } from "../../host/models.js";
import type { ReadChinese } from "../models/chinese.js";
import { likeliest, type Speller } from "../models/compute.js";
import { headsOf, maskedNames, type Candidate, type Reading, type Trained } from "./reading.js";
import { MAX_TOKENS } from "./state.js";

/** A model with what reads and spells for it; `lane` begins the names of the lanes of its requests. */
export interface Opened {
  model: OpenModel;
  speller: Speller;
  /** Of a translator. */
  readChinese: ReadChinese | null;
  lane: string;
}

/** None of a text's characters is known to the translator. */
export class UnknownText extends Error {
  readonly characters: readonly string[];

  constructor(characters: readonly string[]) {
    super(`none of ${characters.length} characters is known`);
    this.characters = characters;
  }
}

/** A text as the writer reads it. */
export async function writersReading(opened: Opened, text: string): Promise<Reading> {
  const { model, speller, lane } = opened;
  // A writer's text leaves room for the token that comes next.
  const asked = { typed: text, options: { room: 1 } };
  const { ids: all } = await model.client.call("prepare", model.key, asked, lane);
  const ids = all.slice(0, MAX_TOKENS);
  const shown = await speller.show(ids);
  const read = { model: "writer", text, queries: shown, keys: shown, ids, source: [] } as const;
  return looked(opened, read, all.length - ids.length);
}

/** A text and its translation, token by token: what cross-attention looks from and at. */
export async function translatorsReading(
  opened: Opened & { readChinese: ReadChinese },
  text: string,
): Promise<Reading> {
  const { model, speller, lane, readChinese } = opened;
  const { ids: all, shown } = await model.client.call("prepare", model.key, { typed: text }, lane);
  const { characters, hasKnown } = readChinese(text);
  if (!hasKnown) {
    throw new UnknownText(characters);
  }
  // What stands for an unknown character is shown as the character.
  const keys = [...characters, ...shown.slice(characters.length)].slice(-MAX_TOKENS);
  const source = all.slice(-MAX_TOKENS);
  const written: number[] = [];
  const asked = { ids: source, options: { maxNewTokens: MAX_TOKENS - 1 } };
  for await (const step of model.client.steps("greedy", model.key, asked, lane)) {
    if (step.reason !== "end") {
      written.push(step.token);
    }
  }
  const ids = [model.info.startId ?? 0, ...written];
  const read = { model: "translator", text, queries: await speller.show(ids), keys, ids, source } as const;
  return looked(opened, read, all.length - source.length);
}

/** The scores of the first layer, and the next tokens under the model's own mask. */
async function looked(
  { model, speller, lane }: Opened,
  read: Pick<Reading, "model" | "text" | "queries" | "keys" | "ids" | "source">,
  cut: number,
): Promise<Reading> {
  const [first] = maskedNames(model.info, read.model);
  const look = { input: inputOf(read), edits: {}, options: { record: [`${first}.scores`] } };
  const { record, logits } = await model.client.call("look", model.key, look, `${lane} plain`);
  const V = model.info.config.vocab_size;
  const rows = read.ids.map((_, row) => logSoftmax(logits, V, row).map(Math.exp));
  const plain = await Promise.all(rows.map((row) => spelled(row, speller)));
  const scores = record.get(`${first}.scores`)?.data ?? new Float32Array();
  const size = read.queries.length * read.keys.length;
  return { ...read, cut, plain, training: [], scores: headsOf(scores, size) };
}

/** The likeliest next tokens after a row, with these edits. */
export async function nextTokens(
  { model, speller, lane }: Opened,
  reading: Reading,
  row: number,
  edits: Edits,
): Promise<Candidate[]> {
  const look = { input: inputOf(reading), edits, options: { logits: [row] } };
  const { logits } = await model.client.call("look", model.key, look, `${lane} masked`);
  return spelled(logSoftmax(logits, model.info.config.vocab_size, 0).map(Math.exp), speller);
}

/** How likely each next token is: read off one run over all, and off a run over each beginning alone. */
export async function trainedOn({ model, lane }: Opened, ids: readonly number[]): Promise<Trained[]> {
  const V = model.info.config.vocab_size;
  const run = async (target: readonly number[], logits: "all" | number[]): Promise<Float32Array> => {
    const look = { input: { target }, edits: {}, options: { logits } };
    return (await model.client.call("look", model.key, look, `${lane} training`)).logits;
  };
  const together = await run(ids, "all");
  const training: Trained[] = [];
  for (const [place, wanted] of ids.slice(1).entries()) {
    const alone = await run(ids.slice(0, place + 1), [place]);
    training.push({
      together: Math.exp(logSoftmax(together, V, place)[wanted]),
      alone: Math.exp(logSoftmax(alone, V, 0)[wanted]),
    });
  }
  return training;
}

function inputOf({ model, ids, source }: Pick<Reading, "model" | "ids" | "source">): {
  source?: readonly number[];
  target: readonly number[];
} {
  return model === "translator" ? { source, target: ids } : { target: ids };
}

async function spelled(distribution: Float64Array, speller: Speller): Promise<Candidate[]> {
  const ids = likeliest(distribution);
  const names = await speller.show(ids);
  return ids.map((id, place) => ({ text: names[place], probability: distribution[id] }));
}
