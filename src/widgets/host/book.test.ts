// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { explorerState } from "../test/states.js";
import { defineElement, ELEMENT } from "./book.js";
import type { Context, View } from "./context.js";
import type { State } from "./fields.js";

const mounted = vi.hoisted(() => ({ contexts: [] as Context[], fails: false, destroyed: 0 }));
const TOO_MUCH = 77; // a divisor that the view below cannot show

vi.mock("./registry.js", () => ({
  viewOf:
    () =>
    (root: HTMLElement, context: Context): View => {
      root.textContent = "half drawn";
      if (mounted.fails || context.model.get("divide_by") === TOO_MUCH) {
        throw new Error("<b>broken</b>");
      }
      mounted.contexts.push(context);
      root.textContent = "drawn";
      return { destroy: () => (mounted.destroyed += 1) };
    },
}));

function staticCopy(): HTMLElement {
  const table = document.createElement("table");
  table.insertRow().insertCell().textContent = "0.62";
  return table;
}

function addWidget(state: State | string): HTMLElement {
  const element = addWaiting(state);
  vi.advanceTimersByTime(0);
  return element;
}

function addWaiting(state: State | string): HTMLElement {
  const element = document.createElement(ELEMENT);
  const json = typeof state === "string" ? state : JSON.stringify(state);
  const script = document.createElement("script");
  script.type = "application/json";
  script.textContent = json;
  element.append(script, staticCopy());
  element.scrollIntoView = vi.fn();
  document.body.append(element);
  return element;
}

function comeFrom(hash: string): void {
  history.replaceState(null, "", `/chapter.html?q=1${hash}`);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  defineElement();
  defineElement(); // a page may load the module twice
  comeFrom("");
});

afterEach(() => {
  document.body.replaceChildren();
  document.documentElement.lang = "en";
  Object.assign(mounted, { contexts: [], fails: false, destroyed: 0 });
});

describe("<attn-widget>", () => {
  test("the view takes the place of the static copy", () => {
    const element = addWidget(explorerState());
    expect(element.textContent).toBe("drawn");
    expect(element.querySelector("table")).toBeNull();
    expect([mounted.contexts[0].home, mounted.contexts[0].lang]).toEqual(["book", "en"]);
  });

  test("each widget of a page starts in a task of its own", () => {
    const both = [explorerState(), explorerState()].map(addWaiting);
    expect(both.map((element) => element.textContent)).not.toContain("drawn");
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(0);
    expect(both.map((element) => element.textContent)).toEqual(["drawn", "drawn"]);
  });

  test("a view that cannot start leaves the static copy, and a message as text", () => {
    mounted.fails = true;
    const element = addWidget(explorerState({ lang: "zh" }));
    expect(element.querySelector("td")?.textContent).toBe("0.62");
    expect(element.querySelector(".attn-failure")?.textContent).toContain("<b>broken</b>");
    expect(element.querySelector("b")).toBeNull();
    expect(element.textContent).not.toContain("half drawn");
  });

  test.each([
    ["broken JSON", "{"],
    ["no object", "null"],
    ["another version", explorerState({ version: 7 })],
    ["tokens that are no texts", explorerState({ tokens: [{}] })],
    ["broken defaults", explorerState({ defaults: { follow: 99 } })],
  ])("%s: the static copy stays, with a message", (_, state) => {
    const element = addWidget(state);
    expect(element.querySelector("td")?.textContent).toBe("0.62");
    expect(element.querySelector(".attn-failure")).not.toBeNull();
    expect(mounted.contexts).toEqual([]);
  });

  test("the message speaks the language of the page", () => {
    document.documentElement.lang = "zh-CN";
    expect(addWidget("{").querySelector(".attn-failure")?.textContent).toMatch(/无法/);
  });

  test("taken out of the page it is destroyed; put back it starts anew from its static copy", () => {
    const element = addWidget(explorerState());
    element.remove();
    expect(mounted.destroyed).toBe(1);
    expect(element.querySelector("td")?.textContent).toBe("0.62");
    document.body.append(element);
    vi.advanceTimersByTime(0);
    expect([element.textContent, mounted.contexts.length]).toEqual(["drawn", 2]);
  });

  test("while the page is still being read the element waits for its state", () => {
    const loading = vi.spyOn(document, "readyState", "get").mockReturnValue("loading");
    const element = addWidget(explorerState());
    expect(mounted.contexts).toEqual([]);
    loading.mockRestore();
    document.dispatchEvent(new Event("DOMContentLoaded"));
    vi.advanceTimersByTime(0);
    expect(element.textContent).toBe("drawn");
  });
});

