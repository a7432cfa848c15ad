/** What the encoder reads, the buttons that step, and the row of tokens that is written. */

import { element, listen, setAttribute, setText, type Child } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { tokenContent, visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";

const BUTTONS = ["start", "back", "step"] as const;

export class WritingPart implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #read = element("div", {
    ...{ class: "attn-trl-chips attn-trl-source-row", tabindex: 0, role: "group" },
  });
  readonly #buttons: Readonly<Record<(typeof BUTTONS)[number], HTMLButtonElement>>;
  readonly #run: HTMLButtonElement;
  readonly #count = element("span", { class: "attn-quiet attn-trl-count" });
  readonly #written: HTMLElement;
  readonly #text = element("p", { class: "attn-trl-text" });
  readonly #plain = element("p", { class: "attn-quiet attn-trl-plain" });
  #key = "";
  #followed = "";

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal, go, toggleRun } = actions;
    const button = (
      name: string,
      onClick: () => void,
      kind = "attn-button attn-framed",
    ): HTMLButtonElement => {
      const found = element("button", { type: "button", class: kind }, t(`translation.go.${name}`));
      listen(found, "click", signal, onClick);
      return found;
    };
    const [start, back, step] = BUTTONS.map((name) => button(name, () => go(name)));
    this.#buttons = { start, back, step };
    this.#run = button("run", toggleRun, "attn-run");
    const label = { role: "group", "aria-label": t("translation.written") };
    setAttribute(this.#read, "aria-label", t("translation.reads"));
    this.#written = element("div", { class: "attn-trl-chips attn-trl-written", ...label });
    listen(this.#written, "click", signal, (event) => this.#onClick(event.target));
    listen(this.#written, "keydown", signal, (event) => this.#onKey(event));
    const title = (key: string): HTMLElement => element("p", { class: "attn-part-title" }, t(key));
    this.element = element(
      "section",
      { class: "attn-trl-writing" },
      element("div", { class: "attn-trl-reads" }, title("translation.reads"), this.#read),
      element("div", { class: "attn-trl-go" }, this.#run, step, back, start, this.#count),
      element("div", { class: "attn-trl-writes" }, title("translation.writes"), this.#written),
      this.#text,
      this.#plain,
    );
  }

  update(frame: Frame): void {
    const { t } = this.#actions;
    const { run, shown, isRunning, isBusy, isCurrent } = frame;
    this.#showRead(run?.read ?? []);
    this.#showWritten(frame);
    const isOver = isCurrent && !isBusy && shown.steps >= shown.total;
    setText(this.#run, t(isRunning ? "models.stop" : "translation.go.run"));
    this.#run.disabled = isOver && !isRunning && run !== null;
    this.#buttons.step.disabled = isOver || isRunning;
    this.#buttons.back.disabled = shown.steps === 0 || isRunning;
    this.#buttons.start.disabled = shown.steps === 0;
    setText(this.#count, t("translation.count", { steps: shown.steps, total: shown.total }));
    setText(this.#text, shown.text === "" ? "\u00a0" : shown.text);
    const plain = run?.plain ?? null;
    setText(this.#plain, plain === null ? "\u00a0" : t("translation.plain", { text: plain.text }));
  }

  #showRead(read: readonly string[]): void {
    if (this.#read.textContent !== read.join("")) {
      this.#read.replaceChildren(
        ...read.map((text) => element("span", { class: "attn-trl-chip attn-trl-source", lang: "zh" }, text)),
      );
    }
  }

  /** The row is made anew only when it says something else; what had the keyboard keeps it. */
  #showWritten(frame: Frame): void {
    const { t } = this.#actions;
    const { shown, state, run, picked } = frame;
    const plain = run?.plain ?? null;
    const forced = shown.tokens.map((_, step) => Object.hasOwn(state.forced, String(step)));
    const changed = shown.tokens.map(({ id }, step) => plain !== null && plain.ids[step] !== id);
    const hasNext = shown.rows.length > shown.tokens.length;
    const key = JSON.stringify([
      shown.tokens.map((one) => [one.text, one.probability]),
      forced,
      changed,
      hasNext,
    ]);
    if (key !== this.#key) {
      this.#key = key;
      const focused = document.activeElement?.getAttribute("data-step");
      const hadFocus = this.#written.contains(document.activeElement);
      const chips = shown.tokens.flatMap(({ text, probability }, step) => {
        const said = forced[step] ? "forced" : changed[step] ? "changed" : "";
        const face = [...tokenContent(text), ...(said === "" ? [] : [hidden(t(`translation.${said}`))])];
        const chip = this.#chip(step, face, fixed(probability, 2), said);
        return forced[step] ? [chip, this.#undo(step, text)] : [chip];
      });
      const next = hasNext ? [this.#chip(shown.tokens.length, [t("translation.next")], "", "next")] : [];
      const start = element("span", { class: "attn-trl-chip attn-trl-start" }, "<start>");
      this.#written.replaceChildren(start, ...chips, ...next);
      if (hadFocus && focused !== null) {
        this.#chipOf(Number(focused))?.focus();
      }
    }
    this.#written.querySelectorAll("[data-step]").forEach((chip) => {
      const isPicked = Number(chip.getAttribute("data-step")) === picked;
      setAttribute(chip, "aria-pressed", String(isPicked));
      setAttribute(chip, "tabindex", isPicked ? 0 : -1);
    });
    this.#follow(`${key} ${picked}`, picked);
  }

  /** A long text scrolls in its row: what is picked is in sight. */
  #follow(key: string, picked: number): void {
    const chip = this.#chipOf(picked);
    if (key !== this.#followed && chip !== null) {
      this.#followed = key;
      const [row, token] = [this.#written.getBoundingClientRect(), chip.getBoundingClientRect()];
      this.#written.scrollTop += Math.max(0, token.bottom - row.bottom) - Math.max(0, row.top - token.top);
    }
  }

  #chip(step: number, face: Child[], number: string, mark: string): HTMLElement {
    return element(
      "button",
      { type: "button", class: "attn-trl-chip attn-trl-token", "data-step": step, "data-mark": mark },
      element("span", {}, ...face),
      element("span", { class: "attn-trl-share" }, number),
    );
  }

  #undo(step: number, token: string): HTMLElement {
    const label = this.#actions.t("translation.undo-choice", { token: visibleToken(token) });
    return element(
      "button",
      { type: "button", class: "attn-trl-undo", "data-undo": step, "aria-label": label, title: label },
      "×",
    );
  }

  #chipOf(step: number): HTMLElement | null {
    return this.#written.querySelector(`[data-step="${step}"]`);
  }

  #onClick(target: EventTarget | null): void {
    const button = target instanceof Element ? target.closest("button") : null;
    const undo = button?.getAttribute("data-undo") ?? null;
    const step = button?.getAttribute("data-step") ?? null;
    if (undo !== null) {
      this.#actions.unchoose(Number(undo));
    } else if (step !== null) {
      this.#actions.pick(Number(step));
    }
  }

  #onKey(event: KeyboardEvent): void {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const step = event.target instanceof Element ? event.target.getAttribute("data-step") : null;
    const next = way === undefined || step === null ? null : this.#chipOf(Number(step) + way);
    if (next !== null) {
      this.#actions.pick(Number(next.getAttribute("data-step")));
      next.focus();
      event.preventDefault();
    }
  }
}

function hidden(text: string): HTMLElement {
  return element("span", { class: "attn-visually-hidden" }, ` (${text})`);
}
