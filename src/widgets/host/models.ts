/**
 * The trained models of a page. Each is fetched when a reader first needs it, never before; its files are checked
 * against the sizes and digests that the page names; then it goes to the one worker that all widgets share.
 */

import { ModelClient } from "../engine/worker/client.js";
import type { ModelInfo } from "../engine/model/load.js";
import type { Progress } from "./context.js";
import { PROGRAM, startWorker, type StartWorker } from "./worker.js";

/** A file as the page announces it. */
export interface FileFacts {
  asset: string;
  bytes: number;
  sha256: string;
}

export interface ModelFiles {
  description: FileFacts;
  weights: FileFacts;
}

/** A model that can be asked. */
export interface OpenModel {
  /** Its name in the worker. */
  key: string;
  client: ModelClient;
  info: ModelInfo;
  /** What its model.json says. */
  description: Readonly<Record<string, unknown>>;
}

/** No answer; an answer that is not the file; a worker that broke down. */
export type FailureReason = "unreachable" | "damaged" | "stopped";

export type ModelState =
  | { phase: "absent" }
  | { phase: "loading"; loaded: number; total: number }
  | { phase: "ready"; model: OpenModel }
  | { phase: "failed"; reason: FailureReason; detail: string };

/** What a view may do with models. */
export interface Models {
  state(files: ModelFiles): ModelState;
  /** Starts the download unless it runs or is done; after a failure, tries again. */
  need(files: ModelFiles): void;
  /** Calls back when the state of any model changes; returns the function that stops it. */
  onChange(callback: () => void): () => void;
}

/** Where the files of a home come from. */
export interface AssetSource {
  load(name: string, onProgress?: Progress): Promise<ArrayBuffer>;
  /** Lets go of the bytes. Damaged ones are fetched anew when they are asked for again. */
  forget(name: string, isDamaged: boolean): void;
}

const ABSENT: ModelState = { phase: "absent" };

class DamagedFile extends Error {}

export class PageModels {
  readonly #start: StartWorker;
  readonly #states = new Map<string, ModelState>();
  readonly #listeners = new Set<() => void>();
  /** Of each model the download that counts: what an older one still reports is past. */
  readonly #attempts = new Map<string, symbol>();
  #client: Promise<ModelClient> | null = null;

  constructor(start: StartWorker = startWorker) {
    this.#start = start;
  }

  state(files: ModelFiles): ModelState {
    return this.#states.get(keyOf(files)) ?? ABSENT;
  }

  need(files: ModelFiles, assets: AssetSource): void {
    const { phase } = this.state(files);
    if (phase === "absent" || phase === "failed") {
      this.#report(keyOf(files), { phase: "loading", loaded: 0, total: totalOf(files) });
      void this.#load(files, assets);
    }
  }

  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  async #load(files: ModelFiles, assets: AssetSource): Promise<void> {
    const key = keyOf(files);
    const attempt = Symbol(key);
    this.#attempts.set(key, attempt);
    const isCurrent = (): boolean => this.#attempts.get(key) === attempt;
    try {
      const report: Progress = (loaded, total) => {
        if (isCurrent()) {
          this.#report(key, { phase: "loading", loaded, total });
        }
      };
      const [client, [description, weights]] = await Promise.all([
        this.#worker(assets),
        this.#fetch(files, assets, report),
      ]);
      const text = new TextDecoder().decode(description);
      const info = await client.call("load", key, { description: text, weights });
      const parsed = JSON.parse(text) as Record<string, unknown>;
      this.#report(key, { phase: "ready", model: { key, client, info, description: parsed } });
      this.#forget(files, assets, false); // the worker has the weights; nobody else needs them
    } catch (error) {
      this.#attempts.delete(key);
      const failure = failureOf(error);
      this.#forget(files, assets, failure.reason === "damaged");
      this.#report(key, failure);
    }
  }

  /** Both files, checked. Their progress is told as one. */
  #fetch(files: ModelFiles, assets: AssetSource, report: Progress): Promise<[ArrayBuffer, ArrayBuffer]> {
    const loaded = { description: 0, weights: 0 };
    const load = async (file: keyof ModelFiles): Promise<ArrayBuffer> => {
      const bytes = await assets.load(files[file].asset, (now) => {
        loaded[file] = now;
        report(loaded.description + loaded.weights, totalOf(files));
      });
      await check(files[file], bytes);
      return bytes;
    };
    return Promise.all([load("description"), load("weights")]);
  }

  #forget(files: ModelFiles, assets: AssetSource, isDamaged: boolean): void {
    assets.forget(files.description.asset, isDamaged);
    assets.forget(files.weights.asset, isDamaged);
  }

  /** The one worker, started with the first model; after a failure another attempt is made when one is needed. */
  #worker(assets: AssetSource): Promise<ModelClient> {
    const start = async (): Promise<ModelClient> => {
      try {
        const program = await assets.load(PROGRAM);
        const port = await this.#start(program, (error) => this.#breakDown(error));
        assets.forget(PROGRAM, false);
        return new ModelClient(port);
      } catch (error) {
        this.#client = null;
        assets.forget(PROGRAM, !isLostConnection(error));
        throw error;
      }
    };
    this.#client ??= start();
    return this.#client;
  }

  /** A worker that broke down takes all its models with it; the next one that is needed starts another. */
  #breakDown(error: Error): void {
    void this.#client?.then((client) => client.fail(error));
    this.#client = null;
    for (const [key, { phase }] of this.#states) {
      if (phase === "ready") {
        this.#report(key, { phase: "failed", reason: "stopped", detail: error.message });
      }
    }
  }

  #report(key: string, state: ModelState): void {
    this.#states.set(key, state);
    [...this.#listeners].forEach((listener) => listener());
  }
}

function keyOf({ description, weights }: ModelFiles): string {
  return `${description.sha256}.${weights.sha256}`;
}

function totalOf({ description, weights }: ModelFiles): number {
  return description.bytes + weights.bytes;
}

/** Throws unless these are the bytes that were announced. Without a secure connection a browser offers no digest. */
async function check({ asset, bytes: declared, sha256 }: FileFacts, bytes: ArrayBuffer): Promise<void> {
  if (bytes.byteLength !== declared) {
    throw new DamagedFile(`${asset}: ${bytes.byteLength} bytes of ${declared}`);
  }
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) {
    return;
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) {
    throw new DamagedFile(`${asset}: SHA-256 ${found.slice(0, 12)}…, expected ${sha256.slice(0, 12)}…`);
  }
}

/** What `fetch` rejects with when nothing answers, or no longer, is a TypeError; all else is about the bytes. */
function isLostConnection(error: unknown): boolean {
  return error instanceof TypeError;
}

function failureOf(error: unknown): Extract<ModelState, { phase: "failed" }> {
  const detail = error instanceof Error ? error.message : String(error);
  return { phase: "failed", reason: isLostConnection(error) ? "unreachable" : "damaged", detail };
}

let pageModels: PageModels | null = null;

/** The models of this page, with the files of one home. However many widgets and homes: each model is loaded once. */
export function modelsFrom(assets: AssetSource): Models {
  const store = (): PageModels => (pageModels ??= new PageModels());
  return {
    state: (files) => store().state(files),
    need: (files) => store().need(files, assets),
    onChange: (callback) => store().onChange(callback),
  };
}
