/**
 * Thousands of points as pixels. A frame turns the points, sorts them by depth into a few steps, and writes each as a
 * small disc into an image, far ones first, smaller and fainter. All arrays are made once: a frame makes none.
 */

export interface Camera {
  /** In radians: around the upright axis, and toward the eye. */
  turn: number;
  tilt: number;
  zoom: number;
  /** How far the picture is moved, in shares of its smaller side. */
  right: number;
  down: number;
}

const STEPS = 16; // of depth, each with one color and one size
const NEAR = 0.3; // how much nearer points are drawn larger
const LARGEST = 9; // pixels: the widest disc has this diameter

interface Disc {
  /** Its pixels, relative to its middle. */
  dx: Int8Array;
  dy: Int8Array;
  /** How much of each it covers, from 0 to 256. */
  cover: Uint16Array;
}

export class Cloud {
  readonly count: number;
  readonly dimensions: 2 | 3;
  /** On screen, in pixels of the image; `depth` from 0, the farthest, to 1. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly depth: Float32Array;
  readonly #places: Float32Array;
  readonly #steps: Uint8Array;
  readonly #order: Uint32Array;
  readonly #starts = new Uint32Array(STEPS + 1);
  readonly #discs: Disc[] = [];
  #radius = 0;

  /** `places` are count x dimensions, in a ball of radius 1 around 0. */
  constructor(places: Float32Array, dimensions: 2 | 3) {
    this.count = places.length / dimensions;
    this.dimensions = dimensions;
    this.#places = places;
    this.x = new Float32Array(this.count);
    this.y = new Float32Array(this.count);
    this.depth = new Float32Array(this.count);
    this.#steps = new Uint8Array(this.count);
    this.#order = new Uint32Array(this.count);
  }

  /** Where the camera sees each point, in a picture of so many pixels. */
  project(camera: Camera, width: number, height: number): void {
    const { x, y, depth, dimensions } = this;
    const places = this.#places;
    const side = Math.min(width, height);
    const scale = 0.49 * side * camera.zoom;
    const middleX = width / 2 + camera.right * side;
    const middleY = height / 2 + camera.down * side;
    if (dimensions === 2) {
      for (let i = 0, p = 0; i < this.count; i += 1, p += 2) {
        x[i] = middleX + scale * places[p];
        y[i] = middleY - scale * places[p + 1];
        depth[i] = 1;
      }
      return;
    }
    const [cosTurn, sinTurn] = [Math.cos(camera.turn), Math.sin(camera.turn)];
    const [cosTilt, sinTilt] = [Math.cos(camera.tilt), Math.sin(camera.tilt)];
    for (let i = 0, p = 0; i < this.count; i += 1, p += 3) {
      const across = cosTurn * places[p] + sinTurn * places[p + 2];
      const back = cosTurn * places[p + 2] - sinTurn * places[p];
      const up = cosTilt * places[p + 1] - sinTilt * back;
      const toward = cosTilt * back + sinTilt * places[p + 1];
      const size = scale / (1 - NEAR * toward);
      x[i] = middleX + size * across;
      y[i] = middleY - size * up;
      depth[i] = 0.5 + 0.5 * toward;
    }
  }

  /** Writes all points over a background; `colors` has one packed color for each step of depth, the farthest first. */
  paint(
    pixels: Uint32Array,
    width: number,
    height: number,
    radius: number,
    colors: Uint32Array,
    ground: number,
  ): void {
    pixels.fill(ground);
    this.#makeDiscs(radius);
    this.#sort();
    for (let step = 0; step < STEPS; step += 1) {
      const { dx, dy, cover } = this.#discs[step];
      const color = colors[step];
      const reach = LARGEST >> 1;
      for (let at = this.#starts[step]; at < this.#starts[step + 1]; at += 1) {
        const i = this.#order[at];
        const left = Math.round(this.x[i]);
        const top = Math.round(this.y[i]);
        if (left < reach || top < reach || left >= width - reach || top >= height - reach) {
          continue;
        }
        const middle = top * width + left;
        for (let k = 0; k < cover.length; k += 1) {
          const pixel = middle + dy[k] * width + dx[k];
          pixels[pixel] = cover[k] === 256 ? color : mixed(pixels[pixel], color, cover[k]);
        }
      }
    }
  }

  /** The point nearest to a place on the image, at most `reach` pixels away; -1 if there is none. */
  at(x: number, y: number, reach: number): number {
    let found = -1;
    let least = reach * reach;
    for (let i = 0; i < this.count; i += 1) {
      const distance = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
      if (distance < least || (distance === least && found >= 0 && this.depth[i] > this.depth[found])) {
        [found, least] = [i, distance];
      }
    }
    return found;
  }

  /** Counting sort by steps of depth. */
  #sort(): void {
    const starts = this.#starts;
    const steps = this.#steps;
    starts.fill(0);
    for (let i = 0; i < this.count; i += 1) {
      const step = Math.max(0, Math.min(STEPS - 1, Math.floor(this.depth[i] * STEPS)));
      steps[i] = step;
      starts[step + 1] += 1;
    }
    for (let step = 0; step < STEPS; step += 1) {
      starts[step + 1] += starts[step];
    }
    for (let i = this.count - 1; i >= 0; i -= 1) {
      // From behind, so that each start ends where its step begins.
      const step = steps[i];
      starts[step + 1] -= 1;
      this.#order[starts[step + 1]] = i;
    }
    for (let step = 0; step < STEPS; step += 1) {
      starts[step] = starts[step + 1];
    }
    starts[STEPS] = this.count;
  }

  #makeDiscs(radius: number): void {
    if (radius !== this.#radius) {
      this.#radius = radius;
      this.#discs.length = 0;
      for (let step = 0; step < STEPS; step += 1) {
        this.#discs.push(discOf(radius * (this.dimensions === 2 ? 1 : 0.55 + (0.65 * step) / (STEPS - 1))));
      }
    }
  }
}

/** The pixels of a disc and how much of each it covers: its edge is one pixel wide. */
function discOf(radius: number): Disc {
  const [dx, dy, cover]: number[][] = [[], [], []];
  const reach = Math.min(LARGEST >> 1, Math.ceil(radius));
  for (let row = -reach; row <= reach; row += 1) {
    for (let column = -reach; column <= reach; column += 1) {
      const share = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(row, column)));
      if (share > 0) {
        dx.push(column);
        dy.push(row);
        cover.push(Math.round(256 * share));
      }
    }
  }
  return { dx: Int8Array.from(dx), dy: Int8Array.from(dy), cover: Uint16Array.from(cover) };
}

/** A color over another: the channels are mixed two at a time. */
function mixed(under: number, over: number, cover: number): number {
  const rest = 256 - cover;
  const odd = (((under & 0xff00ff) * rest + (over & 0xff00ff) * cover) >>> 8) & 0xff00ff;
  const even = (((under >>> 8) & 0xff) * rest + ((over >>> 8) & 0xff) * cover) & 0xff00;
  return (0xff000000 | odd | even) >>> 0;
}

/** Colors for the steps of depth, from `far` to `near`; each a packed pixel. */
export function depthColors(far: readonly number[], near: readonly number[]): Uint32Array {
  return new Uint32Array(STEPS).map((_, step) => {
    const share = step / (STEPS - 1);
    const [red, green, blue] = far.map((channel, c) => Math.round(channel + share * (near[c] - channel)));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
