/** Starts the worker that the models compute in. Its program is a file of its own, fetched with the first model. */

import type { Port } from "../engine/worker/protocol.js";

/** The program's name among the assets. */
export const PROGRAM = "worker";

/** Begins a worker with this program; `onFailure` is told when one that ran breaks down. */
export type StartWorker = (program: ArrayBuffer, onFailure: (error: Error) => void) => Promise<Port>;

interface Program {
  serve: (port: Port) => void;
}

/** A worker that answers; where none can be started, the same program beside the page, in small slices. */
export const startWorker: StartWorker = async (program, onFailure) => {
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  try {
    return await started(url, onFailure);
  } catch {
    const { serve } = (await import(/* @vite-ignore */ url)) as Program;
    const { port1, port2 } = new MessageChannel();
    serve(port2);
    return port1;
  } finally {
    URL.revokeObjectURL(url);
  }
};

/** A worker, once it has said that it is ready. */
function started(url: string, onFailure: (error: Error) => void): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { type: "module", name: "attnlab" });
    let fail: (error: Error) => void = reject;
    const greet = (): void => {
      fail = onFailure;
      resolve(worker);
    };
    worker.addEventListener("message", greet, { once: true });
    worker.addEventListener("error", ({ message }) => fail(new Error(message || "it could not be started")));
  });
}
