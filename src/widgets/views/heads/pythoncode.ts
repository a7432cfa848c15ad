/** The few lines of Python that give what is on screen: the model itself, with gates where heads are off. */

import { gatesOf, textOf, type ModelName } from "../models/state.js";
import { pythonText } from "../shared/pythontext.js";
import { PARTS } from "./look.js";
import { headOf, openedOf, type Card, type State } from "./state.js";

/** What differs between the models. */
interface Making {
  /** Of `attnlab.decoding`, where the model's own output is read again. */
  decoding: readonly string[];
  /** From the text to `inputs`, what the model reads. */
  reading: readonly string[];
  /** The logits of a call. */
  logits: (call: string) => string;
  /** From `before` and `after` to `ids`, the original output, and the text of now. */
  output: readonly string[];
  /** At which positions the model tells them. */
  rows: string;
}

/** The program for the state on screen. */
export function programOf(state: State, card: Card): string {
  const attention = openedOf(state, card);
  const head = headOf(state, card);
  const making = MAKINGS[state.model](pythonText(textOf(state)));
  const isSplit = state.view === "split";
  const labels = head < 0 || isSplit ? [] : ["from attnlab.heads import head_labels"];
  const lines = [
    ...["import torch", "", ...making.decoding, ...labels],
    ...[`from attnlab.models import load_${state.model}`, ""],
    ...gateLines(state, card),
    ...making.reading,
    "record = {}",
    ...(isSplit
      ? splitLines(attention)
      : [...outcomeLines(making), ...headLines(state.model, attention, head)]),
  ];
  return `${lines.join("\n")}\n`;
}

const MAKINGS: Readonly<Record<ModelName, (text: string) => Making>> = {
  translator: (text) => ({
    decoding: ["from attnlab.decoding import greedy, run_to_end"],
    reading: [
      "translator = load_translator()",
      "model, tokenizer = translator.model, translator.target",
      `reading = translator.read(${text})`,
      "options = {",
      '    "start_id": tokenizer.start_id, "end_id": tokenizer.end_id, "max_new_tokens": model.max_length,',
      "}",
      "ids = run_to_end(greedy(model, reading.ids, **options))  # with all heads on",
      "inputs = torch.tensor([reading.ids]), torch.tensor([[tokenizer.start_id, *ids[:-1]]])",
    ],
    logits: (call) => call,
    output: [
      "now = run_to_end(greedy(model, reading.ids, gates=gates, **options))",
      "print(tokenizer.decode(now, skip_special=True))",
    ],
    rows: "range(len(ids))",
  }),
  writer: (text) => ({
    decoding: [],
    reading: [
      "writer = load_writer()",
      "model, tokenizer = writer.model, writer.tokenizer",
      `read = writer.read(${text})`,
      "inputs = (torch.tensor([read]),)",
    ],
    logits: (call) => call,
    output: [
      "ids = before.argmax(-1).tolist()",
      `print(${text} + tokenizer.decode(after.argmax(-1).tolist(), skip_special=True))`,
    ],
    rows: "[len(read) - 1]",
  }),
  reader: (text) => ({
    decoding: [],
    reading: [
      "reader = load_reader()",
      "model, tokenizer = reader.model, reader.tokenizer",
      `read = reader.read(${text})`,
      "inputs = (torch.tensor([read]),)",
    ],
    logits: (call) => `model.logits(${call})`,
    output: [
      "ids = before.argmax(-1).tolist()",
      "now = iter(after.argmax(-1).tolist())",
      "filled = [next(now) if token == tokenizer.mask_id else token for token in read]",
      "print(tokenizer.decode(filled, skip_special=True))",
    ],
    rows: "[place for place, token in enumerate(read) if token == tokenizer.mask_id]",
  }),
};

/** For each attention with a head that is off: 0 for those heads, 1 for the others. */
function gateLines(state: State, card: Card): string[] {
  const gates = Object.entries(gatesOf(state, state.model, card));
  if (gates.length === 0) {
    return ["gates = {}  # all heads are on"];
  }
  const lines = gates.map(([name, gate]) => `    ${pythonText(name)}: torch.tensor([${gate.join(", ")}]),`);
  return ["gates = {", ...lines, "}"];
}

/** The text of now, and each token's probability with all heads on and with these off. */
function outcomeLines({ rows, logits, output }: Making): string[] {
  const shares = (call: string): string => `${logits(call)}[0, rows].double().softmax(-1)`;
  return [
    `rows = ${rows}`,
    "with torch.no_grad():",
    `    before = ${shares("model(*inputs)")}`,
    `    after = ${shares("model(*inputs, gates=gates, record=record)")}`,
    ...output,
    "for row, token in enumerate(ids):",
    "    print(repr(tokenizer.decode([token])), before[row, token].item(), after[row, token].item())",
  ];
}

/** The weights of the opened head, and what it does. */
function headLines(model: ModelName, attention: string, head: number): string[] {
  const lines = [`weights = record[${pythonText(`${attention}.weights`)}][0]`];
  if (head < 0) {
    return [...lines, "print(weights.mean(0))"];
  }
  const isCross = attention.endsWith(".cross_attention");
  const source = "[*reading.characters, translator.source.decode([translator.source.end_id])]";
  const own = (ids: string): string => `[tokenizer.decode([token]) for token in ${ids}]`;
  const readBy = attention.startsWith("encoder") ? source : own("inputs[1][0].tolist()");
  const queries = model === "translator" ? (isCross ? own("ids") : readBy) : own("read");
  const causal = attention.endsWith(".self_attention") ? ", causal=True" : "";
  return [
    ...lines,
    `print(weights[${head}])`,
    `tokens = ${queries}`,
    `for label in head_labels(weights, tokens${isCross ? `, ${source}` : ""}${causal})[${head}]:`,
    "    print(label)",
  ];
}

/** All that the opened attention computes. */
function splitLines(attention: string): string[] {
  const isCross = attention.endsWith(".cross_attention");
  const parts = PARTS.filter((part) => part !== "x" && part !== "memory").map(pythonText);
  return [
    "with torch.no_grad():",
    "    model(*inputs, gates=gates, record=record)",
    `print("x", record[${pythonText(`${attention}_add_norm.normalized`)}][0])`,
    ...(isCross ? ['print("memory", record["encoder.output"][0])'] : []),
    `for part in (${parts.join(", ")}):`,
    `    print(part, record[f"${attention}.{part}"][0])`,
  ];
}
