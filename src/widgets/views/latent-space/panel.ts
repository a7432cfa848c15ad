/** Beside the picture: the numbers of the present view, and what to make of them. */

import type { Translate } from "../../host/context.js";
import { element, setAttribute, setText } from "../shared/dom.js";
import { fixed, signed } from "../shared/format.js";
import type { AnalogyAnswer, AxesAnswer, MapAnswer, SensesAnswer } from "./answers.js";
import type { Answers } from "./frame.js";
import { WordList, type Entry } from "./wordlist.js";
import type { State, TableFacts } from "./state.js";

const SHOWN_OF_SENSES = 10;

export class Panel {
  readonly element: HTMLElement;
  readonly #t: Translate;
  readonly #headline = element("p", { class: "attn-space-headline" });
  readonly #first: WordList;
  readonly #second: WordList;
  readonly #note = element("p", { class: "attn-quiet attn-space-note" });

  constructor(t: Translate, signal: AbortSignal, onPick: (word: string) => void) {
    this.#t = t;
    this.#first = new WordList(onPick, signal);
    this.#second = new WordList(onPick, signal);
    const columns = element(
      "div",
      { class: "attn-space-columns" },
      this.#first.element,
      this.#second.element,
    );
    this.element = element("div", { class: "attn-space-panel" }, this.#headline, columns, this.#note);
  }

  update(state: State, answers: Answers, facts: TableFacts): void {
    setAttribute(this.element, "aria-busy", String(!answers.isCurrent));
    if (answers.map !== null) {
      this.#showMap(state, answers.map, facts);
    } else if (answers.analogy !== null) {
      this.#showAnalogy(state, answers.analogy);
    } else if (answers.axes !== null) {
      this.#showAxes(answers.axes);
    } else if (answers.senses !== null) {
      this.#showSenses(state, answers.senses);
    } else {
      this.#fill("", ["", []], ["", []], "");
    }
  }

  #fill(headline: string, first: [string, Entry[]], second: [string, Entry[]], note: string): void {
    setText(this.#headline, headline);
    this.#first.show(...first);
    this.#second.show(...second);
    setText(this.#note, note);
    this.#second.element.hidden = second[0] === "" && first[0] !== "";
  }

  #showMap(state: State, { chart, neighbors, picture, overlap }: MapAnswer, facts: TableFacts): void {
    const t = this.#t;
    const seen = new Set(picture.map(([word]) => word));
    const near = new Set(neighbors.map(([word]) => word));
    const entry = ([word, number]: [string, number], sign: "near" | "seen"): Entry => {
      const isBoth = near.has(word) && seen.has(word);
      const said = t(isBoth ? "latent-space.said.both" : `latent-space.said.${sign}`);
      return { word, number: fixed(number, 2), sign: isBoth ? "both" : sign, said };
    };
    const count = neighbors.length;
    this.#fill(
      t(overlap === count ? "latent-space.kept-all" : "latent-space.kept", {
        word: state.word,
        count,
        kept: overlap,
      }),
      [t("latent-space.near-in", { dim: facts.dim }), neighbors.map((one) => entry(one, "near"))],
      [t("latent-space.near-here"), picture.map((one) => entry(one, "seen"))],
      this.#judgment(state, chart.meanOverlap, chart.shares, facts),
    );
  }

  /** How much the whole picture lies. */
  #judgment(state: State, mean: number | null, shares: readonly number[], facts: TableFacts): string {
    const t = this.#t;
    const sentences: string[] = [];
    if (mean !== null) {
      const sample = Math.min(200, facts.words);
      sentences.push(t("latent-space.quality", { mean: fixed(mean, 2), sample }));
    } else {
      sentences.push(t("latent-space.quality.coming"));
    }
    if (shares.length > 0) {
      const share = fixed(100 * shares.reduce((sum, one) => sum + one, 0), 1);
      sentences.push(t("latent-space.shares", { axes: state.dimensions, share, dim: facts.dim }));
    } else if (state.projection === "tsne") {
      sentences.push(t("latent-space.tsne-note"));
    }
    return sentences.join(" ");
  }

  #showAnalogy({ terms }: State, { excluded, included }: AnalogyAnswer): void {
    const t = this.#t;
    const entry = ([word, cosine]: [string, number]): Entry => {
      const isInput = terms.includes(word);
      const said = isInput ? t("latent-space.said.input") : undefined;
      return { word, number: fixed(cosine, 2), sign: isInput ? "input" : "", said };
    };
    const [a, b, c] = terms;
    const [first] = included[0];
    const [answer] = excluded[0] ?? ["—"];
    const key = terms.includes(first)
      ? "latent-space.analogy.input-wins"
      : "latent-space.analogy.answer-wins";
    this.#fill(
      t(key, { a, b, c, first, answer }),
      [t("latent-space.analogy.included"), included.map(entry)],
      [t("latent-space.analogy.excluded"), excluded.map(entry)],
      t("latent-space.analogy.note"),
    );
  }

  #showAxes({ words, along, missing }: AxesAnswer): void {
    const t = this.#t;
    const lists = along.map((numbers) =>
      words
        .map((word, place) => ({ word, value: numbers[place] }))
        .sort((one, other) => other.value - one.value)
        .map(({ word, value }): Entry => ({ word, number: signed(value, 2), sign: "" })),
    );
    const headline =
      words.length === 0
        ? t("latent-space.axes.none")
        : t("latent-space.axes.headline", { count: words.length });
    const note = missing.length > 0 ? t("latent-space.axes.missing", { words: missing.join(", ") }) : "";
    this.#fill(
      headline,
      [t("latent-space.axes.x"), lists[0] ?? []],
      lists.length > 1 ? [t("latent-space.axes.y"), lists[1]] : ["", []],
      note,
    );
  }

  #showSenses({ word, poles }: State, { neighbors, lean }: SensesAnswer): void {
    const t = this.#t;
    const side = (isFirst: boolean): Entry[] =>
      neighbors
        .filter((one) => one.lean > 0 === isFirst)
        .slice(0, SHOWN_OF_SENSES)
        .map((one) => ({ word: one.word, number: signed(one.lean, 2), sign: isFirst ? "first" : "second" }));
    const firsts = neighbors.filter((one) => one.lean > 0).length;
    this.#fill(
      t("latent-space.senses.headline", { word, lean: signed(lean, 2), count: neighbors.length, firsts }),
      [t("latent-space.senses.side", { words: poles[1].join(", ") }), side(false)],
      [t("latent-space.senses.side", { words: poles[0].join(", ") }), side(true)],
      t("latent-space.senses.note"),
    );
  }
}
