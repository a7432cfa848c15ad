/** The host beside a kernel: what anywidget calls in JupyterLab, Notebook, VS Code and Colab. */

import type { Context, Model, Progress, View } from "./context.js";
import { failureMessage } from "./message.js";
import { modelsFrom, type AssetSource } from "./models.js";
import { viewOf } from "./registry.js";
import { isLang, translator } from "./strings.js";

/** The part of anywidget's model that is used; the same in its versions 0.9 and 0.11. */
export interface KernelModel {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  on(event: string, callback: (...values: unknown[]) => void): void;
  off(event: string, callback: (...values: unknown[]) => void): void;
  save_changes(): void;
  send(content: unknown): void;
}

/** Some front ends hand over a buffer, others a window into a larger one. */
type Bytes = ArrayBuffer | ArrayBufferView;

interface AssetMessage {
  type: string;
  name?: string;
  bytes?: number;
  message?: string;
}

const ANSWER_TIME = 60_000; // ms: a kernel that computes something long answers late, one that is gone never does

/** Wraps anywidget's model, and remembers the listeners, so that closing the view leaves none behind. */
function adapt(kernel: KernelModel): { model: Model; release: () => void } {
  const releases = new Set<() => void>();
  const model: Model = {
    get: <T>(key: string) => kernel.get(key) as T,
    set: (key, value) => kernel.set(key, value),
    on: (event, callback) => {
      const listener = (): void => callback();
      kernel.on(event, listener);
      const release = (): void => {
        kernel.off(event, listener);
        releases.delete(release);
      };
      releases.add(release);
      return release;
    },
    save: () => kernel.save_changes(),
  };
  return {
    model,
    release: () => releases.forEach((release) => release()),
  };
}

/** Assets already asked of a kernel; all views of one model share them. */
const loads = new WeakMap<KernelModel, Map<string, Promise<ArrayBuffer>>>();

function loadAsset(kernel: KernelModel, name: string): Promise<ArrayBuffer> {
  const ofModel = loads.get(kernel) ?? new Map<string, Promise<ArrayBuffer>>();
  loads.set(kernel, ofModel);
  const known = ofModel.get(name);
  if (known !== undefined) {
    return known;
  }
  const load = requestAsset(kernel, name).catch((error: unknown) => {
    ofModel.delete(name); // asking again tries again
    throw error;
  });
  ofModel.set(name, load);
  return load;
}

function requestAsset(kernel: KernelModel, name: string): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      kernel.off("msg:custom", listener);
    };
    const listener = (message: unknown, buffers: unknown = []): void => {
      if (!isAnswer(message, name)) {
        return;
      }
      finish();
      resolve(Promise.resolve().then(() => bytesOf(message, buffers as Bytes[]))); // what it throws rejects the promise
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`the kernel did not answer within ${ANSWER_TIME / 1000} seconds`));
    }, ANSWER_TIME);
    kernel.on("msg:custom", listener);
    kernel.send({ type: "asset-request", name });
  });
}

function isAnswer(message: unknown, name: string): message is AssetMessage {
  const { type, name: named = name } = message as Partial<AssetMessage>;
  return (type === "asset" || type === "asset-error") && named === name;
}

function bytesOf(message: AssetMessage, buffers: Bytes[]): ArrayBuffer {
  if (message.type === "asset-error") {
    throw new Error(message.message ?? "the kernel has no such asset");
  }
  if (buffers.length !== 1) {
    throw new Error(`the kernel sent ${buffers.length} buffers, expected 1`);
  }
  const bytes = copyOf(buffers[0]);
  if (bytes.byteLength !== message.bytes) {
    throw new Error(`truncated: ${bytes.byteLength} bytes of ${message.bytes}`);
  }
  return bytes;
}

function copyOf(buffer: Bytes): ArrayBuffer {
  if (ArrayBuffer.isView(buffer)) {
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice().buffer;
  }
  return buffer;
}

/**
 * Calls back as soon as `element` is in the page. JupyterLab renders a view first and puts it there later; until then it
 * has neither size nor colors. The function that comes back stops the waiting.
 */
function whenInPage(element: HTMLElement, callback: () => void): () => void {
  if (element.isConnected) {
    callback();
    return () => undefined;
  }
  const observer = new ResizeObserver(() => {
    if (element.isConnected) {
      observer.disconnect();
      callback();
    }
  });
  observer.observe(element);
  return () => observer.disconnect();
}

function contextOf(kernel: KernelModel, model: Model): Context {
  const given = kernel.get("lang");
  const lang = isLang(given) ? given : "en";
  const assets: AssetSource = {
    load: async (name: string, onProgress?: Progress) => {
      const bytes = await loadAsset(kernel, name);
      onProgress?.(bytes.byteLength, bytes.byteLength);
      return bytes;
    },
    forget: (name) => loads.get(kernel)?.delete(name),
  };
  return {
    model,
    t: translator(lang),
    lang,
    loadAsset: (name, onProgress) => assets.load(name, onProgress),
    forgetAsset: (name) => assets.forget(name, true),
    models: modelsFrom(assets),
    home: "kernel",
    shareLink: null,
  };
}

/** Shows a widget in `el`; the function that comes back takes it away. */
export function render({ model: kernel, el }: { model: KernelModel; el: HTMLElement }): () => void {
  const { model, release } = adapt(kernel);
  const context = contextOf(kernel, model);
  const root = document.createElement("div");
  root.className = "attn-root";
  el.append(root);
  let view: View | null = null;
  const stopWaiting = whenInPage(root, () => {
    try {
      view = viewOf(kernel.get("kind"))(root, context);
    } catch (error) {
      console.error(error);
      release();
      root.replaceChildren(failureMessage(context.t, "host.failed", error));
    }
  });
  return () => {
    stopWaiting();
    view?.destroy();
    release();
    root.remove();
  };
}
