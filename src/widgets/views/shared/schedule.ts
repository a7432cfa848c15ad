/** Redraws at most once a frame, however many events ask for it. */

export const UPDATE_MEASURE = "attn:update";

export interface Redraw {
  request(): void;
  cancel(): void;
}

/** Each redraw leaves one `performance.measure`, so that a benchmark can read its script time from outside. */
export function coalesced(draw: () => void): Redraw {
  let frame: number | null = null;
  const run = (): void => {
    frame = null;
    const start = performance.now();
    draw();
    performance.clearMeasures(UPDATE_MEASURE); // a page stays open for hours: keep one entry, not one a frame
    performance.measure(UPDATE_MEASURE, { start });
  };
  return {
    request: () => {
      frame ??= requestAnimationFrame(run);
    },
    cancel: () => {
      if (frame !== null) {
        cancelAnimationFrame(frame);
        frame = null;
      }
    },
  };
}

/** Calls `action` once, `delay` milliseconds after the last request; `flush` does not wait, `hold` waits for it. */
export function trailing(action: () => void, delay: number): Redraw & { flush(): void; hold(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsked = false;
  const hold = (): void => clearTimeout(timer);
  const cancel = (): void => {
    hold();
    isAsked = false;
  };
  const flush = (): void => {
    if (isAsked) {
      cancel();
      action();
    }
  };
  return {
    request: () => {
      cancel();
      isAsked = true;
      timer = setTimeout(flush, delay);
    },
    cancel,
    flush,
    hold,
  };
}

/** Remembers the last result, and returns it while every argument stays the same object. */
export function memo<Arguments extends readonly unknown[], Result>(
  compute: (...values: Arguments) => Result,
): (...values: Arguments) => Result {
  let last: { values: Arguments; result: Result } | null = null;
  return (...values) => {
    const known = last;
    if (known === null || values.some((value, index) => !Object.is(value, known.values[index]))) {
      last = { values, result: compute(...values) };
      return last.result;
    }
    return known.result;
  };
}
