/** What is on screen in words, for those who do not see it. */

import type { Translate } from "../../host/context.js";
import { fixed, thousands } from "../shared/format.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Frame } from "./frame.js";
import type { Sentinel } from "./state.js";

/** The number that half precision adds: "−10,000". */
export const sentinelText = (sentinel: Sentinel): string => `−${thousands(-Number(sentinel))}`;

export function describe(
  { reading, numbers, row, candidates, plain, state, shown }: Frame,
  t: Translate,
): string {
  const { allowed, Tk } = numbers.mask;
  const seen = reading.keys.filter((_, k) => allowed[row * Tk + k]).map(visibleToken);
  const name = t(state.mystery > 0 ? "masks.mystery.name" : `masks.preset.${shown.preset}`);
  const sees = seen.length === 0 ? t("masks.sees.nothing") : seen.join(t("tokens.comma"));
  const sentences = [t("masks.sees", { mask: name, query: visibleToken(reading.queries[row]), keys: sees })];
  const [next, own] = [candidates.at(0), plain.at(0)];
  if (next !== undefined && own !== undefined) {
    const values = {
      ...{ token: visibleToken(next.text), probability: fixed(next.probability, 3) },
      ...{ own: visibleToken(own.text), plain: fixed(own.probability, 3) },
    };
    sentences.push(t("masks.next.said", values));
  }
  return sentences.join(" ");
}
