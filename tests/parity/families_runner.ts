/**
 * Runs the explorer of families in Node, but for its page: the states of widgets come in as JSON, what each of them
 * shows goes out. The models come from the folders that are named with them.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { ModelClient } from "../../src/widgets/engine/worker/client.js";
import { inProcess } from "../../src/widgets/engine/worker/in-process.js";
import type { ModelState, Models } from "../../src/widgets/host/models.js";
import { isKept, BLOCKS, MODEL_OF, type FamilyCard } from "../../src/widgets/views/families/blocks.js";
import { jsonOf } from "../../src/widgets/views/families/exports.js";
import type { Frame } from "../../src/widgets/views/families/frame.js";
import { readOf } from "../../src/widgets/views/families/reading.js";
import { askedOf, readChosen } from "../../src/widgets/views/families/state.js";
import { Session } from "../../src/widgets/views/models/session.js";
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

async function shown({ state, folders }: Job): Promise<unknown> {
  const chosen = readChosen({ get: (key: string) => state[key] } as unknown as Parameters<
    typeof readChosen
  >[0]);
  const model = MODEL_OF[chosen.family];
  const cards = state["cards"] as Record<ModelName, FamilyCard>;
  const models = await open(model, folders[model]);
  const asked = askedOf(chosen, []);
  const session = new Session({
    ...{ cards, models, examples: {} },
    ...{ onChange: () => undefined, onWritten: () => undefined },
  });
  session.run(asked, state["writes"] as number);
  while (session.busy !== null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { run, problem } = session.workOf(asked);
  session.close();
  const card = cards[model];
  const frame = { run, chosen, card, state: asked } as unknown as Frame;
  return {
    ...(JSON.parse(jsonOf(frame)) as object),
    problem: problem?.key ?? null,
    kept: BLOCKS.filter((block) => isKept(card, block)),
    halves: run === null ? null : readOf(run, card),
  };
}

const { jobs } = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
const answers: unknown[] = [];
for (const job of jobs) {
  answers.push(await shown(job));
}
opened.forEach(({ close }) => close());
process.stdout.write(JSON.stringify(answers));
