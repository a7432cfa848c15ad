/** From what a reader typed to the ids that a model reads. */

import { InputError } from "../errors.js";
import { normalizeChinese } from "../text/index.js";
import type { LoadedModel } from "./load.js";

/** A text, or its parts with `null` for each blank that a reader model is to fill. */
export type Typed = string | readonly (string | null)[];

export interface PrepareOptions {
  /** Drop the tokens beyond the model's longest text; without it they are an error. */
  cut?: boolean;
  /** Tokens to leave room for, as a prompt needs for what is written after it. */
  room?: number;
}

export interface Prepared {
  /** With the start and end tokens that this model reads. */
  ids: number[];
  /** What each of them shows as. */
  shown: string[];
  /** The text after normalization, without what was cut. */
  text: string;
  /** How many of the typed tokens the model does not know. */
  unknown: number;
  /** How many typed tokens there were. */
  typed: number;
  /** How many of them were cut off. */
  dropped: number;
}

/**
 * The ids of a typed text: for a translator the text and the end token, for a writer the start token and the text,
 * for a reader the text between both. Throws `InputError` for a text that is too long and, unless a writer can begin
 * by itself, for an empty one. Cutting leaves out the end of a text, but the beginning of one that is gone on with.
 */
export function prepare(loaded: LoadedModel, typed: Typed, options: PrepareOptions = {}): Prepared {
  const { model, reads } = loaded;
  const { start, end, mask, unknown } = reads.special;
  const { family, config } = model;
  const parts = typeof typed === "string" ? [typed] : typed;
  const ids = parts.flatMap((part) => (part === null ? blank(mask) : wordsOf(loaded, part)));
  const isWriter = family === "decoder-only" && start !== null;
  if (ids.length === 0 && !isWriter) {
    throw new InputError("the text is empty: there are 0 tokens to read", "empty");
  }
  const before = family === "encoder-decoder" || start === null ? [] : [start];
  const after = family === "decoder-only" || end === null ? [] : [end];
  const most = config.max_length - before.length - after.length - (options.room ?? 0);
  if (ids.length > most && options.cut !== true) {
    throw new InputError(
      `the text has ${ids.length} tokens, but the model reads at most ${most}`,
      "too-long",
      {
        tokens: ids.length,
        most,
      },
    );
  }
  const room = Math.max(most, 0);
  const kept = isWriter ? ids.slice(Math.max(ids.length - room, 0)) : ids.slice(0, room);
  const all = [...before, ...kept, ...after];
  return {
    ids: all,
    shown: all.map((id) => reads.show(id)),
    text: reads.decode(kept),
    unknown: kept.filter((id) => id === unknown).length,
    typed: ids.length,
    dropped: ids.length - kept.length,
  };
}

function blank(mask: number | null): number {
  if (mask === null) {
    throw new RangeError("this model has no mask token: it fills no blanks");
  }
  return mask;
}

/** The ids of a text alone. WordPiece puts its own marks around a text, which come later. */
function wordsOf({ model, reads, simplified }: LoadedModel, text: string): number[] {
  if (model.family === "encoder-decoder" && reads.kind === "characters") {
    const characters = Array.from(normalizeChinese(text), (one) => simplified.get(one) ?? one);
    return reads.encode(characters.join(""));
  }
  const ids = reads.encode(text);
  return reads.kind === "wordpiece" ? ids.slice(1, -1) : ids;
}
