/** The top of the explorer: which family, what its model reads, and how its loading stands. */

import type { Translate } from "../../host/context.js";
import { element, listen, setText } from "../shared/dom.js";
import { LoadLine } from "../shared/loadline.js";
import { Segmented } from "../shared/segmented.js";
import { sayStanding } from "../models/standing.js";
import type { Asked, ModelName } from "../models/state.js";
import { Typing } from "../models/typing.js";
import { FAMILIES, type Family } from "./blocks.js";
import { countedLine } from "./explaining.js";
import type { Frame } from "./frame.js";

export interface AskingOptions {
  t: Translate;
  signal: AbortSignal;
  home: "book" | "kernel";
  examples: Readonly<Record<ModelName, readonly string[]>>;
  pickFamily: (family: Family) => void;
  change: (change: Partial<Asked>) => void;
  run: () => void;
  retry: () => void;
  cut: () => void;
  redraw: () => void;
}

export class AskingPart {
  readonly element: HTMLElement;
  readonly #options: AskingOptions;
  readonly #families: Segmented<Family>;
  readonly #count = element("p", { class: "attn-quiet attn-about" });
  readonly #typing: Typing;
  readonly #run = element("button", { type: "button", class: "attn-run" });
  readonly #line: LoadLine;

  constructor(options: AskingOptions) {
    this.#options = options;
    const { t, signal, retry, pickFamily } = options;
    this.#typing = new Typing({ ...options, onEnter: () => this.#onRun() });
    this.#families = new Segmented<Family>({
      label: t("families.choose"),
      choices: FAMILIES.map((value) => ({ value, content: [t(`families.name.${value}`)] })),
      onPick: (family) => {
        this.#typing.leave();
        pickFamily(family);
      },
      signal,
    });
    this.#line = new LoadLine({ t, signal, onRetry: retry });
    listen(this.#run, "click", signal, () => this.#onRun());
    this.element = element(
      "section",
      { class: "attn-asking" },
      element("div", { class: "attn-models-row" }, this.#families.element, this.#count),
      element("div", { class: "attn-input-row" }, this.#typing.input, this.#run),
      this.#typing.examples,
      this.#line.element,
    );
  }

  update(frame: Frame): void {
    const { t } = this.#options;
    this.#families.set(frame.chosen.family);
    setText(this.#count, countedLine(frame, t));
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
