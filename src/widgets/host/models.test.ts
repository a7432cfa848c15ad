import { createHash } from "node:crypto";
import { expect, test, describe } from "vitest";
import { inProcess } from "../engine/worker/in-process.js";
import { modelFiles } from "../test/models.js";
import { mutantOf, type Mistake } from "../test/mutant.js";
import * as real from "./models.js";
import type { AssetSource, FileFacts, ModelFiles, ModelState } from "./models.js";
import type { StartWorker } from "./worker.js";

type Module = typeof real;
type Store = InstanceType<Module["PageModels"]>;

function factsOf(asset: string, bytes: Uint8Array): FileFacts {
  return { asset, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

interface Served {
  files: ModelFiles;
  bytes: Record<string, Uint8Array>;
}

function served(name: string, family: Parameters<typeof modelFiles>[0] = "decoder-only"): Served {
  const { description, weights } = modelFiles(family);
  const [text, numbers] = [new TextEncoder().encode(description), new Uint8Array(weights)];
  const [first, second] = [`${name}/description`, `${name}/weights`];
  return {
    files: { description: factsOf(first, text), weights: factsOf(second, numbers) },
    bytes: { [first]: text, [second]: numbers },
  };
}

/** Serves files; `answers` may replace what is answered to the first questions for an asset. */
class Source implements AssetSource {
  readonly asked: string[] = [];
  readonly forgotten: [string, boolean][] = [];
  readonly bytes: Record<string, Uint8Array>;

  constructor(
    bytes: Record<string, Uint8Array>,
    readonly answers: Record<string, (() => Promise<ArrayBuffer>)[]> = {},
  ) {
    this.bytes = { worker: new TextEncoder().encode("serve"), ...bytes };
  }

  async load(name: string, onProgress?: (loaded: number, total: number) => void): Promise<ArrayBuffer> {
    this.asked.push(name);
    const bytes = this.bytes[name];
    onProgress?.(bytes.length >> 1, bytes.length);
    await Promise.resolve();
    const answer = (Object.hasOwn(this.answers, name) ? this.answers[name] : []).shift();
    const result = answer === undefined ? bytes.slice().buffer : await answer();
    onProgress?.(bytes.length, bytes.length);
    return result;
  }

  forget(name: string, isDamaged: boolean): void {
    this.forgotten.push([name, isDamaged]);
  }
}

/** Waits until the model is loaded or has failed. */
async function settled(store: Store, files: ModelFiles): Promise<ModelState> {
  for (let wait = 0; wait < 400; wait += 1) {
    const state = store.state(files);
    if (state.phase === "ready" || state.phase === "failed") {
      return state;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("neither ready nor failed");
}

const reject = (error: Error) => (): Promise<ArrayBuffer> => Promise.reject(error);
const resolve = (bytes: Uint8Array) => (): Promise<ArrayBuffer> => Promise.resolve(bytes.slice().buffer);

async function checkLoading({ PageModels }: Module): Promise<void> {
  const { files, bytes } = served("writer");
  const source = new Source(bytes);
  const programs: string[] = [];
  const store = new PageModels((program) => {
    programs.push(new TextDecoder().decode(program));
    return Promise.resolve(inProcess());
  });
  expect(store.state(files)).toEqual({ phase: "absent" });
  expect(source.asked).toEqual([]);
  const told: ModelState[] = [];
  const stop = store.onChange(() => told.push(store.state(files)));
  store.need(files, source);
  store.need(files, new Source(bytes)); // another widget of the same page
  const state = await settled(store, files);
  store.need(files, source);
  expect(source.asked).toHaveLength(3);
  expect(source.forgotten.map(([, isDamaged]) => isDamaged)).toEqual([false, false, false]);
  expect(new Set(source.forgotten.map(([name]) => name))).toEqual(new Set(source.asked));
  expect(programs).toEqual(["serve"]);
  const total = files.description.bytes + files.weights.bytes;
  const sums = told.flatMap((one) => (one.phase === "loading" ? one.loaded : []));
  expect(sums).toEqual([...sums].sort((first, second) => first - second));
  expect(sums.at(-1)).toBe(total);
  expect(state.phase === "ready" && state.model.info.family).toBe("decoder-only");
  stop();
}

/** What goes wrong is said, and trying again helps. */
async function checkFailures({ PageModels }: Module): Promise<void> {
  const { files, bytes } = served("writer");
  const { asset } = files.weights;
  const whole = bytes[asset];
  const flipped = whole.slice();
  flipped[flipped.length - 1] ^= 1;
  const cases: [() => Promise<ArrayBuffer>, string, RegExp][] = [
    [resolve(flipped), "damaged", /SHA-256 [0-9a-f]{12}…, expected [0-9a-f]{12}…/],
    [resolve(whole.slice(0, -3)), "damaged", new RegExp(`${whole.length - 3} bytes of ${whole.length}`)],
    [reject(new TypeError("network error")), "unreachable", /network error/],
  ];
  for (const [answer, reason, detail] of cases) {
    const source = new Source(bytes, { [asset]: [answer] });
    const store = new PageModels(() => Promise.resolve(inProcess()));
    store.need(files, source);
    const failed = await settled(store, files);
    expect(failed).toMatchObject({ phase: "failed", reason });
    expect(failed.phase === "failed" && failed.detail).toMatch(detail);
    expect(source.forgotten).toContainEqual([asset, reason === "damaged"]);
    store.need(files, source);
    expect((await settled(store, files)).phase).toBe("ready");
  }
}

/** A program that does not arrive, or is none, is said as well, and fetched again. */
async function checkProgram({ PageModels }: Module): Promise<void> {
  const { files, bytes } = served("writer");
  const start: StartWorker = (program) =>
    new TextDecoder().decode(program) === "serve"
      ? Promise.resolve(inProcess())
      : Promise.reject(new SyntaxError("unexpected token"));
  const cases: [() => Promise<ArrayBuffer>, string, string][] = [
    [reject(new TypeError("network error")), "unreachable", "network error"],
    [resolve(new TextEncoder().encode("<html")), "damaged", "unexpected token"],
  ];
  for (const [answer, reason, detail] of cases) {
    const source = new Source(bytes, { worker: [answer] });
    const store = new PageModels(start);
    store.need(files, source);
    expect(await settled(store, files)).toEqual({ phase: "failed", reason, detail });
    expect(source.forgotten).toContainEqual(["worker", reason === "damaged"]);
    store.need(files, source);
    expect((await settled(store, files)).phase).toBe("ready");
    expect(source.asked.filter((name) => name === "worker")).toHaveLength(2);
  }
}

/** Weights of another shape, and a file that holds none, arrive whole and are refused by the engine. */
async function checkForeign({ PageModels }: Module): Promise<void> {
  const writer = served("writer");
  const reader = served("reader", "encoder-only");
  const noise = Uint8Array.from({ length: 64 }, (_, place) => place);
  for (const [bytes, detail] of [
    [reader.bytes[reader.files.weights.asset], /decoder/],
    [noise, /truncated or foreign/],
  ] as const) {
    const weights = factsOf("other", bytes);
    const files = { ...writer.files, weights };
    const store = new PageModels(() => Promise.resolve(inProcess()));
    store.need(files, new Source({ ...writer.bytes, other: bytes }));
    const failed = await settled(store, files);
    expect(failed).toMatchObject({ phase: "failed", reason: "damaged" });
    expect(failed.phase === "failed" && failed.detail).toMatch(detail);
  }
}

/** What a download that failed still reports does not hide that it failed. */
async function checkLateProgress({ PageModels }: Module): Promise<void> {
  const { files, bytes } = served("writer");
  let finish: (bytes: ArrayBuffer) => void = () => undefined;
  const late = (): Promise<ArrayBuffer> => new Promise((resolve) => (finish = resolve));
  const source = new Source(bytes, {
    [files.weights.asset]: [reject(new TypeError("gone"))],
    [files.description.asset]: [late],
  });
  const store = new PageModels(() => Promise.resolve(inProcess()));
  store.need(files, source);
  expect((await settled(store, files)).phase).toBe("failed");
  finish(new ArrayBuffer(0));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(store.state(files).phase).toBe("failed");
}

/** A worker that breaks down takes its models along, tells whoever waits for it, and another one can be started. */
async function checkBreakdown({ PageModels }: Module): Promise<void> {
  const { files, bytes } = served("writer");
  const started: ((error: Error) => void)[] = [];
  const store = new PageModels((_, onFailure) => {
    started.push(onFailure);
    const port = inProcess();
    const isFirst = started.length === 1;
    const post = port.postMessage.bind(port);
    // The first worker falls silent after it has loaded the model.
    port.postMessage = (message: unknown, transfer: Transferable[]) => {
      if (!isFirst || JSON.stringify(message).includes('"load"')) {
        post(message, transfer);
      }
    };
    return Promise.resolve(port);
  });
  store.need(files, new Source(bytes));
  const ready = await settled(store, files);
  if (ready.phase !== "ready") {
    throw new Error("not ready");
  }
  const waiting = ready.model.client.call("decode", ready.model.key, { ids: [1] });
  started[0](new Error("out of memory"));
  const silence = new Promise((_, fail) => setTimeout(() => fail(new Error("nobody was told")), 200));
  await expect(Promise.race([waiting, silence])).rejects.toThrow("out of memory");
  expect(store.state(files)).toMatchObject({ phase: "failed", reason: "stopped", detail: "out of memory" });
  store.need(files, new Source(bytes));
  const again = await settled(store, files);
  expect(started).toHaveLength(2);
  expect(
    again.phase === "ready" && (await again.model.client.call("decode", again.model.key, { ids: [4] })).text,
  ).toBe("一");
}

async function check(module: Module): Promise<void> {
  await checkLoading(module);
  await checkFailures(module);
  await checkProgram(module);
  await checkForeign(module);
  await checkLateProgress(module);
  await checkBreakdown(module);
}

const FILE = "host/models.ts";
const MISTAKES: Record<string, Mistake> = {
  "the digest is not compared": ["if (found !== sha256) {", "if (found === '') {"],
  "the length is not compared": ["if (bytes.byteLength !== declared) {", "if (declared < 0) {"],
  "trying again does nothing": ['phase === "absent" || phase === "failed"', 'phase === "absent"'],
  "every widget fetches for itself": ['phase === "absent" || phase === "failed"', "phase !== null"],
  "a lost connection is called damage": ["return error instanceof TypeError", "return error === null"],
  "a program that failed is kept": ["        this.#client = null;\n        assets", "        assets"],
  "a damaged program is kept": ["!isLostConnection(error));", "false);"],
  "a program that runs is kept": ["        assets.forget(PROGRAM, false);\n", ""],
  "a damaged file is kept": ['failure.reason === "damaged");', "false);"],
  "the progress of one file": ["report(loaded.description + loaded.weights,", "report(now,"],
  "late progress hides a failure": ["if (isCurrent()) {", "if (key !== '') {"],
  "a breakdown is told to nobody": ["void this.#client?.then((client) => client.fail(error));", ""],
  "a broken worker is used again": ["    this.#client = null;\n    for", "    for"],
};

describe("PageModels", () => {
  test("is right", () => check(real));

  test("is right as mutants are made", async () => {
    await check(await mutantOf<Module>(FILE, ["export class", "export  class"]));
  });

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const module = await mutantOf<Module>(FILE, mistake);
    await expect(check(module)).rejects.toThrow();
  });
});
