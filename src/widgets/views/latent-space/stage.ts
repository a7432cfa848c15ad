/** The picture of every view, and what pointer, wheel and keys do to it. */

import { Cloud, type Camera } from "../../engine/space/cloud.js";
import { context2d, element, setAttribute } from "../shared/dom.js";
import { Stage as Box } from "../shared/layer.js";
import { coalesced } from "../shared/schedule.js";
import type { Palette } from "../shared/theme.js";
import { afterKey, cameraOf, moved, stateOf, turned, zoomed } from "./camera.js";
import type { Chart } from "./chart.js";
import { cloudColors, dotRadius, drawMarks, type MapScene, type Marks } from "./mappicture.js";
import {
  drawScatter,
  drawScatterHover,
  layoutScatter,
  pointAt,
  type Layout,
  type Scatter,
} from "./scatter.js";
import type { CameraState } from "./state.js";

export type Content =
  | { kind: "map"; chart: Chart; marks: Marks | null; camera: CameraState }
  | { kind: "scatter"; scatter: Scatter }
  | { kind: "empty" };

export interface StageOptions {
  role: string;
  signal: AbortSignal;
  onResize: () => void;
  onCamera: (camera: CameraState) => void;
  /** A word of the map was clicked. */
  onPick: (word: string) => void;
  /** What the pointer is over, in words; "" for nothing. */
  onHover: (said: string) => void;
  /** The reader has touched the picture. */
  onTouch: () => void;
}

const CLICK = 5; // px: a pointer that moved less has clicked
const REACH = 18; // px around the pointer in which a point is found
const REST = 400; // ms after the last key or turn of the wheel until the camera is told

export class MapStage {
  readonly element: HTMLElement;
  readonly #options: StageOptions;
  readonly #box: Box;
  readonly #image = element("canvas", { class: "attn-layer", "aria-hidden": "true" });
  readonly #frame = coalesced(() => this.#paint());
  #content: Content = { kind: "empty" };
  #palette: Palette | null = null;
  #cloud: { chart: Chart; cloud: Cloud } | null = null;
  #camera: Camera = cameraOf([0, 0, 1, 0, 0]);
  #given: CameraState | null = null;
  #pixels: { image: ImageData; words: Uint32Array; ratio: number } | null = null;
  #colors: { palette: Palette; dimensions: number; colors: Uint32Array; ground: number } | null = null;
  #layout: Layout | null = null;
  #hover = -1;
  #telling: ReturnType<typeof setTimeout> | undefined;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #wandered = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    const { signal } = options;
    this.element = element("div", {
      class: "attn-stage attn-space-stage",
      tabindex: 0,
      role: "application",
      "aria-roledescription": options.role,
    });
    this.element.append(this.#image);
    this.#box = new Box(this.element, options.onResize, signal);
    this.#listen(signal);
    signal.addEventListener("abort", () => {
      this.#frame.cancel();
      clearTimeout(this.#telling);
    });
  }

  get size(): { width: number; height: number } {
    return { width: this.#box.width, height: this.#box.height };
  }

  show(content: Content, palette: Palette, label: string): void {
    const before = this.#content;
    this.#content = content;
    this.#palette = palette;
    setAttribute(this.element, "aria-label", label);
    setAttribute(this.element, "data-kind", content.kind);
    if (content.kind === "map") {
      this.#takeCamera(content.camera);
      if (this.#cloud?.chart !== content.chart) {
        const { drawn, dimensions } = content.chart;
        this.#cloud = { chart: content.chart, cloud: new Cloud(drawn, dimensions) };
        this.#point(-1);
      }
    }
    if (content.kind !== before.kind) {
      this.#point(-1);
    }
    this.#paint();
  }

  /** The camera as the state has it, unless the reader is moving it. */
  #takeCamera(camera: CameraState): void {
    if (this.#pointers.size === 0 && this.#telling === undefined && camera.join() !== this.#given?.join()) {
      this.#given = camera;
      this.#camera = cameraOf(camera);
    }
  }

  #paint(): void {
    const palette = this.#palette;
    if (palette === null || this.#box.width === 0) {
      return;
    }
    this.#box.fit();
    const { base, overlay, width, height } = this.#box;
    const content = this.#content;
    this.#image.hidden = content.kind !== "map";
    const pen = base.clear(palette.fontFamily);
    if (content.kind === "map" && this.#cloud !== null) {
      const scene = this.#scene(this.#cloud.cloud, content.marks);
      this.#paintCloud(scene.cloud, palette);
      drawMarks(pen, palette, scene);
      overlay.keep([], null, palette.fontFamily, () => undefined);
    } else if (content.kind === "scatter") {
      const layout = layoutScatter(content.scatter, width, height);
      this.#layout = layout;
      drawScatter(pen, palette, layout, content.scatter);
      const { scatter } = content;
      const place = this.#hover < scatter.points.length ? this.#hover : -1;
      overlay.keep([scatter, place, palette, width, height], null, palette.fontFamily, (over) => {
        if (place >= 0) {
          drawScatterHover(over, palette, layout, scatter, place);
        }
      });
    }
  }

