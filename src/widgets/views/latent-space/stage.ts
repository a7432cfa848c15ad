/** The picture of every view. */

import { Cloud, type Camera } from "../../engine/space/cloud.js";
import { context2d, element, setAttribute } from "../shared/dom.js";
import { Stage as Box } from "../shared/layer.js";
import { coalesced } from "../shared/schedule.js";
import type { Palette } from "../shared/theme.js";
import type { Chart } from "./chart.js";
import { Hands } from "./hands.js";
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

const REACH = 18; // px around the pointer in which a point is found

export class MapStage {
  readonly element: HTMLElement;
  readonly #options: StageOptions;
  readonly #box: Box;
  readonly #hands: Hands;
  readonly #image = element("canvas", { class: "attn-layer", "aria-hidden": "true" });
  readonly #frame = coalesced(() => this.#paint());
  #content: Content = { kind: "empty" };
  #palette: Palette | null = null;
  #cloud: { chart: Chart; cloud: Cloud } | null = null;
  #pixels: { image: ImageData; words: Uint32Array; ratio: number } | null = null;
  #colors: { palette: Palette; dimensions: number; colors: Uint32Array; ground: number } | null = null;
  #layout: Layout | null = null;
  #hover = -1;

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
    this.#hands = this.#makeHands();
    signal.addEventListener("abort", () => this.#frame.cancel());
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
      this.#hands.take(content.camera);
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
    cloud.project(this.#hands.camera, Math.round(width * ratio), Math.round(height * ratio));
    return { cloud, marks, hover: this.#hover, width, height, ratio };
  }

  #paintCloud(cloud: Cloud, palette: Palette): void {
    const { image, words, ratio } = this.#imageData();
    if (this.#colors?.palette !== palette || this.#colors.dimensions !== cloud.dimensions) {
      const { dimensions } = cloud;
      this.#colors = { palette, dimensions, ...cloudColors(palette, dimensions) };
    }
    const radius = dotRadius(cloud, this.#hands.camera) * ratio;
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

  /** Takes a new camera, and tells it when it has come to rest. */
  move(camera: Camera): void {
    this.#hands.move(camera);
  }

  get camera(): Camera {
    return this.#hands.camera;
  }

  #makeHands(): Hands {
    const { signal, onCamera, onTouch } = this.#options;
    return new Hands({
      ...{ element: this.element, signal, onTouch, onRest: onCamera },
      size: () => this.#box,
      dimensions: () => (this.#content.kind === "map" ? this.#content.chart.dimensions : null),
      onMove: (isDragged) => {
        this.#hover = isDragged ? -1 : this.#hover;
        this.#frame.request();
      },
      onPoint: (point) => (point === null ? this.#point(-1) : this.#pointUnder(point.x, point.y)),
      onClick: () => this.#pick(),
    });
  }

  #pick(): void {
    const content = this.#content;
    const word =
      content.kind === "map"
        ? content.chart.words[this.#hover]
        : content.kind === "scatter"
          ? content.scatter.points[this.#hover]?.name
          : undefined;
    if (word !== undefined && word !== "") {
      this.#options.onPick(word);
    }
  }

  #pointUnder(x: number, y: number): void {
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
