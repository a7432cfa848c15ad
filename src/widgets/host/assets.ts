/**
 * Loads the big files of a page, once each, however many widgets ask for them.
 *
 * Their names change with their bytes, so that what the browser's cache holds under a name never grows old: it is used
 * without asking anyone. Only a file that arrived damaged is asked for anew.
 */

import type { Progress } from "./context.js";

export interface AssetPlace {
  url: string;
  bytes: number;
}

interface Load {
  promise: Promise<ArrayBuffer>;
  listeners: Set<Progress>;
}

export type Fetch = (url: string, cache: RequestCache) => Promise<Response>;

export class PageAssets {
  readonly #places: Readonly<Record<string, AssetPlace>>;
  readonly #fetch: Fetch;
  readonly #loads = new Map<string, Load>();
  /** Those that the browser's cache may hold damaged. */
  readonly #damaged = new Set<string>();

  constructor(
    places: Readonly<Record<string, AssetPlace>>,
    fetchBytes: Fetch = (url, cache) => fetch(url, { cache }),
  ) {
    this.#places = places;
    this.#fetch = fetchBytes;
  }

  /** The bytes of an asset. A load that failed is forgotten, so that asking again tries again. */
  load(name: string, onProgress?: Progress): Promise<ArrayBuffer> {
    const load = this.#loads.get(name) ?? this.#start(name);
    if (onProgress !== undefined) {
      load.listeners.add(onProgress);
    }
    return load.promise;
  }

  /** Lets go of the bytes of an asset. Asking again fetches it, if it was damaged past the browser's cache. */
  forget(name: string, isDamaged: boolean): void {
    this.#loads.delete(name);
    this.#damaged[isDamaged ? "add" : "delete"](name);
  }

  #start(name: string): Load {
    const listeners = new Set<Progress>();
    const report: Progress = (loaded, total) => {
      listeners.forEach((listener) => listener(loaded, total));
    };
    const promise = this.#read(name, report).catch((error: unknown) => {
      this.forget(name, true); // what the cache holds of it may be what failed
      throw error;
    });
    const load = { promise, listeners };
    this.#loads.set(name, load);
    return load;
  }

  async #read(name: string, report: Progress): Promise<ArrayBuffer> {
    if (!Object.hasOwn(this.#places, name)) {
      throw new Error(`this page does not say where the asset "${name}" is`);
    }
    const { url, bytes } = this.#places[name];
    const response = await this.#fetch(url, this.#damaged.has(name) ? "reload" : "force-cache");
    if (!response.ok || response.body === null) {
      throw new Error(`${url} answered with status ${response.status}`);
    }
    return readAll(response.body, bytes, (loaded) => report(loaded, bytes));
  }
}

/** Reads a stream to its end and checks that it has exactly the declared number of bytes. */
async function readAll(
  stream: ReadableStream<Uint8Array>,
  declared: number,
  report: (loaded: number) => void,
): Promise<ArrayBuffer> {
  const result = new Uint8Array(declared);
  const reader = stream.getReader();
  let loaded = 0;
  report(loaded);
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    if (loaded + chunk.value.length > declared) {
      await reader.cancel();
      throw new Error(`more bytes than the ${declared} declared: at least ${loaded + chunk.value.length}`);
    }
    result.set(chunk.value, loaded);
    loaded += chunk.value.length;
    report(loaded);
  }
  if (loaded !== declared) {
    throw new Error(`truncated: ${loaded} bytes of ${declared}`);
  }
  return result.buffer;
}

/** Where a page says its assets are: the JSON of its element with the id "attnlab-assets". */
export function placesOf(page: Document): Record<string, AssetPlace> {
  const text = page.getElementById("attnlab-assets")?.textContent ?? "{}";
  const places: Record<string, AssetPlace> = {};
  for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, Partial<AssetPlace>>)) {
    const { url, bytes } = value;
    if (typeof url !== "string" || !Number.isSafeInteger(bytes) || (bytes as number) < 0) {
      throw new Error(`the page's asset "${name}" needs a url and a number of bytes`);
    }
    places[name] = { url: new URL(url, page.baseURI).href, bytes: bytes as number };
  }
  return places;
}
