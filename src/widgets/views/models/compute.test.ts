import { afterEach, describe, expect, test } from "vitest";
import { greedy, sample, withoutPauses } from "../../engine/model/decoding.js";
import { LiveReading } from "../../engine/model/live.js";
import { ModelClient } from "../../engine/worker/client.js";
import { inProcess } from "../../engine/worker/in-process.js";
import type { OpenModel } from "../../host/models.js";
import { modelFiles, smallModel } from "../../test/models.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import * as real from "./compute.js";
import type { Found } from "./compute.js";

type Module = typeof real;
type Family = "encoder-decoder" | "decoder-only" | "encoder-only";

const LENGTH = 30;
const START = 1;
const END = 2;
const MASK = 3;
const GATES = { translator: "decoder.layers.2.cross_attention", reader: "encoder.layers.1.attention" };
const ports: { close: () => void }[] = [];

afterEach(() => {
  ports.splice(0).forEach((port) => port.close());
});

async function open(family: Family): Promise<OpenModel> {
  const port = inProcess();
  ports.push(port);
  const client = new ModelClient(port);
  const files = modelFiles(family, { max_length: LENGTH });
  const description = JSON.parse(files.description) as Record<string, unknown>;
  const info = await client.call("load", family, files);
  return { key: family, client, info, description };
}

async function all(found: AsyncIterable<Found>): Promise<Found[]> {
  const list: Found[] = [];
  for await (const one of found) {
    list.push(one);
  }
  return list;
}

function modelOf(family: Family): ReturnType<typeof smallModel>["model"] {
  return smallModel(family, { max_length: LENGTH }).model;
}

/** The five largest probabilities. */
function largest(distribution: Float64Array): number[] {
  return Array.from(distribution)
    .sort((first, second) => second - first)
    .slice(0, 5);
}

/** "壹" is read as "一", see `VARIANTS`. */
const READ = { characters: ["一", "丁"] };

async function checkTranslation({ translation, Speller }: Module): Promise<void> {
  const model = await open("encoder-decoder");
  const [first, second] = [4, 5];
  const ids = [first, second, END];
  for (const gates of [{}, { [GATES.translator]: [0, 1, 0] }]) {
    const options = { maxNewTokens: LENGTH, startId: START, endId: END, weights: true, edits: { gates } };
    const steps = [...withoutPauses(greedy(modelOf("encoder-decoder"), ids, options))];
    const found = await all(
      translation(model, new Speller(model, "test"), "壹 丁", { ...READ, decoding: "greedy", gates }),
    );
    const last = found[found.length - 1];
    expect(found).toHaveLength(steps.length);
    expect(last.tokens.map(({ id }) => id)).toEqual(steps.map(({ token }) => token));
    expect(last.read).toEqual(["一", "丁", "</s>"]);
    expect(last.reason).toBe(steps[steps.length - 1].reason);
    expect(last.text).not.toContain("</s>");
    steps.forEach((step, place) => {
      expect(last.tokens[place].probability).toBe(step.distribution[step.token]);
      expect(last.tokens[place].candidates.map(({ probability }) => probability)).toEqual(
        largest(step.distribution),
      );
      const look = last.looks[place].get(GATES.translator);
      const weights = step.attention.get(`${GATES.translator}.weights`);
      expect(look).toEqual({ shape: [3, 3], data: weights?.data });
      expect(last.looks[place].size).toBe(3); // of cross-attention alone
    });
  }
}

/** What a beam finds is told with the probabilities that its tokens have one after the other. */
async function checkBeam({ translation, Speller }: Module): Promise<void> {
  const model = await open("encoder-decoder");
  const found = await all(
    translation(model, new Speller(model, "test"), "一丁", { ...READ, decoding: "beam", gates: {} }),
  );
  const last = found[found.length - 1];
  const total = last.tokens.reduce((sum, { probability }) => sum + Math.log(probability), 0);
  const single = await all(
    translation(model, new Speller(model, "test"), "一丁", { ...READ, decoding: "greedy", gates: {} }),
  );
  const greedyTokens = single[single.length - 1].tokens;
  const greedyTotal = greedyTokens.reduce((sum, { probability }) => sum + Math.log(probability), 0);
  expect(last.tokens.length).toBeGreaterThan(0);
  expect(total / last.tokens.length).toBeGreaterThan(greedyTotal / greedyTokens.length - 0.5);
  expect(found.some(({ tokens, text }) => tokens.length === 0 && text !== "")).toBe(true);
  expect(found.filter(({ tokens }) => tokens.length > 0).at(-1)?.looks).toHaveLength(last.tokens.length);
}

