/** The lines of Python that give what is on screen, with the package's own functions. */

import { pythonText } from "../shared/pythontext.js";
import { rowEdits } from "./compute.js";
import type { State } from "./state.js";

/** What is on screen beside the state. */
export interface Told {
  /** How many steps are shown, and of which tokens the text consists. */
  steps: number;
  tokens: readonly number[];
  /** The rows of the picture: one for each token, and one for the token to come. */
  rows: number;
  /** The step whose candidates are shown. */
  picked: number;
  /** How many characters the encoder reads, its end token among them. */
  source: number;
  heads: number;
  attention: string;
}

const MARKS = "marks = dict(max_new_tokens=model.max_length, start_id=target.start_id, end_id=target.end_id)";

export function programOf(state: State, told: Told): string {
  const isOverwritten = state.rows.length > 0;
  const isEncoder = state.look === "encoder";
  const needsTorch = state.decoding === "sample" || isEncoder;
  const within = [...stepLines(state, isOverwritten), ...(isEncoder ? encoderLines() : [])];
  const lines = [
    ...(needsTorch ? ["import torch", ""] : []),
    `from attnlab.decoding import ${NAMES[state.decoding]}`,
    "from attnlab.models import load_translator",
    ...(isOverwritten ? ["from attnlab.transformer import RowEdit, edited"] : []),
    "",
    "translator = load_translator()",
    "model, target = translator.model, translator.target",
    `ids = translator.read(${pythonText(state.text)}).ids`,
    MARKS,
    ...forcedLines(state, told),
    ...(isOverwritten ? rowLines(state, told) : []),
    ...(isOverwritten ? ["with edited(model, rows=rows):", ...within.map((line) => `    ${line}`)] : within),
    ...(state.decoding === "beam" ? beamLines(told) : lineLines(told)),
    ...lookLines(state, told),
    ...candidateLines(state, told),
  ];
  return `${lines.join("\n")}\n`;
}

const NAMES = { greedy: "greedy", beam: "beam_search", sample: "sample" } as const;

/** What is dictated: the reader's choices, and where tokens are drawn all of them. */
function forcedLines({ decoding, forced, seed }: State, { tokens }: Told): string[] {
  const listed = (entries: readonly (readonly [string | number, number])[]): string =>
    `forced = {${entries.map(([step, id]) => `${step}: ${id}`).join(", ")}}`;
  if (decoding === "sample") {
    const drawn = [...tokens.entries()];
    return [`# What this page drew with seed ${seed}: torch's own random numbers are others.`, listed(drawn)];
  }
  return [listed(Object.entries(forced))];
}

function rowLines({ rows }: State, { heads, source }: Told): string[] {
  const names = [...new Set(rows.map(({ attention }) => attention))];
  const edits = names.map((name) => {
    const listed = rows
      .filter(({ attention }) => attention === name)
      .map((row) => {
        const [{ head, query, weights }] = rowEdits([row], heads, source)[name];
        const values = `(${Array.from(weights).join(", ")},)`;
        return row.head < 0
          ? `*(RowEdit(head, ${query}, ${values}) for head in range(${heads}))`
          : `RowEdit(${head}, ${query}, ${values})`;
      });
    return [`    ${pythonText(name)}: [`, ...listed.map((one) => `        ${one},`), "    ],"];
  });
  return ["rows = {", ...edits.flat(), "}"];
}

function stepLines(state: State, isOverwritten: boolean): string[] {
  const { decoding, temperature, topK, topP, width, seed } = state;
  const settings = {
    greedy: "",
    beam: `width=${width}, length_penalty=translator.length_penalty, `,
    sample: [
      `generator=torch.Generator().manual_seed(${seed}), `,
      `temperature=${temperature}, top_k=${topK === 0 ? "None" : `min(${topK}, len(target))`}, top_p=${topP}, `,
    ].join(""),
  }[decoding];
  const cache = isOverwritten ? "use_cache=False, " : ""; // a row is counted from the first token of the call
  const options = `forced=forced, ${cache}return_weights=True, **marks`;
  return [`steps = list(${NAMES[decoding]}(model, ids, ${settings}${options}))`];
}

function encoderLines(): string[] {
  return ["record = {}", "with torch.no_grad():", "    _ = model.encode(torch.tensor([ids]), record=record)"];
}

function lineLines({ tokens, steps }: Told): string[] {
  return [
    `text = ${tokens.length === 0 ? "()" : `steps[${steps - 1}].ids`}`,
    "print(target.decode(text, skip_special=True))",
    "for step, token in zip(steps, text):",
    "    print(repr(target.decode([token])), step.filtered[token].item())",
  ];
}

/** The best text so far, and which hypothesis it was at each step. */
function beamLines({ tokens, steps, rows }: Told): string[] {
  return [
    `text = ${tokens.length === 0 ? "()" : `steps[${steps - 1}].ids`}`,
    "live, places = [()], []",
    `for step in steps[:${rows}]:`,
    "    places.append(live.index(text[:step.index]))",
    "    live = [one.ids for one in step.live]",
    "print(target.decode(text, skip_special=True))",
    "for step, place, token in zip(steps, places, text):",
    "    print(repr(target.decode([token])), step.distributions[place, token].item())",
    ...(steps === 0
      ? []
      : [
          `for one in steps[${steps - 1}].finished:`,
          "    print(target.decode(one.ids, skip_special=True), one.score)",
        ]),
  ];
}

/** One row of weights for each token, or of the encoder's for each character. */
function lookLines({ decoding, look, head }: State, { rows, attention }: Told): string[] {
  const name = pythonText(`${attention}.weights`);
  const ofHead = head < 0 ? ".mean(0)" : `[${head}]`;
  if (look === "encoder") {
    return [`print(*record[${name}][0]${ofHead})`];
  }
  return decoding === "beam"
    ? ["for step, place in zip(steps, places):", `    print(step.attention[${name}][place]${ofHead})`]
    : [`for step in steps[:${rows}]:`, `    print(step.attention[${name}]${ofHead})`];
}

const LIKELIEST = 5;

/** The likeliest tokens of the step that is picked, as the model sees them. */
function candidateLines({ decoding }: State, { picked, rows }: Told): string[] {
  if (rows === 0) {
    return [];
  }
  const row = decoding === "beam" ? `distributions[places[${picked}]]` : "distribution";
  return [
    `shares, tokens = steps[${picked}].${row}.topk(${LIKELIEST})`,
    "for share, token in zip(shares, tokens):",
    "    print(repr(target.decode([int(token)])), share.item())",
  ];
}
