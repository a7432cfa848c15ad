import { describe, expect, test, vi } from "vitest";
import { PageAssets, type AssetPlace, type Fetch } from "./assets.js";

const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
const PLACES: Record<string, AssetPlace> = { words: { url: "words.safetensors", bytes: BYTES.length } };

/** An answer that arrives in pieces of three bytes. */
function answer(bytes: Uint8Array, status = 200): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let start = 0; start < bytes.length; start += 3) {
        controller.enqueue(bytes.slice(start, start + 3));
      }
      controller.close();
    },
  });
  return new Response(stream, { status });
}

interface Assets {
  load: PageAssets["load"];
}

/** How a page's store is made from a way to fetch; a planted mistake makes it otherwise. */
type MakeAssets = (fetchBytes: Fetch) => Assets;

async function checkAssets(make: MakeAssets): Promise<void> {
  const fetchOnce = vi.fn<Fetch>(() => Promise.resolve(answer(BYTES)));
  const assets = make(fetchOnce);
  const progress = vi.fn();
  const [first, second] = await Promise.all([assets.load("words", progress), assets.load("words")]);
  expect(new Uint8Array(first)).toEqual(BYTES);
  expect(second).toBe(first);
  expect(await assets.load("words")).toBe(first);
  expect(fetchOnce).toHaveBeenCalledTimes(1);
  expect(progress.mock.calls).toEqual([
    [0, 7],
    [3, 7],
    [6, 7],
    [7, 7],
  ]);

  await expect(make(() => Promise.resolve(answer(BYTES.slice(0, 5)))).load("words")).rejects.toThrow(
    "5 bytes of 7",
  );
  const tooMany = make(() => Promise.resolve(answer(Uint8Array.of(...BYTES, 8))));
  await expect(tooMany.load("words")).rejects.toThrow(/more bytes than the 7 declared: at least 8/);
  await expect(make(() => Promise.resolve(answer(BYTES, 404))).load("words")).rejects.toThrow("status 404");
  await expect(make(fetchOnce).load("toString")).rejects.toThrow('where the asset "toString" is');

  const fails = vi
    .fn<Fetch>()
    .mockRejectedValueOnce(new TypeError("no network"))
    .mockResolvedValueOnce(answer(BYTES));
  const again = make(fails);
  await expect(again.load("words")).rejects.toThrow("no network");
  expect(new Uint8Array(await again.load("words"))).toEqual(BYTES);
}

const real: MakeAssets = (fetchBytes) => new PageAssets(PLACES, fetchBytes);

/** Hands over whatever comes, as many bytes as there are. */
const unchecked: MakeAssets = (fetchBytes) => {
  const loads = new Map<string, Promise<ArrayBuffer>>();
  return {
    load(name, onProgress) {
      if (!Object.hasOwn(PLACES, name)) {
        return real(fetchBytes).load(name);
      }
      [0, 3, 6, 7].forEach((loaded) => onProgress?.(loaded, 7));
      const load = loads.get(name) ?? fetchBytes(name, "default").then((response) => response.arrayBuffer());
      loads.set(name, load);
      load.catch(() => loads.delete(name));
      return load;
    },
  };
};

const MISTAKES: Record<string, MakeAssets> = {
  "bytes are not counted": unchecked,
  "every widget fetches for itself": (fetchBytes) => ({
    load: (name, onProgress) => real(fetchBytes).load(name, onProgress),
  }),
  "a failure is kept for ever": (fetchBytes) => {
    const loads = new Map<string, Promise<ArrayBuffer>>();
    const assets = real(fetchBytes);
    return {
      load(name, onProgress) {
        const load = loads.get(name) ?? assets.load(name, onProgress);
        loads.set(name, load);
        return load;
      },
    };
  },
  "progress is not told": (fetchBytes) => {
    const assets = real(fetchBytes);
    return { load: (name) => assets.load(name) };
  },
};

/** What the browser's cache holds is used without asking, but not once it may be damaged. */
async function checkCache(make: (fetchBytes: Fetch) => PageAssets): Promise<void> {
  const asked: RequestCache[] = [];
  const assets = make((_, cache) => {
    asked.push(cache);
    return Promise.resolve(answer(asked.length === 2 ? BYTES.slice(1) : BYTES));
  });
  const first = await assets.load("words");
  assets.forget("words", false);
  await expect(assets.load("words")).rejects.toThrow("6 bytes of 7");
  expect(await assets.load("words")).not.toBe(first);
  assets.forget("words", false);
  await assets.load("words");
  assets.forget("words", true);
  await assets.load("words");
  expect(asked).toEqual(["force-cache", "force-cache", "reload", "force-cache", "reload"]);
}

describe("the browser's cache", () => {
  test("is right", () => checkCache((fetchBytes) => new PageAssets(PLACES, fetchBytes)));

  const always =
    (cache: RequestCache) =>
    (fetchBytes: Fetch): PageAssets =>
      new PageAssets(PLACES, (url) => fetchBytes(url, cache));
  test.each([
    ["a damaged file is taken from it again", always("force-cache")],
    ["it is never used", always("reload")],
  ])("a planted mistake is caught: %s", async (_, mistaken) => {
    await expect(checkCache(mistaken)).rejects.toThrow();
  });
});

describe("PageAssets", () => {
  test("is right", () => checkAssets(real));

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistaken) => {
    await expect(checkAssets(mistaken)).rejects.toThrow();
  });

  test("who asks while the bytes arrive hears of the rest", async () => {
    const assets = real(() => Promise.resolve(answer(BYTES)));
    const late = vi.fn();
    const joined: Promise<ArrayBuffer>[] = [];
    await assets.load("words", (loaded) => {
      if (loaded === 3) {
        joined.push(assets.load("words", late));
      }
    });
    expect(await Promise.all(joined)).toHaveLength(1);
    expect(late.mock.lastCall).toEqual([7, 7]);
  });
});
