/** Keys pressed in a widget are the widget's own. */

/**
 * Keeps plain keys from whatever the widget stands in: two times "d" deletes a cell of a notebook, and arrows turn the
 * pages of some books. Shortcuts with Ctrl or Cmd still reach it.
 */
export function keepKeys(root: HTMLElement, signal: AbortSignal): void {
  const keep = (event: KeyboardEvent): void => {
    if (!event.ctrlKey && !event.metaKey) {
      event.stopPropagation();
    }
  };
  root.addEventListener("keydown", keep, { signal });
}
