import { afterEach, describe, expect, test } from "vitest";
import { ModelClient } from "../../engine/worker/client.js";
import { inProcess } from "../../engine/worker/in-process.js";
import type { Port } from "../../engine/worker/protocol.js";
import type { Models, ModelState, OpenModel } from "../../host/models.js";
import { modelFiles } from "../../test/models.js";
import { mutantWithin, type Mistake } from "../../test/mutant.js";
import { playgroundState } from "../../test/states.js";
import { partsOf } from "./readable.js";
import type { Run } from "./run.js";
import * as real from "./session.js";
import { inputsOf, TRAITS, type Card, type ModelName, type State } from "./state.js";

type Module = typeof real;

const FAMILIES = { translator: "encoder-decoder", writer: "decoder-only", reader: "encoder-only" } as const;
const LENGTH = 14;
const ports: { close: () => void }[] = [];

afterEach(() => {
  ports.splice(0).forEach((port) => port.close());
});

function stateOf(changes: Partial<State> = {}): State {
  const page = playgroundState();
  const names = Object.keys(TRAITS) as (keyof State)[];
  return { ...Object.fromEntries(names.map((name) => [name, page[TRAITS[name]]])), ...changes } as State;
}

/** Models that arrive when the test says so. */
class Store implements Models {
  readonly needed: unknown[] = [];
  readonly listeners = new Set<() => void>();
  current: ModelState = { phase: "absent" };
  state(): ModelState {
    return this.current;
  }
  need(files: unknown): void {
    this.needed.push(files);
  }
  onChange(callback: () => void): () => void {
    this.listeners.add(callback);
    return () => this.listeners.delete(callback);
  }
  become(state: ModelState): void {
    this.current = state;
    this.listeners.forEach((listener) => listener());
  }
}

async function open(name: ModelName): Promise<OpenModel> {
  const port = inProcess();
  ports.push(port);
  const client = new ModelClient(port);
  const files = modelFiles(FAMILIES[name], { max_length: LENGTH });
  const description = JSON.parse(files.description) as Record<string, unknown>;
  description["variants"] = { traditional: "七", simplified: "丁" };
  return { key: name, client, info: await client.call("load", name, files), description };
}

interface Setting {
  store: Store;
  session: InstanceType<Module["Session"]>;
  written: (readonly number[])[];
  settle: () => Promise<void>;
}

function begin({ Session }: Module, examples: Partial<Record<ModelName, Run>> = {}): Setting {
  const store = new Store();
  const written: (readonly number[])[] = [];
  const card = playgroundState()["cards"] as Record<ModelName, Card>;
  const session = new Session({
    cards: card,
    models: store,
    examples,
    onChange: () => undefined,
    onWritten: (ids) => written.push(ids),
  });
  const settle = async (): Promise<void> => {
    for (let wait = 0; wait < 400; wait += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (session.busy === null) {
        return;
      }
    }
    throw new Error("still busy");
  };
  return { store, session, written, settle };
}

const EXAMPLE: Run = {
  model: "translator",
  inputs: inputsOf(stateOf(), "translator"),
  text: "worked",
  tokens: [],
  next: null,
  read: [],
  looks: [],
  reason: null,
};

/** Nothing is fetched before the reader acts; the worked example stands until there is something else. */
async function checkWaiting(module: Module): Promise<void> {
  const { store, session, settle } = begin(module, { translator: EXAMPLE });
  const state = stateOf();
  expect(session.workOf(state).run).toBe(EXAMPLE);
  expect([session.isCurrent(state), session.isExample(EXAMPLE)]).toEqual([true, true]);
  expect(store.needed).toEqual([]);
  const typed = stateOf({ source: "丁" });
  session.run(typed);
  expect(store.needed).toHaveLength(1);
  expect(session.workOf(typed).run).toBe(EXAMPLE);
  expect(session.isCurrent(typed)).toBe(false);
  store.become({ phase: "ready", model: await open("translator") });
  await settle();
  expect(session.isCurrent(typed)).toBe(true);
  expect(session.workOf(typed).run?.read).toEqual(["丁", "</s>"]);
  expect(session.workOf(state).run).toBe(EXAMPLE); // back to what the example is of
}

