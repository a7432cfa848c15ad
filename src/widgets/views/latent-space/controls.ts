/** What the reader sets: the table and the view, and below them what the view needs. */

import { element, listen, setAttribute, setText, type Child } from "../shared/dom.js";
import { thousands } from "../shared/format.js";
import { Segmented } from "../shared/segmented.js";
import { AxesControls } from "./axescontrols.js";
import { Boxes } from "./boxes.js";
import type { Actions, Frame } from "./frame.js";
import type { Library } from "./library.js";
import type { ListBox } from "./listbox.js";
import { VIEWS, type Presets, type State, type ViewName } from "./state.js";
import type { WordBox } from "./wordbox.js";

const MOST_POLE_WORDS = 16;

export class Controls {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #library: Library;
  readonly #presets: Presets;
  readonly #boxes: Boxes;
  readonly #view: Segmented<ViewName>;
  readonly #source: Segmented<string> | null;
  readonly #about = element("p", { class: "attn-quiet attn-about" });
  readonly #projection: Segmented<"pca" | "tsne">;
  readonly #dimensions: Segmented<"2" | "3">;
  readonly #words: WordBox[] = [];
  readonly #terms: WordBox[];
  readonly #axes: AxesControls;
  readonly #poles: readonly ListBox<string>[];
  readonly #rows: Readonly<Record<ViewName, HTMLElement>>;
  #state: State | null = null;