  #scene(cloud: Cloud, marks: Marks | null): MapScene {
    const { width, height } = this.#box;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    cloud.project(this.#camera, Math.round(width * ratio), Math.round(height * ratio));
    return { cloud, marks, hover: this.#hover, width, height, ratio };
  }

  #paintCloud(cloud: Cloud, palette: Palette): void {
    const { image, words, ratio } = this.#imageData();
    if (this.#colors?.palette !== palette || this.#colors.dimensions !== cloud.dimensions) {
      const { dimensions } = cloud;
      this.#colors = { palette, dimensions, ...cloudColors(palette, dimensions) };
    }
    const radius = dotRadius(cloud, this.#camera) * ratio;
    cloud.paint(words, image.width, image.height, radius, this.#colors.colors, this.#colors.ground);
    context2d(this.#image).putImageData(image, 0, 0);
  }

  /** The same pixels again while the picture keeps its size. */
  #imageData(): { image: ImageData; words: Uint32Array; ratio: number } {
    const { width, height } = this.#box;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#pixels?.image.width !== columns || this.#pixels.image.height !== rows) {
      Object.assign(this.#image, { width: columns, height: rows });
      Object.assign(this.#image.style, { width: `${width}px`, height: `${height}px` });
      const image = context2d(this.#image).createImageData(columns, rows);
      this.#pixels = { image, words: new Uint32Array(image.data.buffer), ratio };
    }
    return this.#pixels;
  }

  #listen(signal: AbortSignal): void {
    const on = <Type extends keyof HTMLElementEventMap>(
      type: Type,
      handler: (event: HTMLElementEventMap[Type]) => void,
      options: AddEventListenerOptions = {},
    ): void => this.element.addEventListener(type, handler, { ...options, signal });
    on("pointerdown", (event) => this.#onDown(event));
    on("pointermove", (event) => this.#onMove(event));
    on("pointerup", (event) => this.#onUp(event, true));
    on("pointercancel", (event) => this.#onUp(event, false));
    on("pointerleave", () => this.#point(-1));
    on("wheel", (event) => this.#onWheel(event), { passive: false });
    on("keydown", (event) => this.#onKey(event));
  }

  #onDown(event: PointerEvent): void {
    this.#options.onTouch();
    this.element.focus({ preventScroll: true });
    this.#wandered = this.#pointers.size === 0 ? 0 : Infinity;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.element.setPointerCapture(event.pointerId);
  }

  #onMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) {
      this.#pointUnder(event);
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    this.#wandered += Math.hypot(dx, dy);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (this.#content.kind !== "map" || this.#wandered < CLICK) {
      return;
    }
    const side = Math.min(this.#box.width, this.#box.height);
    if (other !== undefined) {
      const spread = (point: { x: number; y: number }): number =>
        Math.hypot(point.x - other.x, point.y - other.y);
      const { x, y } = this.#fromMiddle({ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
      const larger = zoomed(this.#camera, spread(now) / Math.max(1, spread(before)), x, y);
      this.#camera = moved(larger, dx / side / 2, dy / side / 2);
    } else if (this.#dimensions === 3 && !event.shiftKey) {
      this.#camera = turned(this.#camera, (dx / side) * 3, (dy / side) * 3);
    } else {
      this.#camera = moved(this.#camera, dx / side, dy / side);
    }
    this.#hover = -1;
    this.#frame.request();
  }

  #onUp(event: PointerEvent, isClick: boolean): void {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size > 0) {
      return;
    }
    if (this.#wandered >= CLICK) {
      this.#tell();
    } else if (isClick) {
      this.#pointUnder(event);
      const word = this.#content.kind === "map" ? this.#content.chart.words[this.#hover] : this.#namedPoint();
      if (word !== undefined && word !== "") {
        this.#options.onPick(word);
      }
    }
  }

  #namedPoint(): string | undefined {
    return this.#content.kind === "scatter" ? this.#content.scatter.points[this.#hover]?.name : undefined;
  }

  /** The wheel enlarges once the picture was chosen, or with Ctrl, as two fingers on a touchpad send it. */
  #onWheel(event: WheelEvent): void {
    if (this.#content.kind !== "map" || !(event.ctrlKey || document.activeElement === this.element)) {
      return;
    }
    event.preventDefault();
    this.#options.onTouch();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const { x, y } = this.#fromMiddle({ x: event.clientX, y: event.clientY });
    this.#camera = zoomed(
      this.#camera,
      Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)),
      x,
      y,
    );
    this.#tellSoon();
    this.#frame.request();
  }

  #onKey(event: KeyboardEvent): void {
    const camera = this.#content.kind === "map" ? afterKey(this.#camera, event, this.#dimensions) : null;
    if (camera !== null) {
      event.preventDefault();
      this.#options.onTouch();
      this.move(camera);
    }
  }

