/** What becomes of a half typed text when the reader leaves its box. */

import { listen } from "./dom.js";
import type { trailing } from "./schedule.js";

/**
 * What was typed is read at once when the box is left. Where a press ends the typing it is read after the press: what
 * follows from a text may be higher or lower than before, and the button would move away from under the pointer.
 */
export function readOnLeaving(
  box: HTMLElement,
  typed: Pick<ReturnType<typeof trailing>, "flush" | "hold">,
  signal: AbortSignal,
): void {
  let isPressed = false;
  let isLeft = false;
  const release = (): void => {
    isPressed = false;
    if (isLeft) {
      isLeft = false;
      setTimeout(() => typed.flush()); // the click belongs to the press
    }
  };
  window.addEventListener("pointerdown", () => (isPressed = true), { capture: true, signal });
  for (const type of ["pointerup", "pointercancel"] as const) {
    window.addEventListener(type, release, { capture: true, signal });
  }
  listen(box, "blur", signal, () => {
    if (isPressed) {
      isLeft = true;
      typed.hold();
    } else {
      typed.flush();
    }
  });
}
