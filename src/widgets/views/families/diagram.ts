/** The drawing: blocks that are buttons, and the ways between them. What a family leaves out fades. */

import type { Translate } from "../../host/context.js";
import { drawing, element, listen, setAttribute, setText, uniqueId } from "../shared/dom.js";
import { thousands } from "../shared/format.js";
import { BLOCKS, isKept, layersOf, partOf, type BlockName, type FamilyCard } from "./blocks.js";
import type { Frame } from "./frame.js";
import {
  arrowhead,
  CROSSING,
  FLOWS,
  FRAMES,
  GUTTER,
  HEIGHT,
  LOOP,
  MARGIN,
  PLACES,
  type Place,
} from "./layout.js";
import { neighborOf } from "./walking.js";

/** What every layer does once more, around what these do. */
const SUBLAYERS = ["attention", "self_attention", "cross_attention", "feed_forward"];

export interface DiagramOptions {
  t: Translate;
  signal: AbortSignal;
  /** A block is pointed at; null for none any more. */
  preview: (block: BlockName | null) => void;
  pick: (block: BlockName) => void;
}

interface Drawn {
  button: HTMLButtonElement;
  /** What a screen reader says of it beside its name. */
  said: HTMLElement;
}

export class Diagram {
  readonly element: HTMLElement;
  readonly #options: DiagramOptions;
  readonly #blocks = new Map<BlockName, Drawn>();
  readonly #layers = FRAMES.map(({ column }) => ({ column, label: element("span") }));
  /** All that is not a block, with what it takes to stay. */
  readonly #ways: { node: Element; stays: (card: FamilyCard) => boolean }[] = [];

  constructor(options: DiagramOptions) {
    this.#options = options;
    const { t, signal } = options;
    this.element = element("div", {
      class: "attn-diagram",
      role: "group",
      "aria-label": t("families.diagram"),
    });
    this.element.style.setProperty("--gutter", `${GUTTER}px`);
    this.element.style.setProperty("--margin", `${MARGIN}px`);
    this.element.style.height = `${HEIGHT}px`;
    this.element.append(...this.#makeFrames(), ...this.#makeWays());
    BLOCKS.forEach((name) => this.#makeBlock(name));
    listen(this.element, "keydown", signal, (event) => this.#onKey(event));
    listen(this.element, "pointerleave", signal, () => options.preview(null));
  }

  update({ card, chosen, looked }: Frame): void {
    const { t } = this.#options;
    this.#blocks.forEach(({ button, said }, name) => {
      const weights = card.blocks[name];
      setAttribute(button, "data-kept", weights !== undefined);
      setAttribute(button, "data-looked", name === looked);
      setAttribute(button, "aria-pressed", String(name === chosen.block));
      setAttribute(button, "tabindex", name === chosen.block ? 0 : -1);
      const stays =
        weights === undefined
          ? t("families.left-out")
          : t("families.weights", { weights: thousands(weights) });
      setText(said, `${t(`families.does.${partOf(name)}`)} ${stays}`);
    });
    this.#ways.forEach(({ node, stays }) => setAttribute(node, "data-kept", stays(card)));
    this.#layers.forEach(({ column, label }) => {
      const isThere = isKept(card, `${column}.norm`);
      setText(label, isThere ? t("families.layers", { layers: layersOf(card, column) }) : "");
    });
  }

  #makeBlock(name: BlockName): void {
    const { t, signal, preview, pick } = this.#options;
    const said = element("span", { id: uniqueId("block"), hidden: true });
    const button = element(
      "button",
      {
        ...placed("attn-block", PLACES[name]),
        type: "button",
        "data-part": partOf(name),
        "aria-describedby": said.id,
      },
      element("span", { class: "attn-block-name" }, t(`families.label.${partOf(name)}`)),
    );
    if (SUBLAYERS.includes(partOf(name))) {
      button.append(
        element("span", { class: "attn-block-strip", "aria-hidden": "true" }, t("families.add-norm")),
      );
    }
    place(button, PLACES[name]);
    listen(button, "pointerenter", signal, () => preview(name));
    listen(button, "click", signal, () => pick(name));
    this.#blocks.set(name, { button, said });
    this.element.append(button, said);
  }

  #makeFrames(): HTMLElement[] {
    const { t } = this.#options;
    return FRAMES.map((frame, index) => {
      const node = element(
        "div",
        placed("attn-frame", frame),
        element("span", {}, t(`families.stack.${frame.column}`)),
        this.#layers[index].label,
      );
      place(node, frame);
      this.#ways.push({ node, stays: (card) => isKept(card, `${frame.column}.norm`) });
      return node;
    });
  }

  #makeWays(): Element[] {
    const flows = FLOWS.map((flow) => {
      const node = element("div", placed("attn-flow", flow));
      place(node, flow);
      this.#ways.push({ node, stays: flow.isKept });
      return node;
    });
    const crossing = wayOf("attn-crossing", CROSSING, GUTTER);
    const loop = wayOf("attn-loop", LOOP, MARGIN);
    this.#ways.push({ node: crossing, stays: (card) => isKept(card, "decoder.cross_attention") });
    this.#ways.push({ node: loop, stays: (card) => isKept(card, "decoder.embedding") });
    return [...flows, crossing, loop];
  }

  /** Arrow keys walk from block to block: up and down a column, left and right from one to the other. */
  #onKey(event: KeyboardEvent): void {
    const from = BLOCKS.find((name) => this.#blocks.get(name)?.button === event.target);
    const to = from === undefined ? null : neighborOf(from, event.key);
    if (to !== null) {
      event.preventDefault();
      this.#options.pick(to);
      this.#blocks.get(to)?.button.focus();
    }
  }
}

function placed(name: string, { column }: Place): Record<string, string> {
  return { class: name, "data-column": column };
}

function place(node: HTMLElement, { y, height }: Place): void {
  node.style.top = `${y}px`;
  node.style.height = `${height}px`;
}

/** A line through corners that ends in an arrowhead. */
function wayOf(name: string, corners: readonly (readonly [number, number])[], width: number): SVGSVGElement {
  const points = corners.map((corner) => corner.join(",")).join(" ");
  return drawing(
    "svg",
    { class: name, width, height: HEIGHT, "aria-hidden": "true" },
    drawing("polyline", { points }),
    drawing("polygon", { points: arrowhead(corners).join(" ") }),
  );
}
