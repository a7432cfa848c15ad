/** A map: where each word lies in a picture of two or three dimensions. */

import type { Listed } from "../../engine/space/neighbors.js";
import type { Space } from "../../engine/space/table.js";

export interface Chart {
  words: readonly string[];
  index: ReadonlyMap<string, number>;
  dimensions: 2 | 3;
  /** As they were computed: words x dimensions; null of a map of which only some words are there. */
  places: Float64Array | null;
  /** The same around their middle, in a ball of radius 1: what is drawn. */
  drawn: Float32Array;
  /** The share of the variance along each axis of PCA. */
  shares: readonly number[];
  /** How many of its ten nearest a word keeps on average; null while that is computed. */
  meanOverlap: number | null;
}

/** What Python computed over the whole table for the page to begin with. */
export interface Example {
  source: string;
  map: {
    word: string;
    projection: string;
    dimensions: 2 | 3;
    neighbors: Listed;
    picture: Listed;
    mean_overlap: number;
    shares: number[];
    words: string[];
    /** Base64 of float32, around the middle of the whole map, whose radius comes with it. */
    places: string;
    radius: number;
  };
  analogy?: { terms: string[]; excluded: Listed; included: Listed };
  senses?: { word: string; neighbors: Listed };
}

export function chartOf(
  space: Space,
  places: Float64Array,
  dimensions: 2 | 3,
  shares: readonly number[],
): Chart {
  const count = space.words.length;
  const center = Array.from({ length: dimensions }, (_, c) => {
    let sum = 0;
    for (let at = c; at < places.length; at += dimensions) {
      sum += places[at];
    }
    return sum / count;
  });
  let radius = 0;
  for (let at = 0; at < places.length; at += dimensions) {
    let squared = 0;
    for (let c = 0; c < dimensions; c += 1) {
      squared += (places[at + c] - center[c]) ** 2;
    }
    radius = Math.max(radius, Math.sqrt(squared));
  }
  const drawn = new Float32Array(places.length);
  for (let at = 0; at < places.length; at += 1) {
    drawn[at] = (places[at] - center[at % dimensions]) / (radius || 1);
  }
  return { words: space.words, index: space.index, dimensions, places, drawn, shares, meanOverlap: null };
}

const decoded = new WeakMap<Example, Chart>();

/** The part of the first map that the page carries, if it is that map that is asked for. */
export function exampleChart(
  example: Example,
  source: string,
  projection: string,
  dimensions: number,
): Chart | null {
  const { map } = example;
  if (source !== example.source || projection !== map.projection || dimensions !== map.dimensions) {
    return null;
  }
  const known = decoded.get(example);
  if (known !== undefined) {
    return known;
  }
  const bytes = Uint8Array.from(atob(map.places), (character) => character.charCodeAt(0));
  const drawn = new Float32Array(bytes.buffer).map((number) => number / (map.radius || 1));
  const index = new Map(map.words.map((word, row) => [word, row]));
  const { words, dimensions: drawnIn, shares, mean_overlap: mean } = map;
  const chart = { words, index, dimensions: drawnIn, places: null, drawn, shares, meanOverlap: mean };
  decoded.set(example, chart);
  return chart;
}
