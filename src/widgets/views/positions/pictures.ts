/** The heat maps and charts of the explorer, ready to be drawn on the page or into a file. */

import type { Translate } from "../../host/context.js";
import type { Marks } from "../shared/attentionmap.js";
import { signedScale, type Ramp } from "../shared/colorscale.js";
import { decimalsFor, fixed, short } from "../shared/format.js";
import type { Matrix } from "../shared/heatmap.js";
import { columnX, rowY, type MatrixLayout } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import type { Palette } from "../shared/theme.js";
import type { Chart } from "./chart.js";
import { SCHEMES, type Scheme } from "./state.js";

const HATCH = 7; // pixels between two strokes

export const count = (most: number): number[] => Array.from({ length: most }, (_, place) => place);

/** Rows are positions here, and not queries: they are lit in the color of positions. */
export const tinted = (palette: Palette): Palette => ({
  ...palette,
  query: palette.position,
  queryInk: palette.positionInk,
  key: palette.ink,
  keyInk: palette.muted,
});

export function encodingMatrix(
  values: Float32Array,
  length: number,
  width: number,
  ramp: Ramp,
  t: Translate,
): Matrix {
  return {
    names: { rows: count(length).map(String), columns: [] },
    ...{ rows: length, columns: width, values, cellText: null, notes: null, hiddenRow: -1 },
    scale: { ramp, minimum: -1, maximum: 1 },
    captions: { rows: t("positions.axis.position"), columns: t("positions.axis.entry") },
    legend: [fixed(-1, 0), "0", "1"],
  };
}

/** The chosen position's row, and the two columns of the chosen pair. */
export function encodingMarks(
  { length, position, pair }: { length: number; position: number; pair: number },
  palette: Palette,
): Marks {
  const draw = (pen: Pen, layout: MatrixLayout): void => {
    const { left, top, viewWidth, viewHeight, cellWidth, cellHeight } = layout;
    const x = columnX(layout, 2 * pair);
    const frames = [
      [x, top, 2 * cellWidth, viewHeight],
      [left, rowY(layout, position), viewWidth, cellHeight],
    ] as const;
    frames.forEach(([x, y, width, height], place) => {
      pen.rectangle(x - 1, y - 1, width + 2, height + 2, { stroke: palette.page, width: 3 });
      const dash = place === 0 ? [5, 3] : [];
      pen.rectangle(x - 1, y - 1, width + 2, height + 2, { stroke: palette.positionInk, width: 1.8, dash });
    });
  };
  return { key: [length, position, pair, palette], draw, named: { row: position, column: -1 } };
}

export function dotChart(values: Float32Array, position: number, palette: Palette, t: Translate): Chart {
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  return {
    xs: count(values.length),
    lines: [{ name: "", values, color: palette.positionInk, width: 2, opacity: 1 }],
    ...{ low, high, isNamed: false },
    caption: { x: t("positions.axis.other"), y: t("positions.axis.dot") },
    uprights: [{ x: position, text: t("positions.here", { position }), color: palette.position }],
    text: (value) => fixed(value, decimalsFor(high)),
  };
}

export function patternMatrix(values: Float32Array, length: number, ramp: Ramp, t: Translate): Matrix {
  const scale = signedScale(ramp, values);
  return {
    names: { rows: count(length).map(String), columns: [] },
    ...{ rows: length, columns: length, values, scale, cellText: null, notes: null, hiddenRow: -1 },
    captions: { rows: t("positions.axis.query"), columns: t("positions.axis.key") },
    legend: [short(scale.minimum), "0", short(scale.maximum)],
  };
}

