/** The map as numbers and names: what is drawn, how large it will be in the end, and which rows are the reader's own. */

import type { Around } from "../shared/attentionmap.js";
import { weightScale, type Ramp } from "../shared/colorscale.js";
import { fixed } from "../shared/format.js";
import type { Matrix } from "../shared/heatmap.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions } from "./frame.js";
import { shownOf, weightsOf, type Run, type Shown } from "./run.js";
import type { OwnRow, State } from "./state.js";

const MANY_COLUMNS = 24; // from here on the scale ends at the largest weight

export interface Names {
  rows: readonly string[];
  columns: readonly string[];
}

/** Which weights are looked at, and what marks their rows. */
export type Looked = Pick<State, "look" | "head" | "rows">;

/** What this row of the shown attention is overwritten with, for the shown head or for all of them; the last counts. */
export function ownRowOf(state: Looked, attention: string, query: number): OwnRow | undefined {
  const fits = (row: OwnRow): boolean =>
    row.attention === attention && row.query === query && (row.head === state.head || row.head === -1);
  return state.rows.filter(fits).at(-1);
}

export function namesOf(run: Run, shown: Shown, state: Looked, attention: string, t: Actions["t"]): Names {
  const written = shown.tokens.map(({ text }) => visibleToken(text));
  const chosen = shown.rows.length > written.length ? [...written, t("translation.next")] : written;
  const read = run.read.map(visibleToken);
  const rows = state.look === "encoder" ? read : chosen;
  const columns = state.look === "decoder" ? ["<start>", ...written].slice(0, rows.length) : read;
  const marked = rows.map((name, query) =>
    ownRowOf(state, attention, query) === undefined ? name : `✎ ${name}`,
  );
  return { rows: marked, columns };
}

export function matrixOf(
  run: Run,
  shown: Shown,
  state: Looked,
  attention: string,
  ramp: Ramp,
  t: Actions["t"],
): Matrix {
  const { rows, columns, values } = weightsOf(run, shown, state.look, attention, state.head);
  const scale = weightScale(ramp, values, columns, MANY_COLUMNS);
  return {
    names: namesOf(run, shown, state, attention, t),
    ...{ rows, columns, values, scale, notes: null, hiddenRow: -1 },
    cellText: (value) => fixed(value, 2),
    captions: {
      rows: t(`translation.axis.rows.${state.look === "encoder" ? "encoder" : "decoder"}`),
      columns: t("models.axis.columns.reader"),
    },
    legend: ["0", fixed(scale.maximum / 2, 2), fixed(scale.maximum, 2)],
  };
}

/** The map at the end of the translation: until then it grows by a row with each token, and its cells stay as large. */
export function wholeOf(
  run: Run,
  shown: Shown,
  state: Looked,
  attention: string,
  t: Actions["t"],
): NonNullable<Around["whole"]> {
  const now = namesOf(run, shown, state, attention, t);
  const end = namesOf(run, shownOf(run, null), state, attention, t);
  const names = { rows: [...now.rows, ...end.rows], columns: [...now.columns, ...end.columns] };
  if (state.look === "encoder") {
    return { names, rows: now.rows.length, columns: now.columns.length };
  }
  const longest = Math.max(now.rows.length, ...run.levels.map(({ best }) => best.length));
  return { names, rows: longest, columns: state.look === "decoder" ? longest : now.columns.length };
}
