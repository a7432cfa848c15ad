import { afterEach, describe, expect, test, vi } from "vitest";
import { modelFiles, smallModel } from "../../test/models.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { AssetError, InputError } from "../errors.js";
import { greedy, withoutPauses } from "../model/decoding.js";
import { LiveReading } from "../model/live.js";
import { ModelClient } from "./client.js";
import { inProcess } from "./in-process.js";
import { errorFrom, plainError } from "./protocol.js";
import { serve } from "./worker.js";

const open: { close: () => void }[] = [];

afterEach(() => {
  open.splice(0).forEach((port) => port.close());
  vi.restoreAllMocks();
});

async function clientWith(
  ...families: ("encoder-decoder" | "decoder-only" | "encoder-only")[]
): Promise<ModelClient> {
  const port = inProcess(-1); // listens after each layer, so that requests really meet
  open.push(port);
  const client = new ModelClient(port);
  for (const family of families) {
    await client.call("load", family, modelFiles(family, { max_length: 60 }));
  }
  return client;
}

const here = (family: "encoder-decoder" | "decoder-only") => smallModel(family, { max_length: 60 }).model;

describe("a worker", () => {
  test("says of a model what it is, and takes the weights", async () => {
    const client = await clientWith();
    const files = modelFiles("encoder-decoder");
    const info = await client.call("load", "translator", files);
    expect(info.attentionNames).toHaveLength(2 + 2 * 3);
    expect(files.weights.byteLength).toBe(0); // moved, not copied
  });

  test("tells every step, the same as without it", async () => {
    const client = await clientWith("encoder-decoder");
    const ids = [4, 5, 2];
    const options = { maxNewTokens: 9, weights: true };
    const found = [];
    for await (const step of client.steps("greedy", "encoder-decoder", { ids, options })) {
      found.push(step);
    }
    const expected = [
      ...withoutPauses(greedy(here("encoder-decoder"), ids, { ...options, startId: 1, endId: 2 })),
    ];
    expect(found).toEqual(expected);
    const beams = client.steps("beam", "encoder-decoder", { ids, options: { ...options, width: 2 } });
    expect((await beams.next()).value).toMatchObject({ index: 0, live: [{ parent: 0 }, { parent: 0 }] });
    await beams.return();
    const drawn = client.steps("sample", "encoder-decoder", { ids, options: { ...options, seed: 1 } });
    expect((await drawn.next()).value).toMatchObject({ index: 0 });
  });

  test("looks into a model, before and after an edit", async () => {
    const client = await clientWith("decoder-only");
    const input = { target: [1, 4, 5] };
    const gates = { "decoder.layers.1.self_attention": [1, 0, 1] };
    const live = new LiveReading(here("decoder-only"), input, { record: [".weights"] });
    for (const edits of [{}, { gates }, {}]) {
      const found = await client.call("look", "decoder-only", {
        input,
        edits,
        options: { record: [".weights"] },
      });
      expect(found).toEqual(live.update(edits));
    }
  });

  test("prepares and decodes texts", async () => {
    const client = await clientWith("encoder-only");
    const typed = ["一", null];
    const { ids } = await client.call("prepare", "encoder-only", { typed });
    expect(ids).toEqual([1, 4, 3, 2]);
    expect(await client.call("decode", "encoder-only", { ids })).toEqual({
      text: "一",
      shown: ["<s>", "一", "_", "</s>"],
    });
  });
});