  /** Takes a new camera, and tells it when it has come to rest. */
  move(camera: Camera): void {
    this.#camera = camera;
    this.#tellSoon();
    this.#frame.request();
  }

  get camera(): Camera {
    return this.#camera;
  }

  get #dimensions(): 2 | 3 {
    return this.#content.kind === "map" ? this.#content.chart.dimensions : 2;
  }

  #tellSoon(): void {
    clearTimeout(this.#telling);
    this.#telling = setTimeout(() => this.#tell(), REST);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#given = stateOf(this.#camera);
    this.#options.onCamera(this.#given);
  }

  /** In shares of the smaller side, from the middle of the picture. */
  #fromMiddle({ x, y }: { x: number; y: number }): { x: number; y: number } {
    const { left, top } = this.element.getBoundingClientRect();
    const { width, height } = this.#box;
    const side = Math.min(width, height);
    return { x: (x - left - width / 2) / side, y: (y - top - height / 2) / side };
  }

  #pointUnder(event: PointerEvent): void {
    const { left, top } = this.element.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const content = this.#content;
    if (content.kind === "map" && this.#cloud !== null) {
      const ratio = this.#pixels?.ratio ?? 1;
      this.#point(this.#cloud.cloud.at(x * ratio, y * ratio, REACH * ratio));
    } else if (content.kind === "scatter" && this.#layout !== null) {
      this.#point(pointAt(this.#layout, content.scatter, x, y));
    }
  }

  #point(row: number): void {
    if (row === this.#hover) {
      return;
    }
    this.#hover = row;
    const content = this.#content;
    const said =
      content.kind === "map"
        ? content.chart.words.at(row)
        : content.kind === "scatter"
          ? content.scatter.points.at(row)?.said
          : undefined;
    this.#options.onHover(row < 0 ? "" : (said ?? ""));
    this.#frame.request();
  }
}
