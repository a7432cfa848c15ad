/**
 * Runs the explorer of heads in Node, but for its page: the states of widgets come in as JSON, what each of them
 * shows goes out. The models come from the folders that are named with them.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { ModelClient } from "../../src/widgets/engine/worker/client.js";
import { inProcess } from "../../src/widgets/engine/worker/in-process.js";
import type { ModelState, Models } from "../../src/widgets/host/models.js";
import { jsonOf } from "../../src/widgets/views/heads/exports.js";
import type { Frame } from "../../src/widgets/views/heads/frame.js";
import { Labels, namesOf } from "../../src/widgets/views/heads/look.js";
import { HeadsSession } from "../../src/widgets/views/heads/session.js";
import { readState, type Card } from "../../src/widgets/views/heads/state.js";
import type { ModelName } from "../../src/widgets/views/models/state.js";

interface Job {
  state: Record<string, unknown>;
  folders: Record<ModelName, string>;
}

const opened = new Map<ModelName, { models: Models; close: () => void }>();

/** The model of a folder as the page has it, opened once. */
async function open(name: ModelName, folder: string): Promise<Models> {
  const known = opened.get(name);
  if (known !== undefined) {
    return known.models;
  }
  const port = inProcess();
  const client = new ModelClient(port);
  const description = readFileSync(path.join(folder, "model.json"), "utf8");
  const bytes = readFileSync(path.join(folder, "weights.safetensors"));
  const weights = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const info = await client.call("load", name, { description, weights });
  const model = { key: name, client, info, description: JSON.parse(description) as Record<string, unknown> };
  const ready: ModelState = { phase: "ready", model };
  const models: Models = { state: () => ready, need: () => undefined, onChange: () => () => undefined };
  opened.set(name, { models, close: () => port.close() });
  return models;
}

async function shown({ state: given, folders }: Job): Promise<unknown> {
  const state = readState({ get: (key: string) => given[key] } as unknown as Parameters<typeof readState>[0]);
  const cards = given["cards"] as Record<ModelName, Card>;
  const models = await open(state.model, folders[state.model]);
  const session = new HeadsSession({ cards, models, runs: {}, onChange: () => undefined });
  session.run(state);
  while (session.busy !== null) {
    await pause();
  }
  const { look, problem } = session.workOf(state);
  let parts = session.partsOf(state);
  while (parts === null && look !== null) {
    await pause();
    parts = session.partsOf(state);
  }
  session.close();
  const labels = new Labels(look);
  const frame = { state, look, labels } as unknown as Frame;
  const tables = Object.entries(parts ?? {}).map(([name, { shape, data }]) => [
    name,
    { shape, data: Array.from(data) },
  ]);
  return {
    ...(JSON.parse(jsonOf(frame)) as object),
    problem: problem?.key ?? null,
    rows: Object.fromEntries(
      [...(look?.weights.keys() ?? [])].map((name) => [name, namesOf(look?.names ?? {}, name).queries]),
    ) as unknown,
    parts: Object.fromEntries(tables) as unknown,
  };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

const { jobs } = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
const answers: unknown[] = [];
for (const job of jobs) {
  answers.push(await shown(job));
}
opened.forEach(({ close }) => close());
process.stdout.write(JSON.stringify(answers));
