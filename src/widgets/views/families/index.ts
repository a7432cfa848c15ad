/**
 * The explorer of families: one drawing of the Transformer, of which each family keeps its part, and the book's model of
 * that family, running in the page.
 *
 * The state holds what the reader can change; the session of models, which the playground has too, knows which result
 * belongs to it. Nothing is fetched before the reader types or presses something.
 */

import type { Context, View, ViewFactory } from "../../host/context.js";
import { AnswerPart } from "../models/answer.js";
import { workedExamples, type Run } from "../models/run.js";
import { Session } from "../models/session.js";
import { inputsOf, TEXTS, type ModelName, type State } from "../models/state.js";
import { element, setAttribute } from "../shared/dom.js";
import { Shell, type Tools } from "../shared/shell.js";
import { AskingPart } from "./asking.js";
import type { BlockName, FamilyCard } from "./blocks.js";
import { describe } from "./describe.js";
import { Diagram } from "./diagram.js";
import { Explanation, FamilyTable } from "./explaining.js";
import { EXPORTS, save } from "./exports.js";
import type { Frame } from "./frame.js";
import { programOf } from "./pythoncode.js";
import { Reading } from "./reading.js";
import { askedOf, readChosen, readDefaults, TRAITS, type Chosen } from "./state.js";

class FamilyExplorer implements View {
  readonly #context: Context;
  readonly #shell: Shell;
  readonly #session: Session;
  readonly #cards: Readonly<Record<ModelName, FamilyCard>>;
  readonly #examples: Readonly<Partial<Record<ModelName, Run>>>;
  readonly #writes: number;
  readonly #asking: AskingPart;
  readonly #answer: AnswerPart;
  readonly #outcome: HTMLElement;
  readonly #parts: readonly { update: (frame: Frame) => void }[];
  #frame: Frame | null = null;
  /** What the writer has written; of the worked example to begin with. */
  #written: readonly number[];
  /** The picked token; -1 for the one that is picked by itself. */
  #picked = -1;
  #pointed: BlockName | null = null;

