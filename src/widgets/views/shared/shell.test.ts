// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Context } from "../../host/context.js";
import { PageModel } from "../../host/page-model.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { element } from "./dom.js";
import * as real from "./shell.js";

type Module = typeof real;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame"],
  });
});

afterEach(() => {
  document.body.replaceChildren();
  document.documentElement.removeAttribute("data-theme");
  vi.useRealTimers();
});

/** A shell around one paragraph, and what it told and saved. */
function open({ Shell }: Module) {
  const model = new PageModel({ first: 1, x_axis: "a", other: 0 }, () => undefined);
  const told: string[] = [];
  const save = vi.spyOn(model, "save");
  const context = { model, t: (key: string) => key, lang: "zh", shareLink: null } as unknown as Context;
  const shell = new Shell({
    ...{ context, name: "attn-some", traits: { first: "first", xAxis: "x_axis" } },
    draw: () => told.push(`drawn ${model.get<number>("first")}${model.get<string>("x_axis")}`),
    onOutside: () => told.push("outside"),
  });
  shell.open(document.body, [element("p")], {
    onReset: () => told.push("reset"),
    code: () => "",
    exports: [],
  });
  return { model, told, save, shell, frame: () => vi.advanceTimersByTime(17) };
}

function check(module: Module): void {
  const { model, told, save, shell, frame } = open(module);
  const root = document.querySelector(".attn.attn-some");
  expect(root?.getAttribute("lang")).toBe("zh");
  expect(root?.querySelector(".attn-card > p"), "the sections stand in the card").not.toBeNull();
  expect(told.splice(0), "it is drawn at once").toEqual(["drawn 1a"]);

  shell.set({ first: 2, xAxis: "b" });
  shell.set({ first: 3 });
  frame();
  expect(told.splice(0), "two changes, one drawing, and none of them from outside").toEqual(["drawn 3b"]);
  expect(save, "a kernel hears of it a moment later").not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(save).toHaveBeenCalledTimes(1);

  model.set("x_axis", "c");
  model.set("other", 1);
  frame();
  expect(told.splice(0), "a change from outside is told, then drawn").toEqual(["outside", "drawn 3c"]);

  shell.set({ first: 4 });
  shell.close();
  expect(save, "nothing is lost by closing").toHaveBeenCalledTimes(2);
  model.set("first", 5);
  frame();
  expect(told, "a closed widget draws no more").toEqual([]);
  expect(document.querySelector(".attn")).toBeNull();
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "its own changes count as outside": ["this.#isOwn = true;", ""],
  "traits by the names of the view": [
    "context.model.set(traits[name], value)",
    "context.model.set(name, value)",
  ],
  "closing forgets to save": [
    "  close(): void {\n    this.#sync.flush();",
    "  close(): void {\n    this.#sync.cancel();",
  ],
  "it listens after the end": ["stops.forEach((stop) => stop())", "stops.slice(1).forEach((stop) => stop())"],
  "each change is saved at once": ["this.#sync.request();", "context.model.save();"],
};

describe("the shell of a view", () => {
  test("is right", () => check(real));

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<Module>("views/shared/shell.ts", mistake);
    expect(() => check(mutant)).toThrow();
  });

  test("colors are read again when the page changes its scheme", async () => {
    vi.useRealTimers();
    const { told, shell } = open(real);
    const before = shell.palette;
    expect(shell.palette, "they are kept while the scheme is").toBe(before);
    document.documentElement.setAttribute("data-theme", "dark");
    await vi.waitFor(() => expect(shell.palette).not.toBe(before));
    await vi.waitFor(() => expect(told).toEqual(["drawn 1a", "drawn 1a"]));
    shell.close();
  });
});
