/** The few lines of Python that give what is on screen. */

import { pythonText } from "../shared/pythontext.js";
import { offOf, textOf } from "../models/state.js";
import type { State } from "./state.js";

/** The program for the state on screen; `attention` and `head` are those that are opened. */
export function programOf(state: State, attention: string, head: number): string {
  const off = offOf(state, state.model);
  const values = [pythonText(state.model), pythonText(textOf(state))];
  const lines = ["from attnlab.widgets import MultiHeadExplorer", ""];
  if (off.length > 0) {
    lines.push("off = [", ...off.map((name) => `    ${pythonText(name)},`), "]");
    values.push("off=off");
  }
  const one = pythonText(attention);
  const which = head < 0 ? `.mean(axis=0)` : `[${head}]`;
  lines.push(
    `w = MultiHeadExplorer(${values.join(", ")}${state.view === "split" ? `, attention=${one}` : ""})`,
  );
  if (state.view === "split") {
    lines.push("for name, table in w.parts.items():", "    print(name, table.shape)");
    return `${lines.join("\n")}\n`;
  }
  lines.push(
    "print(w.output)",
    "print(list(zip(w.change.tokens, w.change.before, w.change.after)))",
    `print(w.weights[${one}]${which}.round(2))`,
  );
  if (head >= 0) {
    lines.push(`print(w.labels[${one}][${head}])`);
  }
  return `${lines.join("\n")}\n`;
}
