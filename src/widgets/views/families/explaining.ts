/** Beside the drawing: the block that is looked at, and what the family as a whole is for. */

import type { Translate } from "../../host/context.js";
import { element, setText } from "../shared/dom.js";
import { fixed, thousands } from "../shared/format.js";
import { BLOCKS, partOf, stackOf, valuesOf, type BlockName, type FamilyCard } from "./blocks.js";
import type { Frame } from "./frame.js";

const ROWS = ["in", "out", "task", "relatives"] as const;
const SCHEMES = ["sinusoidal", "rotary", "learned"];

/** What there is to say of a block in a model, sentence by sentence. */
export interface Explained {
  title: string;
  does: string;
  shape: string;
  weights: string;
}

/** `all` are the cards of all models: a block that a family leaves out is shown as the translator has it. */
export function explain(
  block: BlockName,
  card: FamilyCard,
  all: { translator: FamilyCard },
  t: Translate,
): Explained {
  const isKept = Object.hasOwn(card.blocks, block);
  const shown = isKept ? card : all.translator;
  const stack = stackOf(block);
  const label = t(`families.label.${partOf(block)}`);
  const shape = t(shapeKey(block, shown), valuesOf(shown, block));
  return {
    title: stack === null ? label : t("families.title", { label, stack: t(`families.stack.${stack}`) }),
    does: t(`families.does.${partOf(block)}`),
    shape: isKept ? shape : t("families.elsewhere", { shape }),
    weights: isKept ? weightsOf(block, card, t) : t("families.left-out"),
  };
}

function shapeKey(block: BlockName, { shape }: FamilyCard): string {
  const part = partOf(block);
  if (part === "positions") {
    return `families.shape.positions.${SCHEMES.includes(shape.positions) ? shape.positions : "other"}`;
  }
  if (part === "output") {
    return `families.shape.output.${shape.tie_embeddings ? "tied" : "own"}`;
  }
  return `families.shape.${part.endsWith("attention") ? "attention" : part}`;
}

function weightsOf(block: BlockName, card: FamilyCard, t: Translate): string {
  const weights = card.blocks[block] ?? 0;
  const share = fixed((100 * weights) / card.parameters, 1);
  return weights === 0
    ? t("families.weights.none")
    : t("families.weights.share", { weights: thousands(weights), share });
}

export class Explanation {
  readonly element: HTMLElement;
  readonly #t: Translate;
  readonly #cards: { translator: FamilyCard };
  readonly #title = element("p", { class: "attn-explained-title" });
  readonly #does = element("p");
  readonly #shape = element("p", { class: "attn-quiet" });
  readonly #weights = element("p", { class: "attn-explained-weights" });

  constructor(t: Translate, cards: { translator: FamilyCard }) {
    this.#t = t;
    this.#cards = cards;
    const parts = [this.#title, this.#weights, this.#does, this.#shape];
    this.element = element("div", { class: "attn-explained" }, ...parts);
  }

  update({ card, looked }: Frame): void {
    const { title, does, shape, weights } = explain(looked, card, this.#cards, this.#t);
    setText(this.#title, title);
    setText(this.#does, does);
    setText(this.#shape, shape);
    setText(this.#weights, weights);
  }
}

/** What goes in, what comes out, what it was trained for, and who is of the same family. */
export class FamilyTable {
  readonly element: HTMLElement;
  readonly #t: Translate;
  readonly #cells = ROWS.map((row) => ({ row, cell: element("td") }));

  constructor(t: Translate) {
    this.#t = t;
    const rows = this.#cells.map(({ row, cell }) =>
      element("tr", {}, element("th", { scope: "row" }, t(`families.row.${row}`)), cell),
    );
    const caption = element("caption", { class: "attn-visually-hidden" }, t("families.table"));
    this.element = element("table", { class: "attn-family-table" }, caption, element("tbody", {}, ...rows));
  }

  update({ chosen }: Frame): void {
    this.#cells.forEach(({ row, cell }) => setText(cell, this.#t(`families.${row}.${chosen.family}`)));
  }
}

/** The quiet line over the drawing: what stays, and how large the model is. */
export function countedLine({ card }: Frame, t: Translate): string {
  return t("families.counter", {
    kept: Object.keys(card.blocks).length,
    blocks: BLOCKS.length,
    weights: thousands(card.parameters),
  });
}
