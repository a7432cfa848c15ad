/** What a page and the worker that holds the models say to each other. Everything here can be cloned. */

import { AssetError, CancelledError, InputError, type InputProblem } from "../errors.js";
import type { BeamOptions, BeamStep } from "../model/beam.js";
import type { DecodingOptions, SamplingOptions, Step } from "../model/decoding.js";
import type { Input, LookOptions, Reading } from "../model/live.js";
import type { ModelInfo } from "../model/load.js";
import type { Prepared, PrepareOptions, Typed } from "../model/prepare.js";
import type { Edits } from "../model/trace.js";

/** A worker, one end of a channel, or the inside of a worker: whatever carries messages. */
export interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  /** A port of a channel waits for this. */
  start?(): void;
}

/** Which token ids a text is decoded to, and how it is asked for; the start and end tokens are the model's own. */
export type TextOptions<Options extends DecodingOptions> = Omit<Options, "startId" | "endId">;

/** What can be asked, and what each question is answered with: steps as they are found, then a reply. */
export interface Calls {
  load: {
    request: { description: string; weights: ArrayBuffer };
    step: never;
    reply: ModelInfo;
  };
  prepare: { request: { typed: Typed; options?: PrepareOptions }; step: never; reply: Prepared };
  decode: { request: { ids: readonly number[] }; step: never; reply: { text: string; shown: string[] } };
  greedy: {
    request: { ids: readonly number[]; options: TextOptions<DecodingOptions> };
    step: Step;
    reply: null;
  };
  sample: {
    request: { ids: readonly number[]; options: TextOptions<SamplingOptions> };
    step: Step;
    reply: null;
  };
  beam: {
    request: { ids: readonly number[]; options: TextOptions<BeamOptions> };
    step: BeamStep;
    reply: null;
  };
  look: { request: { input: Input; edits: Edits; options: LookOptions }; step: never; reply: Reading };
}

export type Kind = keyof Calls;

export type Request = { [K in Kind]: { kind: K; model: string } & Calls[K]["request"] }[Kind];

/** To the worker. A newer request cancels an older one on the same lane. */
export type Question = { id: number; lane: string; request: Request } | { cancel: number };

export interface PlainError {
  name: string;
  message: string;
  code?: InputProblem;
  values?: InputError["values"];
}

/** From the worker. */
export type Answer =
  { id: number; step: unknown } | { id: number; reply: unknown } | { id: number; error: PlainError };

/** An error in a form that survives the way. */
export function plainError(error: unknown): PlainError {
  if (error instanceof InputError) {
    return { name: error.name, message: error.message, code: error.code, values: error.values };
  }
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}

/** The error that was sent. */
export function errorFrom({ name, message, code, values }: PlainError): Error {
  if (code !== undefined) {
    return new InputError(message, code, values);
  }
  const kinds: Record<string, new (message: string) => Error> = { AssetError, CancelledError, RangeError };
  return new (Object.hasOwn(kinds, name) ? kinds[name] : Error)(message);
}
