/** What became of the output: the text with all heads on and with these off, and each token's probability in both. */

import { Candidates } from "../shared/candidates.js";
import { element, setAttribute, setText } from "../shared/dom.js";
import { fixed, signed } from "../shared/format.js";
import { tokenContent, visibleToken } from "../shared/tokentext.js";
import { Fold } from "./fold.js";
import { countOff, type Actions, type Frame, type Part } from "./frame.js";
import { logProbability, type Look } from "./look.js";

const DECIMALS = 3;

export class OutcomePart implements Part {
  readonly element: HTMLElement;
  readonly #t: Actions["t"];
  readonly #original = element("p", { class: "attn-mh-text", dir: "auto" });
  readonly #output = element("p", { class: "attn-mh-text", dir: "auto" });
  readonly #outputTitle = element("p", { class: "attn-part-title" });
  readonly #rows = element("tbody");
  readonly #total = element("p", { class: "attn-mh-total" });
  readonly #candidates: Candidates;
  readonly #candidatesTitle = element("p", { class: "attn-part-title" });
  #shown: Look | null = null;

  constructor({ t, signal }: Pick<Actions, "t" | "signal">) {
    this.#t = t;
    this.#candidates = new Candidates({
      label: t("models.candidates"),
      rows: 5,
      chosenLabel: t("models.chosen"),
    });
    const heading = ["token", "bars", "before", "after"].map((name) =>
      element("th", { scope: "col" }, t(`heads.change.${name}`)),
    );
    const table = element(
      "table",
      { class: "attn-mh-change", "aria-label": t("heads.change") },
      element("thead", {}, element("tr", {}, ...heading)),
      this.#rows,
    );
    const title = element("p", { class: "attn-part-title" }, t("heads.original"));
    const box = element(
      "div",
      { class: "attn-mh-change-box", tabindex: 0, role: "group", "aria-label": t("heads.change") },
      table,
    );
    const tokens = new Fold(
      t("heads.tokens"),
      false,
      signal,
      box,
      this.#candidatesTitle,
      this.#candidates.element,
    );
    this.element = element(
      "div",
      { class: "attn-mh-outcome" },
      title,
      this.#original,
      this.#outputTitle,
      this.#output,
      this.#total,
      tokens.element,
    );
  }

  update(frame: Frame): void {
    const { look } = frame;
    const t = this.#t;
    const off = countOff(frame);
    setText(this.#outputTitle, off === 0 ? t("heads.output.none") : t("heads.output", { count: off }));
    setText(this.#original, look?.original ?? "\u00a0");
    setText(this.#output, look === null ? "\u00a0" : look.output === "" ? "–" : look.output);
    setAttribute(this.#output, "data-changed", look !== null && look.output !== look.original);
    const place = mostChanged(look);
    const first = look?.tokens[place] ?? "";
    setText(this.#candidatesTitle, t("heads.candidates", { token: visibleToken(first) }));
    const candidates = look?.candidates[place] ?? [];
    const chosen = candidates.findIndex(({ text }) => text === first);
    if (look !== this.#shown) {
      this.#candidates.show(candidates, chosen);
      this.#shown = look;
      this.#rows.replaceChildren(...(look?.tokens ?? []).map((token, place) => rowOf(look, token, place)));
      setText(this.#total, totalOf(look, t));
    }
  }
}

function rowOf(look: Look | null, token: string, place: number): HTMLElement {
  const [before, after] = [look?.before[place] ?? 0, look?.after[place] ?? 0];
  const bar = (name: string, share: number): HTMLElement => {
    const inner = element("span", { class: `attn-mh-bar attn-mh-bar-${name}` });
    inner.style.width = `${(100 * share).toFixed(2)}%`;
    return inner;
  };
  const bars = element("span", { class: "attn-mh-bars", "aria-hidden": "true" });
  bars.append(bar("before", before), bar("after", after));
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("bdi", {}, ...tokenContent(token))),
    element("td", {}, bars),
    element("td", {}, fixed(before, DECIMALS)),
    element("td", {}, fixed(after, DECIMALS)),
  );
}

/** The place of the token whose probability changed most; the first one if none did. */
export function mostChanged(look: Look | null): number {
  const changes = (look?.before ?? []).map((before, place) => Math.abs(before - (look?.after[place] ?? 0)));
  return Math.max(0, changes.indexOf(Math.max(...changes)));
}

/** The log-probability of the whole original output, before and after. */
export function totalOf(look: Look | null, t: Actions["t"]): string {
  if (look === null) {
    return "\u00a0";
  }
  const [before, after] = [logProbability(look.before), logProbability(look.after)];
  return t("heads.total", {
    before: fixed(before, 2),
    after: fixed(after, 2),
    change: signed(after - before, 2),
  });
}
