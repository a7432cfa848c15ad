// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TokenStrip } from "./tokens.js";

const COUNT = 100;
const IN_ROW = 10;
const ROW = 60; // pixels
const VIEW = 2 * ROW;
const nothing = (): void => undefined;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A strip of words in rows of ten, of which a bit more than two rows are in sight. */
function open(count = COUNT): { strip: TokenStrip; colors: () => string[] } {
  const { signal } = new AbortController();
  const strip = new TokenStrip({
    label: "words",
    deleteLabel: (word) => word,
    onPick: nothing,
    onMove: nothing,
    onDelete: nothing,
    onHover: nothing,
    signal,
  });
  const words = Array.from({ length: count }, (_, index) => [
    { text: `word${index}`, remark: "", continued: false, unknown: false },
  ]);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(VIEW);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(ROW - 8);
  vi.spyOn(HTMLElement.prototype, "offsetTop", "get").mockImplementation(function (this: HTMLElement) {
    return 10 + ROW * Math.floor([...strip.element.children].indexOf(this) / IN_ROW);
  });
  strip.setWords(words);
  const swatches = [...strip.element.querySelectorAll<HTMLElement>(".attn-swatch")];
  return { strip, colors: () => swatches.map((swatch) => swatch.style.backgroundColor) };
}

const feet = (color: string, count = COUNT): { text: string; color: string }[] =>
  Array.from({ length: count }, () => ({ text: "", color }));

/** The tokens of a color. */
const placesOf = (colors: readonly string[], color: string): number[] =>
  colors.flatMap((each, index) => (each === color ? [index] : []));

test("new words are colored at once, all of them", () => {
  const { strip, colors } = open();
  strip.setFeet(feet("red"));
  expect(placesOf(colors(), "red")).toHaveLength(COUNT);
});

test("of many words those in sight change at once, and the others at rest", () => {
  const { strip, colors } = open();
  strip.setFeet(feet("red"));
  strip.setFeet(feet("blue"));
  expect(placesOf(colors(), "blue")).toEqual(Array.from({ length: 2 * IN_ROW }, (_, index) => index));
  vi.advanceTimersByTime(1000);
  expect(placesOf(colors(), "blue")).toHaveLength(COUNT);
});

test("of many words those that are scrolled to have their color before they are seen", () => {
  const { strip, colors } = open();
  strip.setFeet(feet("red"));
  strip.setFeet(feet("blue"));
  strip.element.dispatchEvent(new Event("scroll"));
  expect(placesOf(colors(), "blue")).toHaveLength(COUNT);
  strip.element.scrollTop = 4 * ROW;
  strip.setFeet(feet("green"));
  const [first] = placesOf(colors(), "green");
  expect(placesOf(colors(), "green")).toEqual(
    Array.from({ length: 3 * IN_ROW }, (_, index) => first + index),
  );
  expect(first, "a row of which the last pixels are in sight").toBe(3 * IN_ROW);
});

test("a few words change at once", () => {
  const { strip, colors } = open(30);
  strip.setFeet(feet("red", 30));
  strip.setFeet(feet("blue", 30));
  expect(placesOf(colors(), "blue")).toHaveLength(30);
});

test("one token is picked and two are lit, and no other one stays so", () => {
  const { strip } = open(5);
  const marked = (selector: string): string[] =>
    [...strip.element.querySelectorAll(selector)].map((each) => each.textContent);
  strip.setPicked(1);
  strip.setPicked(3);
  expect(marked("[aria-pressed='true']")).toEqual(["word3"]);
  expect(marked("[aria-pressed='false']")).toHaveLength(4);
  strip.setLit(0, 2);
  strip.setLit(2, 4);
  expect(marked("[data-lit='query']")).toEqual(["word2"]);
  expect(marked("[data-lit='key']")).toEqual(["word4"]);
  strip.setLit(-1, -1);
  strip.setPicked(-1);
  expect(marked("[data-lit], [aria-pressed='true']")).toEqual([]);
});
