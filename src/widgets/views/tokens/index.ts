/**
 * The explorer of tokenizers: a text cut four ways, its ids, and what three codings make of its words.
 *
 * Everything follows from the state. The merges of a long text are learned in slices, so that the page stays awake;
 * the full table of words is fetched when WordPiece or a new word asks for it.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { TableLoader } from "../self-attention/tableloader.js";
import { element, setAttribute } from "../shared/dom.js";
import { keepKeys } from "../shared/keyboard.js";
import { LiveRegion } from "../shared/liveregion.js";
import { coalesced, trailing } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { onSchemeChange, readPalette, type Palette } from "../shared/theme.js";
import { Toolbar } from "../shared/toolbar.js";
import { AskingPart } from "./asking.js";
import { ChipsPart } from "./chips.js";
import { codesOf, Cutter, Learner, type Learned } from "./compute.js";
import { describe } from "./describe.js";
import { DistancesPart } from "./distancespart.js";
import { EXPORTS, saver } from "./exports.js";
import type { Actions, Frame, Part } from "./frame.js";
import { MergesPart } from "./merges.js";
import { LinePart, OneHotPart } from "./pictureparts.js";
import { programOf } from "./pythoncode.js";
import { RaisePart } from "./raisepart.js";
import {
  MAX_MERGES,
  NAMES,
  readDefaults,
  readState,
  VIEWS,
  type Change,
  type State,
  type ViewName,
} from "./state.js";
import { WordsPart } from "./words.js";

const SYNC_DELAY = 120; // ms: a slider moves faster than a kernel listens
const SLICE = 8; // ms of learning between two looks at the reader
const PAUSE = 4; // ms

class TokenizerView implements View {
  readonly #context: Context;
  readonly #root: HTMLElement;
  readonly #closing = new AbortController();
  readonly #redraw = coalesced(() => this.#draw());
  readonly #learnOn = trailing(() => this.#redraw.request(), PAUSE);
  readonly #sync: ReturnType<typeof trailing>;
  readonly #loader: TableLoader;
  readonly #learner = new Learner();
  readonly #cutter = new Cutter();
  readonly #live: LiveRegion;
  readonly #toolbar: Toolbar;
  readonly #asking: AskingPart;
  readonly #always: readonly Part[];
  readonly #pictures: Readonly<Record<ViewName, Part & { element: HTMLElement }>>;
  readonly #views: Segmented<ViewName>;
  /** Words that the small table is known to hold as the full one does. */
  readonly #given: ReadonlySet<string>;
  #palette: Palette | null = null;
  #frame: Frame | null = null;
  #picked = 0;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { signal } = this.#closing;
    const { model, t } = context;
    this.#sync = trailing(() => model.save(), SYNC_DELAY);
    this.#loader = new TableLoader(context, () => this.#redraw.request());
    this.#given = new Set(readDefaults(model).words ?? []);
    this.#live = new LiveRegion(signal);
    const actions = this.#makeActions();
    this.#asking = new AskingPart(actions, model.get<readonly string[]>("examples"));
    const chips = new ChipsPart(actions);
    const merges = new MergesPart(actions);
    const words = new WordsPart(actions);
    this.#always = [this.#asking, chips, merges, words];
    this.#pictures = {
      line: new LinePart(actions),
      "one-hot": new OneHotPart(actions),
      distances: new DistancesPart(actions),
      raise: new RaisePart(actions),
    };
    this.#views = new Segmented<ViewName>({
      label: t("tokens.views"),
      choices: VIEWS.map((value) => ({ value, content: [t(`tokens.view.${value}`)] })),
      onPick: (view) => actions.change({ view }),
      signal,
    });
    this.#toolbar = this.#makeToolbar();
    const card = element(
      "div",
      { class: "attn-card" },
      this.#asking.element,
      chips.element,
      merges.element,
      words.element,
      element("div", { class: "attn-tokens-views" }, this.#views.element),
      element(
        "section",
        { class: "attn-tokens-picture" },
        ...VIEWS.map((view) => this.#pictures[view].element),
      ),
      this.#toolbar.element,
      this.#live.element,
    );
    this.#root = element("div", { class: "attn attn-tokens", lang: context.lang }, card);
    root.append(this.#root);
    this.#listen();
    this.#draw();
  }

  destroy(): void {
    this.#sync.flush();
    this.#redraw.cancel();
    this.#learnOn.cancel();
    this.#loader.close();
    this.#closing.abort();
    this.#root.remove();
  }

  #makeActions(): Actions {
    return {
      t: this.#context.t,
      signal: this.#closing.signal,
      change: (change) => this.#set(change),
      pick: (word) => {
        this.#picked = word;
        this.#redraw.request();
      },
      redraw: () => this.#redraw.request(),
      retry: () => this.#loader.need(),
    };
  }

  #makeToolbar(): Toolbar {
    const { t, shareLink } = this.#context;
    const save = saver(() => this.#frame, t);
    return new Toolbar({
      t,
      signal: this.#closing.signal,
      onReset: () => this.#reset(),
      code: () => programOf(this.#state),
      link: shareLink,
      exports: EXPORTS.map((name) => ({ label: t(`tokens.export.${name}`), run: () => save(name) })),
    });
  }

  #listen(): void {
    const { model } = this.#context;
    const { signal } = this.#closing;
    const stops = NAMES.map((name) => model.on(`change:${name}`, () => this.#redraw.request()));
    signal.addEventListener("abort", () => stops.forEach((stop) => stop()));
    onSchemeChange(() => {
      this.#palette = null;
      this.#redraw.request();
    }, signal);
    keepKeys(this.#root, signal);
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  #set(change: Change): void {
    const { model } = this.#context;
    (Object.keys(change) as (keyof State)[]).forEach((name) => model.set(name, change[name]));
    this.#sync.request();
    this.#redraw.request();
  }

  #reset(): void {
    this.#asking.forget();
    this.#picked = 0;
    this.#set(readDefaults(this.#context.model));
    this.#sync.flush();
  }

  /** What WordPiece and the words need of the table; starts to load it if it is not there. */
  #needTable(state: State): (word: string) => boolean {
    const { isFull } = this.#loader;
    const isKnown = (word: string): boolean => isFull || this.#given.has(word);
    if ((state.cut === "wordpiece" && !isFull) || !state.words.every(isKnown)) {
      if (this.#loader.loading.phase !== "failed") {
        this.#loader.need();
      }
    }
    return isKnown;
  }

  /** First as many merges as are asked for, then, while nothing else happens, all that the slider can reach. */
  #learn({ cut, text, merges }: State): Learned | null {
    if (cut !== "byte-pairs") {
      return null;
    }
    const before = this.#frame?.learned?.steps.length ?? 0;
    const learned = this.#learner.learn(text, before < merges ? merges : MAX_MERGES, SLICE);
    if (!learned.isDone) {
      this.#learnOn.request();
    }
    return { ...learned };
  }

  #draw(): void {
    const state = this.#state;
    const isKnown = this.#needTable(state);
    const { table, loading, isFull } = this.#loader;
    const learned = this.#learn(state);
    const cut = this.#cutter.cut(state, learned, isFull ? table : null);
    const codes = codesOf(state, cut, table, isKnown);
    this.#picked = Math.min(this.#picked, codes.length - 1);
    const palette = (): Palette => (this.#palette ??= readPalette(this.#root));
    const frame: Frame = {
      ...{ state, cut, learned, codes, picked: this.#picked, loading },
      get palette() {
        return palette();
      },
    };
    this.#frame = frame;
    VIEWS.forEach((view) => setAttribute(this.#pictures[view].element, "hidden", view !== state.view));
    const picture = this.#pictures[state.view];
    picture.draw?.(frame);
    this.#always.forEach((part) => part.update(frame));
    picture.update(frame);
    this.#views.set(state.view);
    this.#toolbar.update();
    this.#live.say(() => describe(frame, this.#context.t));
  }
}

export const mount: ViewFactory = (root, context) => new TokenizerView(root, context);
