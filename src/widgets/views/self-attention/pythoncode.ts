/** The few lines of Python that give the numbers on screen. */

import type { DivideBy } from "../../engine/attention.js";
import { pythonList, pythonText } from "../shared/pythontext.js";
import type { Step } from "./frame.js";
import type { State } from "./state.js";

export interface CodeOptions {
  state: State;
  /** The width of queries and keys. */
  dk: number;
  /** False for vectors or maps that the reader brought: what they give is read from the widget. */
  fromTable: boolean;
}

/** The divisor as an expression that gives the very same number. */
export function divisorExpression(divideBy: DivideBy, dk: number): string {
  if (typeof divideBy === "number") {
    return String(divideBy);
  }
  return { one: "1", sqrt: `${dk} ** 0.5`, d: String(dk) }[divideBy];
}

/** In brackets where a power would otherwise bind to what stands before it. */
function factor(divideBy: DivideBy, dk: number): string {
  const divisor = divisorExpression(divideBy, dk);
  return divideBy === "sqrt" ? `(${divisor})` : divisor;
}

/** The whole program for the state on screen. */
export function programOf({ state, dk, fromTable }: CodeOptions): string {
  if (state.tokens.length === 0) {
    return "";
  }
  const lines = [
    "import torch",
    "from attnlab.attention import scaled_dot_product_attention",
    ...(fromTable ? tableLines(state) : widgetLines()),
    "",
    "output, weights = scaled_dot_product_attention(",
    `    query, key, value, scale=1 / ${factor(state.divideBy, dk)}, return_weights=True`,
    ")",
    ...weightLines(state),
    ...(fromTable ? leanLines(state) : []),
  ];
  return `${lines.join("\n")}\n`;
}

function tableLines(state: State): string[] {
  const imports = state.follow >= 0 ? "lean, load_word_vectors" : "load_word_vectors";
  return [
    `from attnlab.embedding import ${imports}`,
    "",
    "words = load_word_vectors()",
    `tokens = ${pythonList(state.tokens)}`,
    ...(state.maps === "shared" ? ["query = key = value = torch.tensor(words[tokens])"] : mappedLines()),
  ];
}

function mappedLines(): string[] {
  return ["query", "key", "value"].map((name) => `${name} = torch.tensor(words.maps.${name}(words[tokens]))`);
}

/** `w` is the widget in the reader's notebook. */
function widgetLines(): string[] {
  return ["", ...["query", "key", "value"].map((name) => `${name} = torch.tensor(w.${name})`)];
}

function weightLines(state: State): string[] {
  if (state.follow < 0) {
    return ["print(weights)"];
  }
  return [
    `print(weights[${state.follow}])  # how much ${pythonText(state.tokens[state.follow])} attends to each word`,
  ];
}

function leanLines(state: State): string[] {
  if (state.follow < 0) {
    return [];
  }
  const poles = state.poles.map((words) => {
    const rows = `words[${pythonList(words)}]`;
    return state.maps === "head" ? `words.maps.value(${rows})` : rows;
  });
  return [
    "",
    `poles = ${poles[0]}, ${poles[1]}`,
    `print(lean(value[${state.follow}], *poles), "->", lean(output[${state.follow}], *poles))`,
  ];
}

export interface CodeCell {
  query: number;
  key: number;
  /** The column of an output. */
  dimension: number;
}

/** The one line that gives the number of a cell, after the program above it. */
export function cellCode(
  step: Step,
  divideBy: DivideBy,
  dk: number,
  { query, key, dimension }: CodeCell,
): string {
  const divisor = factor(divideBy, dk);
  switch (step) {
    case "scores":
      return `query[${query}] @ key[${key}]`;
    case "scaled":
      return `query[${query}] @ key[${key}] / ${divisor}`;
    case "weights":
      return `torch.softmax(query[${query}] @ key.T / ${divisor}, dim=-1)[${key}]`;
    case "outputs":
      return `(weights[${query}] @ value)[${dimension}]`;
  }
}
