/** What the line under the box says: how a download stands, what stands in the way of a text, where a result is from. */

import type { Translate } from "../../host/context.js";
import { megabytes } from "../shared/format.js";
import type { LoadLine } from "../shared/loadline.js";
import type { Frame } from "./frame.js";
import type { ModelName } from "./state.js";
import { MAX_TEXT, type Typing } from "./typing.js";

export interface Standing {
  t: Translate;
  home: "book" | "kernel";
  typing: Typing;
  /** What the button that starts the model says; unless given, what the playground's says. */
  runLabel?: string;
  /** Leaves out what the model cannot read. */
  cut: () => void;
}

/** What of a frame the line tells. */
export type Stood = Pick<
  Frame,
  "problem" | "notes" | "isCurrent" | "isExample" | "isBusy" | "modelState" | "card"
> & { state: { model: ModelName } };

export function sayStanding(
  line: LoadLine,
  frame: Stood,
  { t, home, typing, cut, runLabel }: Standing,
): void {
  const { state, problem, notes, isCurrent } = frame;
  if (!line.showLoading(frame.modelState, t(`models.name.${state.model}`))) {
    return;
  }
  if (typing.excess !== null) {
    const offer = { label: t("models.cut"), run: () => typing.cut() };
    line.say(t("models.long", { count: typing.excess, most: MAX_TEXT }), true, offer);
  } else if (problem !== null && isCurrent) {
    const offer = problem.canCut ? { label: t("models.cut"), run: cut } : null;
    line.say(t(problem.key, problem.values), true, offer);
  } else if (frame.isExample && isCurrent) {
    line.say(t(`models.example.${home}`, { size: megabytes(bytesOf(frame)) }), false);
  } else if (!isCurrent && !frame.isBusy) {
    line.say(t("models.press", { run: runLabel ?? t(`models.run.${state.model}`) }), false);
  } else {
    const said = notes.map(({ key, values }) => t(key, values)).join(" ");
    line.say(said === "" ? t("models.here") : said, false);
  }
}

export function bytesOf({ card }: Pick<Frame, "card">): number {
  return card.files.description.bytes + card.files.weights.bytes;
}
