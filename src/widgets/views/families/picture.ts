/** The drawing as a picture of its own: what stays of the Transformer, what it read, what came out. */

import type { Translate } from "../../host/context.js";
import { shorten } from "../shared/matrixlayout.js";
import type { Pen } from "../shared/pen.js";
import { titled, type Picture } from "../shared/pictures.js";
import type { Palette } from "../shared/theme.js";
import { visibleToken } from "../shared/tokentext.js";
import { BLOCKS, isKept, layersOf, partOf, type BlockName } from "./blocks.js";
import type { Frame } from "./frame.js";
import {
  arrowhead,
  columnOf,
  CROSSING,
  FLOWS,
  FRAMES,
  GUTTER,
  HEIGHT,
  INSET,
  LOOP,
  MARGIN,
  PLACES,
  type Column,
} from "./layout.js";
import { readOf } from "./reading.js";

const WIDTH = 560;
const TOP = 48; // for what came out
const FOOT = 56; // for what was read
const SIZE = 13;
const DASH = [3, 3];

export function pictureOf(frame: Frame, palette: Palette, t: Translate): Picture {
  const draw: Picture["draw"] = (pen) => {
    drawEnds(pen, frame, palette);
    drawWays(pen, frame, palette, t);
    BLOCKS.forEach((block) => drawBlock(pen, block, frame, palette, t));
  };
  const title = t(`families.name.${frame.chosen.family}`);
  return titled({ width: WIDTH, height: TOP + HEIGHT + FOOT, title, draw }, palette);
}

function drawEnds(pen: Pen, { run, card }: Frame, palette: Palette): void {
  if (run === null) {
    return;
  }
  const style = { color: palette.ink, size: SIZE, anchor: "middle" } as const;
  pen.text(WIDTH / 2, TOP / 2 - 6, shorten(pen, run.text, SIZE + 2, WIDTH - 16, 600), {
    ...{ ...style, size: SIZE + 2, weight: 600 },
  });
  const read = readOf(run, card);
  for (const stack of ["encoder", "decoder"] as const) {
    const { x, width } = columnOf(stack, WIDTH);
    const text = (read[stack]?.tokens ?? []).map(visibleToken).join(" ");
    pen.text(x + width / 2, TOP + HEIGHT + FOOT / 2, shorten(pen, text, SIZE, width), style);
  }
}

function drawWays(pen: Pen, { card }: Frame, palette: Palette, t: Translate): void {
  FRAMES.forEach(({ column, y, height }) => {
    const { x, width } = columnOf(column, WIDTH);
    const kept = isKept(card, `${column}.norm`);
    pen.rectangle(x, TOP + y, width, height, { stroke: kept ? palette.line : palette.hairline, dash: DASH });
    const style = { color: palette.muted, size: SIZE - 1.5, halo: palette.page };
    pen.text(x + INSET, TOP + y, t(`families.stack.${column}`), style);
    if (kept) {
      const layers = t("families.layers", { layers: layersOf(card, column) });
      pen.text(x + width - INSET, TOP + y, layers, { ...style, anchor: "end" });
    }
  });
  const paint = (stays: boolean): string => (stays ? palette.muted : palette.hairline);
  FLOWS.forEach(({ column, y, height, isKept: stays }) => {
    const { x, width } = columnOf(column, WIDTH);
    const middle = x + width / 2;
    const color = paint(stays(card));
    pen.line([middle, TOP + y + height, middle, TOP + y + 4], { stroke: color, width: 1.5 });
    pen.polygon([middle, TOP + y, middle - 3.5, TOP + y + 7, middle + 3.5, TOP + y + 7], { fill: color });
  });
  const decoder = columnOf("decoder", WIDTH);
  drawCorners(pen, CROSSING, decoder.x - GUTTER, paint(isKept(card, "decoder.cross_attention")));
  drawCorners(pen, LOOP, WIDTH - MARGIN, paint(isKept(card, "decoder.embedding")));
}

function drawCorners(
  pen: Pen,
  corners: readonly (readonly [number, number])[],
  left: number,
  color: string,
): void {
  const moved = corners.map(([x, y]) => [x + left, y + TOP] as const);
  pen.line(moved.flat(), { stroke: color, width: 1.5 });
  pen.polygon(arrowhead(moved), { fill: color });
}

function drawBlock(pen: Pen, block: BlockName, { card }: Frame, palette: Palette, t: Translate): void {
  const { column, y, height } = PLACES[block];
  const { x, width } = insetOf(column);
  const kept = isKept(card, block);
  const isAttention = partOf(block).endsWith("attention");
  const stroke = kept ? (isAttention ? palette.query : palette.line) : palette.hairline;
  pen.rectangle(x, TOP + y, width, height, { fill: kept ? palette.panel : palette.page, stroke });
  const color = kept ? palette.ink : palette.muted;
  const label = shorten(pen, t(`families.label.${partOf(block)}`), SIZE, width - 8);
  pen.text(x + width / 2, TOP + y + height / 2, label, { color, size: SIZE, anchor: "middle" });
}

function insetOf(column: Column): { x: number; width: number } {
  const { x, width } = columnOf(column, WIDTH);
  return { x: x + INSET, width: width - 2 * INSET };
}
