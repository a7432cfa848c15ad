/** Which view shows which kind of widget. */

import { mount as mountModels } from "../views/models/index.js";
import { mount as mountQuestion } from "../views/question/index.js";
import { mount as mountSelfAttention } from "../views/self-attention/index.js";
import type { ViewFactory } from "./context.js";

const VIEWS: Readonly<Record<string, ViewFactory>> = {
  models: mountModels,
  question: mountQuestion,
  "self-attention": mountSelfAttention,
};

export function viewOf(kind: unknown): ViewFactory {
  if (typeof kind !== "string" || !Object.hasOwn(VIEWS, kind)) {
    throw new Error(`no widget of kind ${JSON.stringify(kind)}; known are ${Object.keys(VIEWS).join(", ")}`);
  }
  return VIEWS[kind];
}
