/**
 * One drawing, two inks: pictures are drawn with a pen, onto a canvas for the screen or into SVG for export, so that
 * what is exported is what was seen.
 */

export interface Paint {
  fill?: string;
  stroke?: string;
  width?: number;
  opacity?: number;
  dash?: readonly number[];
}

export interface TextStyle {
  color: string;
  size: number;
  anchor?: "start" | "middle" | "end";
  weight?: number;
  /** Degrees, clockwise, around the text's anchor. */
  rotate?: number;
  /** A color behind the letters that sets them off from lines. */
  halo?: string;
}

/** A matrix of colored cells. */
export interface Cells {
  x: number;
  y: number;
  cellWidth: number;
  cellHeight: number;
  rows: number;
  columns: number;
  /** Writes their colors, row by row and packed as ImageData packs them. */
  write: (pixels: Uint32Array) => void;
}

/** Text is placed by the middle of its height. */
export interface Pen {
  rectangle(x: number, y: number, width: number, height: number, paint: Paint): void;
  line(points: readonly number[], paint: Paint): void;
  /** An S-shaped curve that leaves and arrives horizontally. */
  curve(x1: number, y1: number, x2: number, y2: number, paint: Paint): void;
  dot(x: number, y: number, radius: number, paint: Paint): void;
  polygon(points: readonly number[], paint: Paint): void;
  text(x: number, y: number, text: string, style: TextStyle): void;
  cells(cells: Cells): void;
  /** Draws only inside a rectangle. */
  clip(x: number, y: number, width: number, height: number, draw: () => void): void;
  measure(text: string, size: number, weight?: number): number;
}

/** Where an S-curve's two control points stand: half way across, at the height of its ends. */
export function curveMiddle(x1: number, x2: number): number {
  return (x1 + x2) / 2;
}
