/** What one redraw of the explorer is made of. */

import type { Frame as ModelFrame } from "../models/frame.js";
import type { FamilyCard } from "./blocks.js";
import type { Chosen } from "./state.js";

export interface Frame extends Omit<ModelFrame, "card" | "palette" | "ramp"> {
  chosen: Chosen;
  card: FamilyCard;
  /** The block that is explained: the one under the pointer, else the picked one. */
  looked: Chosen["block"];
}
