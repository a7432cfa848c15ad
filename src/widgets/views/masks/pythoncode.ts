/** The few lines of Python that give what is on screen. */

import { pythonText } from "../shared/pythontext.js";
import { MAX_TOKENS, modelOf, type State } from "./state.js";

/** With the package's own functions where they say it in a few lines; a mystery keeps its secret. */
export function programOf(state: State, row: number): string {
  const isPlain =
    state.mystery === 0 && state.fault !== "half-precision" && modelOf(state.preset) === "writer";
  return `${(isPlain ? modelLines(state, row) : widgetLines(state, row)).join("\n")}\n`;
}

interface Making {
  names: readonly string[];
  lines: readonly string[];
}

function makingOf({ preset, window, prefix, padding, own }: State): Making {
  switch (preset) {
    case "window":
      return { names: ["sliding_window_mask"], lines: [`mask = sliding_window_mask(T, window=${window})`] };
    case "prefix":
      return { names: ["prefix_mask"], lines: [`mask = prefix_mask(T, prefix=min(${prefix}, T))`] };
    case "padding":
      return { names: [], lines: [`mask = (torch.arange(T) < T - ${padding}).expand(T, T)`] };
    case "causal-padding":
      return {
        names: ["causal_mask"],
        lines: [`mask = causal_mask(T) & (torch.arange(T) < T - ${padding})`],
      };
    case "none":
      return { names: [], lines: ["mask = torch.ones(T, T, dtype=torch.bool)"] };
    case "own":
      return {
        names: ["causal_mask"],
        lines: [
          "mask = causal_mask(T)",
          `for q, cells in enumerate(${pythonText(own)}.split("/")[:T]):`,
          "    for k, cell in enumerate(cells[:T]):",
          '        mask[q, k] = cell == "1"',
        ],
      };
    default:
      return { names: ["causal_mask"], lines: ["mask = causal_mask(T)"] };
  }
}

function modelLines(state: State, row: number): string[] {
  const { names, lines } = makingOf(state);
  const fault = {
    none: [],
    inverted: ["mask = ~mask"],
    "wrong-axis": ["mask = mask.T"],
    "empty-row": [`mask = mask & (torch.arange(T) != ${row})[:, None]`],
    "half-precision": [],
  }[state.fault];
  return [
    "import torch",
    "",
    ...(names.length > 0 ? [`from attnlab.masks import ${names.join(", ")}`] : []),
    "from attnlab.models import load_writer",
    "from attnlab.transformer import edited",
    "",
    "writer = load_writer()",
    `ids = torch.tensor([writer.read(${pythonText(state.text)})[:${MAX_TOKENS}]])`,
    "T = ids.shape[1]",
    ...lines,
    ...fault,
    "names, record = writer.model.attention_names, {}",
    "with torch.no_grad(), edited(writer.model, masks={name: mask for name in names}):",
    "    logits = writer.model(ids, record=record)[0]",
    `print(record[f"{names[0]}.weights"][0, ${state.head}])`,
    `shares = logits[${row}].double().softmax(-1)`,
    "for token in shares.topk(5).indices.tolist():",
    "    print(repr(writer.tokenizer.decode([token])), shares[token].item())",
  ];
}

function widgetLines(state: State, row: number): string[] {
  const isCross = modelOf(state.preset) === "translator";
  const isPainted = state.preset.startsWith("own");
  const settings = [
    pythonText(isCross ? state.source : state.text),
    `preset=${pythonText(isCross ? "cross" : isPainted ? "causal" : state.preset)}`,
    ...[`fault=${pythonText(state.fault)}`, `window=${state.window}`, `prefix=${state.prefix}`],
    ...[`padding=${state.padding}`, `row=${row}`, `head=${state.head}`],
  ];
  return [
    "from attnlab.widgets import MaskExplorer",
    "",
    `w = MaskExplorer(${settings.join(", ")})`,
    ...(isPainted ? [`w.own, w.preset = ${pythonText(state.own)}, ${pythonText(state.preset)}`] : []),
    `w.sentinel, w.mystery = ${pythonText(state.sentinel)}, ${state.mystery}`,
    "print(w.weights)",
    "for token, probability in w.candidates:",
    "    print(repr(token), probability)",
  ];
}
