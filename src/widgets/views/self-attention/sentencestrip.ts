/** The strip of words, with the followed word's weights under it, and the guess that may come first. */

import { rampIndex } from "../shared/colorscale.js";
import { element, rich, setRich, setText, type Child } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { toggle } from "../shared/segmented.js";
import { TokenStrip, type Foot, type StripToken } from "../shared/tokens.js";
import { shownRow, spotOf, type Actions, type Frame, type Part } from "./frame.js";
import { guessOutcome } from "./guess.js";
import { deleteWord, isContinuation, isUnknown, moveWord, wordRanges, type State } from "./state.js";

/** More words than this and a number under each would be noise. */
const MANY_NUMBERS = 40;

export class SentenceStrip implements Part {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #strip: TokenStrip;
  readonly #caption = element("p", { class: "attn-caption" });
  readonly #guessSwitch: { element: HTMLElement; set: (on: boolean) => void };
  #frame: Frame | null = null;
  #words: { names: readonly string[]; words: StripToken[][] } | null = null;
  #said = "";
  /** After a guess the pointer still rests on a word: what it would show must not hide the answer. */
  #isResting = false;

  constructor(actions: Actions) {
    this.#actions = actions;
    const { t, signal } = actions;
    this.#strip = new TokenStrip({
      label: t("self-attention.words"),
      deleteLabel: (word) => t("self-attention.delete", { word }),
      onPick: (token) => this.#pick(token),
      onMove: (from, to) => this.#change((state) => moveWord(state, from, to)),
      onDelete: (word) => this.#change((state) => deleteWord(state, word)),
      onHover: (token) => this.#hover(token),
      signal,
    });
    this.#guessSwitch = toggle(t("self-attention.predict"), signal, (on) => {
      actions.look({ prediction: { on, guess: -1 } });
    });
    const head = element("div", { class: "attn-strip-head" }, this.#caption, this.#guessSwitch.element);
    this.element = element("div", { class: "attn-strip-box" }, head, this.#strip.element);
  }

  update(frame: Frame): void {
    this.#frame = frame;
    this.#strip.setWords(this.#wordsOf(frame));
    this.#strip.setFeet(this.#feet(frame));
    this.#strip.setPicked(frame.state.follow);
    this.#strip.setLit(frame.ui.hover?.query ?? -1, spotOf(frame)?.key ?? -1);
    this.#guessSwitch.set(frame.ui.prediction.on);
    this.#showCaption(frame);
  }

  #hover(token: number): void {
    if (token < 0) {
      this.#isResting = false;
    }
    if (!this.#isResting) {
      this.#actions.look({ hover: token < 0 ? null : { query: token, key: -1 } });
    }
  }

  /** While the reader is asked for a guess, a click on a word is the guess. */
  #pick(token: number): void {
    const frame = this.#frame;
    if (frame !== null && frame.hiddenRow >= 0) {
      this.#isResting = true;
      this.#actions.look({ prediction: { on: true, guess: token }, hover: null });
    } else {
      this.#actions.change({ follow: token });
    }
  }

  #change(step: (state: State) => Partial<State>): void {
    if (this.#frame !== null) {
      this.#actions.change(step(this.#frame.state));
    }
  }

  #wordsOf({ state: { tokens }, scene: { names } }: Frame): StripToken[][] {
    if (this.#words?.names !== names) {
      const { t } = this.#actions;
      const words = wordRanges(tokens).map(([first, end]) =>
        tokens.slice(first, end).map((token, offset): StripToken => {
          const unknown = isUnknown(token);
          const remark = unknown ? t("self-attention.unknown") : "";
          return { text: names[first + offset], remark, continued: isContinuation(token), unknown };
        }),
      );
      this.#words = { names, words };
    }
    return this.#words.words;
  }

  #feet(frame: Frame): Foot[] {
    const { scene, weightScale: scale, hiddenRow } = frame;
    const row = shownRow(frame);
    const { attention, n } = scene;
    const empty = { text: row === hiddenRow && row >= 0 ? "?" : "", color: "" };
    if (attention === null || scale === null || row < 0 || row === hiddenRow) {
      return Array.from({ length: n }, () => empty);
    }
    return Array.from({ length: n }, (_, j) => {
      const weight = attention.weights[row * n + j];
      const text = n > MANY_NUMBERS ? "" : fixed(weight, 2);
      return { text, color: scale.ramp.css[rampIndex(scale, weight)] };
    });
  }

  #showCaption(frame: Frame): void {
    const { t } = this.#actions;
    const { scene, ui, state, hiddenRow } = frame;
    const row = shownRow(frame);
    const outcome = guessOutcome(frame);
    const said = JSON.stringify([row, hiddenRow, ui.prediction.guess, scene.names[row], outcome?.values]);
    if (said === this.#said) {
      return;
    }
    this.#said = said;
    if (row < 0) {
      setText(this.#caption, scene.n === 0 ? "" : t("self-attention.caption.none"));
    } else if (hiddenRow >= 0) {
      this.#say("self-attention.caption.guess", scene.names[state.follow]);
    } else if (outcome !== null && row === state.follow) {
      setText(this.#caption, t(outcome.key, outcome.values));
    } else {
      this.#say("self-attention.caption", scene.names[row]);
    }
  }

  #say(key: string, name: string): void {
    const word: Child = element("strong", { class: "attn-query-word", dir: "auto" }, name);
    setRich(this.#caption, rich(this.#actions.t(key), { word }));
  }
}
