/** The few lines of Python that give what is on screen. */

import { pythonText } from "../shared/pythontext.js";
import { offOf, type State } from "./state.js";

/** The whole program for the state on screen; `written` is how many tokens the writer has written. */
export function programOf(state: State, written: number): string {
  const off = offOf(state, state.model);
  const isDrawn = state.model === "writer" && state.temperature > 0;
  const lines = off.length > 0 || isDrawn ? widgetLines(state, off, written) : plainLines(state, written);
  return `${lines.join("\n")}\n`;
}

/** With the model alone. */
function plainLines(state: State, written: number): string[] {
  if (state.model === "writer") {
    const count = Math.max(1, written);
    return [
      "from attnlab.models import load_writer",
      "",
      `print(load_writer().write(${pythonText(state.prompt)}, max_new_tokens=${count}))`,
    ];
  }
  if (state.model === "reader") {
    return [
      "from attnlab.models import load_reader",
      "",
      `for blank in load_reader().fill(${pythonText(state.sentence)}):`,
      "    print(blank.tokens, blank.probabilities)",
    ];
  }
  const width = state.decoding === "greedy" ? ", width=1" : "";
  return [
    "from attnlab.models import load_translator",
    "",
    `print(load_translator().translate(${pythonText(state.source)}${width}))`,
  ];
}

/** With the widget, where heads are off, or tokens are drawn with this page's own random numbers. */
function widgetLines(state: State, off: readonly string[], written: number): string[] {
  const { model, decoding, temperature, topK, seed } = state;
  const text = { translator: state.source, writer: state.prompt, reader: state.sentence }[model];
  const settings = {
    translator: [`decoding=${pythonText(decoding)}`],
    writer: [`temperature=${temperature}`, `top_k=${topK}`, `seed=${seed}`, `length=${written}`],
    reader: [],
  }[model];
  const heads = off.map((name) => `    ${pythonText(name)},`);
  const values = [pythonText(model), pythonText(text), ...settings, ...(off.length > 0 ? ["off=off"] : [])];
  return [
    "from attnlab.widgets import ModelPlayground",
    "",
    ...(off.length > 0 ? ["off = [", ...heads, "]"] : []),
    ...(model === "writer" ? ["# It draws with this page's random numbers; torch's own are others."] : []),
    `w = ModelPlayground(${values.join(", ")})`,
    "print(w.result.text)",
    "print(list(zip(w.result.tokens, w.result.probabilities)))",
  ];
}