const DRAWING = { temperature: 1.3, topK: 7, seed: 5, gates: {} };
const NOTHING = { kept: [], keptLooks: [], replay: [], count: 0 };

async function checkWriting({ writing, Speller }: Module): Promise<void> {
  const model = await open("decoder-only");
  const speller = new Speller(model, "test");
  const count = 6;
  const options = { maxNewTokens: count + 1, seed: 5, temperature: 1.3, topK: 7, endId: END, weights: true };
  const steps = [...withoutPauses(sample(modelOf("decoder-only"), [START, 4], options))];
  const written = steps.slice(0, count).map(({ token }) => token);
  expect(written).not.toContain(END); // or the rest of this test would prove little

  const found = await all(writing(model, speller, "一", { ...DRAWING, ...NOTHING, count }));
  const last = found[found.length - 1];
  expect(last.tokens.map(({ id }) => id)).toEqual(written);
  expect(last.next?.id).toBe(steps[count].token);
  expect(last.read).toEqual(["<s>", "一", ...last.tokens.map(({ text }) => text)]);
  expect(last.looks).toHaveLength(count + 1);
  expect(last.text.startsWith("一")).toBe(true);
  steps.slice(0, count).forEach(({ token, filtered, distribution }, place) => {
    expect(last.tokens[place].probability).toBe(filtered[token]);
    expect(last.tokens[place].candidates.map(({ own }) => own)).toEqual(largest(distribution));
  });
  const name = "decoder.layers.1.self_attention";
  expect(last.looks[3].get(name)?.shape).toEqual([3, 5]);

  // Token by token, each from what was there, the same comes out.
  let one: Found | undefined;
  for (let step = 0; step <= count; step += 1) {
    const before = { kept: one?.tokens ?? [], keptLooks: one?.looks ?? [], replay: [] };
    one = (await all(writing(model, speller, "一", { ...DRAWING, ...before, count: step === 0 ? 0 : 1 }))).at(
      -1,
    );
  }
  expect(one?.tokens.map(({ id }) => id)).toEqual(written);
  expect(one?.next?.id).toBe(last.next?.id);
  one?.tokens.forEach(({ probability }, place) =>
    expect(probability).toBeCloseTo(last.tokens[place].probability, 6),
  );
  // What another home has drawn is told with the same numbers.
  const replayed = (await all(writing(model, speller, "一", { ...DRAWING, ...NOTHING, replay: written }))).at(
    -1,
  );
  expect(replayed?.tokens).toEqual(last.tokens);
}

/** The first seed whose third token ends the text. */
function endingSeed(): number {
  const model = modelOf("decoder-only");
  for (let seed = 0; ; seed += 1) {
    const steps = withoutPauses(sample(model, [START, 4], { maxNewTokens: 3, seed, endId: END }));
    if ([...steps].at(2)?.token === END) {
      return seed;
    }
  }
}

/** At the end of what the model can read it stops, and says why. */
async function checkEnds({ writing, Speller }: Module): Promise<void> {
  const model = await open("decoder-only");
  const speller = new Speller(model, "test");
  // An end that only comes next is not written yet.
  const ending = { ...DRAWING, ...NOTHING, temperature: 1, topK: 0, seed: endingSeed() };
  const before = (await all(writing(model, speller, "一", { ...ending, count: 2 }))).at(-1);
  expect(before).toMatchObject({ next: { id: END }, reason: null });
  expect(before?.tokens).toHaveLength(2);
  const after = (await all(writing(model, speller, "一", { ...ending, count: 9 }))).at(-1);
  expect(after).toMatchObject({ next: null, reason: "end" });
  expect(after?.tokens.map(({ id }) => id).indexOf(END)).toBe(2);
  const greedily = { ...DRAWING, ...NOTHING, temperature: 0 };
  const full = (await all(writing(model, speller, "一", { ...greedily, count: 100 }))).at(-1);
  expect(full?.next).toBeNull();
  expect(full?.reason).toMatch(/^(end|max_length)$/);
  expect(full?.read.length).toBeLessThanOrEqual(LENGTH);
  const kept = { kept: full?.tokens ?? [], keptLooks: full?.looks ?? [] };
  const ended = full?.tokens.at(-1)?.id === END;
  if (!ended) {
    const more = (await all(writing(model, speller, "一", { ...greedily, ...kept, count: 1 }))).at(-1);
    expect(more?.reason).toBe("max_length");
    expect(more?.tokens).toHaveLength(kept.kept.length);
  }
}

