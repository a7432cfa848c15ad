/** The text with the window on it: the word in the middle, the words around it, and those far from it. */

import type { Corpus, WindowPlace } from "../../engine/word2vec/text.js";
import { element, setAttribute } from "../shared/dom.js";
import type { Actions, Frame } from "./frame.js";

const PAGE_WORDS = 120;
const LINE = 22; // px, as in the stylesheet
const MARGIN = 10; // words around a page, so that no window is cut

/** A word of the text: its sentence, its place in it, and which word it is. */
type Spot = readonly [sentence: number, word: number, id: number];

export class TextStrip {
  readonly element: HTMLElement;
  #corpus: Corpus | null = null;
  #spots: readonly Spot[] = [];
  #page = -1;
  #pieces = new Map<string, HTMLElement>();
  #marked: HTMLElement[] = [];
  #center: HTMLElement | null = null;
  #frame: number | null = null;

  constructor({ t, signal }: Actions) {
    signal.addEventListener("abort", () => {
      if (this.#frame !== null) {
        cancelAnimationFrame(this.#frame);
      }
    });
    this.element = element("p", {
      class: "attn-w2v-strip",
      tabindex: 0,
      role: "group",
      "aria-label": t("word2vec.strip"),
    });
  }

  update({ corpus, runs, state }: Frame): void {
    if (corpus !== this.#corpus) {
      this.#corpus = corpus;
      this.#page = -1;
      this.#spots = corpus.sentences.flatMap((ids, sentence) =>
        ids.map((id, word) => [sentence, word, id] as const),
      );
    }
    const place = runs?.cbow.last?.place ?? null;
    this.#showPage(place);
    this.#mark(place, state.window);
  }

  #showPage(place: WindowPlace | null): void {
    const at = this.#spots.findIndex(
      ([sentence, word]) => sentence === place?.sentence && word === place.word,
    );
    const page = Math.floor(Math.max(0, at) / PAGE_WORDS);
    if (page === this.#page) {
      return;
    }
    this.#page = page;
    const start = Math.max(0, page * PAGE_WORDS - MARGIN);
    const shown = this.#spots.slice(start, (page + 1) * PAGE_WORDS + MARGIN);
    this.#pieces = new Map();
    this.#marked = [];
    const parts = shown.flatMap(([sentence, word, id], index) => {
      const piece = element("span", { class: "attn-w2v-word", dir: "auto" }, this.#corpus?.words[id] ?? "");
      this.#pieces.set(`${sentence} ${word}`, piece);
      const isLast = shown[index + 1]?.[0] !== sentence && this.#spots[start + index + 1]?.[0] !== sentence;
      return isLast ? [piece, ". "] : [piece, " "];
    });
    this.element.replaceChildren(
      start > 0 ? "… " : "",
      ...parts,
      start + shown.length < this.#spots.length ? "…" : "",
    );
  }

  #mark(place: WindowPlace | null, window: number): void {
    this.#marked.forEach((piece) => setAttribute(piece, "data-role", null));
    this.#marked = [];
    if (place === null) {
      return;
    }
    const first = Math.max(0, place.word - window);
    for (let word = first; word <= place.word + window; word += 1) {
      const piece = this.#pieces.get(`${place.sentence} ${word}`);
      if (piece !== undefined) {
        setAttribute(piece, "data-role", word === place.word ? "center" : "context");
        this.#marked.push(piece);
        if (word === place.word) {
          this.#reveal(piece);
        }
      }
    }
  }

  /** Scrolls the center into sight with the next frame: now, asking where it is would lay the page out once more. */
  #reveal(piece: HTMLElement): void {
    this.#center = piece;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      const { element: box } = this;
      const top = (this.#center?.offsetTop ?? 0) - box.clientTop;
      if (top < box.scrollTop || top + LINE > box.scrollTop + box.clientHeight) {
        box.scrollTop = top - box.clientHeight / 2;
      }
    });
  }
}
