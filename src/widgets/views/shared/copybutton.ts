/** A button that copies a text and says so in its own place. */

import type { Translate } from "../../host/context.js";
import { element, listen, setText } from "./dom.js";
import { copyText } from "./files.js";
import { trailing } from "./schedule.js";

const MESSAGE_TIME = 2000; // ms that "Copied" stays

export function copyButton(t: Translate, signal: AbortSignal, text: () => string): HTMLButtonElement {
  const label = element("span", { role: "status" }, t("toolbar.copy"));
  const button = element("button", { type: "button", class: "attn-button attn-copy" }, label);
  const restore = trailing(() => setText(label, t("toolbar.copy")), MESSAGE_TIME);
  const copy = async (): Promise<void> => {
    const copied = await copyText(text());
    setText(label, t(copied ? "toolbar.copied" : "toolbar.not-copied"));
    restore.request();
  };
  listen(button, "click", signal, () => void copy());
  signal.addEventListener("abort", () => restore.cancel());
  return button;
}
