// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { questionState } from "../test/states.js";
import type { Context, View } from "./context.js";
import { render, type KernelModel } from "./kernel.js";

const mounted = vi.hoisted(() => ({ context: null as Context | null, fails: false, destroyed: 0 }));

vi.mock("./registry.js", () => ({
  viewOf: (kind: unknown) => {
    if (kind !== "question") {
      throw new Error(`no widget of kind ${String(kind)}`);
    }
    return (root: HTMLElement, context: Context): View => {
      root.textContent = "half drawn";
      if (mounted.fails) {
        throw new Error("<b>broken</b>");
      }
      mounted.context = context;
      root.textContent = "drawn";
      return { destroy: () => (mounted.destroyed += 1) };
    };
  },
}));

type Listener = (...values: unknown[]) => void;

/** What anywidget hands to a view. */
class FakeKernel implements KernelModel {
  readonly listeners: [string, Listener][] = [];
  readonly sent: unknown[] = [];
  saves = 0;
  readonly state: Record<string, unknown>;

  constructor(state: Record<string, unknown>) {
    this.state = state;
  }
  get(key: string): unknown {
    return this.state[key];
  }
  set(key: string, value: unknown): void {
    this.state[key] = value;
    this.emit(`change:${key}`, this, value);
  }
  on(event: string, callback: Listener): void {
    this.listeners.push([event, callback]);
  }
  off(event: string, callback: Listener): void {
    const place = this.listeners.findIndex(([name, listener]) => name === event && listener === callback);
    this.listeners.splice(place, place === -1 ? 0 : 1);
  }
  save_changes(): void {
    this.saves += 1;
  }
  send(content: unknown): void {
    this.sent.push(content);
  }
  emit(event: string, ...values: unknown[]): void {
    this.listeners.filter(([name]) => name === event).forEach(([, listener]) => listener(...values));
  }
}

function start(state = questionState()): {
  kernel: FakeKernel;
  el: HTMLElement;
  close: () => void;
  context: Context;
} {
  const kernel = new FakeKernel(state);
  const el = document.createElement("div");
  document.body.append(el);
  const close = render({ model: kernel, el });
  return { kernel, el, close, context: mounted.context as Context };
}

beforeEach(() => {
  vi.useRealTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  Object.assign(mounted, { context: null, fails: false, destroyed: 0 });
});

