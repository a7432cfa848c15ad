/**
 * Runs the explorer of translations in Node, but for its page: the states of widgets come in as JSON, what each of them
 * shows goes out.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { ModelClient } from "../../src/widgets/engine/worker/client.js";
import { inProcess } from "../../src/widgets/engine/worker/in-process.js";
import type { ModelState, Models } from "../../src/widgets/host/models.js";
import type { Card } from "../../src/widgets/views/models/state.js";
import { jsonOf } from "../../src/widgets/views/translation/exports.js";
import type { Frame } from "../../src/widgets/views/translation/frame.js";
import { shownOf } from "../../src/widgets/views/translation/run.js";
import { Session } from "../../src/widgets/views/translation/session.js";
import { readState } from "../../src/widgets/views/translation/state.js";

interface Job {
  state: Record<string, unknown>;
  folder: string;
}

const { jobs } = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
const port = inProcess();
const client = new ModelClient(port);
let ready: ModelState | null = null;

async function open(folder: string): Promise<Models> {
  if (ready === null) {
    const description = readFileSync(path.join(folder, "model.json"), "utf8");
    const bytes = readFileSync(path.join(folder, "weights.safetensors"));
    const weights = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const info = await client.call("load", "translator", { description, weights });
    const parsed = JSON.parse(description) as Record<string, unknown>;
    ready = { phase: "ready", model: { key: "translator", client, info, description: parsed } };
  }
  const state = ready;
  return { state: () => state, need: () => undefined, onChange: () => () => undefined };
}

async function shown({ state: traits, folder }: Job): Promise<unknown> {
  const state = readState({ get: (key: string) => traits[key] } as unknown as Parameters<
    typeof readState
  >[0]);
  const card = traits["card"] as Card;
  const session = new Session({ card, models: await open(folder), example: null, onChange: () => undefined });
  session.run(state);
  while (session.isBusy) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { run, problem } = session.outcomeOf(state);
  session.close();
  const frame = { run, shown: shownOf(run, state.steps), state, card } as unknown as Frame;
  return {
    ...(JSON.parse(jsonOf(frame)) as object),
    problem: problem?.key ?? null,
    plain: run?.plain ?? null,
  };
}

const answers: unknown[] = [];
for (const job of jobs) {
  answers.push(await shown(job));
}
port.close();
process.stdout.write(JSON.stringify(answers));
