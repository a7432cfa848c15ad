/** What is on screen in words, for those who do not see it. */

import type { Translate } from "../../host/context.js";
import { exact } from "../shared/format.js";
import { visibleToken } from "../shared/tokentext.js";
import { lookupFit, raisedFit } from "./compute.js";
import type { Frame } from "./frame.js";

const SPOKEN = 12; // tokens that are read out

export function pairName(words: readonly string[], t: Translate): string {
  return t("tokens.pair", { first: words[0], second: words[1] });
}

export function describe(frame: Frame, t: Translate): string {
  const { cut, state, codes } = frame;
  if (cut === null) {
    return "";
  }
  const count = { count: cut.tokens.length, different: new Set(cut.ids).size, size: cut.size };
  const first = cut.tokens.slice(0, SPOKEN).map((token, place) => `${visibleToken(token)} ${cut.ids[place]}`);
  const sentences = [t("tokens.count", count), `${first.join(t("tokens.comma"))}.`];
  if (state.view === "raise") {
    const raised = raisedFit(cut.ids, state.matrix);
    const lookup = lookupFit(codes);
    sentences.push(
      t("tokens.raise.fit", { rank: raised.rank, off: exact(raised.offLine) }),
      t("tokens.raise.lookup-fit", { rank: lookup.rank, off: exact(lookup.offLine) }),
    );
  }
  return sentences.join(" ");
}
