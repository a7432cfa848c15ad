/**
 * The state of a page's widgets in its address: `#attn&<widget>.<field>=<value>&…`, holding only what differs from the
 * widget's defaults. An address that ends in an ordinary `#section` is never touched.
 */

import { problemWith, sharedFields, type State } from "./fields.js";

const MARK = "#attn";

/** The raw entries of a hash, "<widget>.<field>" to value, or null when the hash is not ours. */
function entriesOf(hash: string): Map<string, string> | null {
  const [mark, ...pairs] = hash.split("&");
  if (mark !== MARK) {
    return null;
  }
  const entries = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals > 0) {
      entries.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
  }
  return entries;
}

const entryName = (widgetId: string, key: string): string => `${encodeURIComponent(widgetId)}.${key}`;

/** Whether a widget may write into an address that ends so: not into one that points at a section. */
export function isWritable(hash: string): boolean {
  return hash === "" || hash === "#" || entriesOf(hash) !== null;
}

/** The widget that a hash names first, and whether it names this one at all. */
export function namedFirst(hash: string, widgetId: string): boolean {
  const first = entriesOf(hash)?.keys().next().value;
  return first !== undefined && first.startsWith(`${encodeURIComponent(widgetId)}.`);
}

/**
 * The shared fields of a widget as a hash sets them, on top of its defaults; null when the hash is not ours. Values
 * that do not pass are left out, and when what is left contradicts itself the defaults stay.
 */
export function readHash(hash: string, state: State, defaults: State): State | null {
  const entries = entriesOf(hash);
  if (entries === null) {
    return null;
  }
  const values: State = {};
  for (const [key, field] of Object.entries(sharedFields(state["kind"] as string))) {
    const text = entries.get(entryName(state["widget_id"] as string, key));
    const value = text === undefined ? undefined : decoded(() => field.fromText(text));
    if (field.accepts(value)) {
      values[key] = value;
    }
  }
  if ("tokens" in values && !("labels" in values)) {
    values["labels"] = values["tokens"];
  }
  const result = { ...defaults, ...values };
  return problemWith({ ...state, ...result }) === null ? result : { ...defaults };
}

/** What `decode` gives, or undefined when a percent sign in the text is not an escape. */
function decoded(decode: () => unknown): unknown {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

/** The hash with this widget's entries renewed and those of all others kept; "" when nothing differs from defaults. */
export function writeHash(hash: string, state: State, defaults: State): string {
  const widgetId = state["widget_id"] as string;
  const prefix = `${encodeURIComponent(widgetId)}.`;
  const others = [...(entriesOf(hash) ?? [])].filter(([name]) => !name.startsWith(prefix));
  const pairs = [...others, ...differences(state, defaults)].map(([name, text]) => `${name}=${text}`);
  return pairs.length === 0 ? "" : [MARK, ...pairs].join("&");
}

function differences(state: State, defaults: State): [string, string][] {
  const fields = sharedFields(state["kind"] as string);
  const texts = new Map(Object.entries(fields).map(([key, field]) => [key, field.toText(state[key])]));
  const changed = new Set(
    Object.keys(fields).filter((key) => texts.get(key) !== fields[key].toText(defaults[key])),
  );
  // Tokens and labels belong together; labels that repeat the tokens go without saying.
  if (changed.has("tokens") || changed.has("labels")) {
    changed.add("tokens");
    changed[texts.get("labels") === texts.get("tokens") ? "delete" : "add"]("labels");
  }
  const widgetId = state["widget_id"] as string;
  return [...changed].map((key) => [entryName(widgetId, key), texts.get(key) as string]);
}
