/**
 * The explorer of positions: what a position's vector looks like, what adding it does to a word, why attention needs
 * it, and five other ways to tell where a token stands.
 *
 * All of it is computed here, from the state and the learned tables that it carries. The full table of words is fetched
 * only for a word that the page does not have.
 */

import { readTables, type Tables } from "../../engine/positions.js";
import type { Context, View, ViewFactory } from "../../host/context.js";
import { divergingRamp, sequentialRamp } from "../shared/colorscale.js";
import { element, setAttribute, setText } from "../shared/dom.js";
import { memo } from "../shared/schedule.js";
import { Segmented } from "../shared/segmented.js";
import { Shell, type Tools } from "../shared/shell.js";
import { TableLoader } from "../shared/tableloader.js";
import type { Palette } from "../shared/theme.js";
import { describe } from "./describe.js";
import { EncodingPart } from "./encodingpart.js";
import { EXPORTS, saver } from "./exports.js";
import type { Actions, Frame, Look, Part, Ramps } from "./frame.js";
import { Calculator } from "./numbers.js";
import { programOf } from "./pythoncode.js";
import { readSentence, type Reading } from "./reading.js";
import { SchemesPart } from "./schemespart.js";
import { ShufflePart } from "./shufflepart.js";
import { clamp, readDefaults, readState, TRAITS, VIEWS, type State, type ViewName } from "./state.js";
import { SumPart } from "./sumpart.js";
import { WordsPart } from "./wordspart.js";

const UNMOVED: Look = { entry: 0, other: null, measured: null };

/** A place on the page for a part that is made when it is first wanted. */
interface Later<Made> {
  readonly element: HTMLElement;
  get(): Made;
}

function later<Made extends Part>(make: () => Made): Later<Made> {
  const box = element("div");
  let made: Made | null = null;
  return {
    element: box,
    get: () => {
      if (made === null) {
        made = make();
        box.append(made.element);
      }
      return made;
    },
  };
}

class PositionExplorer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #tables: Tables;
  readonly #numbers: Calculator;
  readonly #loader: TableLoader;
  readonly #views: Segmented<ViewName>;
  readonly #do = element("p", { class: "attn-instruction attn-pos-do" });
  /** Made when they are first shown: a page opens with one view. */
  readonly #parts: Readonly<Record<ViewName | "words", Later<Part>>>;
  #words: WordsPart | null = null;
  readonly #read = memo(readSentence);
  readonly #ramps = memo((palette: Palette): Ramps => ({
    sequential: sequentialRamp(palette),
    diverging: divergingRamp(palette),
  }));
  #last: Reading | null = null;
  #look: Look = UNMOVED;
  #frame: Frame | null = null;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model, t } = context;
    this.#tables = readTables(model.get("tables"));
    this.#numbers = new Calculator(this.#tables);
    this.#shell = new Shell({ context, name: "attn-positions", traits: TRAITS, draw: () => this.#draw() });
    this.#loader = new TableLoader(context, this.#shell.redraw);
    const actions = this.#makeActions();
    const examples = model.get<readonly string[]>("examples");
    this.#parts = {
      words: later(() => (this.#words = new WordsPart(actions, examples))),
      encoding: later(() => new EncodingPart(actions)),
      sum: later(() => new SumPart(actions)),
      shuffle: later(() => new ShufflePart(actions)),
      schemes: later(() => new SchemesPart(actions)),
    };
    this.#views = new Segmented<ViewName>({
      label: t("positions.views"),
      choices: VIEWS.map((value) => ({ value, content: [t(`positions.view.${value}`)] })),
      onPick: (view) => this.#shell.set({ view }),
      signal: this.#shell.signal,
    });
    const head = element("div", { class: "attn-pos-views" }, this.#views.element);
    const parts = Object.values(this.#parts).map((part) => part.element);
    const section = element("section", {}, head, this.#do, ...parts);
    this.#shell.open(root, [section], this.#makeTools());
  }

  destroy(): void {
    this.#loader.close();
    this.#shell.close();
  }

  #makeActions(): Actions {
    return {
      t: this.#context.t,
      signal: this.#shell.signal,
      change: (change) => this.#shell.set(change),
      look: (look) => {
        this.#look = { ...this.#look, ...look };
        this.#shell.redraw();
      },
      redraw: this.#shell.redraw,
      fetch: () => this.#loader.need(),
    };
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    const save = saver(() => this.#frame, t);
    return {
      onReset: () => this.#reset(),
      code: () => (this.#frame === null ? "" : programOf(this.#frame)),
      exports: EXPORTS.map((name) => ({ label: t(`positions.export.${name}`), run: () => save(name) })),
    };
  }

  #reset(): void {
    this.#words?.forget();
    this.#look = UNMOVED;
    this.#shell.set(readDefaults(this.#context.model));
    this.#shell.flush();
  }

  /** The sentence, or the last one that could be read while its words are fetched. */
  #readingOf({ text, view }: State): { reading: Reading; isRead: boolean } {
    const { table, isFull, loading } = this.#loader;
    const found = this.#read(text, table, isFull);
    if (found.isCertain) {
      this.#last = found;
      return { reading: found, isRead: true };
    }
    if ((view === "sum" || view === "shuffle") && loading.phase !== "failed") {
      this.#loader.need();
    }
    const example = readDefaults(this.#context.model).text ?? "";
    this.#last ??= readSentence(example, table, isFull);
    return { reading: this.#last, isRead: false };
  }

  #draw(): void {
    const asked = readState(this.#context.model);
    const { reading, isRead } = this.#readingOf(asked);
    const state = this.#shownOf(asked, reading);
    const shell = this.#shell;
    const ramps = (): Ramps => this.#ramps(shell.palette);
    const frame: Frame = {
      ...{ state, look: this.#look, reading, isRead, loading: this.#loader.loading },
      ...{ order: this.#numbers.order(state, reading), tables: this.#tables, numbers: this.#numbers },
      get palette() {
        return shell.palette;
      },
      get ramps() {
        return ramps();
      },
    };
    this.#frame = frame;
    const { view } = state;
    const hasWords = view === "sum" || view === "shuffle";
    const shown = hasWords ? ["words", view] : [view];
    setText(this.#do, this.#context.t(`positions.do.${view}`));
    for (const [name, part] of Object.entries(this.#parts)) {
      const isShown = shown.includes(name);
      setAttribute(part.element, "hidden", !isShown);
      if (isShown) {
        part.get().update(frame);
      }
    }
    this.#views.set(view);
    shell.finish(() => describe(frame, this.#context.t));
  }

  /** What the state asks for, as far as there is so much. */
  #shownOf(state: State, { T, D }: Reading): State {
    const pairs = (state.view === "sum" ? D : state.width) / 2;
    return {
      ...state,
      position: clamp(state.position, 0, state.length - 1),
      pair: clamp(state.pair, 0, Math.max(1, pairs) - 1),
      token: clamp(state.token, 0, Math.max(1, T) - 1),
      head: clamp(state.head, 0, this.#tables.heads - 1),
    };
  }
}

export const mount: ViewFactory = (root, context) => new PositionExplorer(root, context);
