/** The table of words: the small one of the page at once, the full one on first need. */

import {
  mergeTables,
  tableFromSafetensors,
  tableFromState,
  type TableState,
  type WordTable,
} from "../../engine/table.js";
import type { Context } from "../../host/context.js";

export type Loading =
  | { phase: "small" }
  | { phase: "loading"; loaded: number; total: number }
  | { phase: "full" }
  | { phase: "failed"; reason: "unreachable" | "broken"; detail: string };

export class TableLoader {
  table: WordTable;
  loading: Loading = { phase: "small" };
  readonly #asset: string | null;
  readonly #context: Context;
  readonly #onChange: () => void;
  #closed = false;

  constructor(context: Context, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
    this.#asset = context.model.get<string | null>("asset");
    this.table = tableFromState(context.model.get<TableState>("table"));
  }

  /** False for vectors that the reader brought: then the small table is all there is. */
  get hasMore(): boolean {
    return this.#asset !== null;
  }

  /** Whether this is the book's table, and not vectors or maps of the reader's own. */
  isBooks(maps: "shared" | "head"): boolean {
    return this.hasMore && (maps === "shared" || this.table.maps?.label !== "");
  }

  /** Whether a text can be split now as the full table would split it. */
  get isFull(): boolean {
    return !this.hasMore || this.loading.phase === "full";
  }

  /** Starts the download unless it runs or is done; after a failure, tries again. */
  need(): void {
    const { phase } = this.loading;
    if (this.#asset === null || phase === "loading" || phase === "full") {
      return;
    }
    this.#report({ phase: "loading", loaded: 0, total: 0 });
    void this.#load(this.#asset);
  }

  /** A table that came another way (Python sent it anew) replaces the small one. */
  refresh(): void {
    this.table = tableFromState(this.#context.model.get<TableState>("table"));
    this.#report({ phase: "small" });
  }

  close(): void {
    this.#closed = true;
  }

  async #load(asset: string): Promise<void> {
    try {
      const bytes = await this.#context.loadAsset(asset, (loaded, total) => {
        if (this.loading.phase === "loading") {
          this.#report({ phase: "loading", loaded, total });
        }
      });
      this.table = mergeTables(this.table, tableFromSafetensors(bytes));
      this.#report({ phase: "full" });
    } catch (error) {
      this.#context.forgetAsset(asset); // it may have arrived, and be no table
      this.#report(failure(error));
    }
  }

  #report(loading: Loading): void {
    this.loading = loading;
    if (!this.#closed) {
      this.#onChange();
    }
  }
}

/** What `fetch` rejects with when nothing answers is a TypeError; everything else says itself what was wrong. */
function failure(error: unknown): Loading {
  const detail = error instanceof Error ? error.message : String(error);
  return { phase: "failed", reason: error instanceof TypeError ? "unreachable" : "broken", detail };
}
