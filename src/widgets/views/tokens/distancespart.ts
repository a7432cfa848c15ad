/** How far words are from each other in three codings, pair by pair; in each column the nearest pair is marked. */

import { distancesOf, type Distances } from "../../engine/codings.js";
import { element, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { pairName } from "./describe.js";
import type { Actions, Frame, Part } from "./frame.js";

export const COLUMNS = ["ids", "oneHot", "oneHotDot", "cosine", "euclid"] as const;
export type Column = (typeof COLUMNS)[number];
const DECIMALS: Readonly<Record<Column, number>> = { ids: 0, oneHot: 4, oneHotDot: 0, cosine: 2, euclid: 2 };
const MARKED: Readonly<Partial<Record<Column, 1 | -1>>> = { ids: 1, cosine: -1, euclid: 1 };

export interface Pair {
  first: number;
  second: number;
}

export function pairsOf(count: number): Pair[] {
  return Array.from({ length: count }, (_, first) =>
    Array.from({ length: count - first - 1 }, (__, step) => ({ first, second: first + 1 + step })),
  ).flat();
}

export function distancesIn({ codes, cut }: Frame): Distances {
  return distancesOf(
    codes.map(({ code }) => code?.id ?? null),
    cut?.size ?? 0,
    codes.map(({ vector }) => vector ?? null),
  );
}

/** The pairs that are nearest by a column: often one, none where nothing can be said, several if they are equal. */
export function nearest(distances: Distances, column: Column): Pair[] {
  const sign = MARKED[column] ?? 1;
  const matrix = distances[column];
  const value = ({ first, second }: Pair): number => sign * matrix[first][second];
  const known = pairsOf(matrix.length).filter((pair) => !Number.isNaN(value(pair)));
  const least = Math.min(...known.map(value));
  return known.filter((pair) => value(pair) === least);
}

export class DistancesPart implements Part {
  readonly element: HTMLElement;
  readonly #t: Actions["t"];
  readonly #body = element("tbody");
  readonly #said = element("p", { class: "attn-picture-said" });
  readonly #missing = element("p", { class: "attn-picture-said" });
  #key = "";

  constructor({ t }: Actions) {
    this.#t = t;
    const group = (name: string, columns: number): HTMLElement =>
      element("th", { scope: "colgroup", colspan: columns }, t(`tokens.distances.${name}`));
    const groups = element(
      "tr",
      {},
      element("td", {}),
      group("by-ids", 1),
      group("by-one-hot", 2),
      group("by-vectors", 2),
    );
    const heads = COLUMNS.map((name) => element("th", { scope: "col" }, t(`tokens.distances.${name}`)));
    const head = element("tr", {}, element("th", { scope: "col" }, t("tokens.distances.pair")), ...heads);
    const table = element(
      "table",
      { class: "attn-distances" },
      element("caption", { class: "attn-visually-hidden" }, t("tokens.view.distances")),
      element("thead", {}, groups, head),
      this.#body,
    );
    const label = t("tokens.view.distances");
    const box = element(
      "div",
      { class: "attn-distances-box", tabindex: 0, role: "region", "aria-label": label },
      table,
    );
    this.element = element("div", {}, box, this.#said, this.#missing);
  }

  update(frame: Frame): void {
    const { codes } = frame;
    const t = this.#t;
    const distances = distancesIn(frame);
    const key = JSON.stringify([codes.map(({ word }) => word), distances]);
    if (key === this.#key) {
      return;
    }
    this.#key = key;
    const best = Object.fromEntries(COLUMNS.map((column) => [column, nearest(distances, column)]));
    const pairs = pairsOf(codes.length);
    const rows = pairs.map(({ first, second }) => {
      const cells = COLUMNS.map((column) => {
        const value = distances[column][first][second];
        const isNearest =
          column in MARKED && best[column].some((pair) => pair.first === first && pair.second === second);
        const text = Number.isNaN(value) ? "–" : fixed(value, DECIMALS[column]);
        return element("td", { class: "attn-number", "data-nearest": isNearest }, text);
      });
      const name = pairName([codes[first].word, codes[second].word], t);
      return element("tr", {}, element("th", { scope: "row", dir: "auto" }, name), ...cells);
    });
    this.#body.replaceChildren(...rows);
    this.#say(frame, distances, best);
  }

  #say({ codes }: Frame, distances: Distances, best: Record<string, Pair[]>): void {
    const t = this.#t;
    const names = (pairs: readonly Pair[]): string =>
      pairs
        .map(({ first, second }) => pairName([codes[first].word, codes[second].word], t))
        .join(t("tokens.comma"));
    const value = (column: Column): string => {
      const [{ first, second }] = best[column];
      return fixed(distances[column][first][second], DECIMALS[column]);
    };
    const say = (column: Column, key: string, otherwise: string): string =>
      best[column].length === 0 ? t(otherwise) : t(key, { pairs: names(best[column]), value: value(column) });
    const known = pairsOf(codes.length).filter(
      ({ first, second }) => !Number.isNaN(distances.oneHot[first][second]),
    );
    const areSame = known.length > 1 && best["oneHot"].length === known.length;
    const sentences = [
      say("ids", "tokens.distances.near-ids", "tokens.distances.no-ids"),
      ...(areSame ? [t("tokens.distances.all-same", { value: value("oneHot") })] : []),
      say("cosine", "tokens.distances.near-vectors", "tokens.distances.no-vectors"),
    ];
    setText(this.#said, sentences.join(" "));
    const missing = codes.filter(({ vector }) => vector === null).map(({ word }) => word);
    setText(
      this.#missing,
      missing.length === 0 ? "" : t("tokens.distances.missing", { words: missing.join(t("tokens.comma")) }),
    );
  }
}
