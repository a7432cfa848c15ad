/** The line under an input that says what is being loaded, how far it is, and what went wrong. It always has its room. */

import type { Translate } from "../../host/context.js";
import type { ModelState } from "../../host/models.js";
import { element, listen, setAttribute, setText } from "./dom.js";
import { megabytes } from "./format.js";

export interface LoadLineOptions {
  t: Translate;
  signal: AbortSignal;
  onRetry: () => void;
}

/** A button that a message may offer. */
export interface Offer {
  label: string;
  run: () => void;
}

export class LoadLine {
  readonly element: HTMLElement;
  readonly #t: Translate;
  readonly #text = element("p", { class: "attn-hint" });
  readonly #progress: HTMLProgressElement;
  readonly #retry: HTMLButtonElement;
  readonly #offer = element("button", { type: "button", class: "attn-button attn-framed", hidden: true });
  #run: () => void = () => undefined;

  constructor({ t, signal, onRetry }: LoadLineOptions) {
    this.#t = t;
    this.#progress = element("progress", {
      class: "attn-progress",
      max: 1,
      hidden: true,
      "aria-label": t("models.progress"),
    });
    this.#retry = element(
      "button",
      { type: "button", class: "attn-button attn-framed", hidden: true },
      t("models.retry"),
    );
    listen(this.#retry, "click", signal, () => onRetry());
    listen(this.#offer, "click", signal, () => this.#run());
    this.element = element(
      "div",
      { class: "attn-message attn-load-line", role: "status" },
      this.#text,
      this.#progress,
      this.#retry,
      this.#offer,
    );
  }

  /** Shows how a download stands; true when there is nothing to say of it. */
  showLoading(state: ModelState, name: string): boolean {
    const t = this.#t;
    setAttribute(this.#retry, "hidden", state.phase !== "failed");
    setAttribute(this.#progress, "hidden", state.phase !== "loading");
    if (state.phase === "loading") {
      const { loaded, total } = state;
      this.#progress.value = loaded / total;
      const values = { model: name, loaded: megabytes(loaded), total: megabytes(total) };
      this.#say(t(loaded < total ? "models.loading" : "models.starting", values), false, null);
    } else if (state.phase === "failed") {
      const { reason, detail } = state;
      this.#say(t(`models.failed.${reason}`, { model: name, detail }), true, null);
    }
    return state.phase === "absent" || state.phase === "ready";
  }

  /** Shows a message, and a button with it if one helps. */
  say(text: string, isProblem: boolean, offer: Offer | null = null): void {
    this.#say(text, isProblem, offer);
  }

  #say(text: string, isProblem: boolean, offer: Offer | null): void {
    setText(this.#text, text);
    this.#text.classList.toggle("attn-problem", isProblem);
    setAttribute(this.#offer, "hidden", offer === null);
    if (offer !== null) {
      setText(this.#offer, offer.label);
      this.#run = offer.run;
    }
  }
}
