/** A chart of lines over whole numbers, positions or lengths, with a place on it that the reader looks at. */

import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";

export interface ChartLine {
  name: string;
  /** One number for each of the chart's `xs`; NaN where there is none. */
  values: ArrayLike<number>;
  color: string;
  width: number;
  opacity: number;
}

/** An upright line with a word at its top. */
export interface Upright {
  x: number;
  text: string;
  color: string;
}

export interface Chart {
  xs: readonly number[];
  lines: readonly ChartLine[];
  low: number;
  high: number;
  caption: { x: string; y: string };
  uprights: readonly Upright[];
  /** Whether each line has its name at its end. */
  isNamed: boolean;
  /** A number of the y axis as text. */
  text: (value: number) => string;
}

export interface Size {
  width: number;
  height: number;
}

interface Scales {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: (value: number) => number;
  y: (value: number) => number;
}

const SMALL = 11;
const LEFT = 46;
const RIGHT = 14;
const NAMED_RIGHT = 78;
const TOP = 36;
const BOTTOM = 34;
const NAME_PITCH = 13;
const STRONG = 2; // pixels: a wider line is the one that is looked at
const TICK_ROOM = 46; // pixels between two numbers under the axis

function scalesOf({ width, height }: Size, { xs, low, high, isNamed }: Chart): Scales {
  const [left, right, top, bottom] = [LEFT, width - (isNamed ? NAMED_RIGHT : RIGHT), TOP, height - BOTTOM];
  const [first, last] = [xs[0], xs[xs.length - 1]];
  const x = (value: number): number => left + ((right - left) * (value - first)) / (last - first || 1);
  const y = (value: number): number => bottom - ((bottom - top) * (value - low)) / (high - low || 1);
  return { left, right, top, bottom, x, y };
}

export function drawChart(pen: Pen, palette: Palette, size: Size, chart: Chart): void {
  const scales = scalesOf(size, chart);
  drawAxes(pen, palette, size, scales, chart);
  chart.uprights.forEach(({ x, text, color }) => drawUpright(pen, palette, scales, x, text, color));
  chart.lines.forEach((line) => drawLine(pen, scales, chart.xs, line));
  if (chart.isNamed) {
    drawNames(pen, palette, scales, chart);
  }
}

function drawAxes(pen: Pen, palette: Palette, size: Size, scales: Scales, chart: Chart): void {
  const { left, right, bottom, y, x } = scales;
  const { low, high, caption, text, xs } = chart;
  const quiet = { color: palette.muted, size: SMALL } as const;
  const levels = low < 0 && high > 0 ? [low, 0, high] : [low, (low + high) / 2, high];
  levels.forEach((level) => {
    pen.line([left, y(level), right, y(level)], { stroke: level === 0 ? palette.line : palette.hairline });
    pen.text(left - 6, y(level), text(level), { ...quiet, anchor: "end" });
  });
  pen.text(0, 9, caption.y, quiet);
  ticksOf(xs, right - left).forEach((tick) => {
    pen.text(x(tick), bottom + 11, String(tick), { ...quiet, anchor: "middle" });
  });
  pen.text((left + right) / 2, size.height - 6, caption.x, { ...quiet, anchor: "middle" });
}

/** Round numbers that have room under the axis. */
function ticksOf(xs: readonly number[], width: number): number[] {
  const [first, last] = [xs[0], xs[xs.length - 1]];
  const most = Math.max(2, Math.floor(width / TICK_ROOM));
  const step = [1, 2, 4, 8, 16, 32, 64].find((each) => (last - first) / each <= most) ?? 128;
  const start = Math.ceil(first / step) * step;
  return Array.from({ length: Math.floor((last - start) / step) + 1 }, (_, place) => start + place * step);
}

