import { interpolateLab } from "d3-interpolate";
import { lab } from "d3-color";
import { expect, test } from "vitest";
import { expectClose, numbersFrom } from "../../test/numbers.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import {
  contrast,
  divergingRamp,
  rampIndex,
  sequentialRamp,
  signedScale,
  weightScale,
  writePixels,
  type Ramp,
} from "./colorscale.js";
import { isolate } from "./direction.js";
import { exact, fixed, short, signed } from "./format.js";
import { placeLabels, type LabelRequest } from "./labels.js";
import { columnX, layoutMatrix, placeAt, rowY, shorten } from "./matrixlayout.js";
import type { Pen } from "./pen.js";
import { slotAt } from "./reorder.js";
import { memo } from "./schedule.js";
import type { Palette } from "./theme.js";

const LIGHT = {
  page: "#ffffff",
  ink: "#1b1f24",
  onStrong: "#ffffff",
  scaleHigh: "#0072b2",
  negative: "#a6611a",
  positive: "#0072b2",
} as Palette;
const DARK = {
  page: "#14181e",
  ink: "#e8ecf1",
  onStrong: "#0d1116",
  scaleHigh: "#56b4e9",
  negative: "#d39a55",
  positive: "#56b4e9",
} as Palette;

/** A pen for which every letter is six pixels wide. */
const RULER = { measure: (text: string) => 6 * [...text].length } as unknown as Pen;

checkedAgainstMistakes<typeof sequentialRamp>(
  "the scale of weights",
  (ramp) => {
    for (const palette of [LIGHT, DARK]) {
      const { css, ink } = ramp(palette);
      expect([css[0], css.at(-1)]).toEqual([palette.page, palette.scaleHigh]);
      const steps = css.slice(1).map((color, step) => Math.abs(lab(color).l - lab(css[step]).l));
      expect(Math.max(...steps), "even steps to the eye").toBeLessThan(
        4 * (steps.reduce((sum, step) => sum + step) / steps.length),
      );
      css.forEach((color, step) => expect(contrast(color, ink[step])).toBeGreaterThanOrEqual(4.5));
    }
  },
  sequentialRamp,
  {
    "text always in ink": (palette) => ({
      ...sequentialRamp(palette),
      ink: sequentialRamp(palette).css.map(() => palette.ink),
    }),
    "upside down": (palette) =>
      sequentialRamp({ ...palette, page: palette.scaleHigh, scaleHigh: palette.page }),
    "steep at one end": (palette) => {
      const real = sequentialRamp(palette);
      const color = interpolateLab(palette.page, palette.scaleHigh);
      return { ...real, css: real.css.map((_, step) => lab(color((step / 256) ** 8)).formatHex()) };
    },
  },
);

checkedAgainstMistakes<(ramp: Ramp, values: Float32Array) => ReturnType<typeof signedScale>>(
  "the scale of signed numbers",
  (scaleOf) => {
    const ramp = divergingRamp(LIGHT);
    const scale = scaleOf(ramp, Float32Array.of(-1, 4, 27.3));
    const color = (value: number): string => ramp.css[rampIndex(scale, value)];
    expect(color(0), "zero is the page").toBe(LIGHT.page);
    expect([color(-99), color(99)]).toEqual([LIGHT.negative, LIGHT.positive]);
    expect(scale.maximum).toBe(28);
    expect(Math.abs(rampIndex(scale, 5) - 128), "as strong on both sides").toBe(
      Math.abs(rampIndex(scale, -5) - 128),
    );
    expect(scaleOf(ramp, new Float32Array(3)).maximum).toBeGreaterThan(0);
  },
  signedScale,
  {
    "from the smallest to the largest": (ramp, values) => ({
      ramp,
      minimum: Math.min(...values),
      maximum: Math.max(...values),
    }),
    "from zero": (ramp, values) => ({ ...signedScale(ramp, values), minimum: 0 }),
  },
);

test("weights of few words share a scale from 0 to 1; with many it ends at the largest", () => {
  const ramp = sequentialRamp(LIGHT);
  expect(weightScale(ramp, Float32Array.of(0.2, 0.1), 2, 24)).toMatchObject({ minimum: 0, maximum: 1 });
  expect(weightScale(ramp, Float32Array.of(0.0123, 0.001), 200, 24).maximum).toBeCloseTo(0.013, 6);
});

