/** Reorders the items of a wrapping list by dragging: with the mouse at once, with a finger sideways or after a press. */

export interface ReorderOptions {
  /** The items, in their order. */
  items: () => HTMLElement[];
  onMove: (from: number, to: number) => void;
  signal: AbortSignal;
}

interface Drag {
  from: number;
  item: HTMLElement;
  boxes: DOMRect[];
  startX: number;
  startY: number;
  slot: number;
}

const MOUSE_SLACK = 5;
const TOUCH_SLACK = 10;
const PRESS_TIME = 300; // ms: a finger that rests this long means to drag, not to scroll
const EDGE = 3; // pixels between an item and the marker beside it

export function makeReorderable(list: HTMLElement, options: ReorderOptions): void {
  const marker = document.createElement("span");
  marker.className = "attn-drop-marker";
  marker.hidden = true;
  list.append(marker);
  list.addEventListener("pointerdown", (event) => startPress(list, marker, options, event), {
    signal: options.signal,
  });
  list.addEventListener("dragstart", (event) => event.preventDefault(), { signal: options.signal });
}

/** From the press to its end: a click, a scroll, or a drag. */
function startPress(
  list: HTMLElement,
  marker: HTMLElement,
  options: ReorderOptions,
  press: PointerEvent,
): void {
  const items = options.items();
  const target = press.target as Element;
  const from = items.findIndex((item) => item.contains(target));
  if (from < 0 || press.button !== 0 || !press.isPrimary || target.closest("[data-no-drag]") !== null) {
    return;
  }
  const session = new AbortController();
  const { signal } = session;
  options.signal.addEventListener("abort", () => session.abort(), { signal });
  let drag: Drag | null = null;
  const begin = (): void => {
    const boxes = items.map((item) => item.getBoundingClientRect());
    drag ??= { from, item: items[from], boxes, startX: press.clientX, startY: press.clientY, slot: from };
    list.classList.add("attn-reordering");
    items[from].classList.add("attn-dragged");
  };
  const timer = press.pointerType === "touch" ? setTimeout(begin, PRESS_TIME) : undefined;
  const finish = (move: boolean): void => {
    clearTimeout(timer);
    session.abort();
    if (drag !== null) {
      release(list, marker, drag);
      swallowClick();
      const to = drag.slot > from ? drag.slot - 1 : drag.slot;
      if (move && to !== from) {
        options.onMove(from, to);
      }
    }
  };
  const follow = (event: PointerEvent): void => {
    if (drag === null && meansDrag(press, event)) {
      begin();
    }
    if (drag !== null) {
      carry(list, marker, drag, event);
    } else if (movedFar(press, event)) {
      finish(false); // the finger scrolls the page
    }
  };
  window.addEventListener("pointermove", follow, { signal });
  window.addEventListener("pointerup", () => finish(true), { signal });
  window.addEventListener("pointercancel", () => finish(false), { signal });
  const stop = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      finish(false);
    }
  };
  window.addEventListener("keydown", stop, { signal, capture: true }); // a widget keeps its keys to itself
  // The page must not scroll under a finger that drags.
  const hold = (event: TouchEvent): void => {
    if (drag !== null) {
      event.preventDefault();
    }
  };
  list.addEventListener("touchmove", hold, { signal, passive: false });
}

function movedFar(press: PointerEvent, event: PointerEvent): boolean {
  return Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > TOUCH_SLACK;
}

function meansDrag(press: PointerEvent, event: PointerEvent): boolean {
  const [x, y] = [Math.abs(event.clientX - press.clientX), Math.abs(event.clientY - press.clientY)];
  return press.pointerType === "touch" ? x > TOUCH_SLACK && x > y : Math.hypot(x, y) > MOUSE_SLACK;
}

function carry(list: HTMLElement, marker: HTMLElement, drag: Drag, event: PointerEvent): void {
  drag.item.style.transform = `translate(${event.clientX - drag.startX}px, ${event.clientY - drag.startY}px)`;
  drag.slot = slotAt(drag.boxes, event.clientX, event.clientY);
  const home = list.getBoundingClientRect();
  const after = drag.slot === drag.boxes.length;
  const box = drag.boxes[after ? drag.slot - 1 : drag.slot];
  marker.hidden = drag.slot === drag.from || drag.slot === drag.from + 1;
  marker.style.left = `${(after ? box.right + EDGE : box.left - EDGE) - home.left + list.scrollLeft}px`;
  marker.style.top = `${box.top - home.top + list.scrollTop}px`;
  marker.style.height = `${box.height}px`;
}

/** Before which item a point lies, in reading order; the number of items for the very end. */
export function slotAt(
  boxes: readonly Pick<DOMRect, "left" | "right" | "top" | "bottom">[],
  x: number,
  y: number,
): number {
  const slot = boxes.findIndex((box) => y < box.top || (y <= box.bottom && x < (box.left + box.right) / 2));
  return slot < 0 ? boxes.length : slot;
}

function release(list: HTMLElement, marker: HTMLElement, drag: Drag): void {
  marker.hidden = true;
  drag.item.style.transform = "";
  drag.item.classList.remove("attn-dragged");
  list.classList.remove("attn-reordering");
}

/** The click that ends a drag is not a click on the word under the pointer. */
function swallowClick(): void {
  const swallow = (event: Event): void => {
    event.stopPropagation();
    event.preventDefault();
  };
  window.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => {
    window.removeEventListener("click", swallow, { capture: true });
  }, 0);
}
