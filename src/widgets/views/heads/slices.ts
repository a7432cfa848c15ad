/** Work cut into tasks: between two of them the page can answer its reader. */

interface Shown {
  readonly element: Element;
}

/** Does one thing for each of many parts, one part a task. Those in sight come first. */
export class Slices<Item extends Shown> {
  readonly #work: (item: Item) => void;
  readonly #sight: IntersectionObserver;
  readonly #inSight = new Set<Element>();
  #items: readonly Item[] = [];
  readonly #waiting = new Set<Item>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(work: (item: Item) => void, signal: AbortSignal) {
    this.#work = work;
    this.#sight = new IntersectionObserver((entries) => this.#onSight(entries));
    signal.addEventListener("abort", () => {
      this.#sight.disconnect();
      this.#stop();
    });
  }

  /** These are the parts from now on; nothing more is done for others. */
  watch(items: readonly Item[]): void {
    this.#stop();
    this.#sight.disconnect();
    this.#inSight.clear();
    this.#items = items;
    items.forEach(({ element }) => this.#sight.observe(element));
  }

  /** The work is to be done for all parts, once more where it was done. */
  request(): void {
    this.#items.forEach((item) => this.#waiting.add(item));
    if (this.#waiting.size > 0) {
      this.#timer ??= setTimeout(() => this.#next());
    }
  }

  #next(): void {
    this.#timer = null;
    const waiting = this.#items.filter((item) => this.#waiting.has(item));
    const item = waiting.find(({ element }) => this.#inSight.has(element)) ?? waiting[0];
    this.#waiting.delete(item);
    if (this.#waiting.size > 0) {
      this.#timer = setTimeout(() => this.#next());
    }
    this.#work(item);
  }

  #onSight(entries: readonly IntersectionObserverEntry[]): void {
    entries.forEach(({ target, isIntersecting }) => this.#inSight[isIntersecting ? "add" : "delete"](target));
  }

  #stop(): void {
    this.#waiting.clear();
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
  }
}

/** Does some things one after the other, each in a task of its own, once the page was painted. */
export function afterPaint(steps: readonly (() => void)[], signal: AbortSignal): void {
  const run = (place: number): void => {
    if (place < steps.length && !signal.aborted) {
      steps[place]();
      setTimeout(() => run(place + 1));
    }
  };
  requestAnimationFrame(() => setTimeout(() => run(0)));
}
