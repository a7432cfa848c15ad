/** What is on screen in words, for those who do not see it. */

import type { Translate } from "../../host/context.js";
import { fixed } from "../shared/format.js";
import { candidatesOf } from "./answer.js";
import type { Frame } from "./frame.js";
import type { ModelName } from "./state.js";

/** What of a frame is said. */
export type Described = Pick<Frame, "run" | "problem" | "modelState" | "isBusy" | "isCurrent" | "picked"> & {
  state: { model: ModelName };
};

export function describe(frame: Described, t: Translate): string {
  const { run, problem, state, modelState, isBusy, isCurrent, picked } = frame;
  if (isBusy || modelState.phase === "loading" || (problem !== null && isCurrent) || run === null) {
    return ""; // the line under the input says it
  }
  const sentences = [t(`models.said.${state.model}`, { text: run.text })];
  const { candidates } = candidatesOf(run, picked);
  if (candidates.length > 0) {
    const parts = candidates
      .slice(0, 3)
      .map(({ text, probability }) => `${text.trim()} ${fixed(probability, 2)}`);
    sentences.push(t("models.said.candidates", { parts: parts.join(", ") }));
  }
  return sentences.join(" ");
}