  constructor(root: HTMLElement, context: Context) {
    this.#context = context;
    const { model, t } = context;
    this.#shell = new Shell({
      ...{ context, name: "attn-families", traits: TRAITS, draw: () => this.#draw() },
      onOutside: () => this.#onOutside(),
    });
    const { signal } = this.#shell;
    this.#cards = model.get<Record<ModelName, FamilyCard>>("cards");
    this.#writes = model.get<number>("writes");
    this.#examples = workedExamples(model.get("runs"), askedOf(readChosen(model), []));
    this.#written = this.#writtenAtFirst();
    this.#session = new Session({
      cards: this.#cards,
      models: context.models,
      examples: this.#examples,
      onChange: this.#shell.redraw,
      onWritten: (written) => (this.#written = written),
    });
    this.#asking = this.#makeAsking();
    this.#answer = new AnswerPart({ t, signal, pick: (token) => this.#pick(token) });
    const diagram = new Diagram({
      ...{ t, signal, pick: (block) => this.#shell.set({ block }) },
      preview: (block) => this.#preview(block),
    });
    const explanation = new Explanation(t, this.#cards);
    const [reading, table] = [new Reading(t), new FamilyTable(t)];
    this.#parts = [this.#asking, this.#answer, diagram, reading, explanation, table];
    this.#outcome = element("div", { class: "attn-family-outcome" }, this.#answer.element);
    const side = element("div", { class: "attn-family-side" }, explanation.element, table.element);
    const drawn = element("div", { class: "attn-family-drawing" }, diagram.element, reading.element);
    const anatomy = element("div", { class: "attn-anatomy" }, drawn, side);
    const shown = element("section", {}, this.#outcome, anatomy);
    this.#shell.open(root, [this.#asking.element, shown], this.#makeTools());
  }

  destroy(): void {
    this.#session.close();
    this.#shell.close();
  }

  #writtenAtFirst(): readonly number[] {
    return this.#examples.writer?.tokens.map(({ id }) => id) ?? [];
  }

  #makeAsking(): AskingPart {
    const { t, home, model } = this.#context;
    return new AskingPart({
      ...{ t, home, signal: this.#shell.signal },
      examples: model.get<Record<ModelName, readonly string[]>>("examples"),
      pickFamily: (family) => this.#pickFamily(family),
      change: (change) => {
        this.#shell.set(change);
        this.#run();
      },
      run: () => this.#run(),
      retry: () => this.#session.retry(this.#state),
      cut: () => void this.#cut(),
      redraw: this.#shell.redraw,
    });
  }

  #makeTools(): Tools {
    const { t } = this.#context;
    return {
      onReset: () => this.#reset(),
      code: () => programOf(this.#chosen, this.#state, this.#writes),
      exports: EXPORTS.map((name) => ({
        label: t(`families.export.${name}`),
        run: () => {
          if (this.#frame !== null) {
            save(name, this.#frame, this.#shell.palette, t);
          }
        },
      })),
    };
  }

  get #chosen(): Chosen {
    return readChosen(this.#context.model);
  }

  /** What the session is asked. */
  get #state(): State {
    return askedOf(this.#chosen, this.#written);
  }

  #pickFamily(family: Chosen["family"]): void {
    this.#halt();
    this.#shell.set({ family });
  }

  /** What a writer was stopped in is not what it writes. */
  #halt(): void {
    const wasWriting = this.#session.busy === "writer";
    this.#session.halt();
    this.#picked = -1;
    if (wasWriting) {
      this.#written = [];
    }
  }

  /** Lets the model of the family run; a writer begins anew. */
  #run(): void {
    this.#picked = -1;
    if (this.#state.model === "writer") {
      this.#written = [];
    }
    this.#session.run(this.#state, this.#writes);
  }

  #pick(token: number): void {
    this.#picked = token;
    this.#shell.redraw();
  }

  #preview(block: BlockName | null): void {
    if (block !== this.#pointed) {
      this.#pointed = block;
      this.#shell.redraw();
    }
  }

  /** A change from the kernel or the address. A kernel means it; an address may have been followed by chance. */
  #onOutside(): void {
    this.#picked = -1;
    if (this.#examples.writer?.inputs === inputsOf(this.#state, "writer")) {
      this.#written = this.#writtenAtFirst();
    }
    const isThere = this.#session.modelState(this.#state.model).phase === "ready";
    if ((isThere || this.#context.home === "kernel") && !this.#session.isCurrent(this.#state)) {
      this.#run();
    }
  }

  #reset(): void {
    this.#halt();
    this.#asking.forget();
    this.#written = this.#writtenAtFirst();
    this.#shell.set(readDefaults(this.#context.model));
    this.#shell.flush();
  }

  async #cut(): Promise<void> {
    const { model } = this.#state;
    const text = await this.#session.cut(this.#state);
    this.#asking.forget();
    this.#shell.set({ [TEXTS[model]]: text });
    this.#run();
  }

  #draw(): void {
    const { t } = this.#context;
    const state = this.#state;
    const { run, problem, notes } = this.#session.workOf(state);
    const isBusy = this.#session.busy === state.model;
    const frame: Frame = {
      ...{ state, run, problem, notes, isBusy, chosen: this.#chosen },
      card: this.#cards[state.model],
      isCurrent: this.#session.isCurrent(state),
      isExample: this.#session.isExample(run),
      modelState: this.#session.modelState(state.model),
      picked: pickedOf(run, this.#picked),
      looked: this.#pointed ?? this.#chosen.block,
    };
    this.#frame = frame;
    this.#parts.forEach((part) => part.update(frame));
    setAttribute(this.#outcome, "aria-busy", String(isBusy));
    this.#shell.finish(() => describe(frame, this.#cards, t));
  }
}

/** The token whose candidates are shown: the reader's choice, else the first. */
function pickedOf(run: Run | null, picked: number): number {
  const count = (run?.tokens.length ?? 0) + (run?.next ? 1 : 0);
  return picked >= 0 && picked < count ? picked : 0;
}

export const mount: ViewFactory = (root, context) => new FamilyExplorer(root, context);
