/** The few lines of Python that give what is on screen. */

import { programOf as programOfModel } from "../models/pythoncode.js";
import type { State } from "../models/state.js";
import { pythonText } from "../shared/pythontext.js";
import type { Chosen } from "./state.js";

/** What the model made of the text, then how many weights each block that stays has. */
export function programOf(chosen: Chosen, state: State, writes: number): string {
  const weights = `print(FamilyExplorer(${pythonText(chosen.family)}).weights)\n`;
  return [programOfModel(state, writes), "from attnlab.widgets import FamilyExplorer", "", weights].join(
    "\n",
  );
}
