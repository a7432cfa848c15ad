/** From the answers of a view to what its picture shows. */

import type { Translate } from "../../host/context.js";
import { fixed, signed } from "../shared/format.js";
import type { AnalogyAnswer, AxesAnswer, SensesAnswer } from "./answers.js";
import type { Point, Scatter } from "./scatter.js";
import type { State } from "./state.js";

export function analogyScatter(
  { terms }: State,
  { words, places, excluded }: AnalogyAnswer,
  t: Translate,
): Scatter {
  const [a, b, c] = terms;
  const [target, ...others] = places;
  const answers = new Set(excluded.slice(0, 1).map(([word]) => word));
  const points = words.map((name, place): Point => {
    const [x, y] = others[place];
    const role = terms.includes(name) ? "input" : answers.has(name) ? "first" : "plain";
    return { name, x, y, role, said: name };
  });
  const at = (word: string): readonly [number, number] => others[words.indexOf(word)];
  const said = t("latent-space.analogy.target", { a, b, c });
  return {
    points: [...points, { name: "", x: target[0], y: target[1], role: "target", said }],
    arrows: [
      [...at(b), ...at(a)],
      [...at(c), ...target],
    ],
    across: null,
    upward: null,
    isSquare: true,
  };
}

export function axesScatter(state: State, { words, along }: AxesAnswer, t: Translate): Scatter {
  const [xs, ys] = along;
  const isFlat = along.length < 2;
  const points = words.map((name, place): Point => {
    const numbers = along.map((numbers) => signed(numbers[place], 2)).join(", ");
    return {
      name,
      x: xs[place],
      y: isFlat ? 0 : ys[place],
      role: "first",
      said: t("latent-space.said.place", { word: name, numbers }),
    };
  });
  const ends = (pairs: State["xAxis"], side: 0 | 1): string =>
    [...new Set(pairs.map((pair) => pair[side]))].join(", ");
  return {
    points,
    arrows: [],
    across: { low: ends(state.xAxis, 0), high: ends(state.xAxis, 1), marks: [0] },
    upward: isFlat ? null : { low: ends(state.yAxis, 0), high: ends(state.yAxis, 1), marks: [0] },
    isSquare: false,
  };
}

export function sensesScatter(
  { word, poles }: State,
  { neighbors, lean }: SensesAnswer,
  t: Translate,
): Scatter {
  const points = neighbors.map((one): Point => {
    const values = { word: one.word, lean: signed(one.lean, 2), cosine: fixed(one.cosine, 2) };
    const said = t("latent-space.said.sense", values);
    return { name: one.word, x: one.lean, y: one.cosine, role: one.lean > 0 ? "first" : "second", said };
  });
  const values = { word, lean: signed(lean, 2), cosine: fixed(1, 2) };
  const own: Point = { name: word, x: lean, y: 1, role: "word", said: t("latent-space.said.sense", values) };
  return {
    points: [own, ...points],
    arrows: [],
    across: { low: poles[1].join(", "), high: poles[0].join(", "), marks: [-1, 0, 1] },
    upward: { low: "", high: t("latent-space.upward", { word }), marks: [] },
    isSquare: false,
  };
}
