/** What is on screen in words, for those who do not see it. */

import type { Translate } from "../../host/context.js";
import { countOff, headTitle, type Frame } from "./frame.js";
import { doesOf } from "./opened.js";
import { totalOf } from "./outcome.js";

export function describe(frame: Frame, t: Translate): string {
  const { look, problem, isBusy, isCurrent, modelState, labels, attention, head, state } = frame;
  if (isBusy || modelState.phase === "loading" || (problem !== null && isCurrent) || look === null) {
    return ""; // the line under the input says it
  }
  if (state.view === "split") {
    return ""; // its caption is read out
  }
  const off = countOff(frame);
  const title = off === 0 ? t("heads.output.none") : t("heads.output", { count: off });
  const does = head < 0 ? "" : ` ${doesOf(labels.of(attention, head), t)}`;
  return `${title}: ${look.output}. ${totalOf(look, t)} ${headTitle(frame, t)}.${does}`;
}