function drawUpright(
  pen: Pen,
  palette: Palette,
  scales: Scales,
  at: number,
  text: string,
  color: string,
): void {
  const x = scales.x(at);
  if (x < scales.left || x > scales.right + 1) {
    return;
  }
  pen.line([x, scales.top - 4, x, scales.bottom], { stroke: color, width: 1.5, dash: [4, 3] });
  // The words stand on the side that has room for them.
  const isLeft = x + pen.measure(text, SMALL) + 8 > scales.right;
  const style = { color: palette.ink, size: SMALL, anchor: isLeft ? "end" : "start" } as const;
  pen.text(x + (isLeft ? -5 : 5), scales.top - 9, text, { ...style, halo: palette.page });
}

function drawLine(pen: Pen, scales: Scales, xs: readonly number[], line: ChartLine): void {
  const { values, color, width, opacity } = line;
  let points: number[] = [];
  const draw = (): void => {
    if (points.length > 2) {
      pen.line(points, { stroke: color, width, opacity });
    } else if (points.length === 2) {
      pen.dot(points[0], points[1], width, { fill: color, opacity });
    }
    points = [];
  };
  xs.forEach((x, place) => {
    if (Number.isFinite(values[place])) {
      points.push(scales.x(x), scales.y(values[place]));
    } else {
      draw();
    }
  });
  draw();
}

/** Names at the ends of the lines, pushed apart where they would touch; a line that ends early has its own there. */
function drawNames(pen: Pen, palette: Palette, scales: Scales, { lines, xs }: Chart): void {
  const write = ({ name, width }: ChartLine, x: number, y: number): void => {
    const isStrong = width > STRONG;
    const style = { color: isStrong ? palette.ink : palette.muted, weight: isStrong ? 700 : 400 };
    pen.text(x, y, name, { ...style, size: SMALL, halo: palette.page });
  };
  const endOf = ({ values }: ChartLine): number => values[xs.length - 1];
  const whole = lines.filter((line) => Number.isFinite(endOf(line)));
  const order = [...whole].sort((one, other) => endOf(other) - endOf(one));
  const places = pushedApart(
    order.map((line) => scales.y(endOf(line))),
    scales.top - 4,
  );
  order.forEach((line, at) => write(line, scales.right + 8, places[at]));
  for (const line of lines.filter((each) => !whole.includes(each))) {
    const last = xs.reduce((end, _, place) => (Number.isFinite(line.values[place]) ? place : end), -1);
    if (last >= 0) {
      write(line, scales.x(xs[last]) + 8, scales.y(line.values[last]) + NAME_PITCH);
    }
  }
}

/** Heights from top to bottom, at least a line of text from each other. */
function pushedApart(heights: readonly number[], least: number): number[] {
  const places = [...heights];
  for (let round = 0; round < places.length; round += 1) {
    for (let at = 1; at < places.length; at += 1) {
      const overlap = NAME_PITCH - (places[at] - places[at - 1]);
      if (overlap > 0) {
        places[at - 1] = Math.max(least + (at - 1) * NAME_PITCH, places[at - 1] - overlap / 2);
        places[at] = places[at - 1] + NAME_PITCH;
      }
    }
  }
  return places;
}

/** An upright hair at a place, and a dot on each line there. */
export function drawChartPlace(pen: Pen, palette: Palette, size: Size, chart: Chart, place: number): void {
  const scales = scalesOf(size, chart);
  const x = scales.x(chart.xs[place]);
  pen.line([x, scales.top, x, scales.bottom], { stroke: palette.ink, width: 1 });
  chart.lines.forEach(({ values, color, width }) => {
    if (Number.isFinite(values[place])) {
      const y = scales.y(values[place]);
      pen.dot(x, y, width > 1.5 ? 4.5 : 3, { fill: color, stroke: palette.page, width: 1.5 });
    }
  });
}

/** Which of the `xs` is nearest to a point. */
export function placeNear(size: Size, chart: Chart, pixel: number): number {
  const scales = scalesOf(size, chart);
  let nearest = 0;
  chart.xs.forEach((x, place) => {
    if (Math.abs(scales.x(x) - pixel) < Math.abs(scales.x(chart.xs[nearest]) - pixel)) {
      nearest = place;
    }
  });
  return nearest;
}
