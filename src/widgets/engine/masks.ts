/**
 * Masks and what attention makes of them, one head at a time: the same numbers as `attnlab.widgets.mask_results`.
 *
 * A mask is (Tq, Tk), row by row: a query's row, a key's column, 1 = may attend.
 */

export const PRESETS = [
  "causal",
  "padding",
  "causal-padding",
  "prefix",
  "window",
  "none",
  "cross",
  "own",
  "own-cross",
] as const;
export type Preset = (typeof PRESETS)[number];

export const FAULTS = ["none", "inverted", "wrong-axis", "empty-row", "half-precision"] as const;
export type Fault = (typeof FAULTS)[number];

/** The sizes of the presets that have one. */
export interface Sizes {
  /** How many positions a query sees, its own included. */
  window: number;
  /** How many of the first keys everyone sees. */
  prefix: number;
  /** How many of the last keys are padding. */
  padding: number;
}

export interface Mask {
  Tq: number;
  Tk: number;
  allowed: Uint8Array;
}

/** The mask of a preset. One that the reader painted is not made here: it begins as causal, or, of a cross-attention, open. */
export function presetMask(preset: Preset, Tq: number, Tk: number, { window, prefix, padding }: Sizes): Mask {
  const isReal = (k: number): boolean => k < Tk - padding;
  const rules: Readonly<Record<Preset, (q: number, k: number) => boolean>> = {
    causal: (q, k) => k <= q,
    padding: (_, k) => isReal(k),
    "causal-padding": (q, k) => k <= q && isReal(k),
    prefix: (q, k) => k <= q || k < prefix,
    window: (q, k) => k <= q && q - k < window,
    none: () => true,
    cross: (_, k) => isReal(k),
    own: (q, k) => k <= q,
    "own-cross": () => true,
  };
  const rule = rules[preset];
  const allowed = Uint8Array.from({ length: Tq * Tk }, (_, cell) =>
    rule(Math.floor(cell / Tk), cell % Tk) ? 1 : 0,
  );
  return { Tq, Tk, allowed };
}

/** What a mistake makes of a mask. Half precision leaves it as it is: that fault is in the arithmetic. */
export function faultyMask(mask: Mask, fault: Fault, row: number): Mask {
  const { Tq, Tk, allowed } = mask;
  switch (fault) {
    case "inverted":
      return { ...mask, allowed: allowed.map((cell) => 1 - cell) };
    case "wrong-axis":
      // Rows and columns exchanged; only a square mask hides the mistake.
      return Tq === Tk
        ? { ...mask, allowed: allowed.map((_, cell) => allowed[(cell % Tk) * Tk + Math.floor(cell / Tk)]) }
        : mask;
    case "empty-row":
      return { ...mask, allowed: allowed.map((cell, at) => (Math.floor(at / Tk) === row ? 0 : cell)) };
    default:
      return mask;
  }
}

/** Scores with `-Infinity` where nobody may look, and their softmax; a row without any key becomes `empty`. */
export function maskedSoftmax(
  scores: Float32Array,
  { Tq, Tk, allowed }: Mask,
  empty: number,
): { masked: Float32Array; weights: Float32Array } {
  const masked = scores.map((score, cell) => (allowed[cell] ? score : -Infinity));
  const weights = new Float32Array(masked.length);
  for (let q = 0; q < Tq; q += 1) {
    const row = masked.subarray(q * Tk, (q + 1) * Tk);
    weights.set(row.some((score) => score > -Infinity) ? softmax(row) : row.map(() => empty), q * Tk);
  }
  return { masked, weights };
}

/** A softmax that looks for nothing: minus infinity everywhere gives NaN. */
function softmax(row: Float32Array): number[] {
  const most = row.reduce((one, other) => Math.max(one, other), -Infinity);
  const powers = Array.from(row, (score) => Math.exp(score - most));
  const sum = powers.reduce((one, other) => one + other, 0);
  return powers.map((power) => power / sum);
}

/**
 * The same in half precision: the sentinel is added to the scores that are not allowed, and every score, the sum and
 * the weights are rounded to float16. The softmax between is computed in full, as on most hardware.
 */
export function halfSoftmax(
  scores: Float32Array,
  { Tq, Tk, allowed }: Mask,
  sentinel: number,
): { masked: Float32Array; weights: Float32Array } {
  const low = roundToHalf(sentinel);
  const masked = scores.map((score, cell) => {
    const half = roundToHalf(score);
    return allowed[cell] ? half : roundToHalf(half + low);
  });
  const weights = new Float32Array(masked.length);
  for (let q = 0; q < Tq; q += 1) {
    const row = masked.subarray(q * Tk, (q + 1) * Tk);
    weights.set(softmax(row).map(roundToHalf), q * Tk);
  }
  return { masked, weights };
}

const LARGEST_HALF = 65_504;
const LEAST_EXPONENT = -14; // of a float16 that is not subnormal
const FRACTION_BITS = 10;

/** The nearest float16, of two equally near ones the even; what lies beyond the largest becomes infinity. */
export function roundToHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) {
    return value;
  }
  const exponent = Math.max(LEAST_EXPONENT, Math.floor(Math.log2(Math.abs(value))));
  const unit = 2 ** (exponent - FRACTION_BITS);
  const steps = value / unit;
  const below = Math.floor(steps);
  const rest = steps - below;
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const rounded = (below + (isUp ? 1 : 0)) * unit;
  return Math.abs(rounded) > LARGEST_HALF ? Math.sign(value) * Infinity : rounded;
}

/** How much of the weights lies where nobody may look: the mean over the rows. */
export function leakOf(weights: Float32Array, { Tq, allowed }: Mask): number {
  return weights.reduce((sum, weight, cell) => sum + (allowed[cell] ? 0 : weight), 0) / Tq;
}

/** Whose information can reach whom after so many layers: square masks only, (T, T), 1 = reaches. */
export function reachOf({ Tk, allowed }: Mask, layers: number): Uint8Array {
  let reached = Uint8Array.from({ length: Tk * Tk }, (_, cell) =>
    Math.floor(cell / Tk) === cell % Tk ? 1 : 0,
  );
  for (let layer = 0; layer < layers; layer += 1) {
    // A token keeps what it had: what attention finds is added to it.
    reached = reached.map((own, cell) => {
      const [q, from] = [Math.floor(cell / Tk), cell % Tk];
      let found = own;
      for (let k = 0; k < Tk && found === 0; k += 1) {
        found = allowed[q * Tk + k] & reached[k * Tk + from];
      }
      return found;
    });
  }
  return reached;
}

/** A painted mask as a text: a row after the other, "100/110/111". */
export function textOf({ Tq, Tk, allowed }: Mask): string {
  return Array.from({ length: Tq }, (_, q) => allowed.subarray(q * Tk, (q + 1) * Tk).join("")).join("/");
}

/** A painted mask from its text, on top of the mask that gives the cells which the text does not have. */
export function maskOf(text: string, { Tq, Tk, allowed: before }: Mask): Mask {
  const rows = text.split("/");
  const allowed = Uint8Array.from({ length: Tq * Tk }, (_, cell) => {
    const [q, k] = [Math.floor(cell / Tk), cell % Tk];
    const found = rows.at(q)?.[k];
    return found === undefined || q >= rows.length ? before[cell] : Number(found === "1");
  });
  return { Tq, Tk, allowed };
}
