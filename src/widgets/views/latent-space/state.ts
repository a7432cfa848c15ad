/** What the reader can change, and under which names it is synced. */

import type { Model } from "../../host/context.js";

export const VIEWS = ["map", "analogy", "axes", "senses"] as const;
export type ViewName = (typeof VIEWS)[number];
export type Pair = readonly [low: string, high: string];
/** Turn and tilt in degrees, zoom, and how far the picture is moved right and down. */
export type CameraState = readonly [number, number, number, number, number];

export interface State {
  source: string;
  view: ViewName;
  word: string;
  projection: "pca" | "tsne";
  dimensions: 2 | 3;
  camera: CameraState;
  /** a - b + c. */
  terms: readonly string[];
  xAxis: readonly Pair[];
  yAxis: readonly Pair[];
  placed: readonly string[];
  /** The words of the meaning at +1, and of that at -1. */
  poles: readonly [readonly string[], readonly string[]];
}

export type Change = Partial<State>;

export const TRAITS: Readonly<Record<keyof State, string>> = {
  source: "source",
  view: "view",
  word: "word",
  projection: "projection",
  dimensions: "dimensions",
  camera: "camera",
  terms: "terms",
  xAxis: "x_axis",
  yAxis: "y_axis",
  placed: "placed",
  poles: "poles",
};

const NAMES = Object.keys(TRAITS) as (keyof State)[];

export function readState(model: Model): State {
  return Object.fromEntries(NAMES.map((name) => [name, model.get(TRAITS[name])])) as unknown as State;
}

/** The state that the reset button restores. */
export function readDefaults(model: Model): Change {
  const defaults = model.get<Record<string, unknown> | null>("defaults") ?? {};
  const known = NAMES.filter((name) => Object.hasOwn(defaults, TRAITS[name]));
  return Object.fromEntries(known.map((name) => [name, defaults[TRAITS[name]]]));
}

/** What the page knows of a table before it is there. */
export interface TableFacts {
  words: number;
  dim: number;
  /** The names of its files; null where the whole table is in the state. */
  vectors: string | null;
  names: string | null;
  tsne: string | null;
}

/** What the page offers to begin with. */
export interface Presets {
  axes: Readonly<Record<string, readonly Pair[]>>;
  analogies: readonly (readonly string[])[];
  senses: readonly (readonly [string, readonly string[], readonly string[]])[];
}
