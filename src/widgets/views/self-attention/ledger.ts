/** The arithmetic behind one cell, line by line, as on paper. */

import { arithmetic, type Attention } from "../../engine/attention.js";
import { exact, short } from "../shared/format.js";
import { heaviest } from "./scene.js";
import type { Step } from "./frame.js";

/** One line: what is done, what comes out of it, and its number. Keys name strings of the table. */
export interface LedgerLine {
  operation: { key: string; values: Record<string, string | number> };
  result: { key: string; values: Record<string, string | number> } | null;
  number: string;
  /** Whether this is the number that the picture shows. */
  current: boolean;
}

/** From the products to the weight. */
export function weightLedger(attention: Attention, query: number, key: number, step: Step): LedgerLine[] {
  const cell = arithmetic(attention, query, key);
  const line = (
    name: string,
    result: Step | "shifted" | "exponential",
    value: number,
    values = {},
  ): LedgerLine => ({
    operation: { key: `self-attention.ledger.${name}`, values },
    result: { key: `self-attention.result.${result}`, values: {} },
    number: exact(value),
    current: result === step,
  });
  return [
    line("sum", "scores", cell.score, { count: attention.dk }),
    line("divide", "scaled", cell.scaled, { divisor: divisorText(attention) }),
    line("shift", "shifted", cell.scaled - cell.rowMax, { largest: exact(cell.rowMax) }),
    line("exponential", "exponential", cell.exponential),
    line("share", "weights", cell.weight, { sum: exact(cell.rowSum) }),
  ];
}

/** The divisor, with the root that it is where it is one. */
function divisorText({ divisor, dk }: Attention): string {
  return divisor === Math.sqrt(dk) ? `√${dk} = ${exact(divisor)}` : short(divisor);
}

/** A word's share in one number of the output; `token` is -1 for all the words that are not shown one by one. */
export interface Share {
  token: number;
  /** weight times value, for every dimension. */
  contribution: Float32Array;
}

/** weight times value for the heaviest words, in the sentence's order, and for all the others together. */
export function sharesOf(attention: Attention, query: number, most: number): Share[] {
  const { n, dv, weights, values } = attention;
  const order = heaviest(attention, query);
  const alone = n <= most ? n : most - 1;
  const add = (into: Float32Array, token: number): Float32Array => {
    const weight = weights[query * n + token];
    return into.map((number, c) => number + weight * values[token * dv + c]);
  };
  const shares = order
    .slice(0, alone)
    .sort((first, second) => first - second)
    .map((token): Share => ({ token, contribution: add(new Float32Array(dv), token) }));
  const others = order.slice(alone);
  return others.length === 0
    ? shares
    : [...shares, { token: -1, contribution: others.reduce(add, new Float32Array(dv)) }];
}

/** The sum that makes one number of the output. */
export function outputLedger(
  attention: Attention,
  query: number,
  dimension: number,
  shares: readonly Share[],
  names: readonly string[],
): LedgerLine[] {
  const { n, dv, weights, values, outputs } = attention;
  const lines = shares.map(({ token, contribution }): LedgerLine => {
    const number = exact(contribution[dimension]);
    if (token < 0) {
      const operation = { key: "self-attention.ledger.others", values: { count: n - shares.length + 1 } };
      return { operation, result: null, number, current: false };
    }
    const weight = exact(weights[query * n + token]);
    const value = exact(values[token * dv + dimension]);
    return {
      operation: { key: "self-attention.ledger.word", values: { word: names[token] } },
      result: { key: "self-attention.ledger.product", values: { weight, value } },
      number,
      current: false,
    };
  });
  const sum: LedgerLine = {
    operation: { key: "self-attention.ledger.total", values: { dimension } },
    result: { key: "self-attention.result.outputs", values: {} },
    number: exact(outputs[query * dv + dimension]),
    current: true,
  };
  return [...lines, sum];
}