test("numbers as text", () => {
  expect([fixed(-0.0001, 2), fixed(-1.25, 1), fixed(0.125, 2)]).toEqual(["0.00", "−1.3", "0.13"]);
  expect([signed(0.05, 2), signed(-0.05, 2), signed(0.001, 2)]).toEqual(["+0.05", "−0.05", "0.00"]);
  expect([exact(6.69939), exact(-0.00001234), exact(0), exact(123456)]).toEqual([
    "6.6994",
    "−1.23\u2009×\u200910⁻⁵",
    "0.0000",
    "1.23\u2009×\u200910⁵",
  ]);
  expect([short(11.3137085), short(128), short(-0.5)]).toEqual(["11.31", "128", "−0.5"]);
});

checkedAgainstMistakes<typeof writePixels>(
  "the colors of many numbers at once",
  (write) => {
    const ramp = divergingRamp(LIGHT);
    for (const scale of [
      { ramp, minimum: -2, maximum: 2 },
      { ramp, minimum: 0, maximum: 0.37 },
    ]) {
      const values = Float32Array.from([-9, -2, -0.4, 0, 0.001, 0.2, 0.37, 2, 9, Infinity, -Infinity]);
      const pixels = new Uint32Array(values.length);
      write(scale, values, pixels);
      expect([...pixels]).toEqual(Array.from(values, (value) => ramp.pixels[rampIndex(scale, value)]));
    }
  },
  writePixels,
  {
    "beyond the scale is blank": (scale, values, pixels) => {
      writePixels(scale, values, pixels);
      pixels.forEach((pixel, index) => (pixels[index] = values[index] > scale.maximum ? 0 : pixel));
    },
    "every scale begins at 0": (scale, values, pixels) =>
      writePixels({ ...scale, minimum: 0 }, values, pixels),
    "colors are rounded down": (scale, values, pixels) => {
      const { ramp, minimum, maximum } = scale;
      values.forEach((value, index) => {
        const step = Math.floor(((value - minimum) / (maximum - minimum)) * (ramp.pixels.length - 1));
        pixels[index] = ramp.pixels[Math.max(0, Math.min(ramp.pixels.length - 1, step))];
      });
    },
  },
);

checkedAgainstMistakes<typeof placeLabels>(
  "labels beside points",
  (place) => {
    const next = numbersFrom(3);
    const bounds = { x: 0, y: 0, width: 300, height: 200 };
    const requests = Array.from({ length: 60 }, (_, index): LabelRequest => ({
      x: 150 + 140 * next(),
      y: 100 + 90 * next(),
      radius: 4,
      width: 40,
      height: 14,
      priority: index,
    }));
    const obstacle = { x: 100, y: 80, width: 60, height: 40 };
    const boxes = place(requests, bounds, [obstacle]);
    const placed = boxes.filter((box) => box !== null);
    expect(placed.length).toBeGreaterThan(10);
    [...placed, obstacle].forEach((box, index, all) => {
      expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 300 && box.y + box.height <= 200).toBe(true);
      for (const other of all.slice(index + 1)) {
        const apart =
          box.x + box.width <= other.x ||
          other.x + other.width <= box.x ||
          box.y + box.height <= other.y ||
          other.y + other.height <= box.y;
        expect(apart, "no label covers another").toBe(true);
      }
    });
    expect(place(requests.slice(-1), bounds, []), "alone, it has its place").not.toContain(null);
    const rivals = [1, 2].map((priority): LabelRequest => ({
      x: 20,
      y: 7,
      radius: 0,
      width: 276,
      height: 14,
      priority,
    }));
    const narrow = { x: 0, y: 0, width: 300, height: 14 };
    expect(
      place(rivals, narrow, []).map((box) => box !== null),
      "the more important one",
    ).toEqual([false, true]);
  },
  placeLabels,
  {
    "all to the right": (requests) =>
      requests.map(({ x, y, radius, width, height }) => ({ x: x + radius + 3, y: y - 7, width, height })),
    "obstacles are ignored": (requests, bounds) => placeLabels(requests, bounds, []),
    "the first comes first": (requests, bounds, obstacles) =>
      placeLabels(
        requests.map((request, index) => ({ ...request, priority: -index })),
        bounds,
        obstacles,
      ),
    "no label at all": (requests) => requests.map(() => null),
  },
);

