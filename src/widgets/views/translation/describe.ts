/** What is on screen in words, for those who do not see it. */

import { fixed, signed } from "../shared/format.js";
import type { Actions, Frame } from "./frame.js";

export function describe(frame: Frame, t: Actions["t"]): string {
  const { run, shown, picked, problem, isBusy, isCurrent, modelState } = frame;
  if (run === null || isBusy || modelState.phase === "loading" || (problem !== null && isCurrent)) {
    return ""; // the line under the input says it
  }
  const listed = (shown.rows.at(picked)?.candidates ?? [])
    .slice(0, 3)
    .map(({ text, probability, own, before }) => {
      const change = before === null ? "" : ` (${signed(own - before, 2)})`;
      return `${text.trim()} ${fixed(probability, 2)}${change}`;
    });
  const sentences = [t("translation.said", { steps: shown.steps, text: shown.text })];
  if (listed.length > 0) {
    sentences.push(t("translation.said.step", { step: picked + 1, parts: listed.join(", ") }));
  }
  return sentences.join(" ");
}
