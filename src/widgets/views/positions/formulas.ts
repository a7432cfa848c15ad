/** The arithmetic behind the numbers on screen, as elements: what stands there can be worked out by hand. */

import { hands } from "../../engine/positions.js";
import { element, type Child } from "../shared/dom.js";
import { exact, fixed, short, thousands } from "../shared/format.js";
import type { State } from "./state.js";

const TERMS = 3; // of a sum, before the dots

const raised = (text: string): HTMLElement => element("sup", {}, text);
const lowered = (text: string): HTMLElement => element("sub", {}, text);

/** One entry of the encoding: sin(10 / 10000^(4/32)) = sin(3.1623) = −0.0207. */
export function entryFormula({ width, base }: State, position: number, entry: number): Child[] {
  const name = entry % 2 === 0 ? "sin" : "cos";
  const exponent = entry - (entry % 2);
  const { angle, sin, cos } = hands(position, width, base)[exponent / 2];
  const value = entry % 2 === 0 ? sin : cos;
  return [
    `${name}(${position} / ${thousands(base)}`,
    raised(`${exponent}/${width}`),
    `) = ${name}(${exact(angle)}) = ${fixed(value, 4)}`,
  ];
}

/** A dot product as a sum over the pairs: cos(3 · 1) + cos(3 · 0.5623) + … = 12.34. */
export function dotFormula({ width, base, position }: State, other: number, product: number): Child[] {
  const distance = Math.abs(position - other);
  const pairs = hands(distance, width, base);
  const speeds = hands(1, width, base);
  const shown = pairs.slice(0, TERMS);
  const rest = pairs.length > TERMS ? [" + …"] : [];
  const terms = shown.map((_, pair) => `cos(${distance} · ${short(speeds[pair].angle)})`).join(" + ");
  const values = shown.map(({ cos }, pair) => withSign(cos, pair)).join("");
  return [
    ...["p", lowered(String(position)), " · p", lowered(String(other)), ` = ${terms}`, ...rest],
    ...[`\n= ${values}`, ...rest, ` = ${fixed(product, 4)}`],
  ];
}

function withSign(value: number, place: number): string {
  if (place === 0) {
    return fixed(value, 2);
  }
  return value < 0 ? ` − ${fixed(-value, 2)}` : ` + ${fixed(value, 2)}`;
}

/** How much an output changed; nothing at all is 0 and not 0.0000. */
export const changeText = (change: number): string => (change === 0 ? "0" : exact(change));

/** A share of right answers; a dash where a model could not even read the text. */
export const shareText = (share: number): string => (Number.isNaN(share) ? "–" : `${fixed(100 * share, 0)}%`);

/** A wavelength short enough to stand under a clock: 6.28, 112, 35k. */
export function wavelengthText(wavelength: number): string {
  if (wavelength >= 1e6) {
    return `${fixed(wavelength / 1e6, 1)}M`;
  }
  if (wavelength >= 1e4) {
    return `${fixed(wavelength / 1e3, 0)}k`;
  }
  return wavelength >= 100 ? fixed(wavelength, 0) : fixed(wavelength, wavelength >= 10 ? 1 : 2);
}
