/** The likeliest next tokens as bars, the likeliest first. */

import { element, setAttribute } from "./dom.js";
import { fixed } from "./format.js";
import { tokenContent } from "./tokentext.js";

export interface Candidate {
  text: string;
  /** What it was chosen with, from 0 to 1. */
  probability: number;
  /** What the model itself gives it: the same, unless a temperature or a cut changed it. */
  own: number;
}

export interface CandidatesOptions {
  label: string;
  /** How many rows there always are, so that nothing moves when fewer are known. */
  rows: number;
  /** What marks the chosen one for those who do not see it. */
  chosenLabel: string;
}

interface Row {
  item: HTMLElement;
  name: HTMLElement;
  bar: HTMLElement;
  own: HTMLElement;
  number: HTMLElement;
  chosen: HTMLElement;
}

const DECIMALS = 3;

export class Candidates {
  readonly element: HTMLElement;
  readonly #rows: Row[];

  constructor({ label, rows, chosenLabel }: CandidatesOptions) {
    this.#rows = Array.from({ length: rows }, () => makeRow(chosenLabel));
    const items = this.#rows.map((row) => row.item);
    this.element = element("ol", { class: "attn-candidates", "aria-label": label }, ...items);
  }

  /** Shows these; `chosen` is the place of the one that was taken, or -1. */
  show(candidates: readonly Candidate[], chosen: number): void {
    this.#rows.forEach((row, place) => showRow(row, candidates[place], place === chosen));
  }
}

/** Whether the model's own probability is so different that it has a mark of its own. */
export function isMarked(own: number, probability: number): boolean {
  return Math.abs(own - probability) >= 0.0005;
}

function makeRow(chosenLabel: string): Row {
  const name = element("span", { class: "attn-candidate-name" });
  const bar = element("span", { class: "attn-candidate-bar" });
  const own = element("span", { class: "attn-candidate-own" });
  const number = element("span", { class: "attn-candidate-number" });
  const chosen = element("span", { class: "attn-visually-hidden" }, chosenLabel);
  const track = element("span", { class: "attn-candidate-track", "aria-hidden": "true" }, bar, own);
  const item = element("li", { class: "attn-candidate" }, name, track, number, chosen);
  return { item, name, bar, own, number, chosen };
}

function showRow(row: Row, candidate: Candidate | undefined, isChosen: boolean): void {
  setAttribute(row.item, "data-empty", candidate === undefined);
  setAttribute(row.item, "aria-hidden", candidate === undefined ? "true" : null);
  setAttribute(row.item, "data-chosen", isChosen);
  row.chosen.hidden = !isChosen;
  row.name.replaceChildren(...tokenContent(candidate?.text ?? ""));
  row.bar.style.width = percent(candidate?.probability ?? 0);
  row.own.style.left = percent(candidate?.own ?? 0);
  row.own.hidden = candidate === undefined || !isMarked(candidate.own, candidate.probability);
  row.number.textContent = candidate === undefined ? "" : fixed(candidate.probability, DECIMALS);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}
