/** The three models at work: each is asked through its client, and what it finds is told as it is found. */

import { logSoftmax } from "../../engine/model/sampling.js";
import type { Step } from "../../engine/model/decoding.js";
import type { OpenModel } from "../../host/models.js";
import type { Candidate } from "../shared/candidates.js";
import { rowOf, type Look, type Looks, type Run, type RunToken } from "./run.js";

export const CANDIDATES = 5;
const WEIGHTS = ".weights";
/** What the random numbers' state grows by with each number; see `randomFrom` of the engine. */
const STRIDE = 0x6d2b79f5;

type Gates = Readonly<Record<string, readonly number[]>>;

/** A result, but for what it was asked with. */
export type Found = Omit<Run, "model" | "inputs">;

/** Spells tokens. Single ones are asked for once. Who asks has lanes of its own, so that no widget cancels another. */
export class Speller {
  readonly lane: string;
  readonly #model: OpenModel;
  readonly #shown = new Map<number, string>();
  #mask: Promise<number> | null = null;
  #asked = 0;

  constructor(model: OpenModel, lane: string) {
    this.lane = lane;
    this.#model = model;
  }

  /** Each token as text. */
  async show(ids: readonly number[]): Promise<string[]> {
    const missing = [...new Set(ids)].filter((id) => !this.#shown.has(id));
    if (missing.length > 0) {
      const { shown } = await this.#ask(missing);
      missing.forEach((id, place) => this.#shown.set(id, shown[place]));
    }
    return ids.map((id) => this.#shown.get(id) ?? "");
  }

  /** The id of the mask token: what a blank alone is read as, between the start and the end token. Asked for once. */
  async mask(): Promise<number> {
    this.#mask ??= this.#readMask();
    return this.#mask;
  }

  /** All together as text, without special tokens. */
  async text(ids: readonly number[]): Promise<string> {
    return ids.length === 0 ? "" : (await this.#ask(ids)).text;
  }

  async #readMask(): Promise<number> {
    const { client, key, description } = this.#model;
    const { text } = (description as { tokenizers: { text: { special: { start: string | null } } } })
      .tokenizers;
    const { ids } = await client.call("prepare", key, { typed: [null] }, `${this.lane} mask`);
    return ids[text.special.start === null ? 0 : 1];
  }

  #ask(ids: readonly number[]): Promise<{ text: string; shown: string[] }> {
    this.#asked += 1; // a lane of its own: no question cancels another
    return this.#model.client.call("decode", this.#model.key, { ids }, `${this.lane} ${this.#asked}`);
  }
}

export interface TranslationOptions {
  /** What the model reads of the text. */
  characters: readonly string[];
  decoding: "greedy" | "beam";
  gates: Gates;
}

/** A translation, token by token; of a beam search its best text so far, and its probabilities at the end. */
export async function* translation(
  model: OpenModel,
  speller: Speller,
  text: string,
  { characters, decoding, gates }: TranslationOptions,
): AsyncGenerator<Found> {
  const { client, key, info } = model;
  const { lane } = speller;
  const { ids, shown } = await client.call("prepare", key, { typed: text }, lane);
  const read = [...characters, ...shown.slice(characters.length)];
  const options = { maxNewTokens: info.config.max_length, edits: { gates } };
  let forced: Record<number, number> = {};
  if (decoding === "beam") {
    const { width, lengthPenalty } = info.decoding;
    const beam = { ...options, width, lengthPenalty };
    for await (const { best } of client.steps("beam", key, { ids, options: beam }, lane)) {
      forced = byStep(best.ids);
      yield { text: await speller.text(best.ids), tokens: [], next: null, read, looks: [], reason: null };
    }
    options.maxNewTokens = Object.keys(forced).length;
  }
  const greedy = { ...options, forced, weights: true };
  const tokens: RunToken[] = [];
  const looks: Looks[] = [];
  for await (const step of client.steps("greedy", key, { ids, options: greedy }, lane)) {
    const [token, written] = await Promise.all([tokenOf(step, speller), speller.text(step.ids)]);
    tokens.push(token);
    looks.push(looksOf(step, ".cross_attention"));
    yield { text: written, tokens: [...tokens], next: null, read, looks: [...looks], reason: step.reason };
  }
}

export interface WritingOptions {
  temperature: number;
  topK: number;
  seed: number;
  gates: Gates;
  /** What was written already, with where it looked; it is gone on from. */
  kept: readonly RunToken[];
  keptLooks: readonly Looks[];
  /** Tokens that come next, whatever the model thinks of them. */
  replay: readonly number[];
  /** How many tokens to write after those. */
  count: number;
}

/** A text that goes on, token by token, and at its end what would come next. */
export async function* writing(
  model: OpenModel,
  speller: Speller,
  prompt: string,
  options: WritingOptions,
): AsyncGenerator<Found> {
  const { client, key, info } = model;
  const { lane } = speller;
  const typed = { typed: prompt, options: { room: 1 } };
  const { ids, shown } = await client.call("prepare", key, typed, lane);
  const tokens = [...options.kept];
  const looks = options.keptLooks.slice(0, tokens.length);
  const wanted = tokens.length + options.replay.length + options.count;
  const found = async (next: Run["next"], reason: Run["reason"]): Promise<Found> => {
    const read = [...shown, ...tokens.map(({ text }) => text)].slice(0, info.config.max_length);
    const rest = await speller.text(tokens.map(({ id }) => id));
    return { text: prompt + rest, tokens: [...tokens], next, read, looks: [...looks], reason };
  };
  const before = [...ids, ...tokens.map(({ id }) => id)];
  if (before.length > info.config.max_length) {
    yield await found(null, "max_length");
    return;
  }
  for await (const step of stepsOf(model, lane, before, options, wanted - tokens.length + 1)) {
    const token = await tokenOf(step, speller);
    looks.push(looksOf(step, ".self_attention"));
    yield await found({ candidates: token.candidates, id: token.id, text: token.text }, null);
    if (tokens.length < wanted) {
      tokens.push(token);
      if (step.reason === "end" || step.reason === "max_length") {
        yield await found(null, step.reason);
      }
    }
  }
}

/** The steps of a writer. Those that were skipped drew a number each, so the numbers go on where they stopped. */
function stepsOf(
  { client, key, info }: OpenModel,
  lane: string,
  ids: readonly number[],
  { temperature, topK, seed, gates, replay, kept }: WritingOptions,
  maxNewTokens: number,
): AsyncGenerator<Step> {
  const options = { maxNewTokens, edits: { gates }, weights: true, forced: byStep(replay) };
  if (temperature === 0) {
    return client.steps("greedy", key, { ids, options }, lane);
  }
  const sampling = {
    temperature,
    topK: topK === 0 ? null : Math.min(topK, info.config.vocab_size),
    seed: (seed + kept.length * STRIDE) >>> 0,
  };
  return client.steps("sample", key, { ids, options: { ...options, ...sampling } }, lane);
}

/** Tokens to be dictated, each at its step. */
function byStep(ids: readonly number[]): Record<number, number> {
  return Object.fromEntries(ids.entries());
}

/** A text with its blanks filled; `parts` has null for each blank. */
export async function filling(
  model: OpenModel,
  speller: Speller,
  parts: readonly (string | null)[],
  gates: Gates,
): Promise<Found> {
  const { client, key, info } = model;
  const { lane } = speller;
  const [{ ids, shown }, mask] = await Promise.all([
    client.call("prepare", key, { typed: parts }, lane),
    speller.mask(),
  ]);
  const places = ids.flatMap((id, place) => (id === mask ? place : []));
  const options = { record: [WEIGHTS], logits: places };
  const look = { input: { source: ids }, edits: { gates }, options };
  const reading = await client.call("look", key, look, lane);
  const V = info.config.vocab_size;
  const distributions = places.map((_, row) => logSoftmax(reading.logits, V, row).map(Math.exp));
  const best = distributions.map((distribution) => likeliest(distribution)[0]);
  const filled = [...ids];
  places.forEach((place, row) => (filled[place] = best[row]));
  const [text, tokens] = await Promise.all([
    speller.text(filled),
    Promise.all(distributions.map((found, row) => spelled(best[row], found, found, speller))),
  ]);
  return {
    text,
    tokens,
    next: null,
    read: shown,
    looks: places.map((place) => looksAt(reading.record, place)),
    reason: null,
  };
}

/** Where the token at a place looks, from recorded weights (1, heads, T, T). */
function looksAt(record: ReadonlyMap<string, Look>, place: number): Looks {
  const looks = new Map<string, Look>();
  for (const [name, { shape, data }] of record) {
    const [, heads, rows, columns] = shape;
    looks.set(attentionOf(name), {
      shape: [heads, columns],
      data: rowOf(data, [heads, rows, columns], place),
    });
  }
  return looks;
}

/** Where the token of a step looked, in the attentions of one kind. */
function looksOf({ attention }: Step, kind: string): Looks {
  const looks = new Map<string, Look>();
  for (const [name, look] of attention) {
    if (attentionOf(name).endsWith(kind)) {
      looks.set(attentionOf(name), look);
    }
  }
  return looks;
}

/** The name of an attention, from that of its recorded weights. */
function attentionOf(name: string): string {
  return name.endsWith(WEIGHTS) ? name.slice(0, -WEIGHTS.length) : name;
}

function tokenOf({ token, filtered, distribution }: Step, speller: Speller): Promise<RunToken> {
  return spelled(token, distribution, filtered, speller);
}

/** A token and the likeliest ones as the model sees them, each with what it is drawn with. */
async function spelled(
  id: number,
  own: Float64Array,
  filtered: Float64Array,
  speller: Speller,
): Promise<RunToken> {
  const ids = likeliest(own);
  const [text, ...names] = await speller.show([id, ...ids]);
  const candidates = ids.map((one, place): Candidate => ({
    text: names[place],
    probability: filtered[one],
    own: own[one],
  }));
  return { id, text, probability: filtered[id], candidates };
}

/** The ids of the largest numbers, of equal ones those with lower ids first. */
export function likeliest(distribution: Float64Array): number[] {
  const best: number[] = [];
  for (let id = 0; id < distribution.length; id += 1) {
    let place = best.length;
    while (place > 0 && distribution[id] > distribution[best[place - 1]]) {
      place -= 1;
    }
    if (place < CANDIDATES) {
      best.splice(place, 0, id);
      best.length = Math.min(best.length, CANDIDATES);
    }
  }
  return best;
}
