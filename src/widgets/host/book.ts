/**
 * The host in the book: the element `<attn-widget>`, which reads its state from the page and computes in the browser.
 *
 * What the page shows before the script runs, a worked example as plain HTML, stays until the widget stands, and comes
 * back with a message when it cannot.
 */

import { PageAssets, placesOf } from "./assets.js";
import type { Context, View } from "./context.js";
import { problemWith, sharedFields, type State } from "./fields.js";
import { isWritable, namedFirst, readHash, writeHash } from "./hash.js";
import { failureMessage } from "./message.js";
import { modelsFrom, type AssetSource } from "./models.js";
import { PageModel } from "./page-model.js";
import { viewOf } from "./registry.js";
import { isLang, langOf, translator, type Lang } from "./strings.js";

export const ELEMENT = "attn-widget";

const ADDRESS_DELAY = 250; // ms: browsers refuse an address that changes with every step of a slider

/** A widget that stands in the page. */
interface Mounted {
  destroy(): void;
}

let assets: PageAssets | null = null;

/** One store for all widgets of the page. */
function pageAssets(): PageAssets {
  assets ??= new PageAssets(placesOf(document));
  return assets;
}

function pageLang(): Lang {
  return langOf(document.documentElement.lang);
}

function langOfState(state: State): Lang {
  return isLang(state["lang"]) ? state["lang"] : pageLang();
}

/** The state that the element carries, checked. */
function readState(element: HTMLElement): State {
  const text = element.querySelector(':scope > script[type="application/json"]')?.textContent;
  if (text === undefined) {
    throw new Error("the widget carries no state");
  }
  const state = JSON.parse(text) as State;
  const problem = problemWith(state);
  if (problem !== null) {
    throw new Error(problem);
  }
  return state;
}

/** The shared fields as the reset button restores them. */
function defaultsOf(state: State): State {
  const given = (state["defaults"] ?? {}) as State;
  const keys = Object.keys(sharedFields(state["kind"] as string));
  const defaults = Object.fromEntries(
    keys.map((key) => [key, Object.hasOwn(given, key) ? given[key] : state[key]]),
  );
  const problem = problemWith({ ...state, ...defaults });
  if (problem !== null) {
    throw new Error(`defaults: ${problem}`);
  }
  return defaults;
}

/** Writes the state of a widget into the address, a moment after it last changed. */
class AddressWriter {
  readonly #defaults: State;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(defaults: State) {
    this.#defaults = defaults;
  }

  schedule(state: State): void {
    this.cancel();
    this.#timer = setTimeout(() => {
      if (isWritable(location.hash)) {
        history.replaceState(history.state, "", this.#address(location.hash, state));
      }
    }, ADDRESS_DELAY);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  /** A link to this page with the state of this widget alone. */
  link(state: State): string {
    return new URL(this.#address("", state), location.href).href;
  }

  #address(hash: string, state: State): string {
    return `${location.pathname}${location.search}${writeHash(hash, state, this.#defaults)}`;
  }
}

/** Mounts the widget as the address asks, or, when a view cannot show that, as the page has it. */
function mountInBook(element: HTMLElement): Mounted {
  const initial = readState(element);
  const defaults = defaultsOf(initial);
  const shared = readHash(location.hash, initial, defaults);
  try {
    return mountState(element, { ...initial, ...shared }, defaults);
  } catch (error) {
    if (shared === null) {
      throw error;
    }
    const mounted = mountState(element, initial, defaults);
    element.prepend(failureMessage(translator(langOfState(initial)), "host.link", error));
    return mounted;
  }
}

function mountState(element: HTMLElement, state: State, defaults: State): Mounted {
  const lang = langOfState(state);
  const writer = new AddressWriter(defaults);
  const model = new PageModel(state, (saved) => writer.schedule(saved));
  const hasLink = Object.keys(defaults).length > 0;
  const assets: AssetSource = {
    load: (name, onProgress) => pageAssets().load(name, onProgress),
    forget: (name, isDamaged) => pageAssets().forget(name, isDamaged),
  };
  const context: Context = {
    model,
    t: translator(lang),
    lang,
    loadAsset: (name, onProgress) => assets.load(name, onProgress),
    forgetAsset: (name) => assets.forget(name, true),
    models: modelsFrom(assets),
    home: "book",
    shareLink: hasLink ? () => writer.link(model.snapshot()) : null,
  };
  const view = mountInPlaceOf(element, context, viewOf(state["kind"]));
  const followAddress = (): void => {
    const changed = readHash(location.hash, model.snapshot(), defaults);
    model.assign(changed ?? {});
    scrollIfNamed(element, state);
  };
  window.addEventListener("hashchange", followAddress);
  scrollIfNamed(element, state);
  return {
    destroy() {
      window.removeEventListener("hashchange", followAddress);
      writer.cancel();
      view.destroy();
    },
  };
}

function scrollIfNamed(element: HTMLElement, state: State): void {
  if (namedFirst(location.hash, state["widget_id"] as string)) {
    element.scrollIntoView({ block: "start" });
  }
}

/** Mounts a view beside the static copy and takes the copy away only once the view stands. */
function mountInPlaceOf(
  element: HTMLElement,
  context: Context,
  mount: (root: HTMLElement, context: Context) => View,
): View {
  const staticCopy = [...element.childNodes];
  const root = document.createElement("div");
  root.className = "attn-root";
  element.append(root);
  let view: View;
  try {
    view = mount(root, context);
  } catch (error) {
    root.remove();
    throw error;
  }
  staticCopy.forEach((node) => node.remove());
  return {
    destroy() {
      view.destroy();
      root.replaceWith(...staticCopy); // an element that is moved is mounted again from its copy
    },
  };
}

/** Makes `<attn-widget>` known to the page, once, however often this module is loaded. */
export function defineElement(): void {
  if (customElements.get(ELEMENT) !== undefined) {
    return;
  }
  customElements.define(
    ELEMENT,
    class extends HTMLElement {
      #mounted: Mounted | null = null;

      connectedCallback(): void {
        if (document.readyState === "loading") {
          // The parser may not have reached this element's state yet.
          document.addEventListener("DOMContentLoaded", this.#soon, { once: true });
        } else {
          this.#soon();
        }
      }

      disconnectedCallback(): void {
        this.#mounted?.destroy();
        this.#mounted = null;
      }

      /** Each widget starts in a task of its own: together they would keep the reader's first click waiting. */
      readonly #soon = (): void => {
        setTimeout(this.#start);
      };

      readonly #start = (): void => {
        if (!this.isConnected || this.#mounted !== null) {
          return;
        }
        this.querySelector(":scope > .attn-failure")?.remove();
        try {
          this.#mounted = mountInBook(this);
        } catch (error) {
          console.error(error);
          this.prepend(failureMessage(translator(pageLang()), "host.failed", error));
        }
      };
    },
  );
}