describe("the address", () => {
  const later = (): Promise<unknown> => vi.advanceTimersByTimeAsync(300);

  test("holds what differs from the defaults, a moment after it is saved", async () => {
    addWidget(explorerState());
    const [{ model }] = mounted.contexts;
    const replace = vi.spyOn(history, "replaceState");
    for (const temperature of [2, 3, 4]) {
      model.set("divide_by", temperature);
      model.save();
    }
    expect(location.hash).toBe("");
    await later();
    expect(location.hash).toBe("#attn&explorer.divide_by=4");
    expect(replace).toHaveBeenCalledTimes(1);
    model.set("divide_by", "sqrt");
    model.save();
    await later();
    expect(location.href).toMatch(/\/chapter\.html\?q=1$/);
    replace.mockRestore();
  });

  test("two widgets share it", async () => {
    addWidget(explorerState());
    addWidget(explorerState({ widget_id: "other" }));
    for (const { model } of mounted.contexts) {
      model.set("follow", 0);
      model.save();
    }
    await later();
    expect(location.hash).toBe("#attn&explorer.follow=0&other.follow=0");
  });

  test("an ordinary anchor is never touched", async () => {
    comeFrom("#the-scale");
    const element = addWidget(explorerState());
    const [{ model, shareLink }] = mounted.contexts;
    model.set("follow", 0);
    model.save();
    await later();
    expect(location.hash).toBe("#the-scale");
    expect(shareLink?.()).toMatch(/\/chapter\.html\?q=1#attn&explorer\.follow=0$/);
    expect(element.scrollIntoView).not.toHaveBeenCalled();
  });

  test("is applied on load, and the page scrolls to the widget that it names first", () => {
    comeFrom("#attn&explorer.follow=1&other.follow=2");
    const [first, other] = [addWidget(explorerState()), addWidget(explorerState({ widget_id: "other" }))];
    expect(mounted.contexts.map(({ model }) => model.get("follow"))).toEqual([1, 2]);
    expect(first.scrollIntoView).toHaveBeenCalledTimes(1);
    expect(other.scrollIntoView).not.toHaveBeenCalled();
  });

  test("that asks for what a view cannot show leaves the widget as the page has it, and says so", () => {
    comeFrom(`#attn&explorer.divide_by=${TOO_MUCH}`);
    const element = addWidget(explorerState());
    expect(mounted.contexts.map(({ model }) => model.get("divide_by"))).toEqual(["sqrt"]);
    expect(element.querySelector(".attn-failure")?.textContent).toContain("The link asks for something");
    expect(element.querySelector(".attn-root")?.textContent).toBe("drawn");
    expect(console.error).not.toHaveBeenCalled();
  });

  test("is followed when it changes; what it does not name goes back to the defaults", () => {
    addWidget(explorerState());
    const [{ model }] = mounted.contexts;
    model.set("divide_by", "one");
    comeFrom("#attn&explorer.follow=1&explorer.locked=nowhere");
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    expect([model.get("follow"), model.get("divide_by"), model.get("locked")]).toEqual([1, "sqrt", null]);
    comeFrom("#the-scale");
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    expect(model.get("follow")).toBe(1);
  });

  test("nothing is written for a widget that is gone", async () => {
    const element = addWidget(explorerState());
    const [{ model }] = mounted.contexts;
    model.set("follow", 0);
    model.save();
    element.remove();
    await later();
    expect(location.hash).toBe("");
  });
});

test("without a place for its assets, a page says so and fetches nothing", async () => {
  addWidget(explorerState());
  await expect(mounted.contexts[0].loadAsset("words")).rejects.toThrow('where the asset "words" is');
});
