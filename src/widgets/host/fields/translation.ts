/** What the explorer of translations lets into its state. */

import {
  MAX_SEED,
  choice,
  type Field,
  isObject,
  type Kind,
  numberFromTo,
  numberOf,
  type State,
  typed,
  wholeFromTo,
} from "./field.js";
import { MAX_TYPED } from "./models.js";

const MOST_STEPS = 512;
const MOST_ROWS = 64;
const NEAR_ONE = 1.1e-3;
const ATTENTION = /^(en|de)coder\.layers\.\d+\.\w+$/;

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** A number of steps, or null for all of them. */
const steps: Field = {
  accepts: (value) => value === null || isWhole(value, 0, MOST_STEPS),
  toText: (value) => (typeof value === "number" ? String(value) : "all"),
  fromText: (text) => (text === "all" ? null : numberOf(text)),
};

/** Token ids by step: "2:417,5:8". */
const forced: Field = {
  accepts: (value) =>
    isObject(value) &&
    Object.entries(value as State).every(
      ([step, id]) => /^\d{1,3}$/.test(step) && Number(step) < MOST_STEPS && isWhole(id, 0, 1e6),
    ),
  toText: (value) =>
    Object.entries(value as State)
      .map(([step, id]) => `${step}:${String(id)}`)
      .join(","),
  fromText: (text) =>
    Object.fromEntries(
      (text === "" ? [] : text.split(",")).map((entry) => {
        const [step, id = ""] = entry.split(":");
        return [step, numberOf(id)];
      }),
    ),
};

function isRow(value: unknown): boolean {
  if (!isObject(value)) {
    return false;
  }
  const { attention, head, query, weights } = value as State;
  const isSound = Array.isArray(weights) && weights.length > 0 && weights.length <= MOST_STEPS;
  const given = isSound ? (weights as unknown[]) : [];
  const areWeights = given.every((weight) => typeof weight === "number" && weight >= 0 && weight <= 1.1);
  const total = areWeights ? (given as number[]).reduce((sum, weight) => sum + weight, 0) : 0;
  return (
    typeof attention === "string" &&
    ATTENTION.test(attention) &&
    isWhole(head, -1, 255) &&
    isWhole(query, 0, MOST_STEPS) &&
    Math.abs(total - 1) <= NEAR_ONE
  );
}

/** Overwritten rows of attention: name, head, query, then the weights; a semicolon between two. */
const rows: Field = {
  accepts: (value) => Array.isArray(value) && value.length <= MOST_ROWS && value.every(isRow),
  toText: (value) =>
    (value as { attention: string; head: number; query: number; weights: number[] }[])
      .map(({ attention, head, query, weights }) => [attention, head, query, ...weights].join(","))
      .join(";"),
  fromText: (text) =>
    (text === "" ? [] : text.split(";")).map((entry) => {
      const [attention, head = "", query = "", ...weights] = entry.split(",");
      return { attention, head: numberOf(head), query: numberOf(query), weights: weights.map(numberOf) };
    }),
};

export const translation: Kind = {
  shared: {
    text: typed(MAX_TYPED),
    decoding: choice("greedy", "beam", "sample"),
    temperature: numberFromTo(0.05, 2),
    top_k: wholeFromTo(0, 1000),
    top_p: numberFromTo(0.01, 1),
    width: wholeFromTo(1, 6),
    seed: wholeFromTo(0, MAX_SEED),
    forced,
    steps,
    look: choice("cross", "decoder", "encoder"),
    layer: wholeFromTo(-1, 63),
    head: wholeFromTo(-1, 255),
    rows,
  },
  fixed: {
    card: isObject,
    examples: (value) => Array.isArray(value) && value.every((text) => typeof text === "string"),
    example: (value) => value === null || isObject(value),
  },
  conflict: () => null,
};
