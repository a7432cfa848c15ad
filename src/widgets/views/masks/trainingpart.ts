/** Training all positions at once against one by one: the same numbers, and what each costs. */

import { element, setText } from "../shared/dom.js";
import { exact, fixed } from "../shared/format.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";

const COLUMNS = ["place", "next", "together", "alone", "difference"] as const;

export class TrainingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #body = element("tbody");
  readonly #said = element("p", { class: "attn-msk-reach" });
  readonly #cost = element("p", { class: "attn-quiet" });
  #shown: unknown = null;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t } = actions;
    const heads = COLUMNS.map((name, place) => {
      const isNumber = place > 1;
      return element(
        "th",
        { scope: "col", class: isNumber ? "attn-number" : null },
        t(`masks.training.${name}`),
      );
    });
    const table = element(
      "table",
      { class: "attn-msk-training" },
      element("caption", { class: "attn-visually-hidden" }, t("masks.training.table")),
      element("thead", {}, element("tr", {}, ...heads)),
      this.#body,
    );
    const box = element(
      "div",
      { class: "attn-msk-scroll", tabindex: 0, role: "region", "aria-label": t("masks.training.table") },
      table,
    );
    this.element = element("div", {}, this.#said, box, this.#cost);
  }

  update({ training, reading, model }: Frame): void {
    const { t } = this.#actions;
    const isWriter = model === "writer";
    const T = reading.queries.length;
    const worst = Math.max(0, ...training.map(({ together, alone }) => Math.abs(together - alone)));
    const isThere = isWriter && training.length > 0;
    setText(
      this.#said,
      isThere
        ? t("masks.training.said", { difference: exact(worst) })
        : t(isWriter ? "masks.training.waiting" : "masks.training.writer-only"),
    );
    const alone = (T * (T - 1)) / 2; // beginnings of 1, 2, … T - 1 tokens
    setText(
      this.#cost,
      isWriter ? t("masks.training.cost", { tokens: T, runs: T - 1, read: alone }) : "\u00a0",
    );
    if (this.#shown === training && isThere) {
      return;
    }
    this.#shown = training;
    const number = (text: string): HTMLElement => element("td", { class: "attn-number" }, text);
    this.#body.replaceChildren(
      ...(isWriter ? training : []).map(({ together, alone }, place) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, visibleToken(reading.queries[place])),
          element("td", {}, visibleToken(reading.queries[place + 1])),
          number(fixed(together, 6)),
          number(fixed(alone, 6)),
          number(exact(Math.abs(together - alone))),
        ),
      ),
    );
  }
}
