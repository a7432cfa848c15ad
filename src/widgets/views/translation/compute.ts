/** The translator at work on one text: all steps, with what the model says at each of them. */

import type { BeamStep } from "../../engine/model/beam.js";
import type { Step } from "../../engine/model/decoding.js";
import type { RowEdit } from "../../engine/model/trace.js";
import type { OpenModel } from "../../host/models.js";
import type { Speller } from "../models/compute.js";
import type { Look, Looks } from "../models/run.js";
import type { Candidate, Level, Node, Run } from "./run.js";
import type { OwnRow, State } from "./state.js";

export const SHOWN = 7; // candidates of a step
const WEIGHTS = ".weights";

type Edits = Readonly<Record<string, readonly RowEdit[]>>;
type Ids = readonly number[];

/** A level before its tokens are spelled. */
interface RawLevel {
  rows: { prefix: Ids; own: Float64Array; used: Float64Array; looks: Looks }[];
  nodes: Omit<Node, "text">[];
  best: Ids;
}

export interface Work {
  model: OpenModel;
  speller: Speller;
  /** What the encoder reads of the text. */
  characters: readonly string[];
  /** Told from time to time what there is so far. */
  onPart: (found: Omit<Run, "inputs">) => void;
  /** Throws once something else is asked for: a question of the old translation would cancel the new one's. */
  check: () => void;
}

const PACE = 200; // ms between two parts of a long translation

/** A whole translation. */
export async function translation(state: State, work: Work): Promise<Omit<Run, "inputs">> {
  const { model, speller, characters, onPart, check } = work;
  const { client, key, info } = model;
  const { ids, shown } = await client.call("prepare", key, { typed: state.text }, speller.lane);
  check();
  const read = [...characters, ...shown.slice(characters.length)];
  const edits = rowEdits(state.rows, info.config.n_heads, ids.length);
  const encoder = await encoderOf(model, ids, edits, speller.lane);
  check();
  const raw: RawLevel[] = [];
  const spell = (before: Before): Promise<Level[]> =>
    Promise.all(raw.map((one) => spelled(one, before, speller)));
  let told = performance.now();
  for await (const level of levelsOf(model, ids, state, edits, speller.lane)) {
    raw.push(level);
    if (performance.now() - told > PACE) {
      told = performance.now();
      onPart({ read, levels: await spell(new Map()), encoder, plain: null });
    }
  }
  check();
  const isChanged = state.rows.length > 0;
  const before = isChanged ? await beforeOf(ids, raw, work) : new Map<string, Float64Array>();
  check();
  const plain =
    isChanged || Object.keys(state.forced).length > 0 ? await plainOf(model, ids, state, speller) : null;
  return { read, levels: await spell(before), encoder, plain };
}

/** The rows as the model takes them. A row of all heads is one for each; weights for keys that are not there go. */
export function rowEdits(rows: readonly OwnRow[], heads: number, source: number): Record<string, RowEdit[]> {
  const found: Record<string, RowEdit[]> = {};
  for (const { attention, head, query, weights } of rows) {
    const keys = attention.endsWith("self_attention") ? query + 1 : source;
    const listed = head < 0 ? Array.from({ length: heads }, (_, one) => one) : [head];
    found[attention] = [
      ...(found[attention] ?? []),
      ...listed.map((one) => ({ head: one, query, weights: weights.slice(0, keys) })),
    ];
  }
  return found;
}

async function* levelsOf(
  { client, key, info }: OpenModel,
  ids: Ids,
  state: State,
  rows: Edits,
  lane: string,
): AsyncGenerator<RawLevel> {
  const { vocab_size: V, max_length: most } = info.config;
  const forced = Object.fromEntries(Object.entries(state.forced).filter(([step]) => Number(step) < most));
  const options = { maxNewTokens: most, edits: { rows }, weights: true, forced };
  if (state.decoding === "beam") {
    let live: readonly Ids[] = [[]];
    const beam = { ...options, width: state.width, lengthPenalty: info.decoding.lengthPenalty };
    for await (const step of client.steps("beam", key, { ids, options: beam }, lane)) {
      yield beamLevel(step, live);
      live = step.live.map((one) => one.ids);
    }
    return;
  }
  const { temperature, topP, seed } = state;
  const topK = state.topK === 0 ? null : Math.min(state.topK, V);
  const sampling = { ...options, temperature, topK, topP, seed };
  const steps =
    state.decoding === "sample"
      ? client.steps("sample", key, { ids, options: sampling }, lane)
      : client.steps("greedy", key, { ids, options }, lane);
  let total = 0;
  for await (const step of steps) {
    total += step.logProbability;
    yield lineLevel(step, total);
  }
}

function lineLevel(step: Step, total: number): RawLevel {
  const { ids, token: id, distribution: own, filtered: used } = step;
  const looks = new Map([...step.attention].map(([name, look]): [string, Look] => [plainName(name), look]));
  const numbers = { probability: used[id], logProbability: total, score: total };
  const node = { ...numbers, ids, id, parent: 0, finished: step.reason === "end" };
  return { rows: [{ prefix: ids.slice(0, -1), own, used, looks }], nodes: [node], best: ids };
}

