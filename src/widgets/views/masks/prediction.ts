/** What the model writes next after the row that is looked at: under its own mask, and under this one. */

import { Candidates } from "../shared/candidates.js";
import { element, listen, setAttribute, setText } from "../shared/dom.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";

const ROWS = 5;

export class PredictionPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #rows: HTMLSelectElement;
  readonly #own: Candidates;
  readonly #masked: Candidates;
  readonly #note = element("p", { class: "attn-quiet" });
  readonly #under: HTMLElement;
  #names = "";

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, change } = actions;
    this.#rows = element("select", { class: "attn-select", "aria-label": t("masks.next.row") });
    listen(this.#rows, "change", signal, () => change({ row: Number(this.#rows.value) }));
    const list = (key: string): Candidates =>
      new Candidates({ label: t(key), rows: ROWS, chosenLabel: t("masks.next.chosen") });
    this.#own = list("masks.next.own");
    this.#masked = list("masks.next.masked");
    this.#under = column(t("masks.next.masked"), this.#masked.element);
    this.element = element(
      "section",
      { class: "attn-msk-next" },
      element(
        "label",
        { class: "attn-msk-after" },
        element("span", { class: "attn-part-title" }, t("masks.next")),
        this.#rows,
      ),
      element(
        "div",
        { class: "attn-msk-columns" },
        column(t("masks.next.own"), this.#own.element),
        this.#under,
      ),
      this.#note,
    );
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { queries } = frame.reading;
    const names = JSON.stringify(queries);
    if (names !== this.#names) {
      this.#names = names;
      const options = queries.map((query, row) =>
        element("option", { value: row }, `${row + 1} ${visibleToken(query)}`),
      );
      this.#rows.replaceChildren(...options);
    }
    this.#rows.value = String(frame.row);
    const own = new Map(frame.plain.map(({ text, probability }) => [text, probability]));
    const listed = (candidates: Frame["plain"]): Parameters<Candidates["show"]>[0] =>
      candidates.map(({ text, probability }) => ({ text, probability, own: own.get(text) ?? probability }));
    this.#own.show(listed(frame.plain), 0);
    this.#masked.show(listed(frame.candidates), 0);
    setAttribute(this.#under, "aria-busy", String(!frame.isCurrent));
    setText(
      this.#note,
      t(`masks.next.note.${frame.shown.fault === "half-precision" ? "half" : frame.model}`),
    );
  }
}

function column(title: string, content: HTMLElement): HTMLElement {
  return element("div", { class: "attn-msk-column" }, element("p", { class: "attn-quiet" }, title), content);
}