/** What cannot be read is said; what is read otherwise than it was typed, too. */
async function checkTexts(module: Module): Promise<void> {
  const { store, session, settle } = begin(module);
  store.become({ phase: "ready", model: await open("translator") });
  const cases: [string, string | null, boolean, string[]][] = [
    ["  ", "models.empty", false, []],
    ["犇鱻", "models.none-known", false, []],
    ["一".repeat(LENGTH - 1), null, false, []],
    ["一".repeat(LENGTH), "models.long.translator", true, []],
    ["犇".repeat(LENGTH), "models.none-known", false, []],
    ["七犇", null, false, ["models.simplified", "models.unknown"]],
  ];
  for (const [source, key, canCut, notes] of cases) {
    const state = stateOf({ source });
    session.run(state);
    await settle();
    const { problem, notes: found } = session.workOf(state);
    expect(problem?.key ?? null).toBe(key);
    expect(problem?.canCut ?? false).toBe(canCut);
    expect(found.map((note) => note.key)).toEqual(notes);
    expect(session.isCurrent(state)).toBe(true);
  }
  const long = stateOf({ source: ` ${"一".repeat(40)}` });
  session.run(long);
  await settle();
  expect(session.workOf(long).problem?.values).toEqual({ count: 40, most: LENGTH - 1 });
  expect(await session.cut(long)).toBe(` ${"一".repeat(LENGTH - 1)}`);
}

async function checkOthers(module: Module): Promise<void> {
  const reader = begin(module);
  reader.store.become({ phase: "ready", model: await open("reader") });
  for (const [sentence, key] of [
    ["一 __丁", null],
    ["一丁", "models.no-blank"],
    [`${"一".repeat(LENGTH)}__`, "models.long.reader"],
  ] as const) {
    const state = stateOf({ model: "reader", sentence });
    reader.session.run(state);
    await reader.settle();
    expect(reader.session.workOf(state).problem?.key ?? null).toBe(key);
  }
  expect(partsOf("a __ b___")).toEqual(["a", null, " b", null, ""]);

  const writer = begin(module);
  writer.store.become({ phase: "ready", model: await open("writer") });
  const long = stateOf({ model: "writer", prompt: `${"一".repeat(LENGTH)}丁` });
  writer.session.run(long);
  await writer.settle();
  expect(writer.session.workOf(long).problem?.key).toBe("models.long.writer");
  const cut = await writer.session.cut(long);
  expect(cut).toBe(`${"一".repeat(LENGTH - 3)}丁`); // its end: one place is the start token's, one the next token's
  const alone = stateOf({ model: "writer", prompt: "", temperature: 0 });
  writer.session.run(alone);
  await writer.settle();
  const begun = writer.session.workOf(alone);
  expect([begun.problem, begun.notes.map(({ key }) => key)]).toEqual([null, ["models.begins"]]);
  expect(begun.run?.read).toEqual(["<s>"]);
  const state = stateOf({ model: "writer", prompt: "一", temperature: 0 });
  writer.session.run(state, 3);
  await writer.settle();
  expect(writer.written.at(-1)).toHaveLength(3);
  const after = { ...state, written: writer.written.at(-1) ?? [] };
  expect(writer.session.isCurrent(after)).toBe(true);
  expect(writer.session.isCurrent(state)).toBe(false); // of the same prompt, but nothing is written
  writer.session.run(after, 2);
  await writer.settle();
  expect(writer.written.at(-1)?.slice(0, 3)).toEqual(after.written);
  expect(writer.written.at(-1)).toHaveLength(5);
}

