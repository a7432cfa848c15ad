/** What is on screen in words, for those who do not see it. */

import type { Translate } from "../../host/context.js";
import { fixed, signed } from "../shared/format.js";
import type { Frame } from "./frame.js";

const NAMED = 5;

export function describe({ answers, state }: Frame, t: Translate): string {
  const { map, analogy, axes, senses, isCurrent } = answers;
  if (!isCurrent) {
    return ""; // the line under the controls says why
  }
  if (map !== null) {
    const listed = map.neighbors.slice(0, NAMED).map(([word, cosine]) => `${word} ${fixed(cosine, 2)}`);
    const values = {
      word: state.word,
      listed: listed.join(", "),
      kept: map.overlap,
      count: map.neighbors.length,
    };
    return t("latent-space.described.map", values);
  }
  if (analogy !== null) {
    const [a, b, c] = state.terms;
    const [first, answer] = [analogy.included, analogy.excluded].map((list) => list[0]?.[0] ?? "—");
    return t("latent-space.described.analogy", { a, b, c, first, answer });
  }
  if (axes !== null) {
    const listed = axes.words.map((word, place) => {
      return `${word} ${axes.along.map((numbers) => signed(numbers[place], 2)).join(", ")}`;
    });
    return t("latent-space.described.axes", { listed: listed.join("; ") });
  }
  if (senses !== null) {
    const listed = senses.neighbors.slice(0, NAMED).map(({ word, lean }) => `${word} ${signed(lean, 2)}`);
    return t("latent-space.described.senses", {
      word: state.word,
      lean: signed(senses.lean, 2),
      listed: listed.join(", "),
    });
  }
  return "";
}
