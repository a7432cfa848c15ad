/** A line of text in place of, or above, a widget that could not do what was asked. */

import type { Translate } from "./context.js";

/** The string `key` with the reason filled in. */
export function failureMessage(t: Translate, key: "host.failed" | "host.link", error: unknown): HTMLElement {
  const message = document.createElement("p");
  message.className = "attn-failure";
  message.setAttribute("role", "status");
  message.textContent = t(key, { reason: reasonOf(error) });
  return message;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
