/** The page's side of a worker: promises for replies, an async iterator for steps, errors as errors. */

import { errorFrom, type Answer, type Calls, type Kind, type Port, type Question } from "./protocol.js";

interface Waiting {
  step: (value: unknown) => void;
  reply: (value: unknown) => void;
  fail: (error: Error) => void;
}

type RequestOf<K extends Kind> = Calls[K]["request"];

export class ModelClient {
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** `port` leads to `serve`: a worker, or what `inProcess` gives. */
  constructor(port: Port) {
    this.#port = port;
    port.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      if (waiting === undefined) {
        return;
      }
      if ("step" in data) {
        waiting.step(data.step);
        return;
      }
      this.#waiting.delete(data.id);
      if ("error" in data) {
        waiting.fail(errorFrom(data.error));
      } else {
        waiting.reply(data.reply);
      }
    });
    port.start?.();
  }

  /** Ends all that is waiting, as when the worker broke down. */
  fail(error: Error): void {
    for (const waiting of this.#waiting.values()) {
      waiting.fail(error);
    }
    this.#waiting.clear();
  }

  /**
   * The reply to a request; rejects with the error that it led to. A newer request on the same lane cancels it, which
   * is a `CancelledError`. The lane is the model and the kind of request unless given.
   */
  call<K extends Kind>(
    kind: K,
    model: string,
    request: RequestOf<K>,
    lane = `${model} ${kind}`,
  ): Promise<Calls[K]["reply"]> {
    return new Promise((reply, fail) => {
      this.#ask(kind, model, request, lane, {
        step: () => undefined,
        reply: reply as (value: unknown) => void,
        fail,
      });
    });
  }

  /** The steps of a request as they are found. Leaving the loop early cancels the rest. */
  async *steps<K extends "greedy" | "sample" | "beam">(
    kind: K,
    model: string,
    request: RequestOf<K>,
    lane = `${model} text`,
  ): AsyncGenerator<Calls[K]["step"], void> {
    const found: Calls[K]["step"][] = [];
    const end: { reached: boolean; failure: Error | null } = { reached: false, failure: null };
    let wake: () => void = () => undefined;
    const heard = (change: () => void): void => {
      change();
      wake();
    };
    const id = this.#ask(kind, model, request, lane, {
      step: (value) => heard(() => found.push(value as Calls[K]["step"])),
      reply: () => heard(() => (end.reached = true)),
      fail: (error) => heard(() => (end.failure = error)),
    });
    try {
      for (;;) {
        for (let step = found.shift(); step !== undefined; step = found.shift()) {
          yield step;
        }
        if (end.failure !== null) {
          throw end.failure;
        }
        if (end.reached) {
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      if (this.#waiting.delete(id)) {
        this.#send({ cancel: id }, []);
      }
    }
  }

  #ask<K extends Kind>(
    kind: K,
    model: string,
    request: RequestOf<K>,
    lane: string,
    waiting: Waiting,
  ): number {
    this.#last += 1;
    const id = this.#last;
    this.#waiting.set(id, waiting);
    // The weights move to the worker: they are too large to be there twice.
    const transfer = "weights" in request ? [request.weights] : [];
    this.#send({ id, lane, request: { ...request, kind, model } } as unknown as Question, transfer);
    return id;
  }

  #send(question: Question, transfer: Transferable[]): void {
    this.#port.postMessage(question, transfer);
  }
}
