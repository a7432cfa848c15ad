/** Walking over the matrix: what a click on a cell and each key do. */

import type { Place } from "../shared/matrixlayout.js";
import { spotOf, type Actions, type Frame, type Spot } from "./frame.js";
import { heaviest } from "./scene.js";
import { toggleLock } from "./state.js";

/** A click: on a row's label the word is followed; on a cell it is locked, and its arithmetic opens. */
export function pickCell(frame: Frame, actions: Actions, place: Place): void {
  if (place.column < 0) {
    actions.change({ follow: place.row });
  } else if (place.row === frame.hiddenRow) {
    return; // the answer would be in the arithmetic
  } else if (frame.ui.step === "outputs") {
    pickOutput(frame, actions, place);
  } else {
    actions.change(toggleLock(frame.state, place.row, place.column));
  }
}

/** In the outputs a column is a dimension: the row is locked at its heaviest word. */
function pickOutput({ state, ui, scene }: Frame, actions: Actions, { row, column }: Place): void {
  const { attention } = scene;
  if (attention === null) {
    return;
  }
  if (state.locked?.[0] === row && ui.hover === null && ui.dimension === column) {
    actions.change({ locked: null });
    return;
  }
  actions.look({ dimension: column });
  if (state.locked?.[0] !== row) {
    actions.change({ locked: [row, heaviest(attention, row)[0]], follow: row });
  }
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Returns whether the key was one of ours. */
export function onMatrixKey(event: KeyboardEvent, frame: Frame, actions: Actions): boolean {
  const { scene, state } = frame;
  const spot = spotOf(frame) ?? { query: 0, key: 0 };
  const move = Object.hasOwn(MOVES, event.key) ? MOVES[event.key] : null;
  if (scene.n === 0 || event.ctrlKey || event.metaKey || event.altKey) {
    return false;
  }
  if (move !== null) {
    walk(frame, actions, spot, move);
    return true;
  }
  if (event.key === "Enter" || event.key === " ") {
    const column = frame.ui.step === "outputs" ? frame.ui.dimension : Math.max(0, spot.key);
    pickCell(frame, actions, { row: spot.query, column });
    return true;
  }
  if (event.key === "Escape" && (state.locked !== null || frame.ui.hover !== null)) {
    actions.look({ hover: null });
    actions.change({ locked: null });
    return true;
  }
  return false;
}

function walk(frame: Frame, actions: Actions, spot: Spot, [down, right]: readonly [number, number]): void {
  const { scene, ui } = frame;
  const query = clamp(spot.query + down, scene.n);
  if (ui.step === "outputs") {
    const dimension = clamp(ui.dimension + right, scene.attention?.dv ?? 1);
    actions.look({ hover: { query, key: -1 }, dimension });
  } else {
    const key = spot.key < 0 ? 0 : clamp(spot.key + right, scene.n);
    actions.look({ hover: { query, key } });
  }
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}
