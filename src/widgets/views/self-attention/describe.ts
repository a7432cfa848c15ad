/** The state of the widget in words, for those who do not see the picture. */

import type { Translate } from "../../host/context.js";
import { fixed, short } from "../shared/format.js";
import { movement } from "./follow.js";
import type { Frame } from "./frame.js";
import { guessOutcome } from "./guess.js";
import { readoutOf } from "./readout.js";
import { heaviest } from "./scene.js";

const MOST_NAMED = 3;

/** Whom the followed word attends to, where it moves, and the cell that is looked at. */
export function describe(frame: Frame, t: Translate): string {
  const { scene, state } = frame;
  if (scene.attention === null) {
    return t("self-attention.hint.empty");
  }
  const sentences = [
    t("self-attention.live.sentence", { count: scene.n, divisor: short(scene.attention.divisor) }),
    describeWeights(frame, t),
    describeMovement(frame, t),
  ];
  const outcome = guessOutcome(frame);
  if (outcome !== null) {
    sentences.push(t(outcome.key, outcome.values));
  }
  if (frame.ui.hover !== null || state.locked !== null) {
    const line = readoutOf(frame);
    sentences.push(t(line.key, line.values));
  }
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function describeWeights({ scene, state, hiddenRow }: Frame, t: Translate): string {
  const { attention, names, n } = scene;
  if (attention === null || state.follow < 0) {
    return t("self-attention.caption.none");
  }
  const query = names[state.follow];
  if (hiddenRow >= 0) {
    return t("self-attention.readout.secret", { query });
  }
  const parts = heaviest(attention, state.follow)
    .slice(0, MOST_NAMED)
    .map((token) =>
      t("self-attention.live.part", {
        key: names[token],
        weight: fixed(attention.weights[state.follow * n + token], 2),
      }),
    );
  return t("self-attention.live.attends", { query, parts: parts.join(t("self-attention.live.comma")) });
}

function describeMovement(frame: Frame, t: Translate): string {
  const { key, values, word } = movement(frame);
  return t(key, { ...values, word });
}