async function checkFilling({ filling, Speller }: Module): Promise<void> {
  const model = await open("encoder-only");
  const ids = [START, 4, MASK, 5, MASK, END];
  for (const gates of [{}, { [GATES.reader]: [1, 0, 1] }]) {
    const found = await filling(model, new Speller(model, "test"), ["一", null, "丁", null], gates);
    const reading = new LiveReading(
      modelOf("encoder-only"),
      { source: ids },
      { record: [".weights"], logits: [2, 4] },
    ).update({ gates });
    expect(found.read).toEqual(["<s>", "一", "_", "丁", "_", "</s>"]);
    expect(found.tokens).toHaveLength(2);
    [0, 1].forEach((blank) => {
      const logits = reading.logits.subarray(blank * 23, (blank + 1) * 23);
      const best = logits.indexOf(Math.max(...logits));
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      expect(found.tokens[blank].id).toBe(best);
      expect(found.tokens[blank].probability).toBeCloseTo(Math.exp(logits[best]) / total, 6);
      const { data } = reading.record.get(`${GATES.reader}.weights`) ?? { data: new Float32Array() };
      const place = [2, 4][blank];
      const rows = [0, 1, 2].flatMap((head) =>
        Array.from(data.subarray((head * 6 + place) * 6, (head * 6 + place + 1) * 6)),
      );
      expect(Array.from(found.looks[blank].get(GATES.reader)?.data ?? [])).toEqual(rows);
    });
  }
}

async function check(module: Module): Promise<void> {
  await checkTranslation(module);
  await checkBeam(module);
  await checkWriting(module);
  await checkEnds(module);
  await checkFilling(module);
  const some = Float64Array.of(0.1, 0.3, 0.1, 0.05, 0.3, 0.1, 0.05);
  expect(module.likeliest(some)).toEqual([1, 4, 0, 2, 5]);
}

const FILE = "views/models/compute.ts";
const MISTAKES: Record<string, Mistake> = {
  "gates of the translator are lost": [
    "{ maxNewTokens: info.config.max_length, edits: { gates } }",
    "{ maxNewTokens: info.config.max_length }",
  ],
  "gates of the reader are lost": ["edits: { gates }, options };", "edits: {}, options };"],
  "random numbers begin anew": ["(seed + kept.length * STRIDE) >>> 0", "seed"],
  "one random number too many": ["kept.length * STRIDE", "(kept.length + 1) * STRIDE"],
  "the model's own probability of a drawn token": ["probability: filtered[id]", "probability: own[id]"],
  "a step too few": ["wanted - tokens.length + 1)", "wanted - tokens.length)"],
  "what is to come counts as written": ["if (tokens.length < wanted) {", "if (tokens.length <= wanted) {"],
  "a beam without its tokens": ["forced = byStep(best.ids);", ""],
  "the wrong row of a blank": ["[heads, rows, columns], place)", "[heads, rows, columns], 0)"],
  "all attentions of the decoder": ['looksOf(step, ".cross_attention")', 'looksOf(step, "attention")'],
  "of equal candidates the later ones": [
    "distribution[id] > distribution[best[place - 1]]",
    "distribution[id] >= distribution[best[place - 1]]",
  ],
};

describe("the models at work", () => {
  test("are right", () => check(real));

  test("is right as mutants are made", async () => {
    await check(await mutantOf<Module>(FILE, ["export class Speller", "export  class Speller"]));
  });

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const module = await mutantOf<Module>(FILE, mistake);
    await expect(check(module)).rejects.toThrow();
  });
});