describe("requests", () => {
  const long = { ids: [1, 4], options: { maxNewTokens: 58 } };

  test("steps of an older one end with an error, those of the newer one come", async () => {
    const client = await clientWith("encoder-decoder");
    const wide = { ids: [4, 5, 2], options: { width: 12, maxNewTokens: 59, lengthPenalty: 9 } };
    const older = client.steps("beam", "encoder-decoder", wide);
    await older.next();
    const newer = client.steps("greedy", "encoder-decoder", { ...long, ids: [4, 2] });
    const last = async (steps: AsyncGenerator): Promise<unknown> => {
      let found: unknown;
      for await (const step of steps) {
        found = step;
      }
      return found;
    };
    const [cancelled, answered] = await Promise.allSettled([last(older), last(newer)]);
    expect(cancelled).toMatchObject({ status: "rejected", reason: { name: "CancelledError" } });
    expect(answered).toMatchObject({ status: "fulfilled" });
  });

  test("leaving a loop cancels the rest", async () => {
    const port = inProcess(-1);
    open.push(port);
    const client = new ModelClient(port);
    await client.call("load", "x", modelFiles("encoder-decoder", { max_length: 60 }));
    const answers: unknown[] = [];
    port.addEventListener("message", ({ data }) => answers.push(data));
    const wide = { ids: [4, 5, 2], options: { width: 12, maxNewTokens: 59 } };
    for await (const step of client.steps("beam", "x", wide)) {
      expect(step.index).toBe(0);
      break;
    }
    await client.call("decode", "x", { ids: [4] }); // on another lane
    while (answers.length === 0 || !JSON.stringify(answers.at(-1)).includes("CancelledError")) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const steps = answers.filter((answer) => Object.hasOwn(answer as object, "step"));
    expect(steps.length).toBeLessThan(59);
  });

  test("errors come back as what they were", async () => {
    const client = await clientWith("encoder-decoder");
    const broken = { description: "{", weights: new ArrayBuffer(8) };
    await expect(client.call("load", "x", broken)).rejects.toThrow(AssetError);
    await expect(client.call("decode", "nobody", { ids: [] })).rejects.toThrow(
      'no model is called "nobody"; known are encoder-decoder',
    );
    await expect(client.call("prepare", "encoder-decoder", { typed: "" })).rejects.toThrow(InputError);
    const edits = { gates: { nothing: [1] } };
    const look = { input: { source: [4], target: [1] }, edits, options: {} };
    await expect(client.call("look", "encoder-decoder", look)).rejects.toThrow(RangeError);
    const steps = client.steps("greedy", "encoder-decoder", { ids: [], options: { maxNewTokens: 1 } });
    await expect(steps.next()).rejects.toThrow("0 tokens");
  });

  test("all that waits ends when the worker breaks down", async () => {
    const client = new ModelClient({ postMessage: () => undefined, addEventListener: () => undefined });
    const waiting = client.call("decode", "x", { ids: [] });
    const steps = client.steps("greedy", "x", long).next();
    client.fail(new Error("out of memory"));
    await expect(waiting).rejects.toThrow("out of memory");
    await expect(steps).rejects.toThrow("out of memory");
  });

  test("an error survives the way with its code and numbers", () => {
    const error = new InputError("12 tokens", "too-long", { tokens: 12 });
    const found = errorFrom(structuredClone(plainError(error)));
    expect(found).toBeInstanceOf(InputError);
    expect(found).toMatchObject({ message: "12 tokens", code: "too-long", values: { tokens: 12 } });
    expect(errorFrom(plainError("words"))).toMatchObject({ name: "Error", message: "words" });
    expect(errorFrom({ name: "constructor", message: "x" })).toBeInstanceOf(Error);
  });
});

// --- requests that meet -----------------------------------------------------------------------------------------------

type Serve = typeof serve;

const TEXT = { target: Array.from({ length: 60 }, (_, i) => (7 * i) % 23) };
const GATES = { gates: { "decoder.layers.0.self_attention": [1, 0, 0.5] } };

/** A newer request cancels an older one on its lane, and no other; those of other lanes take turns, and wait for no timer. */
async function checkMeeting(program: Serve): Promise<void> {
  const timer = vi.spyOn(globalThis, "setTimeout");
  const { port1, port2 } = new MessageChannel();
  program(port2, -1);
  open.push(port1);
  const client = new ModelClient(port1);
  await client.call("load", "writer", modelFiles("decoder-only", { max_length: 60 }));
  const look = { input: TEXT, options: { record: [".weights"] } };
  for (const edits of [{}, GATES]) {
    const ask = (lane: string, one: object) => client.call("look", "writer", { ...look, edits: one }, lane);
    const [cancelled, ...found] = await Promise.allSettled([
      ask("a", GATES),
      ask("a", edits),
      ask("b", {}),
      ask("c", GATES),
    ]);
    expect(cancelled).toMatchObject({ status: "rejected", reason: { name: "CancelledError" } });
    const expected = [edits, {}, GATES].map((one) => ({
      status: "fulfilled",
      value: new LiveReading(here("decoder-only"), TEXT, look.options).update(one),
    }));
    expect(found).toEqual(expected);
  }
  const nobody = client.call("decode", "nobody", { ids: [] });
  await expect(nobody).rejects.toMatchObject({ name: "RangeError" });
  expect(timer).not.toHaveBeenCalled();
}

describe("requests that meet", () => {
  test("are answered rightly", () => checkMeeting(serve));

  test.each<[string, Mistake]>([
    ["an older one goes on", ["older.isCancelled = true", "older.isCancelled = false"]],
    ["all lanes are one", ["jobs.get(lane);", 'jobs.get("a");']],
    ["lanes share a reading", ["const known = live.get(lane)", "const known = [...live.values()][0]"]],
    ["an edit is forgotten", [".updating(request.edits)", ".updating({})"]],
    ["nobody is listened to", ["await nextTask()", "await null"]],
    ["a timer", ["await nextTask()", "await new Promise((resume) => setTimeout(resume))"]],
    ["an error loses its kind", ["error: plainError(error)", "error: plainError(String(error))"]],
  ])("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<{ serve: Serve }>("engine/worker/worker.ts", mistake);
    await expect(checkMeeting(mutant.serve)).rejects.toThrow();
  });
});