describe("render", () => {
  test("the view stands in the cell and speaks the widget's language", () => {
    const { el, context } = start(questionState({ lang: "zh" }));
    expect(el.textContent).toBe("drawn");
    expect([context.home, context.lang, context.shareLink]).toEqual(["kernel", "zh", null]);
    expect(context.t("question.again")).not.toBe("Try again");
  });

  test("an unknown language is English", () => {
    expect(start(questionState({ lang: "fr" })).context.lang).toBe("en");
  });

  test("a view waits until its cell is in the page, where it has size and colors", () => {
    const observers: [ResizeObserverCallback, { disconnected: boolean }][] = [];
    class FakeObserver {
      readonly state = { disconnected: false };
      constructor(callback: ResizeObserverCallback) {
        observers.push([callback, this.state]);
      }
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = (): void => void (this.state.disconnected = true);
    }
    vi.stubGlobal("ResizeObserver", FakeObserver);
    const el = document.createElement("div");
    const close = render({ model: new FakeKernel(questionState()), el });
    const [[callback, state]] = observers;
    const tell = (): void => callback([], {} as ResizeObserver);
    tell();
    expect([el.textContent, mounted.context]).toEqual(["", null]);
    document.body.append(el);
    tell();
    expect([el.textContent, state.disconnected]).toEqual(["drawn", true]);
    close();
    expect(mounted.destroyed).toBe(1);
    render({ model: new FakeKernel(questionState()), el: document.createElement("div") })(); // closed before it was seen
    expect([observers[1][1].disconnected, mounted.destroyed]).toEqual([true, 1]);
    vi.unstubAllGlobals();
  });

  test("the model passes everything on", () => {
    const { kernel, context } = start();
    const heard = vi.fn<(...values: unknown[]) => void>();
    const stop = context.model.on("change:picked", heard);
    context.model.set("picked", 1);
    context.model.save();
    expect([kernel.state["picked"], kernel.saves, context.model.get("picked")]).toEqual([1, 1, 1]);
    expect(heard.mock.calls).toEqual([[]]);
    stop();
    kernel.set("picked", 0);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test("closing the view leaves no listener and no element behind", () => {
    const { kernel, el, close, context } = start();
    context.model.on("change:picked", vi.fn());
    context.model.on("change", vi.fn());
    close();
    expect([kernel.listeners.length, el.childNodes.length, mounted.destroyed]).toEqual([0, 0, 1]);
  });

  test("a view that cannot start leaves a message, as text, and no listener", () => {
    mounted.fails = true;
    const { el, close, kernel } = start();
    expect(el.textContent).toContain("<b>broken</b>");
    expect(el.querySelector("b")).toBeNull();
    expect(el.textContent).not.toContain("half drawn");
    expect(kernel.listeners.length).toBe(0);
    close();
    expect(el.childNodes.length).toBe(0);
  });

  test("an unknown kind says so", () => {
    expect(start(questionState({ kind: "decoder" })).el.textContent).toContain("decoder");
  });
});

describe("loadAsset", () => {
  const answer = { type: "asset", name: "words", bytes: 3 };
  const bytes = Uint8Array.of(9, 1, 2, 3, 9);

  test.each([
    ["a buffer", bytes.slice(1, 4).buffer],
    ["a window into a larger buffer", new DataView(bytes.buffer, 1, 3)],
    ["an array", bytes.subarray(1, 4)],
  ])("takes %s", async (_, buffer) => {
    const { kernel, context } = start();
    const progress = vi.fn();
    const load = context.loadAsset("words", progress);
    expect(kernel.sent).toEqual([{ type: "asset-request", name: "words" }]);
    kernel.emit("msg:custom", { type: "asset", name: "other", bytes: 0 }, [new ArrayBuffer(0)]);
    kernel.emit("msg:custom", { type: "something else" });
    kernel.emit("msg:custom", answer, [buffer]);
    expect(new Uint8Array(await load)).toEqual(Uint8Array.of(1, 2, 3));
    expect(progress.mock.calls).toEqual([[3, 3]]);
    expect(kernel.listeners.length).toBe(0);
  });

  test("asks the kernel once for all views of a model", async () => {
    const { kernel, context } = start();
    const loads = [context.loadAsset("words"), context.loadAsset("words")];
    kernel.emit("msg:custom", answer, [bytes.slice(1, 4).buffer]);
    await Promise.all(loads);
    await context.loadAsset("words");
    expect(kernel.sent.length).toBe(1);
    context.forgetAsset("words"); // it was no table
    void context.loadAsset("words");
    expect(kernel.sent.length).toBe(2);
  });

  test.each([
    [
      "an error of the kernel",
      { type: "asset-error", name: "words", message: "words.safetensors is missing" },
      [],
      /is missing/,
    ],
    ["an error without a name", { type: "asset-error", message: "no such file" }, [], /no such file/],
    ["too few bytes", answer, [new ArrayBuffer(2)], /2 bytes of 3/],
    ["no buffer", answer, undefined, /0 buffers, expected 1/],
  ])("%s is told, and asking again asks again", async (_, message, buffers, expected) => {
    const { kernel, context } = start();
    const load = context.loadAsset("words");
    kernel.emit("msg:custom", message, buffers);
    await expect(load).rejects.toThrow(expected);
    const again = context.loadAsset("words");
    kernel.emit("msg:custom", answer, [bytes.slice(1, 4).buffer]);
    expect((await again).byteLength).toBe(3);
  });

  test("a kernel that is gone does not keep the reader waiting for ever", async () => {
    vi.useFakeTimers();
    const { kernel, context } = start();
    const load = context.loadAsset("words");
    const failure = expect(load).rejects.toThrow(/did not answer within 60 seconds/);
    await vi.advanceTimersByTimeAsync(60_000);
    await failure;
    expect(kernel.listeners.length).toBe(0);
  });
});
