/** The state of one widget in a page without a kernel, with the events that the kernel's model has. */

import type { Model } from "./context.js";
import type { State } from "./fields.js";

export class PageModel implements Model {
  readonly #state: State;
  readonly #callbacks = new Map<string, Set<() => void>>();
  readonly #onSave: (state: State) => void;

  constructor(state: State, onSave: (state: State) => void) {
    this.#state = { ...state };
    this.#onSave = onSave;
  }

  get<T>(key: string): T {
    return this.#state[key] as T;
  }

  set(key: string, value: unknown): void {
    this.assign({ [key]: value });
  }

  /** Sets several fields before anyone hears of it, so that no listener sees half a change. */
  assign(values: State): void {
    const changed = Object.keys(values).filter((key) => !isSame(this.#state[key], values[key]));
    changed.forEach((key) => (this.#state[key] = values[key]));
    changed.forEach((key) => this.#emit(`change:${key}`));
    if (changed.length > 0) {
      this.#emit("change");
    }
  }

  on(event: string, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(event) ?? new Set();
    this.#callbacks.set(event, callbacks.add(callback));
    return () => callbacks.delete(callback);
  }

  save(): void {
    this.#onSave(this.snapshot());
  }

  snapshot(): State {
    return { ...this.#state };
  }

  #emit(event: string): void {
    for (const callback of [...(this.#callbacks.get(event) ?? [])]) {
      callback();
    }
  }
}

/** States are JSON, so equal text is equal value. */
function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
