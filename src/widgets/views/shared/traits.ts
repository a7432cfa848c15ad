/** The state of a widget as its view names it, read from the traits that hold it. */

import type { Model } from "../../host/context.js";

/** The trait that holds each part of a state. */
export type Traits<State> = Readonly<Record<keyof State & string, string>>;

/** For a state whose parts are named as their traits are. */
export function sameNames<State>(...names: readonly (keyof State & string)[]): Traits<State> {
  return Object.fromEntries(names.map((name) => [name, name])) as unknown as Traits<State>;
}

export function readTraits<State>(model: Model, traits: Traits<State>): State {
  const found = Object.entries<string>(traits).map(([name, trait]) => [name, model.get(trait)]);
  return Object.fromEntries(found) as State;
}

/** The state that the reset button restores, as far as the page says it. */
export function readDefaultTraits<State>(model: Model, traits: Traits<State>): Partial<State> {
  const defaults = model.get<Record<string, unknown> | null>("defaults") ?? {};
  const known = Object.entries<string>(traits).filter(([, trait]) => Object.hasOwn(defaults, trait));
  return Object.fromEntries(known.map(([name, trait]) => [name, defaults[trait]])) as Partial<State>;
}
