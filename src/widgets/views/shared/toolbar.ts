/** The row of tools under every widget: reset, the Python behind the numbers, a link to this state, and export. */

import type { Translate } from "../../host/context.js";
import { element, icon, listen, setAttribute, setText, uniqueId } from "./dom.js";
import { copyButton } from "./copybutton.js";
import { copyText } from "./files.js";
import { trailing } from "./schedule.js";

export interface ToolbarOptions {
  t: Translate;
  signal: AbortSignal;
  onReset: () => void;
  /** The code that gives the numbers on screen. */
  code: () => string;
  /** A link to this state, or null where a page cannot carry one. */
  link: (() => string) | null;
  exports: readonly { label: string; run: () => void }[];
}

const MESSAGE_TIME = 2500; // ms that "Copied" stays

const ICONS = {
  reset: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3",
  python: "M5.5 4.5L2 8l3.5 3.5m5-7L14 8l-3.5 3.5",
  link: "M6.5 9.5a2.5 2.5 0 0 0 3.6 0l2.2-2.2a2.5 2.5 0 0 0-3.6-3.6l-.9.9m1.7 2a2.5 2.5 0 0 0-3.6 0L3.7 8.8a2.5 2.5 0 0 0 3.6 3.6l.9-.9",
  save: "M8 2.5v7.2m-3-2.8l3 3 3-3M3 13.2h10",
} as const;

export class Toolbar {
  readonly element: HTMLElement;
  readonly #options: ToolbarOptions;
  readonly #code = element("code");
  readonly #message = element("span", { class: "attn-toolbar-message", role: "status" });
  readonly #clearMessage = trailing(() => setText(this.#message, ""), MESSAGE_TIME);
  readonly #codePanel: HTMLElement;
  readonly #drawers: { button: HTMLButtonElement; panel: HTMLElement }[] = [];

  constructor(options: ToolbarOptions) {
    this.#options = options;
    const { t } = options;
    options.signal.addEventListener("abort", () => this.#clearMessage.cancel());
    this.#codePanel = this.#makeCodePanel();
    const exportPanel = this.#makeExportPanel();
    const row = element(
      "div",
      { class: "attn-toolbar", role: "group", "aria-label": t("toolbar.label") },
      this.#button("reset", t("toolbar.reset"), () => options.onReset()),
      this.#drawer("python", t("toolbar.python"), this.#codePanel),
    );
    if (options.link !== null) {
      const { link } = options;
      row.append(this.#button("link", t("toolbar.link"), () => void this.#copy(link())));
    }
    row.append(this.#drawer("save", t("toolbar.export"), exportPanel), this.#message);
    this.element = element("div", { class: "attn-tools" }, row, this.#codePanel, exportPanel);
  }

  /** Brings the code up to date, while it is shown. */
  update(): void {
    if (!this.#codePanel.hidden) {
      setText(this.#code, this.#options.code());
    }
  }

  #button(name: keyof typeof ICONS, label: string, onClick: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: "attn-button" }, icon(ICONS[name]), label);
    listen(button, "click", this.#options.signal, onClick);
    return button;
  }

  /** A button that opens a panel in place, and closes the other one. */
  #drawer(name: keyof typeof ICONS, label: string, panel: HTMLElement): HTMLButtonElement {
    panel.id = uniqueId("panel");
    const button = this.#button(name, label, () => this.#toggle(panel));
    setAttribute(button, "aria-controls", panel.id);
    setAttribute(button, "aria-expanded", "false");
    this.#drawers.push({ button, panel });
    return button;
  }

  #toggle(chosen: HTMLElement): void {
    for (const { button, panel } of this.#drawers) {
      panel.hidden = panel !== chosen || !panel.hidden;
      setAttribute(button, "aria-expanded", String(!panel.hidden));
    }
    this.update();
  }

  #makeCodePanel(): HTMLElement {
    const { t, signal } = this.#options;
    const copy = copyButton(t, signal, () => this.#options.code());
    const text = element(
      "pre",
      { class: "attn-code", tabindex: 0, role: "group", "aria-label": t("toolbar.code") },
      this.#code,
    );
    return element("div", { class: "attn-drawer", hidden: true }, text, copy);
  }

  #makeExportPanel(): HTMLElement {
    const panel = element("div", { class: "attn-drawer attn-exports", hidden: true });
    for (const { label, run } of this.#options.exports) {
      const button = element("button", { type: "button", class: "attn-button" }, label);
      listen(button, "click", this.#options.signal, run);
      panel.append(button);
    }
    return panel;
  }

  async #copy(text: string): Promise<void> {
    const copied = await copyText(text);
    setText(this.#message, this.#options.t(copied ? "toolbar.copied" : "toolbar.not-copied"));
    this.#clearMessage.request();
  }
}
