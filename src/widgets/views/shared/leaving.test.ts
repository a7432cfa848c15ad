// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import * as real from "./leaving.js";
import { trailing } from "./schedule.js";

type Module = typeof real;
const FILE = "views/shared/leaving.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function open({ readOnLeaving }: Module) {
  const closing = new AbortController();
  const box = document.createElement("input");
  const read = vi.fn();
  const typed = trailing(read, 120);
  readOnLeaving(box, typed, closing.signal);
  const tell = (type: string): void => {
    window.dispatchEvent(new PointerEvent(type));
  };
  const leave = (): boolean => box.dispatchEvent(new FocusEvent("blur"));
  return { typed, read, tell, leave, close: () => closing.abort() };
}

function check(module: Module): void {
  const { typed, read, tell, leave, close } = open(module);
  typed.request();
  leave();
  expect(read, "left by the keyboard: at once").toHaveBeenCalledTimes(1);
  for (const end of ["pointerup", "pointercancel"]) {
    read.mockClear();
    typed.request();
    tell("pointerdown");
    leave();
    vi.advanceTimersByTime(1000);
    expect(read, "nothing moves under a press").not.toHaveBeenCalled();
    tell(end);
    expect(read, "the click comes first").not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(read).toHaveBeenCalledTimes(1);
  }
  read.mockClear();
  tell("pointerdown");
  typed.request();
  leave();
  typed.cancel(); // an example takes the place of what was typed
  tell("pointerup");
  vi.advanceTimersByTime(1000);
  expect(read).not.toHaveBeenCalled();
  typed.request();
  leave();
  expect(read, "the press is over").toHaveBeenCalledTimes(1);
  close();
  typed.request();
  leave();
  expect(read).toHaveBeenCalledTimes(1);
  typed.cancel();
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "what is typed is read under the press": ["if (isPressed)", "if (false)"],
  "what is typed is read by its timer": ["typed.hold();", ""],
  "what is typed is read before the click": ["setTimeout(() => typed.flush());", "typed.flush();"],
  "a press never ends": ["isPressed = false;\n    if", "if"],
  "a canceled press is not heard of": ['["pointerup", "pointercancel"]', '["pointerup"]'],
  "a press by itself reads": ["isLeft = true;", "typed.flush();"],
  "what outlives its view": ['blur", signal,', 'blur", new AbortController().signal,'],
};

describe("a box that is left", () => {
  test("is read", () => check(real));

  test.each(Object.entries(MISTAKES))("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<Module>(FILE, mistake);
    expect(() => check(mutant)).toThrow();
  });
});
