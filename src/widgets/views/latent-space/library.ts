/**
 * The vocabularies of the page: a few words at once, the whole table when the reader wants something of it. Maps and
 * their quality are computed once for each table, in small pieces, so that the page stays awake.
 */

import { meanOverlap } from "../../engine/space/neighbors.js";
import { placesAlong, principalAxes, type Axes } from "../../engine/space/pca.js";
import { AssetError } from "../../engine/errors.js";
import { readSafetensors } from "../../engine/safetensors.js";
import { spaceFromState, spaceFromWord2vec, spaceFromWords, type Space } from "../../engine/space/table.js";
import type { TableState } from "../../engine/table.js";
import type { Context } from "../../host/context.js";
import type { ModelState } from "../../host/models.js";
import { chartOf, exampleChart, type Chart, type Example } from "./chart.js";
import type { State, TableFacts } from "./state.js";

type Loading = Exclude<ModelState, { phase: "ready" }> | { phase: "ready" };

const ABSENT: Loading = { phase: "absent" };
const BUSY = 8; // ms of computing before the page may do something else

export class Library {
  readonly tables: Readonly<Record<string, TableFacts>>;
  readonly example: Example;
  readonly #context: Context;
  readonly #onChange: () => void;
  readonly #small: Space;
  readonly #spaces = new Map<string, Space>();
  readonly #loadings = new Map<string, Loading>();
  readonly #axes = new Map<string, Promise<Axes>>();
  readonly #charts = new Map<string, Chart | "coming">();
  #closed = false;
  /** Grows with everything that comes: what was made of an older one is out of date. */
  version = 0;

  constructor(context: Context, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
    const { model } = context;
    this.tables = model.get<Record<string, TableFacts>>("tables");
    this.example = model.get<Example>("example");
    this.#small = spaceFromState(model.get<TableState>("table"));
    for (const [source, { vectors }] of Object.entries(this.tables)) {
      if (vectors === null) {
        this.#spaces.set(source, this.#small);
      }
    }
  }

  close(): void {
    this.#closed = true;
  }

  loading(source: string): Loading {
    return this.#spaces.has(source) ? { phase: "ready" } : (this.#loadings.get(source) ?? ABSENT);
  }

  /** The whole table, once it is there. */
  space(source: string): Space | null {
    return this.#spaces.get(source) ?? null;
  }

  /** A table that holds some words: the whole one, or the few that came with the page; null if they have to wait. */
  spaceWith(source: string, words: readonly string[]): Space | null {
    const isExample = source === this.example.source && words.every((word) => this.#small.index.has(word));
    return this.space(source) ?? (isExample ? this.#small : null);
  }

  /** Starts the download of a table unless it runs or is done; after a failure, tries again. */
  need(source: string): void {
    const { phase } = this.loading(source);
    if (phase === "absent" || phase === "failed") {
      this.#loadings.set(source, { phase: "loading", loaded: 0, total: 1 });
      void this.#load(source);
    }
  }

  /** The map that is asked for, or null while it is made; the few words of the page's own map until then. */
  chart({ source, projection, dimensions }: State): Chart | null {
    const key = `${source} ${projection} ${dimensions}`;
    const known = this.#charts.get(key);
    if (known !== undefined && known !== "coming") {
      return known;
    }
    if (known === undefined && this.space(source) !== null) {
      this.#charts.set(key, "coming");
      void this.#makeChart(key, source, projection, dimensions);
    }
    return exampleChart(this.example, source, projection, dimensions);
  }

  async #load(source: string): Promise<void> {
    const { vectors, names } = this.tables[source];
    const files = [vectors, names].filter((name) => name !== null);
    try {
      const counts = files.map(() => [0, 0]);
      const load = async (name: string, place: number): Promise<ArrayBuffer> =>
        this.#context.loadAsset(name, (loaded, total) => {
          counts[place] = [loaded, total];
          const [sum, most] = [0, 1].map((side) => counts.reduce((all, count) => all + count[side], 0));
          this.#report(source, { phase: "loading", loaded: sum, total: most });
        });
      const [bytes, words] = await Promise.all(files.map(load));
      this.#spaces.set(source, names === null ? spaceFromWords(bytes) : spaceFromWord2vec(bytes, words));
      this.#report(source, { phase: "ready" });
    } catch (error) {
      files.forEach((name) => this.#context.forgetAsset(name));
      this.#report(source, failureOf(error));
    }
  }

  async #makeChart(key: string, source: string, projection: string, dimensions: 2 | 3): Promise<void> {
    const space = this.#spaces.get(source) as Space;
    const pause = pauses();
    try {
      const isPca = projection === "pca";
      const axes = isPca ? await this.#axesOf(source, space) : null;
      const places =
        axes === null ? await this.#tsne(source, space, dimensions) : placesAlong(space, axes, dimensions);
      await pause();
      const chart = chartOf(space, places, dimensions, axes?.shares.slice(0, dimensions) ?? []);
      this.#charts.set(key, chart);
      this.#changed();
      await pause();
      chart.meanOverlap = await meanOverlap(space, places, dimensions, pause);
      this.#changed();
    } catch (error) {
      this.#charts.delete(key);
      this.#spaces.delete(source);
      this.#report(source, failureOf(error));
    }
  }

  #axesOf(source: string, space: Space): Promise<Axes> {
    const known = this.#axes.get(source) ?? principalAxes(space, 3, pauses());
    this.#axes.set(source, known);
    return known;
  }

  async #tsne(source: string, space: Space, dimensions: number): Promise<Float64Array> {
    const asset = this.tables[source].tsne;
    if (asset === null) {
      throw new AssetError("there is no t-SNE map of these vectors");
    }
    try {
      const map = readSafetensors(await this.#context.loadAsset(asset)).tensors.get(`${dimensions}d`);
      if (map?.shape[0] !== space.words.length || map.shape[1] !== dimensions) {
        throw new AssetError(`a map of ${map?.shape.join(" x ") ?? 0} for ${space.words.length} words`);
      }
      return Float64Array.from(map.data);
    } catch (error) {
      this.#context.forgetAsset(asset);
      throw error;
    }
  }

  #report(source: string, loading: Loading): void {
    this.#loadings.set(source, loading);
    this.#changed();
  }

  #changed(): void {
    this.version += 1;
    if (!this.#closed) {
      this.#onChange();
    }
  }
}

/** A function that lets the page do something else whenever it was kept busy for some milliseconds. */
function pauses(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since > BUSY) {
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
  };
}

/** What `fetch` rejects with when nothing answers is a TypeError; everything else says itself what was wrong. */
function failureOf(error: unknown): Loading {
  const detail = error instanceof Error ? error.message : String(error);
  return { phase: "failed", reason: error instanceof TypeError ? "unreachable" : "damaged", detail };
}
