import { expect, test, vi } from "vitest";
import { PageModel } from "./page-model.js";

test("a change is told once to those who listen for its field, and to those who listen for any", () => {
  const model = new PageModel({ follow: 1, tokens: ["a"] }, vi.fn());
  const [follow, tokens, any] = [vi.fn(), vi.fn(), vi.fn()];
  model.on("change:follow", follow);
  model.on("change:tokens", tokens);
  const stop = model.on("change", any);
  model.set("follow", 2);
  model.set("follow", 2);
  model.set("tokens", ["a"]); // another list, the same value
  expect([follow, tokens, any].map((listener) => listener.mock.calls.length)).toEqual([1, 0, 1]);
  expect(model.get("follow")).toBe(2);
  stop();
  model.set("follow", 3);
  expect([follow.mock.calls.length, any.mock.calls.length]).toEqual([2, 1]);
});

test("several fields change together: nobody sees new tokens with old labels", () => {
  const model = new PageModel({ tokens: ["a"], labels: ["A"] }, vi.fn());
  const seen: unknown[] = [];
  model.on("change:tokens", () => seen.push([model.get("tokens"), model.get("labels")]));
  model.on("change", () => seen.push("any"));
  model.assign({ tokens: ["b", "c"], labels: ["B", "C"] });
  expect(seen).toEqual([
    [
      ["b", "c"],
      ["B", "C"],
    ],
    "any",
  ]);
});

test("saving hands over a copy of the state", () => {
  const onSave = vi.fn<(state: Record<string, unknown>) => void>();
  const state = { follow: 1 };
  const model = new PageModel(state, onSave);
  model.set("follow", 2);
  expect(onSave).not.toHaveBeenCalled();
  model.save();
  onSave.mock.calls[0][0]["follow"] = 9;
  expect([model.get("follow"), state.follow]).toEqual([2, 1]);
});

test("a listener may leave while it is told", () => {
  const model = new PageModel({ follow: 1 }, vi.fn());
  const second = vi.fn();
  const stop = model.on("change:follow", () => stop());
  model.on("change:follow", second);
  model.set("follow", 2);
  model.set("follow", 3);
  expect(second).toHaveBeenCalledTimes(2);
});
