/** A line of text in place of, or above, a widget that could not start. */

import type { Translate } from "./context.js";

export function failureMessage(t: Translate, error: unknown): HTMLElement {
  const message = document.createElement("p");
  message.className = "attn-failure";
  message.setAttribute("role", "status");
  message.textContent = t("host.failed", { reason: reasonOf(error) });
  return message;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
