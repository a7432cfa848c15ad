/** How the picture comes from stage to stage: a step at a time as it plays, or to where the reader sends it. */

import { STAGES } from "./stages.js";

export const MOVE = 700; // ms from one stage to the next
export const REST = 1500; // ms at a stage while it plays
export const LAST = STAGES.length - 1;
const LONGEST_FRAME = 50; // ms: a page that was busy does not make the picture jump

export interface MotionOptions {
  /** The stage that the state has now. */
  now: () => number;
  show: (stage: number) => void;
  redraw: () => void;
}

export class Motion {
  /** What is drawn: between stages while it moves; -1 before the first drawing. */
  position = -1;
  readonly #options: MotionOptions;
  readonly #stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  #movedAt = 0;
  #frame: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: MotionOptions) {
    this.#options = options;
  }

  get isPlaying(): boolean {
    return this.#timer !== null;
  }

  /** Goes to a stage, and no further. */
  go(stage: number): void {
    this.stop();
    this.#options.show(Math.max(0, Math.min(LAST, stage)));
  }

  /** Plays on from here, from the last stage anew; or halts where it plays. */
  toggle(): void {
    const { now, show, redraw } = this.#options;
    if (this.isPlaying) {
      this.stop();
      redraw();
      return;
    }
    const isAtEnd = now() >= LAST;
    const next = (): void => {
      const stage = now() + 1;
      this.#timer = stage < LAST ? setTimeout(next, MOVE + REST) : null;
      show(stage);
    };
    this.#timer = setTimeout(next, isAtEnd ? REST : 0);
    show(isAtEnd ? 0 : now());
  }

  stop(): void {
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    if (this.#frame !== null) {
      cancelAnimationFrame(this.#frame);
      this.#frame = null;
    }
  }

  /** Comes closer to a stage with each frame; at once where motion is not wanted, or the way is long. */
  approach(goal: number): void {
    const now = performance.now();
    const way = goal - this.position;
    if (this.position < 0 || this.#stillness.matches || Math.abs(way) > 1.001) {
      this.position = goal;
    } else if (way !== 0) {
      const passed = Math.min(LONGEST_FRAME, now - this.#movedAt) / MOVE;
      this.position = Math.abs(way) <= passed ? goal : this.position + Math.sign(way) * passed;
    }
    this.#movedAt = now;
    if (this.position !== goal && this.#frame === null) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = null;
        this.#options.redraw();
      });
    }
  }
}
