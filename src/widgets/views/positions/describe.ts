/** What is on screen in words, for those who do not see it. */

import type { Translate } from "../../host/context.js";
import { fixed } from "../shared/format.js";
import { changeText, shareText, wavelengthText } from "./formulas.js";
import { otherOf, type Frame } from "./frame.js";
import { isMoved } from "./state.js";

export function describe(frame: Frame, t: Translate): string {
  const { state, numbers, reading, tables, order } = frame;
  const { position, pair, scheme, length, token } = state;
  switch (state.view) {
    case "encoding": {
      const other = otherOf(frame);
      const { wavelength, angle } = numbers.hands(state, position)[pair];
      const clock = { pair, wavelength: wavelengthText(wavelength), angle: fixed(angle, 2) };
      const product = fixed(numbers.dots(state, position)[other], 4);
      return `${t("positions.clock", clock)} ${t("positions.dots.said", { position, other, product })}`;
    }
    case "sum": {
      const sum = numbers.sum(state, reading, token);
      const values = { word: reading.labels[token], cosine: fixed(sum?.cosine ?? 0, 2) };
      return t(
        sum === null ? "positions.empty" : `positions.sum.${state.positions ? "said" : "off"}`,
        values,
      );
    }
    case "shuffle": {
      const words = order.map((each) => reading.labels[each]).join(" ");
      const change = changeText(numbers.shuffle(state, reading).change);
      return t(isMoved(order) ? "positions.shuffle.said" : "positions.shuffle.still", { words, change });
    }
    case "schemes": {
      const share = tables.accuracy[scheme][tables.lengths.length - 1];
      const name = t(`positions.scheme.${scheme}`);
      const longest = tables.lengths[tables.lengths.length - 1];
      return t("positions.schemes.said", { scheme: name, length, longest, share: shareText(share) });
    }
  }
}
