/** What a model can read of a text: its parts, what stands in the way, what the reader should know, and what fits. */

import { InputError } from "../../engine/errors.js";
import type { OpenModel } from "../../host/models.js";
import type { ChineseReading, ReadChinese } from "./chinese.js";
import type { Speller } from "./compute.js";
import { TEXTS, type Asked, type ModelName } from "./state.js";

/** What to say about a text: a key of the string table and its values. */
export interface Note {
  key: string;
  values: Record<string, string | number>;
}

export interface Problem extends Note {
  /** Whether cutting the text would help. */
  canCut: boolean;
}

/** A model with what reads and spells for it. */
export interface Opened {
  model: OpenModel;
  speller: Speller;
  /** Of a translator. */
  readChinese: ReadChinese | null;
}

const BLANK = / ?_{2,}/u; // two underscores or more, with the space before them, which a token begins with

/** The longest beginning of a text that the model reads; of a writer's the longest end, which it goes on from. */
export async function cutText(opened: Opened, state: Asked, lane: string): Promise<string> {
  const characters = Array.from(state[TEXTS[state.model]]);
  const part = (count: number): string =>
    characters.slice(...(state.model === "writer" ? [characters.length - count] : [0, count])).join("");
  let [fits, tooLong] = [0, characters.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (await canRead(opened, state.model, part(middle), lane)) {
      fits = middle;
    } else {
      tooLong = middle;
    }
  }
  return part(fits);
}

async function canRead(
  { model, readChinese }: Opened,
  name: ModelName,
  text: string,
  lane: string,
): Promise<boolean> {
  if (readChinese !== null) {
    return readChinese(text).characters.length < model.info.config.max_length;
  }
  const typed = name === "reader" ? partsOf(text) : text;
  const options = name === "writer" ? { room: 1 } : {};
  try {
    await model.client.call("prepare", model.key, { typed, options }, lane);
    return true;
  } catch (error) {
    return error instanceof InputError && error.code !== "too-long";
  }
}

/** A text with blanks as its parts, null for each blank. */
export function partsOf(text: string): (string | null)[] {
  return text.split(BLANK).flatMap((part, place) => (place === 0 ? [part] : [null, part]));
}

/** What stands in the way of reading a text, and what the reader should know of how it is read. */
export function problemsOf({ model, readChinese }: Opened, state: Asked): [Problem | null, Note[]] {
  const text = state[TEXTS[state.model]];
  const stop = (key: string, values: Note["values"] = {}, canCut = false): [Problem, Note[]] => [
    { key, values, canCut },
    [],
  ];
  if (state.model === "writer") {
    return [null, text === "" ? [{ key: "models.begins", values: {} }] : []];
  }
  if (text.trim() === "") {
    return stop("models.empty");
  }
  if (state.model === "reader" && !BLANK.test(text)) {
    return stop("models.no-blank");
  }
  if (readChinese === null) {
    return [null, []];
  }
  const reading = readChinese(text);
  const count = reading.characters.length;
  const most = model.info.config.max_length - 1; // one place is the end token's
  if (!reading.hasKnown) {
    return stop("models.none-known", { characters: reading.unknown.join(" ") });
  }
  if (count > most) {
    return stop("models.long.translator", { count, most }, true);
  }
  return [null, notesOf(reading)];
}

function notesOf({ unknown, simplified }: ChineseReading): Note[] {
  const notes: Note[] = [];
  if (simplified.length > 0) {
    const pairs = simplified.map(([traditional, simple]) => `${traditional} → ${simple}`).join(", ");
    notes.push({ key: "models.simplified", values: { pairs } });
  }
  if (unknown.length > 0) {
    notes.push({ key: "models.unknown", values: { characters: unknown.join(" ") } });
  }
  return notes;
}

export function problemOf(error: unknown, { model: name }: Asked, { model }: Opened): Problem {
  if (error instanceof InputError && error.code === "too-long") {
    const { tokens, most } = error.values;
    return { key: `models.long.${name}`, values: { count: tokens, most }, canCut: true };
  }
  if (error instanceof InputError && error.code === "empty") {
    return { key: "models.empty", values: {}, canCut: false };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { key: "models.error", values: { detail, parameters: model.info.parameters }, canCut: false };
}
