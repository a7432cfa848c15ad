/**
 * What each kind of widget lets into its state: which values a field may have, and how a shared link spells them.
 *
 * A link can be written by anyone, so a value from it is used only when it passes here, and then only ever as text,
 * a number or a choice.
 */

import { families } from "./fields/families.js";
import type { Field, Kind, State } from "./fields/field.js";
import { heads } from "./fields/heads.js";
import { latentSpace } from "./fields/latent-space.js";
import { masks } from "./fields/masks.js";
import { models } from "./fields/models.js";
import { positions } from "./fields/positions.js";
import { question } from "./fields/question.js";
import { selfAttention } from "./fields/self-attention.js";
import { tokens } from "./fields/tokens.js";
import { translation } from "./fields/translation.js";
import { word2vec } from "./fields/word2vec.js";

export type { State } from "./fields/field.js";

const KINDS: Readonly<Record<string, Kind>> = {
  "self-attention": selfAttention,
  question,
  models,
  families,
  heads,
  tokens,
  "latent-space": latentSpace,
  translation,
  word2vec,
  masks,
  positions,
};

const VERSION = 1;

/** The fields of a kind that a shared link may carry. */
export function sharedFields(kind: string): Readonly<Record<string, Field>> {
  return KINDS[kind].shared;
}

/** What is wrong with the state of a widget, in words, or null. */
export function problemWith(state: State): string | null {
  const kind = state["kind"];
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    return `no widget of kind ${JSON.stringify(kind)}; known are ${Object.keys(KINDS).join(", ")}`;
  }
  if (state["version"] !== VERSION) {
    return `the state has version ${JSON.stringify(state["version"])}, expected ${VERSION}`;
  }
  return problemWithFields(kind, state) ?? KINDS[kind].conflict(state);
}

function problemWithFields(kind: string, state: State): string | null {
  const { shared, fixed } = KINDS[kind];
  const wrongShared = Object.keys(shared).find((key) => !shared[key].accepts(state[key]));
  const wrong = wrongShared ?? Object.keys(fixed).find((key) => !fixed[key](state[key]));
  return wrong === undefined ? null : `the state's ${wrong} cannot be ${excerpt(state[wrong])}`;
}

function excerpt(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