/** Where training ended, the chosen query's row, and hatching where a scheme has no number at all. */
export function patternMarks(
  { length, position, trained, known }: { length: number; position: number; trained: number; known: number },
  palette: Palette,
): Marks {
  const draw = (pen: Pen, layout: MatrixLayout): void => {
    const { left, top, viewWidth, viewHeight, cellHeight } = layout;
    if (known < length) {
      drawUnknown(pen, palette, layout, known);
    }
    if (trained < length) {
      const [x, y] = [columnX(layout, trained), rowY(layout, trained)];
      pen.line([x, top, x, top + viewHeight], { stroke: palette.ink, width: 1.5, dash: [4, 3] });
      pen.line([left, y, left + viewWidth, y], { stroke: palette.ink, width: 1.5, dash: [4, 3] });
    }
    const box = [left - 1, rowY(layout, position) - 1, viewWidth + 2, cellHeight + 2] as const;
    pen.rectangle(...box, { stroke: palette.page, width: 3 });
    pen.rectangle(...box, { stroke: palette.query, width: 1.8 });
  };
  return { key: [length, position, trained, known, palette], draw, named: { row: position, column: -1 } };
}

/** Positions from `known` on have no vector: their rows and columns are hatched. */
function drawUnknown(pen: Pen, palette: Palette, layout: MatrixLayout, known: number): void {
  const { left, top, viewWidth, viewHeight } = layout;
  const [x, y] = [columnX(layout, known), rowY(layout, known)];
  const [right, bottom] = [left + viewWidth, top + viewHeight];
  const boxes = [
    [x, top, right - x, viewHeight],
    [left, y, x - left, bottom - y],
  ] as const;
  boxes.forEach(([x, y, width, height]) => {
    pen.rectangle(x, y, width, height, { fill: palette.panel });
    hatch(pen, palette, x, y, width, height);
  });
}

/** Strokes from the lower left to the upper right, cut at the box's edges. */
function hatch(pen: Pen, palette: Palette, x: number, y: number, width: number, height: number): void {
  for (let start = HATCH; start < width + height; start += HATCH) {
    const [x1, y1] = start < height ? [x, y + start] : [x + start - height, y + height];
    const [x2, y2] = start < width ? [x + start, y] : [x + width, y + start - width];
    pen.line([x1, y1, x2, y2], { stroke: palette.mask, opacity: 0.7 });
  }
}

/** The scores of one query with every key. */
export function scoreChart(
  row: Float32Array,
  position: number,
  trained: number,
  palette: Palette,
  t: Translate,
): Chart {
  const finite = row.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const end = { x: trained, text: t("positions.trained", { trained }), color: palette.ink };
  return {
    xs: count(row.length),
    lines: [{ name: "", values: row, color: palette.query, width: 2, opacity: 1 }],
    ...{ low, high: high === low ? low + 1 : high, isNamed: false },
    caption: { x: t("positions.axis.key"), y: t("positions.axis.score", { position }) },
    uprights: trained < row.length ? [end] : [],
    text: (value) => fixed(value, decimalsFor(Math.max(high, -low))),
  };
}

/** The schemes, the one that is looked at last, so that it lies on top. */
export function measuredNames(scheme: Scheme): (Scheme | "none")[] {
  return [...(["none", ...SCHEMES] as const).filter((name) => name !== scheme), scheme];
}

export function accuracyChart(
  lengths: readonly number[],
  accuracy: Readonly<Record<Scheme | "none", readonly number[]>>,
  trained: number,
  scheme: Scheme,
  palette: Palette,
  t: Translate,
): Chart {
  const lines = measuredNames(scheme).map((name) => {
    const isStrong = name === scheme;
    return {
      name: t(`positions.scheme.${name}`),
      values: accuracy[name],
      color: isStrong ? palette.positionInk : palette.muted,
      ...{ width: isStrong ? 3 : 1.3, opacity: isStrong ? 1 : 0.75 },
    };
  });
  return {
    ...{ xs: lengths, lines, low: 0, high: 1, isNamed: true },
    caption: { x: t("positions.axis.length"), y: t("positions.axis.accuracy") },
    uprights: [{ x: trained, text: t("positions.trained", { trained }), color: palette.ink }],
    text: (value) => `${fixed(100 * value, 0)}%`,
  };
}
