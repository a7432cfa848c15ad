/** Which view shows which kind of widget. The modules in `entries/` register them; a page has those that it shows. */

import type { ViewFactory } from "./context.js";

const views = new Map<string, ViewFactory>();

export function register(kind: string, mount: ViewFactory): void {
  views.set(kind, mount);
}

export function viewOf(kind: unknown): ViewFactory {
  const view = typeof kind === "string" ? views.get(kind) : undefined;
  if (view === undefined) {
    throw new Error(`no widget of kind ${JSON.stringify(kind)}; known are ${[...views.keys()].join(", ")}`);
  }
  return view;
}
