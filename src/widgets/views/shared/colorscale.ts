/** Numbers to colors: one scale for weights, from the page to blue, and one for signed numbers around 0. */

import { rgb, type RGBColor } from "d3-color";
import { interpolateLab } from "d3-interpolate";
import type { Palette } from "./theme.js";

const STEPS = 257; // odd, so that one color lies exactly in the middle

/** A ramp of colors, computed once for each color scheme. */
export interface Ramp {
  css: readonly string[];
  /** The same colors as canvas pixels. */
  pixels: Uint32Array;
  /** For each color, the text color that is easier to read on it. */
  ink: readonly string[];
}

export interface ColorScale {
  ramp: Ramp;
  minimum: number;
  maximum: number;
}

/** Equal steps of a weight are equal steps to the eye: the ramp is straight in CIE Lab. */
export function sequentialRamp(palette: Palette): Ramp {
  return makeRamp(interpolateLab(palette.page, palette.scaleHigh), palette);
}

/** The page's color stands for 0 and lies exactly in the middle. */
export function divergingRamp(palette: Palette): Ramp {
  const below = interpolateLab(palette.negative, palette.page);
  const above = interpolateLab(palette.page, palette.positive);
  return makeRamp((t) => (t < 0.5 ? below(2 * t) : above(2 * t - 1)), palette);
}

function makeRamp(interpolate: (t: number) => string, palette: Palette): Ramp {
  const css: string[] = [];
  const ink: string[] = [];
  const pixels = new Uint32Array(STEPS);
  const inkOn = readableInk(palette);
  for (let step = 0; step < STEPS; step += 1) {
    const color = rgb(interpolate(step / (STEPS - 1)));
    const [red, green, blue] = [color.r, color.g, color.b].map((channel) => Math.round(channel));
    const rounded = rgb(red, green, blue);
    css.push(rounded.formatHex());
    pixels[step] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0; // ImageData is little-endian RGBA
    ink.push(inkOn(rounded));
  }
  return { css, pixels, ink };
}

const READABLE = 4.5; // contrast that WCAG 2.2 asks of text

/** The page's own ink or its opposite where one can be read; in between only black or white can. */
function readableInk(palette: Palette): (background: RGBColor) => string {
  const inks = [palette.ink, palette.onStrong, "#000000", "#ffffff"].map((ink) => {
    return { ink, own: luminance(rgb(ink)) };
  });
  return (background) => {
    const other = luminance(background);
    return inks.find(({ own }) => ratio(own, other) >= READABLE)?.ink ?? palette.ink;
  };
}

/** Contrast ratio of two colors as WCAG 2.2 defines it, from 1 to 21. */
export function contrast(first: string, second: string): number {
  return ratio(luminance(rgb(first)), luminance(rgb(second)));
}

function ratio(first: number, second: number): number {
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
}

function luminance({ r, g, b }: RGBColor): number {
  const [red, green, blue] = [r, g, b].map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The place of a number on the ramp; what lies outside the scale takes its end. */
export function rampIndex(scale: ColorScale, value: number): number {
  const share = (value - scale.minimum) / (scale.maximum - scale.minimum);
  return Math.max(0, Math.min(STEPS - 1, Math.round(share * (STEPS - 1))));
}

/** Writes the colors of many numbers into `pixels`. */
export function writePixels(
  { ramp, minimum, maximum }: ColorScale,
  values: Float32Array,
  pixels: Uint32Array,
): void {
  const colors = ramp.pixels;
  const range = maximum - minimum;
  const last = STEPS - 1;
  for (let index = 0; index < values.length; index += 1) {
    const step = ((values[index] - minimum) / range) * last + 0.5;
    pixels[index] = colors[step <= 0 ? 0 : step >= last ? last : Math.floor(step)];
  }
}

/** From 0 to 1 while few words share a row; with many, to the largest weight, or the map would be blank. */
export function weightScale(ramp: Ramp, weights: Float32Array, n: number, manyWords: number): ColorScale {
  return { ramp, minimum: 0, maximum: n <= manyWords ? 1 : roundUp(largestMagnitude(weights)) };
}

/** As far below 0 as above it, so that a color says the same on both sides. */
export function signedScale(ramp: Ramp, values: Float32Array): ColorScale {
  const limit = roundUp(largestMagnitude(values));
  return { ramp, minimum: -limit, maximum: limit };
}

export function largestMagnitude(values: Float32Array): number {
  let [least, most] = [0, 0];
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value > most) {
      most = value;
    } else if (value < least) {
      least = value;
    }
  }
  return Math.max(most, -least);
}

/** The next number with two digits: ends of a scale that can be read. */
function roundUp(value: number): number {
  if (value === 0) {
    return 1;
  }
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit - 1e-9) * unit;
}
