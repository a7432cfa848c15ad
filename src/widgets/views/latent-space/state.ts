/** What the reader can change, and under which names it is synced. */

import type { Model } from "../../host/context.js";
import { readDefaultTraits, readTraits, type Traits } from "../shared/traits.js";

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

export const TRAITS: Traits<State> = {
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

export const readState = (model: Model): State => readTraits(model, TRAITS);

/** The state that the reset button restores. */
export const readDefaults = (model: Model): Change => readDefaultTraits(model, TRAITS);

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
