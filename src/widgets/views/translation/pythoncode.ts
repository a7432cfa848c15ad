/** The few lines of Python that give what is on screen. */

import { pythonText } from "../shared/pythontext.js";
import type { State } from "./state.js";

export function programOf(state: State): string {
  const { decoding, look, layer, head, steps } = state;
  const settings: Record<string, string | null> = {
    decoding: decoding === "greedy" ? null : pythonText(decoding),
    width: decoding === "beam" ? String(state.width) : null,
    temperature: decoding === "sample" ? String(state.temperature) : null,
    top_k: decoding === "sample" ? String(state.topK) : null,
    top_p: decoding === "sample" ? String(state.topP) : null,
    seed: decoding === "sample" ? String(state.seed) : null,
    forced: Object.keys(state.forced).length === 0 ? null : forcedOf(state),
    steps: steps === null ? null : String(steps),
    look: look === "cross" ? null : pythonText(look),
    layer: layer === -1 ? null : String(layer),
    head: head === -1 ? null : String(head),
    rows: state.rows.length === 0 ? null : "rows",
  };
  const given = Object.entries(settings).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${value}`],
  );
  const rows = state.rows.map(
    ({ attention, head: of, query, weights }) =>
      `    (${pythonText(attention)}, ${of}, ${query}, [${weights.join(", ")}]),`,
  );
  const lines = [
    "from attnlab.widgets import TranslationExplorer",
    "",
    ...(rows.length === 0 ? [] : ["rows = [  # attention, head, query, weights", ...rows, "]"]),
    `w = TranslationExplorer(${[pythonText(state.text), ...given].join(", ")})`,
    "print(w.translation)",
    "print(list(zip(w.tokens, w.probabilities)))",
    "print(w.attention.round(2))",
  ];
  return `${lines.join("\n")}\n`;
}

function forcedOf({ forced }: State): string {
  return `{${Object.entries(forced)
    .map(([step, id]) => `${step}: ${id}`)
    .join(", ")}}`;
}
