/** How arrow keys lead through the drawing. */

import { BLOCKS, type BlockName } from "./blocks.js";
import { PLACES, type Column } from "./layout.js";

/** The block that an arrow key leads to: up or down to the next one that is not in the other column, or across. */
export function neighborOf(from: BlockName, key: string): BlockName | null {
  const { column, y } = PLACES[from];
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const other = key === "ArrowLeft" ? "encoder" : "decoder";
    return column === "both" || column === other ? null : nearestIn(other, y);
  }
  const sign = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (sign === undefined) {
    return null;
  }
  const isOnTheWay = (there: Column): boolean => there === column || there === "both" || column === "both";
  const further = BLOCKS.filter((name) => isOnTheWay(PLACES[name].column) && sign * (PLACES[name].y - y) > 0);
  return further.sort((a, b) => sign * (PLACES[a].y - PLACES[b].y)).at(0) ?? null;
}

function nearestIn(column: Column, y: number): BlockName {
  const distance = (name: BlockName): number => Math.abs(PLACES[name].y - y);
  const there = BLOCKS.filter((name) => PLACES[name].column === column);
  return there.reduce((best, name) => (distance(name) < distance(best) ? name : best));
}