checkedAgainstMistakes<typeof placeAt>(
  "the cell under a point",
  (place) => {
    const names = { rows: ["i", "ate", "an"], columns: ["i", "ate", "an"] };
    const layout = layoutMatrix(RULER, names, { width: 400, height: 300, rows: 3, columns: 3, zoom: null });
    for (let row = 0; row < 3; row += 1) {
      for (let column = 0; column < 3; column += 1) {
        const [x, y] = [columnX(layout, column), rowY(layout, row)];
        expect(place(layout, 3, 3, x + 1, y + 1)).toEqual({ row, column });
        expect(place(layout, 3, 3, x + layout.cellWidth - 1, y + layout.cellHeight - 1)).toEqual({
          row,
          column,
        });
      }
      expect(place(layout, 3, 3, 4, rowY(layout, row) + 1), "on its label").toEqual({ row, column: -1 });
    }
    expect(place(layout, 3, 3, layout.left + 5, layout.top - 2), "above").toBeNull();
    expect(place(layout, 3, 3, columnX(layout, 3) + 1, layout.top + 5), "right of it").toBeNull();
    const zoomed = layoutMatrix(RULER, names, {
      width: 200,
      height: 180,
      rows: 3,
      columns: 3,
      zoom: { cell: 50, x: 40, y: 20 },
    });
    expect(place(zoomed, 3, 3, zoomed.left + 15, zoomed.top + 35), "scrolled").toEqual({ row: 1, column: 1 });
  },
  placeAt,
  {
    "rows and columns are confused": (layout, rows, columns, x, y) => {
      const found = placeAt(layout, rows, columns, x, y);
      return found === null ? null : { row: found.column, column: found.row };
    },
    "scrolling is ignored": (layout, ...rest) => placeAt({ ...layout, scrollX: 0, scrollY: 0 }, ...rest),
    "labels are cells": (layout, rows, columns, x, y) =>
      placeAt(layout, rows, columns, Math.max(x, layout.left), y),
  },
);

test("200 rows fit, 1 row is not a giant, and every size leaves room for its labels", () => {
  for (const n of [1, 2, 7, 24, 64, 200, 256]) {
    const names = Array.from({ length: n }, (_, index) => `word${index}`);
    for (const width of [300, 340, 430, 560]) {
      const layout = layoutMatrix(
        RULER,
        { rows: names, columns: names },
        { width, height: 440, rows: n, columns: n, zoom: null },
      );
      expect(layout.cellWidth * n).toBeCloseTo(layout.viewWidth, 6);
      expect(layout.left + layout.viewWidth).toBeLessThanOrEqual(width);
      expect(layout.top + layout.viewHeight).toBeLessThanOrEqual(440);
      expect(layout.cellHeight).toBeLessThanOrEqual(64);
      expect(layout.rowStride * layout.cellHeight, "labels do not touch").toBeGreaterThanOrEqual(13);
    }
  }
});

test("a long word is cut between characters, never within one", () => {
  expect(shorten(RULER, "apple", 12, 60)).toBe("apple");
  expect(shorten(RULER, "🦊🦊🦊🦊🦊🦊", 12, 24)).toBe("🦊🦊🦊…");
  expect(shorten(RULER, "a".repeat(500), 12, 6)).toBe("a…");
});

checkedAgainstMistakes<typeof slotAt>(
  "where a dragged word lands",
  (slot) => {
    const box = (
      left: number,
      top: number,
    ): { left: number; right: number; top: number; bottom: number } => ({
      left,
      right: left + 40,
      top,
      bottom: top + 30,
    });
    const boxes = [box(0, 0), box(50, 0), box(100, 0), box(0, 40), box(50, 40)];
    expect(slot(boxes, 10, 15)).toBe(0);
    expect(slot(boxes, 30, 15), "past the middle of the first").toBe(1);
    expect(slot(boxes, 500, 15), "past the end of the first line").toBe(3);
    expect(slot(boxes, 60, 55)).toBe(4);
    expect(slot(boxes, 500, 55), "past the end").toBe(5);
    expect(slot(boxes, 60, 900), "below everything").toBe(5);
    expect(slot(boxes, 60, -50), "above everything").toBe(0);
  },
  slotAt,
  {
    "one line only": (boxes, x) => {
      const found = boxes.findIndex(({ left, right }) => x < (left + right) / 2);
      return found < 0 ? boxes.length : found;
    },
    "always before the word under the pointer": (boxes, x, y) =>
      slotAt(
        boxes.map((box) => ({ ...box, left: box.right })),
        x,
        y,
      ),
  },
);

test("memo computes again only for other arguments, compared as objects", () => {
  let times = 0;
  const sum = memo((left: readonly number[], right: number) => {
    times += 1;
    return left.reduce((total, number) => total + number, right);
  });
  const list = [1, 2];
  expect([sum(list, 3), sum(list, 3), times]).toEqual([6, 6, 1]);
  expect([sum(list, 4), times]).toEqual([7, 2]);
  expect([sum([1, 2], 4), times]).toEqual([7, 3]);
  expect([sum(list, NaN), sum(list, NaN), times]).toEqual([NaN, NaN, 4]);
});

test("only a text that runs from right to left is isolated", () => {
  expect(isolate("apple")).toBe("apple");
  expect(isolate("עברית")).toBe("\u2068עברית\u2069");
  expectClose([isolate("سلام").length], [6], 0);
});
