/** The top of the explorer: which model, what it reads, which of the two views, and how the loading stands. */

import { sayStanding } from "../models/standing.js";
import { MODELS, type Asked, type ModelName } from "../models/state.js";
import { Typing } from "../models/typing.js";
import { element, listen, setText } from "../shared/dom.js";
import { LoadLine } from "../shared/loadline.js";
import { Segmented } from "../shared/segmented.js";
import type { Actions, Frame, Part } from "./frame.js";
import type { State } from "./state.js";

export interface AskingOptions extends Omit<Actions, "change"> {
  home: "book" | "kernel";
  examples: Readonly<Record<ModelName, readonly string[]>>;
  change: (change: Partial<Asked>) => void;
  run: () => void;
  cut: () => void;
}

export class AskingPart implements Part {
  readonly element: HTMLElement;
  readonly #options: AskingOptions;
  readonly #models: Segmented<ModelName>;
  readonly #views: Segmented<State["view"]>;
  readonly #typing: Typing;
  readonly #run = element("button", { type: "button", class: "attn-run" });
  readonly #line: LoadLine;

  constructor(options: AskingOptions) {
    this.#options = options;
    const { t, signal, show, run } = options;
    this.#typing = new Typing({ ...options, onEnter: () => this.#onRun() });
    this.#models = new Segmented<ModelName>({
      label: t("models.choose"),
      choices: MODELS.map((value) => ({ value, content: [t(`models.name.${value}`)] })),
      onPick: (model) => {
        this.#typing.leave();
        show({ model });
      },
      signal,
    });
    this.#views = new Segmented<State["view"]>({
      label: t("heads.view"),
      choices: (["heads", "split"] as const).map((value) => ({ value, content: [t(`heads.view.${value}`)] })),
      onPick: (view) => show({ view }),
      signal,
    });
    this.#line = new LoadLine({ t, signal, onRetry: run });
    listen(this.#run, "click", signal, () => this.#onRun());
    this.element = element(
      "section",
      { class: "attn-asking" },
      element("div", { class: "attn-models-row" }, this.#models.element, this.#views.element),
      element("div", { class: "attn-input-row" }, this.#typing.input, this.#run),
      this.#typing.examples,
      this.#line.element,
    );
  }

  update(frame: Frame): void {
    const { t } = this.#options;
    this.#models.set(frame.state.model);
    this.#views.set(frame.state.view);
    setText(this.#run, t(`models.run.${frame.state.model}`));
    this.#typing.update(frame.state);
    sayStanding(this.#line, frame, { ...this.#options, typing: this.#typing });
  }

  /** Whatever is half typed gives way to the state at the next redraw. */
  forget(): void {
    this.#typing.forget();
  }

  #onRun(): void {
    if (this.#typing.take()) {
      this.#options.run();
    }
  }
}
