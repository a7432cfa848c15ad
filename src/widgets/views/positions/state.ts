/** What the reader can change, and under which names it is synced. */

import { ADDED, SCHEMES, type Added, type Scheme } from "../../engine/positions.js";
import type { Model } from "../../host/context.js";
import { readDefaultTraits, readTraits, sameNames } from "../shared/traits.js";

export { ADDED, SCHEMES, type Added, type Scheme };

export const VIEWS = ["encoding", "sum", "shuffle", "schemes"] as const;
export type ViewName = (typeof VIEWS)[number];
export const MAX_TOKENS = 12;
export const MAX_TEXT = 200; // characters; a state holds no more
export const WIDTH = { least: 4, most: 128, step: 2 } as const;
export const LENGTH = { least: 8, most: 128, step: 1 } as const;
/** Where the slider of the base stands: equal steps of its logarithm, as far as round numbers allow. */
export const BASES = [0, 1, 2, 3, 4, 5]
  .flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
  .filter((base) => base > 1)
  .concat(1_000_000);

export interface State {
  view: ViewName;
  /** Entries of a position's vector. */
  width: number;
  base: number;
  /** Positions on screen. */
  length: number;
  position: number;
  /** The pair of entries that is followed. */
  pair: number;
  text: string;
  /** Which token stands at each place, counted in the original order: "4,1,2,3,0"; "" for the original order. */
  order: string;
  positions: boolean;
  added: Added;
  /** The token that is looked at, counted in the original order. */
  token: number;
  scheme: Scheme;
  head: number;
}

export type Change = Partial<State>;

export const TRAITS = sameNames<State>(
  ...(["view", "width", "base", "length", "position", "pair", "text", "order"] as const),
  ...(["positions", "added", "token", "scheme", "head"] as const),
);

export const readState = (model: Model): State => readTraits(model, TRAITS);

/** The state that the reset button restores. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

/** The order of T tokens. One that was made for another number of them is that of the text. */
export function orderOf(text: string, T: number): number[] {
  const order = text === "" ? [] : text.split(",").map(Number);
  const isOrder = order.length === T && new Set(order).size === T && order.every((token) => token < T);
  return isOrder ? order : Array.from({ length: T }, (_, token) => token);
}

export const isMoved = (order: readonly number[]): boolean => order.some((token, place) => token !== place);

export const orderText = (order: readonly number[]): string => (isMoved(order) ? order.join(",") : "");

/** The order after one word was moved to another place. */
export function moved(order: readonly number[], from: number, to: number): number[] {
  const others = order.filter((_, place) => place !== from);
  return [...others.slice(0, to), order[from], ...others.slice(to)];
}

export const swapped = (order: readonly number[], one: number, other: number): number[] =>
  order.map((token, place) => (place === one ? order[other] : place === other ? order[one] : token));

/** Another order of the same words; `random` gives numbers from 0 up to 1. One word has but one order. */
export function shuffledOrder(order: readonly number[], random: () => number): number[] {
  const next = [...order];
  for (let place = next.length - 1; place > 0; place -= 1) {
    const other = Math.floor(random() * (place + 1));
    [next[place], next[other]] = [next[other], next[place]];
  }
  const isSame = next.every((token, place) => token === order[place]);
  return isSame && next.length > 1 ? swapped(next, 0, next.length - 1) : next;
}

export const clamp = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, value));

/** The step of the slider that stands for a base, also for one between two steps. */
export function nearestBase(base: number): number {
  const distance = (one: number): number => Math.abs(Math.log(one / base));
  return BASES.reduce((best, one, step) => (distance(one) < distance(BASES[best]) ? step : best), 0);
}
