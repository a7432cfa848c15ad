/**
 * What every explorer's view has around its own parts: a root with one card, the tools under it, what is read out, and
 * a redraw after each change, whichever side it comes from.
 *
 * A view makes its shell first, its parts from the shell's signal, and then opens it. `draw` ends with `finish`.
 */

import type { Context } from "../../host/context.js";
import { element } from "./dom.js";
import { keepKeys } from "./keyboard.js";
import { LiveRegion } from "./liveregion.js";
import { coalesced, trailing } from "./schedule.js";
import { onSchemeChange, readPalette, type Palette } from "./theme.js";
import { Toolbar, type ToolbarOptions } from "./toolbar.js";

const SYNC_DELAY = 120; // ms: a slider moves faster than a kernel listens

export interface ShellOptions {
  context: Context;
  /** The class of the root, beside `attn`. */
  name: string;
  /** The trait that holds each part of the state. A change of any of them is drawn. */
  traits: Readonly<Record<string, string>>;
  draw: () => void;
  /** Told before a change is drawn that this view did not make: the kernel's, or the address's. */
  onOutside?: () => void;
}

export type Tools = Pick<ToolbarOptions, "onReset" | "code" | "exports">;

export class Shell {
  readonly root: HTMLElement;
  readonly #options: ShellOptions;
  readonly #closing = new AbortController();
  readonly #redraw: ReturnType<typeof coalesced>;
  readonly #sync: ReturnType<typeof trailing>;
  readonly #live: LiveRegion;
  #toolbar: Toolbar | null = null;
  #palette: Palette | null = null;
  /** The change that is being made is this view's own. */
  #isOwn = false;

  constructor(options: ShellOptions) {
    this.#options = options;
    const { context, name, draw } = options;
    this.#redraw = coalesced(draw);
    this.#sync = trailing(() => context.model.save(), SYNC_DELAY);
    this.#live = new LiveRegion(this.signal);
    this.root = element("div", { class: `attn ${name}`, lang: context.lang });
  }

  /** Ends with the view. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** The colors of now; read from the page when first asked for. */
  get palette(): Palette {
    return (this.#palette ??= readPalette(this.root));
  }

  /** Puts the widget on the page, its sections in a card above the tools, and draws it. */
  open(place: HTMLElement, sections: readonly HTMLElement[], tools: Tools): void {
    const { t, shareLink } = this.#options.context;
    this.#toolbar = new Toolbar({ ...tools, t, signal: this.signal, link: shareLink });
    this.root.append(
      element("div", { class: "attn-card" }, ...sections, this.#toolbar.element, this.#live.element),
    );
    place.append(this.root);
    this.#listen();
    this.#options.draw();
  }

  close(): void {
    this.#sync.flush();
    this.#redraw.cancel();
    this.#closing.abort();
    this.root.remove();
  }

  readonly redraw = (): void => this.#redraw.request();

  /** Changes parts of the state, and draws them. The kernel, or the address, hears of it a moment later. */
  set(change: object): void {
    const { context, traits } = this.#options;
    this.#isOwn = true;
    Object.entries(change).forEach(([name, value]) => context.model.set(traits[name], value));
    this.#isOwn = false;
    this.#sync.request();
    this.redraw();
  }

  /** Lets the kernel hear of the changes now. */
  flush(): void {
    this.#sync.flush();
  }

  /** The end of each drawing: the program is brought up to date, and the state read out once it rests. */
  finish(describe: (() => string) | null): void {
    this.#toolbar?.update();
    if (describe !== null) {
      this.#live.say(describe);
    }
  }

  #listen(): void {
    const { context, traits } = this.#options;
    const stops = Object.values(traits).map((trait) =>
      context.model.on(`change:${trait}`, () => this.#onChange()),
    );
    this.signal.addEventListener("abort", () => stops.forEach((stop) => stop()));
    onSchemeChange(() => {
      this.#palette = null;
      this.redraw();
    }, this.signal);
    keepKeys(this.root, this.signal);
  }

  #onChange(): void {
    if (!this.#isOwn) {
      this.#options.onOutside?.();
      this.redraw();
    }
  }
}
