/**
 * The explorer of the latent space: a map of real word vectors and what it keeps of them, analogies, axes that words
 * define, and words with two meanings. A change from any side ends in the same redraw. What is seen first was computed
 * by Python over the whole table; the table itself is fetched when the reader first does something.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { element, listen, setText } from "../shared/dom.js";
import { fixed, thousands } from "../shared/format.js";
import { LoadLine } from "../shared/loadline.js";
import { memo } from "../shared/schedule.js";
import { Shell, type Tools } from "../shared/shell.js";
import { analogyAnswer, answerOf, axesAnswer, isProblem, mapAnswer, sensesAnswer } from "./answers.js";
import { cameraOf, RESTING, zoomed } from "./camera.js";
import { Controls } from "./controls.js";
import { describe } from "./describe.js";
import { EXPORTS, saver } from "./exports.js";
import type { Actions, Answers, Frame } from "./frame.js";
import { Library } from "./library.js";
import { marksOf } from "./mappicture.js";
import { Panel } from "./panel.js";
import { programOf } from "./pythoncode.js";
import { analogyScatter, axesScatter, sensesScatter } from "./scenes.js";
import { MapStage, type Content } from "./stage.js";
import { readDefaults, readState, TRAITS, type Presets, type State } from "./state.js";
import { cosineBetween } from "../../engine/space/neighbors.js";

class Explorer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #library: Library;
  readonly #controls: Controls;
  readonly #stage: MapStage;
  readonly #panel: Panel;
  readonly #line: LoadLine;
  readonly #readout = element("p", { class: "attn-readout attn-space-readout" });
  readonly #zoom: HTMLElement;
  readonly #answers = memo((state: string, version: number) =>
    this.#answer(JSON.parse(state) as State, version),
  );
  readonly #content = memo((answers: Answers) => this.#contentOf(answers));
  #frame: Frame | null = null;
  /** What was shown last: it stays while something else is made. */
  #last: Answers | null = null;
  #said = "";

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model, t } = context;
    this.#shell = new Shell({
      ...{ context, name: "attn-space", traits: TRAITS, draw: () => this.#draw() },
      onOutside: () => (this.#said = ""),
    });
    const { signal } = this.#shell;
    this.#library = new Library(context, this.#shell.redraw);
    const actions = this.#makeActions();
    this.#controls = new Controls(actions, this.#library, model.get<Presets>("presets"));
    this.#stage = this.#makeStage(actions);
    this.#panel = new Panel(t, signal, (word) => this.#pick(word));
    this.#line = new LoadLine({ t, signal, onRetry: () => this.#library.need(this.#state.source) });
    this.#zoom = this.#makeZoom();
    const picture = element(
      "div",
      { class: "attn-space-picture" },
      this.#stage.element,
      this.#zoom,
      this.#readout,
    );
    const body = element("div", { class: "attn-space-body" }, picture, this.#panel.element);
    this.#shell.open(root, [this.#controls.element, this.#line.element, body], this.#makeTools());
  }

  destroy(): void {
    this.#library.close();
    this.#shell.close();
  }

  #makeActions(): Actions {
    return {
      t: this.#context.t,
      signal: this.#shell.signal,
      change: (change) => this.#shell.set(change),
      touch: () => this.#touch(),
      say: (text) => {
        this.#said = text;
        this.#shell.redraw();
      },
    };
  }

  #makeStage({ t, signal, touch }: Actions): MapStage {
    return new MapStage({
      role: t("latent-space.stage.role"),
      signal,
      onResize: this.#shell.redraw,
      onCamera: (camera) => this.#shell.set({ camera }),
      onPick: (word) => this.#pick(word),
      onHover: (said) => this.#hover(said),
      onTouch: touch,
    });
  }

  #makeZoom(): HTMLElement {
    const { t } = this.#context;
    const button = (label: string, text: string, run: () => void): HTMLButtonElement => {
      const one = element(
        "button",
        { type: "button", class: "attn-button attn-round attn-framed", "aria-label": label },
        text,
      );
      listen(one, "click", this.#shell.signal, run);
      return one;
    };
    const by = (factor: number) => () => this.#stage.move(zoomed(this.#stage.camera, factor));
    return element(
      "div",
      { class: "attn-space-zoom" },
      button(t("latent-space.zoom.in"), "+", by(1.4)),
      button(t("latent-space.zoom.out"), "−", by(1 / 1.4)),
      button(t("latent-space.zoom.all"), "⤢", () => this.#stage.move(cameraOf(RESTING))),
    );
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    const save = saver(
      () =>
        this.#frame && {
          frame: this.#frame,
          content: this.#content(this.#frame.answers),
          camera: this.#stage.camera,
        },
      t,
    );
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#state),
      exports: EXPORTS.map((name) => ({ label: t(`latent-space.export.${name}`), run: () => save(name) })),
    };
  }

  get #state(): State {
    return readState(this.#context.model);
  }

  /** A word of a list or of the picture becomes the chosen one. */
  #pick(word: string): void {
    this.#touch();
    this.#said = "";
    this.#shell.set({ word });
  }

  #touch(): void {
    this.#library.need(this.#state.source);
  }

  #hover(said: string): void {
    const { t } = this.#context;
    const { source, view, word } = this.#state;
    const space = this.#library.space(source);
    if (view === "map" && said !== "" && space?.index.has(said) === true && space.index.has(word)) {
      const cosine = fixed(cosineBetween(space, word, said), 2);
      setText(this.#readout, t("latent-space.readout", { one: said, word, cosine }));
    } else {
      setText(this.#readout, said === "" ? t(`latent-space.hint.${this.#hintOf()}`) : said);
    }
  }

  #hintOf(): string {
    const { view, dimensions } = this.#state;
    return view === "map" ? `map${dimensions}` : view;
  }

  #reset(): void {
    this.#said = "";
    this.#controls.reset();
    this.#shell.set(readDefaults(this.#context.model));
    this.#stage.move(cameraOf(this.#state.camera));
    this.#shell.flush();
  }

  /** Of a state, with what has come until this version of the library. */
  #answer(state: State, version: number): Answers {
    const library = this.#library;
    const compute = { map: mapAnswer, analogy: analogyAnswer, axes: axesAnswer, senses: sensesAnswer }[
      state.view
    ];
    const found = answerOf<object>(() => compute(library, state));
    const none = {
      map: null,
      analogy: null,
      axes: null,
      senses: null,
      problem: null,
      isCurrent: true,
      state,
      version,
    };
    return isProblem(found)
      ? { ...none, problem: found, isCurrent: false }
      : { ...none, [state.view]: found };
  }

  /** While an answer is on its way, the one before stays, as far as it is of the same view. */
  #answersNow(state: State): Answers {
    // The camera changes nothing that is computed.
    const key = JSON.stringify({ ...state, camera: RESTING });
    const found = this.#answers(key, this.#library.version);
    if (found.problem?.key !== "waiting") {
      this.#last = found;
      return found;
    }
    this.#library.need(state.source);
    const last = this.#last;
    return last?.state.view === state.view && last.problem === null ? this.#outdated(last, found) : found;
  }

  readonly #outdated = memo((last: Answers, found: Answers): Answers => ({
    ...last,
    problem: found.problem,
    isCurrent: false,
  }));

  #contentOf({ map, analogy, axes, senses, state }: Answers): Content {
    const { t, model } = this.#context;
    if (map !== null) {
      const marks = marksOf(map, state.word, model.get<string[]>("landmarks"));
      return { kind: "map", chart: map.chart, marks, camera: state.camera };
    }
    const scatter =
      analogy !== null
        ? analogyScatter(state, analogy, t)
        : axes !== null
          ? axesScatter(state, axes, t)
          : senses !== null
            ? sensesScatter(state, senses, t)
            : null;
    return scatter === null || scatter.points.length === 0 ? { kind: "empty" } : { kind: "scatter", scatter };
  }

  #draw(): void {
    const { t } = this.#context;
    const state = this.#state;
    const answers = this.#answersNow(state);
    const { palette } = this.#shell;
    const frame: Frame = { state, answers, library: this.#library, palette };
    this.#frame = frame;
    const content = this.#content(answers);
    const said = describe(frame, t);
    this.#stage.show(
      content.kind === "map" ? { ...content, camera: state.camera } : content,
      palette,
      this.#label(said),
    );
    this.#zoom.hidden = content.kind !== "map";
    this.#controls.update(frame);
    this.#panel.update(answers.state, answers, this.#library.tables[answers.state.source]);
    this.#hover("");
    this.#sayLine(state, answers);
    this.#shell.finish(() => said);
  }

  #label(said: string): string {
    return `${said} ${this.#context.t(`latent-space.keys.${this.#hintOf()}`)}`.trim();
  }

  /** The line under the controls: how a download stands, what cannot be shown, what was typed wrong. */
  #sayLine(state: State, { problem }: Answers): void {
    const { t, home } = this.#context;
    const loading = this.#library.loading(state.source);
    const { words } = this.#library.tables[state.source];
    if (loading.phase === "loading" || loading.phase === "failed") {
      this.#line.showLoading(loading, t("latent-space.vectors"));
      return;
    }
    this.#line.showLoading({ phase: "absent" }, "");
    if (this.#said !== "") {
      this.#line.say(this.#said, true);
    } else if (problem?.key === "missing") {
      this.#line.say(t("latent-space.unknown", { word: problem.word, count: thousands(words) }), true);
    } else if (problem?.key === "nothing") {
      this.#line.say(t("latent-space.nothing", { detail: problem.detail }), true);
    } else if (problem !== null) {
      this.#line.say(t("latent-space.computing"), false);
    } else {
      const isWhole = loading.phase === "ready";
      this.#line.say(
        isWhole
          ? t("latent-space.here", { words: thousands(words) })
          : t(`latent-space.example.${home}`, { words: thousands(words) }),
        false,
      );
    }
  }
}

export const mount: ViewFactory = (root, context) => new Explorer(root, context);
