/**
 * The worker's loop: holds the models and answers requests, in slices, so that a newer request or a cancellation is
 * heard in the middle of an older one. It runs wherever there is a port: in a Web Worker, or beside the page.
 */

import { CancelledError } from "../errors.js";
import { beamSearch } from "../model/beam.js";
import { greedy, sample } from "../model/decoding.js";
import { LiveReading, type Input, type LookOptions } from "../model/live.js";
import { infoOf, loadModel, type LoadedModel } from "../model/load.js";
import { prepare } from "../model/prepare.js";
import { plainError, type Answer, type Port, type Question, type Request } from "./protocol.js";

const SLICE = 8; // ms; half of a frame
const MOST_READINGS = 8; // kept for each model

interface Job {
  id: number;
  isCancelled: boolean;
}

/**
 * A model, and for each lane the last text that was looked into, so that an edit runs only what it changes. Lanes share
 * no reading: on one lane only the newest request goes on, but those of two lanes take turns.
 */
interface Held {
  loaded: LoadedModel;
  live: Map<string, { key: string; reading: LiveReading }>;
}

/** Steps, pauses between them, and a reply. */
type Work = Generator<unknown, unknown>;

/** Answers what comes through a port, for as long as there is one; after `slice` ms it listens whether there is news. */
export function serve(port: Port, slice = SLICE): void {
  const models = new Map<string, Held>();
  const jobs = new Map<string, Job>(); // the newest of each lane
  const send = (answer: Answer): void => port.postMessage(answer, []);
  port.addEventListener("message", ({ data }: MessageEvent<Question>) => {
    if ("cancel" in data) {
      for (const job of jobs.values()) {
        job.isCancelled ||= job.id === data.cancel;
      }
      return;
    }
    const { id, lane, request } = data;
    const older = jobs.get(lane);
    if (older !== undefined) {
      older.isCancelled = true;
    }
    const job = { id, isCancelled: false };
    jobs.set(lane, job);
    void work(job, () => answerTo(request, lane, models), send, slice).finally(() => {
      if (jobs.get(lane) === job) {
        jobs.delete(lane);
      }
    });
  });
  port.start?.();
}

async function work(
  job: Job,
  start: () => Work,
  send: (answer: Answer) => void,
  slice: number,
): Promise<void> {
  const { id } = job;
  try {
    const steps = start();
    let begun = performance.now();
    for (;;) {
      if (job.isCancelled) {
        throw new CancelledError(`request ${id} was cancelled`);
      }
      const next = steps.next();
      if (next.done === true) {
        send({ id, reply: next.value });
        return;
      }
      if (next.value !== undefined) {
        send({ id, step: next.value });
      }
      if (performance.now() - begun > slice) {
        await nextTask();
        begun = performance.now();
      }
    }
  } catch (error) {
    send({ id, error: plainError(error) });
  }
}

/** Lets what has come meanwhile go first. A message to oneself: browsers make a timer wait for 4 ms. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}

function* answerTo(request: Request, lane: string, models: Map<string, Held>): Work {
  if (request.kind === "load") {
    const loaded = loadModel(request.description, request.weights);
    models.set(request.model, { loaded, live: new Map() });
    return infoOf(loaded);
  }
  const held = models.get(request.model);
  if (held === undefined) {
    throw new RangeError(`no model is called "${request.model}"; known are ${[...models.keys()].join(", ")}`);
  }
  const { model, writes } = held.loaded;
  switch (request.kind) {
    case "prepare":
      return prepare(held.loaded, request.typed, request.options);
    case "decode":
      return { text: writes.decode(request.ids, true), shown: request.ids.map((id) => writes.show(id)) };
    case "greedy":
      yield* greedy(model, request.ids, { ...request.options, ...marks(held.loaded) });
      return null;
    case "sample":
      yield* sample(model, request.ids, { ...request.options, ...marks(held.loaded) });
      return null;
    case "beam":
      yield* beamSearch(model, request.ids, { ...request.options, ...marks(held.loaded) });
      return null;
    case "look":
      return yield* liveReading(held, lane, request.input, request.options).updating(request.edits);
  }
}

/** The tokens that open and close what a model writes. */
function marks({ model, writes }: LoadedModel): { startId?: number; endId: number | null } {
  const { start, end } = writes.special;
  return model.family === "encoder-decoder" && start !== null
    ? { startId: start, endId: end }
    : { endId: end };
}

function liveReading(held: Held, lane: string, input: Input, options: LookOptions): LiveReading {
  const { live } = held;
  const key = JSON.stringify([input.source, input.target, options.record, options.logits]);
  const known = live.get(lane);
  const reading = known?.key === key ? known.reading : new LiveReading(held.loaded.model, input, options);
  live.delete(lane); // and to the end, behind those that were not asked for as lately
  live.set(lane, { key, reading });
  for (const oldest of [...live.keys()].slice(0, -MOST_READINGS)) {
    live.delete(oldest);
  }
  return reading;
}
