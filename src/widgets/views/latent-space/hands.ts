/** What the reader's hands do to the picture: pointers, wheel and keys move the camera of a map, or point at a word. */

import type { Camera } from "../../engine/space/cloud.js";
import { afterKey, cameraOf, moved, RESTING, stateOf, turned, zoomed } from "./camera.js";
import type { CameraState } from "./state.js";

const CLICK = 5; // px: a pointer that moved less has clicked
const REST = 400; // ms after the last key or turn of the wheel until the camera is told

interface Point {
  x: number;
  y: number;
}

export interface HandsOptions {
  element: HTMLElement;
  signal: AbortSignal;
  size: () => { width: number; height: number };
  /** How many dimensions the map has that is shown; null where there is none, and so no camera. */
  dimensions: () => 2 | 3 | null;
  /** The reader has touched the picture. */
  onTouch: () => void;
  /** The camera has moved; `isDragged` where a pointer drags it. */
  onMove: (isDragged: boolean) => void;
  /** The camera has come to rest. */
  onRest: (camera: CameraState) => void;
  /** Where the pointer is, from the picture's corner; null when it has left. */
  onPoint: (point: Point | null) => void;
  /** The place under the pointer, which is pointed at already, was clicked. */
  onClick: () => void;
}

export class Hands {
  camera: Camera = cameraOf(RESTING);
  readonly #options: HandsOptions;
  readonly #pointers = new Map<number, Point>();
  #wandered = 0;
  #given: CameraState | null = null;
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(options: HandsOptions) {
    this.#options = options;
    const { element, signal } = options;
    const on = <Type extends keyof HTMLElementEventMap>(
      type: Type,
      handler: (event: HTMLElementEventMap[Type]) => void,
      how: AddEventListenerOptions = {},
    ): void => element.addEventListener(type, handler, { ...how, signal });
    on("pointerdown", (event) => this.#onDown(event));
    on("pointermove", (event) => this.#onMove(event));
    on("pointerup", (event) => this.#onUp(event, true));
    on("pointercancel", (event) => this.#onUp(event, false));
    on("pointerleave", () => options.onPoint(null));
    on("wheel", (event) => this.#onWheel(event), { passive: false });
    on("keydown", (event) => this.#onKey(event));
    signal.addEventListener("abort", () => clearTimeout(this.#telling));
  }

  /** The camera as the state has it, unless the reader is moving it. */
  take(camera: CameraState): void {
    if (this.#pointers.size === 0 && this.#telling === undefined && camera.join() !== this.#given?.join()) {
      this.#given = camera;
      this.camera = cameraOf(camera);
    }
  }

  /** Takes a new camera, and tells it when it has come to rest. */
  move(camera: Camera): void {
    this.camera = camera;
    clearTimeout(this.#telling);
    this.#telling = setTimeout(() => this.#tell(), REST);
    this.#options.onMove(false);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#given = stateOf(this.camera);
    this.#options.onRest(this.#given);
  }

  #onDown(event: PointerEvent): void {
    const { element, onTouch } = this.#options;
    onTouch();
    element.focus({ preventScroll: true });
    this.#wandered = this.#pointers.size === 0 ? 0 : Infinity;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    element.setPointerCapture(event.pointerId);
  }

  #onMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) {
      this.#options.onPoint(this.#fromCorner(event));
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    this.#wandered += distance(now, before);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (this.#options.dimensions() !== null && this.#wandered >= CLICK) {
      this.camera = this.#dragged(before, now, other, event.shiftKey);
      this.#options.onMove(true);
    }
  }

  /** One pointer turns a map of three dimensions, and moves one of two; with a second one it is also enlarged. */
  #dragged(before: Point, now: Point, other: Point | undefined, isShifted: boolean): Camera {
    const side = this.#side;
    const [right, down] = [(now.x - before.x) / side, (now.y - before.y) / side];
    if (other !== undefined) {
      const { x, y } = this.#fromMiddle({ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
      const factor = distance(now, other) / Math.max(1, distance(before, other));
      return moved(zoomed(this.camera, factor, x, y), right / 2, down / 2);
    }
    const isTurn = this.#options.dimensions() === 3 && !isShifted;
    return isTurn ? turned(this.camera, right * 3, down * 3) : moved(this.camera, right, down);
  }

  #onUp(event: PointerEvent, isClick: boolean): void {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size > 0) {
      return;
    }
    if (this.#wandered >= CLICK) {
      this.#tell();
    } else if (isClick) {
      this.#options.onPoint(this.#fromCorner(event));
      this.#options.onClick();
    }
  }

  /** The wheel enlarges once the picture was chosen, or with Ctrl, as two fingers on a touchpad send it. */
  #onWheel(event: WheelEvent): void {
    const { element, dimensions, onTouch } = this.#options;
    if (dimensions() === null || !(event.ctrlKey || document.activeElement === element)) {
      return;
    }
    event.preventDefault();
    onTouch();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const { x, y } = this.#fromMiddle({ x: event.clientX, y: event.clientY });
    const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015));
    this.move(zoomed(this.camera, factor, x, y));
  }

  #onKey(event: KeyboardEvent): void {
    const dimensions = this.#options.dimensions();
    const camera = dimensions === null ? null : afterKey(this.camera, event, dimensions);
    if (camera !== null) {
      event.preventDefault();
      this.#options.onTouch();
      this.move(camera);
    }
  }

  get #side(): number {
    const { width, height } = this.#options.size();
    return Math.min(width, height);
  }

  #fromCorner({ clientX, clientY }: PointerEvent): Point {
    const { left, top } = this.#options.element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /** In shares of the smaller side, from the middle of the picture. */
  #fromMiddle({ x, y }: Point): Point {
    const { left, top } = this.#options.element.getBoundingClientRect();
    const { width, height } = this.#options.size();
    return { x: (x - left - width / 2) / this.#side, y: (y - top - height / 2) / this.#side };
  }
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
