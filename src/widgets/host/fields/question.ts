/** What a question lets into its state. */

import { isObject, type Kind } from "./field.js";

export const question: Kind = {
  shared: {}, // a link that gives the answer away would spoil the question
  fixed: {
    prompt: (value) => typeof value === "string",
    choices: (value) => Array.isArray(value) && value.length > 0 && value.every(isObject),
    picked: (value) => Number.isSafeInteger(value) && (value as number) >= -1,
  },
  conflict(state) {
    const picked = state["picked"] as number;
    const choices = (state["choices"] as unknown[]).length;
    return picked < choices ? null : `choice ${picked} is picked, but there are ${choices}`;
  },
};