  constructor(actions: Actions, library: Library, presets: Presets) {
    this.#actions = actions;
    this.#library = library;
    this.#presets = presets;
    this.#boxes = new Boxes(actions, library, () => this.#state?.source ?? "");
    const { t } = actions;
    this.#view = this.#segmented("view", VIEWS, (view) => actions.change({ view }));
    this.#source = this.#makeSource();
    this.#projection = this.#segmented("projection", ["pca", "tsne"], (projection) =>
      actions.change({ projection }),
    );
    this.#projection.disable("tsne", "own" in library.tables);
    this.#dimensions = this.#segmented("dimensions", ["2", "3"], (count) =>
      actions.change({ dimensions: Number(count) as 2 | 3 }),
    );
    this.#terms = ["a", "b", "c"].map((name, place) =>
      this.#boxes.word(t(`latent-space.term.${name}`), (word) => this.#setTerm(place, word)),
    );
    this.#axes = new AxesControls(actions, this.#boxes, presets.axes);
    this.#poles = [0, 1].map((side) =>
      this.#boxes.words(
        t(side === 0 ? "latent-space.pole.right" : "latent-space.pole.left"),
        MOST_POLE_WORDS,
        1,
        (words) => this.#setPole(side, words),
      ),
    );
    this.#rows = {
      map: this.#mapRow(),
      analogy: this.#analogyRow(),
      axes: this.#axes.element,
      senses: this.#sensesRows(),
    };
    const top = element("div", { class: "attn-space-top" }, this.#view.element);
    if (this.#source !== null) {
      top.append(this.#source.element);
    }
    const settings = element("div", { class: "attn-space-settings" }, ...Object.values(this.#rows));
    this.element = element("div", { class: "attn-space-controls" }, top, this.#about, settings);
  }

  update({ state, library }: Frame): void {
    const { t } = this.#actions;
    this.#state = state;
    this.#view.set(state.view);
    this.#source?.set(state.source);
    const { words, dim } = library.tables[state.source];
    setText(this.#about, t(`latent-space.about.${state.source}`, { words: thousands(words), dim }));
    this.#projection.set(state.projection);
    this.#dimensions.set(state.dimensions === 2 ? "2" : "3");
    this.#words.forEach((box) => box.set(state.word));
    this.#terms.forEach((box, place) => box.set(state.terms[place]));
    this.#axes.update(state);
    this.#poles.forEach((box, side) => box.set(state.poles[side]));
    for (const [view, row] of Object.entries(this.#rows)) {
      row.hidden = view !== state.view;
    }
  }

  /** Forgets what was typed and has not become anything. */
  reset(): void {
    this.#axes.reset();
    this.#poles.forEach((box) => box.reset());
    [...this.#words, ...this.#terms].forEach((box) => {
      box.input.value = "";
    });
  }

  #segmented<Value extends string>(
    name: string,
    values: readonly Value[],
    onPick: (value: Value) => void,
  ): Segmented<Value> {
    const { t, signal, touch } = this.#actions;
    return new Segmented({
      label: t(`latent-space.${name}`),
      choices: values.map((value) => ({ value, content: [t(`latent-space.${name}.${value}`)] })),
      onPick: (value) => {
        touch();
        onPick(value);
      },
      signal,
    });
  }

  #makeSource(): Segmented<string> | null {
    const sources = Object.keys(this.#library.tables);
    return sources.length > 1
      ? this.#segmented("source", sources, (source) => this.#actions.change({ source }))
      : null;
  }

  #setTerm(place: number, word: string): void {
    const terms = [...(this.#state?.terms ?? [])];
    terms[place] = word;
    this.#actions.change({ terms });
  }

  #setPole(side: number, words: string[]): void {
    const { t, say, change } = this.#actions;
    const [first, second] = this.#state?.poles ?? [[], []];
    const poles = side === 0 ? ([words, second] as const) : ([first, words] as const);
    if ([...poles[0]].sort().join(" ") === [...poles[1]].sort().join(" ")) {
      say(t("latent-space.same-poles"));
    } else {
      change({ poles });
    }
  }

  #mapRow(): HTMLElement {
    return element(
      "div",
      { class: "attn-space-row" },
      this.#search(),
      this.#projection.element,
      this.#dimensions.element,
    );
  }

  #search(): HTMLElement {
    const box = this.#boxes.word(this.#actions.t("latent-space.word"), (word) =>
      this.#actions.change({ word }),
    );
    this.#words.push(box);
    return this.#labeled("latent-space.word", box.element);
  }

  #labeled(key: string, ...content: Child[]): HTMLElement {
    return element(
      "div",
      { class: "attn-space-field" },
      element("span", { class: "attn-quiet" }, this.#actions.t(key)),
      ...content,
    );
  }

  #analogyRow(): HTMLElement {
    const [a, b, c] = this.#terms.map((box) => box.element);
    const sum = element(
      "div",
      { class: "attn-space-sum" },
      a,
      sign("−"),
      b,
      sign("+"),
      c,
      sign("="),
      sign("?"),
    );
    const { change } = this.#actions;
    const tries = this.#presets.analogies.map((terms) => {
      const [first, second, third] = terms;
      return this.#button(`${first} − ${second} + ${third}`, () => change({ terms }));
    });
    return element("div", { class: "attn-space-rows" }, sum, this.#tries(tries));
  }

  #sensesRows(): HTMLElement {
    const { change } = this.#actions;
    const [right, left] = this.#poles.map((box) => box.element);
    const row = element(
      "div",
      { class: "attn-space-row attn-space-poles" },
      this.#labeled("latent-space.pole.left", left),
      this.#search(),
      this.#labeled("latent-space.pole.right", right),
    );
    const tries = this.#presets.senses.map(([word, first, second]) =>
      this.#button(word, () => {
        this.#poles.forEach((box) => box.reset());
        change({ word, poles: [first, second] });
      }),
    );
    return element("div", { class: "attn-space-rows" }, row, this.#tries(tries));
  }

  #tries(buttons: readonly HTMLElement[]): HTMLElement {
    const row = element("div", { class: "attn-space-tries" });
    setAttribute(row, "hidden", buttons.length === 0);
    row.append(element("span", { class: "attn-quiet" }, this.#actions.t("latent-space.try")), ...buttons);
    return row;
  }

  #button(label: string, onClick: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: "attn-button attn-framed" }, label);
    listen(button, "click", this.#actions.signal, () => {
      this.#actions.touch();
      this.#actions.say("");
      onClick();
    });
    return button;
  }
}

function sign(text: string): HTMLElement {
  return element("span", { class: "attn-space-sign", "aria-hidden": "true" }, text);
}
