/** What is on screen in words, for those who do not see it. */

import { METHODS } from "../../engine/word2vec/run.js";
import type { Translate } from "../../host/context.js";
import { fixed } from "../shared/format.js";
import { sideOf, type Frame } from "./frame.js";
import { nearestText } from "./side.js";

export function describe(frame: Frame, t: Translate): string {
  if (frame.problem !== null || !frame.isThere || frame.isRunning) {
    return ""; // the line under the text says it, or it is not at rest
  }
  const { words } = frame.corpus;
  const sentences = METHODS.flatMap((method) => {
    const side = sideOf(frame, method);
    if (side === null || side.step === null) {
      return [];
    }
    const { place, loss, isApplied } = side.step;
    const names = { center: words[place.center], context: place.context.map((id) => words[id]).join(", ") };
    const said = t(`word2vec.said.${method}`, { ...names, loss: fixed(loss, 2) });
    return [said, t(isApplied ? "word2vec.said.applied" : "word2vec.said.computed"), nearestText(side, t)];
  });
  return [t("word2vec.said.steps", { steps: frame.state.steps }), ...sentences].join(" ");
}
