/** What is on screen in words, for those who do not see it. */

import type { Translate } from "../../host/context.js";
import { describe as describeAnswer } from "../models/describe.js";
import type { FamilyCard } from "./blocks.js";
import { countedLine, explain } from "./explaining.js";
import type { Frame } from "./frame.js";

/** The family, what stays of the drawing, the block that is explained, and what came out. */
export function describe(frame: Frame, cards: { translator: FamilyCard }, t: Translate): string {
  const { chosen, card } = frame;
  const { title, does, weights } = explain(chosen.block, card, cards, t);
  const family = t("families.said", {
    family: t(`families.name.${chosen.family}`),
    line: countedLine(frame, t),
  });
  return [family, describeAnswer(frame, t), `${title}: ${does} ${weights}`]
    .filter((one) => one !== "")
    .join(" ");
}