/** A newer wish ends the work on an older one, and its result is the one that stays. */
async function checkTurns(module: Module): Promise<void> {
  const { store, session, settle } = begin(module);
  const [first, second] = [stateOf({ source: "一一一一" }), stateOf({ source: "丁" })];
  session.run(first);
  session.run(second); // before the model is there
  store.become({ phase: "ready", model: await open("translator") });
  session.run(first);
  session.run(second); // while it computes
  await settle();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(session.workOf(second).run?.read).toEqual(["丁", "</s>"]);
  expect(session.isCurrent(first)).toBe(false);
  session.run(first);
  session.halt(); // what comes after that is not wanted
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(session.isCurrent(first)).toBe(false);
  session.close();
  expect(store.listeners.size).toBe(0);
}

/** Requests on one lane cancel each other, so two widgets have none in common. */
async function checkTogether(module: Module): Promise<void> {
  const model = await open("translator");
  const asked: string[][] = [];
  for (const source of ["一一", "丁一"]) {
    const { session, store, settle } = begin(module);
    const lanes = new Set<string>();
    const port = ports[ports.length - 1] as unknown as Port;
    const post = port.postMessage.bind(port);
    port.postMessage = (question: { lane: string }, transfer: Transferable[]) => {
      lanes.add(question.lane);
      post(question, transfer);
    };
    store.become({ phase: "ready", model });
    session.run(stateOf({ source }));
    await settle();
    expect(session.workOf(stateOf({ source })).run?.read).toEqual([...source, "</s>"]);
    await session.cut(stateOf({ source }));
    asked.push([...lanes]);
    port.postMessage = post;
  }
  expect(asked[0].length).toBeGreaterThan(1);
  expect(asked[0].filter((lane) => asked[1].includes(lane))).toEqual([]);
}

async function check(module: Module): Promise<void> {
  await checkTogether(module);
  await checkWaiting(module);
  await checkTexts(module);
  await checkOthers(module);
  await checkTurns(module);
}

const FILE = "views/models/session.ts";
const MISTAKES: Record<string, Mistake> = {
  "one character too many": ["config.max_length - 1; // one", "config.max_length; // one"],
  "unknown text is read": ["if (!reading.hasKnown) {", "if (count < 0) {"],
  "what is simplified is kept quiet": ["if (simplified.length > 0) {", "if (simplified.length > 9) {"],
  "the beginning of a writer's text": [
    '...(state.model === "writer" ? [characters.length - count] : [0, count])',
    "0, count",
  ],
  "cut to one too many": ["return part(fits);", "return part(fits + 1);"],
  "an empty text is read": ['if (text.trim() === "") {', 'if (text === "no") {'],
  "a writer needs a text": ['=== "writer") {\n    return [null, ', '=== "poet") {\n    return [null, '],
  "that a writer begins by itself is kept quiet": ['text === "" ? [{', 'text === "no" ? [{'],
  "blanks are not asked for": ["!BLANK.test(text)", "text === null"],
  "another text's result counts": [
    "const isOfThese = inputs === inputsOf(state, state.model);",
    "const isOfThese = inputs !== null;",
  ],
  "an older wish overwrites a newer": ["if (turn !== this.#turn) {", "if (turn < 0) {"],
  "what was written is forgotten": [
    "{ kept: run.tokens, keptLooks: run.looks, replay: [] }",
    "{ kept: [], keptLooks: [], replay: [] }",
  ],
  "all widgets on one lane": ["`session ${sessions}`", '"session"'],
  "listens for ever": ["    this.#stop();\n", ""],
};

/** Those about what can be read of a text, in readable.ts; the others are in session.ts. */
const TEXT_MISTAKES = [
  "one character too many",
  "unknown text is read",
  "what is simplified is kept quiet",
  "the beginning of a writer's text",
  "cut to one too many",
  "an empty text is read",
  "a writer needs a text",
  "that a writer begins by itself is kept quiet",
  "blanks are not asked for",
];

describe("a session", () => {
  test("is right", () => check(real));

  test("is right as mutants are made", async () => {
    await check(await mutantWithin<Module>(FILE, "session.ts", ["export class", "export  class"]));
  });

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (name, mistake) => {
    const file = TEXT_MISTAKES.includes(name) ? "readable.ts" : "session.ts";
    const module = await mutantWithin<Module>(FILE, file, mistake);
    await expect(check(module)).rejects.toThrow();
  });
});