function beamLevel(step: BeamStep, live: readonly Ids[]): RawLevel {
  const rows = step.distributions.map((own, place) => {
    const looks = [...step.attention].map(([name, { shape, data }]): [string, Look] => {
      const [, heads, keys] = shape;
      const size = heads * keys;
      return [plainName(name), { shape: [heads, keys], data: data.slice(place * size, (place + 1) * size) }];
    });
    return { prefix: live[place], own, used: own, looks: new Map(looks) };
  });
  const ended = step.finished.filter(({ ids }) => ids.length === step.index + 1);
  const nodes = [...step.live, ...ended].map((one) => {
    const { ids, logProbability, score } = one;
    const id = ids[ids.length - 1];
    const parent = one.parent ?? 0;
    const probability = rows[parent].own[id];
    return { ids, id, probability, logProbability, score, parent, finished: ended.includes(one) };
  });
  return { rows, nodes, best: step.best.ids };
}

const plainName = (name: string): string => (name.endsWith(WEIGHTS) ? name.slice(0, -WEIGHTS.length) : name);

/** Where each character looks in the encoder. What the decoder is given makes no difference to it. */
async function encoderOf({ client, key }: OpenModel, source: Ids, rows: Edits, lane: string): Promise<Looks> {
  const request = { input: { source, target: [0] }, edits: { rows: encoderRows(rows) } };
  const options = { record: [WEIGHTS], logits: [0] };
  const { record } = await client.call("look", key, { ...request, options }, `${lane} look`);
  const found = new Map<string, Look>();
  for (const [name, { shape, data }] of record) {
    if (name.startsWith("encoder") && name.endsWith(WEIGHTS)) {
      found.set(plainName(name), { shape: shape.slice(1), data });
    }
  }
  return found;
}

const encoderRows = (rows: Edits): Edits =>
  Object.fromEntries(Object.entries(rows).filter(([name]) => name.startsWith("encoder")));

// --- compared with before --------------------------------------------------------------------------------------------

/** The model's distribution after each beginning, with no row overwritten. */
type Before = ReadonlyMap<string, Float64Array>;

async function beforeOf(
  ids: Ids,
  raw: readonly RawLevel[],
  { model, speller, check }: Work,
): Promise<Before> {
  const { client, key, info } = model;
  const found = new Map<string, Float64Array>();
  const texts = raw.map(({ best }) => best).sort((first, second) => second.length - first.length);
  const ended = new Set(
    raw.flatMap(({ nodes }) => nodes.filter(({ finished }) => finished).map((one) => one.ids.join())),
  );
  for (const text of texts) {
    if (found.has(text.join())) {
      continue; // a beginning of a longer one
    }
    const isOver = ended.has(text.join()) || text.length >= info.config.max_length;
    const options = {
      maxNewTokens: text.length + (isOver ? 0 : 1),
      forced: Object.fromEntries(text.entries()),
    };
    check();
    for await (const step of client.steps("greedy", key, { ids, options }, speller.lane)) {
      found.set(text.slice(0, step.index).join(), step.distribution);
    }
    found.set(text.join(), found.get(text.join()) ?? new Float64Array(0));
  }
  return found;
}

async function plainOf(model: OpenModel, ids: Ids, state: State, speller: Speller): Promise<Run["plain"]> {
  let best: Ids = [];
  for await (const level of levelsOf(model, ids, { ...state, forced: {} }, {}, speller.lane)) {
    best = level.best;
  }
  return { ids: best, text: await speller.text(best) };
}

// --- candidates ------------------------------------------------------------------------------------------------------

async function spelled({ rows, nodes, best }: RawLevel, before: Before, speller: Speller): Promise<Level> {
  const [names, text, candidates] = await Promise.all([
    speller.show(nodes.map(({ id }) => id)),
    speller.text(best),
    Promise.all(
      rows.map(async ({ prefix, own, used }, place) => {
        const became = nodes.find(({ parent }) => parent === place);
        const then = before.get(prefix.join()) ?? null;
        const ids = candidateIds(own, became === undefined ? [] : [became.id], then);
        const texts = await speller.show(ids);
        return ids.map((id, index): Candidate => ({
          text: texts[index],
          id,
          probability: used[id],
          own: own[id],
          before: then?.[id] ?? null,
        }));
      }),
    ),
  ]);
  return {
    rows: rows.map(({ looks }, place) => ({ candidates: candidates[place], looks })),
    nodes: nodes.map((node, place) => ({ ...node, text: names[place] })),
    best,
    text,
  };
}

/** The likeliest tokens, and among them those that must be there and the one that was likeliest before. */
export function candidateIds(
  own: Float64Array,
  must: readonly number[],
  before: Float64Array | null,
): number[] {
  const kept = new Set(must);
  if (before !== null) {
    kept.add(before.reduce((best, share, id) => (share > before[best] ? id : best), 0));
  }
  for (const id of likeliest(own, SHOWN + must.length)) {
    if (kept.size < SHOWN) {
      kept.add(id);
    }
  }
  return [...kept].sort((first, second) => own[second] - own[first] || first - second);
}

function likeliest(distribution: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < distribution.length; id += 1) {
    let place = best.length;
    while (place > 0 && distribution[id] > distribution[best[place - 1]]) {
      place -= 1;
    }
    if (place < count) {
      best.splice(place, 0, id);
      best.length = Math.min(best.length, count);
    }
  }
  return best;
}
