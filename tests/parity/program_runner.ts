/** The program that a widget offers under "Python", for states as pages have them: one JSON in, one JSON out. */

import { readFileSync } from "node:fs";
import { tableFromState, type TableState } from "../../src/widgets/engine/table.js";
import type { Model } from "../../src/widgets/host/context.js";
import * as families from "../../src/widgets/views/families/pythoncode.js";
import { askedOf, readChosen } from "../../src/widgets/views/families/state.js";
import * as heads from "../../src/widgets/views/heads/pythoncode.js";
import * as headsState from "../../src/widgets/views/heads/state.js";
import * as space from "../../src/widgets/views/latent-space/pythoncode.js";
import * as spaceState from "../../src/widgets/views/latent-space/state.js";
import * as masks from "../../src/widgets/views/masks/pythoncode.js";
import * as masksState from "../../src/widgets/views/masks/state.js";
import * as models from "../../src/widgets/views/models/pythoncode.js";
import * as modelsState from "../../src/widgets/views/models/state.js";
import * as positions from "../../src/widgets/views/positions/pythoncode.js";
import { readSentence } from "../../src/widgets/views/positions/reading.js";
import * as positionsState from "../../src/widgets/views/positions/state.js";
import * as attention from "../../src/widgets/views/self-attention/pythoncode.js";
import * as attentionState from "../../src/widgets/views/self-attention/state.js";
import * as tokens from "../../src/widgets/views/tokens/pythoncode.js";
import * as tokensState from "../../src/widgets/views/tokens/state.js";
import * as translation from "../../src/widgets/views/translation/pythoncode.js";
import * as translationState from "../../src/widgets/views/translation/state.js";
import * as word2vec from "../../src/widgets/views/word2vec/pythoncode.js";
import * as word2vecState from "../../src/widgets/views/word2vec/state.js";

/** What a view knows beside its state. */
interface Beside extends translation.Told {
  dk: number;
  fromTable: boolean;
  /** How many tokens stand on screen. */
  written: number;
  followed: string;
  /** The query that is looked at. */
  row: number;
}

const PROGRAMS: Readonly<Record<string, (model: Model, beside: Beside) => string>> = {
  "self-attention": (model, { dk, fromTable }) =>
    attention.programOf({ state: attentionState.readState(model), dk, fromTable }),
  models: (model, { written }) => models.programOf(modelsState.readState(model), written),
  families: (model, { written }) => {
    const chosen = readChosen(model);
    return families.programOf(chosen, askedOf(chosen, []), written);
  },
  tokens: (model) => tokens.programOf(tokensState.readState(model)),
  "latent-space": (model) => space.programOf(spaceState.readState(model)),
  heads: (model) => {
    const state = headsState.readState(model);
    return heads.programOf(state, model.get<Record<string, headsState.Card>>("cards")[state.model]);
  },
  masks: (model, { row }) => masks.programOf(masksState.readState(model), row),
  translation: (model, told) => translation.programOf(translationState.readState(model), told),
  positions: (model) => {
    const state = positionsState.readState(model);
    const reading = readSentence(state.text, tableFromState(model.get("table") as TableState), true);
    return positions.programOf({ state, reading, order: positionsState.orderOf(state.order, reading.T) });
  },
  word2vec: (model, { followed }) => word2vec.programOf(word2vecState.readState(model), followed),
};

interface Job {
  state: Record<string, unknown>;
  beside: Beside;
}

const { jobs } = JSON.parse(readFileSync(0, "utf8")) as { jobs: Job[] };
const programs = jobs.map(({ state, beside }) => {
  const model = { get: (name: string) => state[name] } as unknown as Model;
  return PROGRAMS[state["kind"] as string](model, beside);
});
process.stdout.write(JSON.stringify(programs));
