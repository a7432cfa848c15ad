/** The camera of the map: what the reader's gestures and keys make of it. */

import type { Camera } from "../../engine/space/cloud.js";
import type { CameraState } from "./state.js";

const DEGREE = Math.PI / 180;
export const [LEAST_ZOOM, MOST_ZOOM] = [0.5, 40];
export const RESTING: CameraState = [0, 0, 1, 0, 0];

export function cameraOf([turn, tilt, zoom, right, down]: CameraState): Camera {
  return { turn: turn * DEGREE, tilt: tilt * DEGREE, zoom, right, down };
}

/** Rounded, so that an address stays short. */
export function stateOf({ turn, tilt, zoom, right, down }: Camera): CameraState {
  const round = (value: number, digits: number): number => Number(value.toFixed(digits)) + 0;
  const degrees = round(((turn / DEGREE + 180) % 360) - 180, 1);
  return [degrees, round(tilt / DEGREE, 1), round(zoom, 2), round(right, 3), round(down, 3)];
}

export function turned(camera: Camera, turn: number, tilt: number): Camera {
  const most = Math.PI / 2;
  return { ...camera, turn: camera.turn + turn, tilt: Math.max(-most, Math.min(most, camera.tilt + tilt)) };
}

/** Moved by shares of the picture's smaller side, never so far that nothing is left to see. */
export function moved(camera: Camera, right: number, down: number): Camera {
  const most = 0.5 * camera.zoom;
  const within = (value: number): number => Math.max(-most, Math.min(most, value));
  return { ...camera, right: within(camera.right + right), down: within(camera.down + down) };
}

/** Enlarged around a place, given in shares of the smaller side from the middle. */
export function zoomed(camera: Camera, factor: number, x = 0, y = 0): Camera {
  const zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, camera.zoom * factor));
  const by = zoom / camera.zoom;
  const larger = { ...camera, zoom, right: 0, down: 0 };
  return moved(larger, x + (camera.right - x) * by, y + (camera.down - y) * by);
}

const STEP = 6 * DEGREE;
const SHIFT = 0.06;

/** What a key does to the camera, or null where it is none of ours. */
export function afterKey(camera: Camera, event: KeyboardEvent, dimensions: 2 | 3): Camera | null {
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
    event.key
  ];
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return null;
  }
  if (direction !== undefined) {
    const [x, y] = direction;
    const isTurn = dimensions === 3 && !event.shiftKey;
    return isTurn ? turned(camera, x * STEP, y * STEP) : moved(camera, -x * SHIFT, -y * SHIFT);
  }
  if (event.key === "+" || event.key === "=") {
    return zoomed(camera, 1.25);
  }
  if (event.key === "-" || event.key === "_") {
    return zoomed(camera, 0.8);
  }
  return event.key === "0" ? cameraOf(RESTING) : null;
}
