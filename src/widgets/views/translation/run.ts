/** A translation as its steps: the same from the engine and from the page's worked example. */

import { halfToNumber } from "../../engine/safetensors.js";
import type { Look, Looks } from "../models/run.js";
import { inputsOf, type LookAt, type State } from "./state.js";

export interface Candidate {
  text: string;
  id: number;
  /** What it is chosen with: after temperature, top-k and top-p. */
  probability: number;
  /** What the model itself gives it. */
  own: number;
  /** What the model gives it with no row of attention overwritten; null where none is. */
  before: number | null;
}

/** What the model says after one beginning. */
export interface Row {
  candidates: readonly Candidate[];
  looks: Looks;
}

/** One more token after a row. */
export interface Node {
  ids: readonly number[];
  id: number;
  text: string;
  probability: number;
  logProbability: number;
  score: number;
  parent: number;
  finished: boolean;
}

/** One step: first the nodes that go on, then those that ended with it. */
export interface Level {
  rows: readonly Row[];
  nodes: readonly Node[];
  /** The tokens of the best text so far, and their text. */
  best: readonly number[];
  text: string;
}

export interface Run {
  inputs: string;
  read: readonly string[];
  levels: readonly Level[];
  /** Heads by S by S, for each attention of the encoder. */
  encoder: Looks;
  /** The text with nothing chosen and nothing overwritten; null where this is just that. */
  plain: { ids: readonly number[]; text: string } | null;
}

/** The part of a run that is shown after some steps. */
export interface Shown {
  steps: number;
  total: number;
  tokens: readonly Node[];
  /** One for each token, and one for the token to come if there is one. */
  rows: readonly Row[];
  text: string;
}

export function shownOf(run: Run | null, steps: number | null): Shown {
  const levels = run?.levels ?? [];
  const count = Math.min(steps ?? levels.length, levels.length);
  const best = count === 0 ? [] : levels[count - 1].best;
  const tokens: Node[] = [];
  const rows: Row[] = [];
  let place = 0;
  for (const [step, level] of levels.slice(0, best.length).entries()) {
    const node = level.nodes.find(({ ids }) => ids.every((id, index) => id === best[index]));
    if (node === undefined) {
      break;
    }
    rows.push(level.rows[place]);
    tokens.push(node);
    place = level.nodes.filter(({ finished }) => !finished).indexOf(node);
    if (step === count - 1 && step === best.length - 1 && place >= 0 && count < levels.length) {
      rows.push(levels[count].rows[place]);
    }
  }
  if (count === 0 && levels.length > 0) {
    rows.push(levels[0].rows[0]);
  }
  return {
    steps: count,
    total: levels.length,
    tokens,
    rows,
    text: count === 0 ? "" : levels[count - 1].text,
  };
}

/** The shown weights: rows by columns, of one head or with -1 the mean of all. What a row cannot see is 0. */
export function weightsOf(
  run: Run,
  shown: Shown,
  look: LookAt,
  attention: string,
  head: number,
): { rows: number; columns: number; values: Float32Array } {
  const S = run.read.length;
  const isEncoder = look === "encoder";
  const rows = isEncoder ? S : shown.rows.length;
  const columns = look === "decoder" ? rows : S;
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const found = isEncoder ? run.encoder.get(attention) : shown.rows[row].looks.get(attention);
    if (found === undefined) {
      continue;
    }
    const heads = found.shape[0];
    const seen = found.shape[found.shape.length - 1];
    const chosen = head >= 0 && head < heads ? [head] : Array.from({ length: heads }, (_, one) => one);
    for (const one of chosen) {
      const from = isEncoder ? (one * S + row) * S : one * seen;
      for (let column = 0; column < Math.min(seen, columns); column += 1) {
        values[row * columns + column] += found.data[from + column] / chosen.length;
      }
    }
  }
  return { rows, columns, values };
}

// --- the worked example ----------------------------------------------------------------------------------------------

type Packed = Record<string, { shape: number[]; data: string }>;

export interface StoredRun {
  inputs: Record<string, unknown>;
  read: string[];
  levels: {
    rows: { candidates: [string, number, number, number, number | null][]; attention: Packed }[];
    nodes: {
      id: number;
      text: string;
      probability: number;
      log_probability: number;
      score: number;
      parent: number;
      finished: boolean;
    }[];
    best: number[];
    text: string;
  }[];
  encoder: Packed;
  plain: Run["plain"];
}

/** The run that was computed when the page was built. */
export function workedExample(stored: StoredRun): Run {
  const { inputs, read, encoder, plain } = stored;
  let live: readonly (readonly number[])[] = [[]];
  const levels = stored.levels.map((level): Level => {
    const nodes = level.nodes.map((node): Node => {
      const { log_probability: logProbability, ...rest } = node;
      return { ...rest, logProbability, ids: [...live[node.parent], node.id] };
    });
    live = nodes.filter(({ finished }) => !finished).map(({ ids }) => ids);
    const rows = level.rows.map(({ candidates, attention }) => ({
      candidates: candidates.map(([text, id, probability, own, before]) => ({
        ...{ text, id, probability, own, before },
      })),
      looks: unpacked(attention),
    }));
    return { rows, nodes, best: level.best, text: level.text };
  });
  const then = { ...inputs, topK: inputs["top_k"], topP: inputs["top_p"] } as unknown as State;
  return { inputs: inputsOf(then), read, levels, encoder: unpacked(encoder), plain };
}

function unpacked(attention: Packed): Looks {
  return new Map(
    Object.entries(attention).map(([name, { shape, data }]): [string, Look] => {
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
      return [name, { shape, data: Float32Array.from(new Uint16Array(bytes.buffer), halfToNumber) }];
    }),
  );
}
