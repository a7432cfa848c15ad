/**
 * The explorer of tokenizers: a text cut four ways, its ids, and what three codings make of its words.
 *
 * Everything follows from the state. The merges of a long text are learned in slices, so that the page stays awake;
 * the full table of words is fetched when WordPiece or a new word asks for it.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { element, setAttribute } from "../shared/dom.js";
import { trailing } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { Shell, type Tools } from "../shared/shell.js";
import { TableLoader } from "../shared/tableloader.js";
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
import { MAX_MERGES, readDefaults, readState, TRAITS, VIEWS, type State, type ViewName } from "./state.js";
import { WordsPart } from "./words.js";

const SLICE = 8; // ms of learning between two looks at the reader
const PAUSE = 4; // ms

class TokenizerView implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #learnOn = trailing(() => this.#shell.redraw(), PAUSE);
  readonly #loader: TableLoader;
  readonly #learner = new Learner();
  readonly #cutter = new Cutter();
  readonly #asking: AskingPart;
  readonly #always: readonly (Part & { element: HTMLElement })[];
  readonly #pictures: Readonly<Record<ViewName, Part & { element: HTMLElement }>>;
  readonly #views: Segmented<ViewName>;
  /** Words that the small table is known to hold as the full one does. */
  readonly #given: ReadonlySet<string>;
  #frame: Frame | null = null;
  #picked = 0;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model, t } = context;
    this.#shell = new Shell({ context, name: "attn-tokens", traits: TRAITS, draw: () => this.#draw() });
    const { signal } = this.#shell;
    this.#loader = new TableLoader(context, this.#shell.redraw);
    this.#given = new Set(readDefaults(model).words ?? []);
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
    const views = element("div", { class: "attn-tokens-views" }, this.#views.element);
    const pictures = VIEWS.map((view) => this.#pictures[view].element);
    const picture = element("section", { class: "attn-tokens-picture" }, ...pictures);
    const parts = this.#always.map((part) => part.element);
    this.#shell.open(root, [...parts, views, picture], this.#makeTools());
  }

  destroy(): void {
    this.#learnOn.cancel();
    this.#loader.close();
    this.#shell.close();
  }

  #makeActions(): Actions {
    return {
      t: this.#context.t,
      signal: this.#shell.signal,
      change: (change) => this.#shell.set(change),
      pick: (word) => {
        this.#picked = word;
        this.#shell.redraw();
      },
      redraw: this.#shell.redraw,
      retry: () => this.#loader.need(),
    };
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    const save = saver(() => this.#frame, t);
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#state),
      exports: EXPORTS.map((name) => ({ label: t(`tokens.export.${name}`), run: () => save(name) })),
    };
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  #reset(): void {
    this.#asking.forget();
    this.#picked = 0;
    this.#shell.set(readDefaults(this.#context.model));
    this.#shell.flush();
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
    const shell = this.#shell;
    const frame: Frame = {
      ...{ state, cut, learned, codes, picked: this.#picked, loading },
      get palette() {
        return shell.palette;
      },
    };
    this.#frame = frame;
    VIEWS.forEach((view) => setAttribute(this.#pictures[view].element, "hidden", view !== state.view));
    const picture = this.#pictures[state.view];
    picture.draw?.(frame);
    this.#always.forEach((part) => part.update(frame));
    picture.update(frame);
    this.#views.set(state.view);
    this.#shell.finish(() => describe(frame, this.#context.t));
  }
}

export const mount: ViewFactory = (root, context) => new TokenizerView(root, context);
