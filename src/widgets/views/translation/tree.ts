/** The tree of a beam search: what each step kept, with scores, from the start to the texts that ended. */

import { drawing, element, setAttribute } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { visibleToken } from "../shared/tokentext.js";
import type { Actions, Frame, Part } from "./frame.js";
import type { Level, Node, Shown } from "./run.js";

const COLUMN = 104;
const ROW = 46;
const BOX = { width: 82, height: 36 } as const;
const PAD = 6;
const MOST_LETTERS = 10;

export class TreePart implements Part {
  readonly element: HTMLElement;
  readonly #box: HTMLElement;
  readonly #list = element("ol", { class: "attn-trl-ended", tabindex: 0 });
  #drawn = "";
  #followed = "";

  constructor({ t }: Actions) {
    const label = t("translation.tree");
    this.#box = element("div", { class: "attn-trl-tree", tabindex: 0, role: "group", "aria-label": label });
    setAttribute(this.#list, "aria-label", t("translation.tree.ended"));
    this.element = element(
      "section",
      { class: "attn-trl-beam", hidden: true },
      element("p", { class: "attn-part-title" }, t("translation.tree")),
      element("p", { class: "attn-quiet" }, t("translation.tree.how")),
      this.#box,
      element("p", { class: "attn-quiet" }, t("translation.tree.ended")),
      this.#list,
    );
  }

  update({ state, run, shown }: Frame): void {
    const isBeam =
      state.decoding === "beam" && run !== null && run.levels.some(({ rows }) => rows.length > 0);
    setAttribute(this.element, "hidden", !isBeam);
    if (run === null || !isBeam) {
      return;
    }
    const levels = run.levels.slice(0, shown.steps);
    const key = JSON.stringify([run.inputs, run.levels.length, shown.steps]);
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#box.replaceChildren(treeOf(levels, shown, state.width));
      const texts = endedOf(levels).map((text) => element("li", {}, text));
      this.#list.replaceChildren(...texts);
      this.#list.style.setProperty("--attn-lines", String(state.width)); // as many may end
      this.#follow(run.inputs, shown.steps);
    }
  }

  /** While the tree grows its newest column is in sight. */
  #follow(inputs: string, steps: number): void {
    if (this.#followed === inputs) {
      this.#box.scrollLeft = (steps + 1) * COLUMN;
    }
    this.#followed = inputs;
  }
}

/** The texts that have ended with their scores, best first. */
function endedOf(levels: readonly Level[]): string[] {
  const ended = levels.flatMap(({ nodes }, step) =>
    nodes.filter(({ finished }) => finished).map((node) => ({ node, text: pathText(levels, step, node) })),
  );
  ended.sort((first, second) => second.node.score - first.node.score);
  return ended.map(({ node, text }) => `“${text}” ${fixed(node.score, 2)}`);
}

function pathText(levels: readonly Level[], step: number, node: Node): string {
  const parts = node.ids.slice(0, step).map((_, place) => {
    const found = levels[place].nodes.find(({ ids }) => ids.every((id, index) => id === node.ids[index]));
    return found?.text ?? "";
  });
  return parts.join("").trim();
}

/** The drawing, one column for each step, with room for as many hypotheses as the beam is wide. */
function treeOf(levels: readonly Level[], shown: Shown, beam: number): SVGSVGElement {
  const most = Math.max(beam, ...levels.map(({ nodes }) => nodes.length));
  const width = (levels.length + 1) * COLUMN;
  const height = most * ROW + 2 * PAD;
  const best = shown.tokens.map(({ id }) => id);
  const isBest = ({ ids }: Node): boolean => ids.every((id, place) => id === best[place]);
  const edges: SVGElement[] = [];
  const boxes: SVGElement[] = [];
  const middle = (place: number): number => PAD + place * ROW + BOX.height / 2;
  let live = [0]; // where the hypotheses that go on stand in their column
  boxes.push(boxOf(0, 0, "<start>", "", "best"));
  levels.forEach(({ nodes }, step) => {
    const ordered = [...nodes].sort((first, second) => second.logProbability - first.logProbability);
    ordered.forEach((node, place) => {
      const kind = `${isBest(node) ? "best" : "other"}${node.finished ? " ended" : ""}`;
      const from = [step * COLUMN + BOX.width, middle(live[node.parent])];
      const to = [(step + 1) * COLUMN, middle(place)];
      const half = (from[0] + to[0]) / 2;
      const path = `M${from.join(" ")}C${half} ${from[1]} ${half} ${to[1]} ${to.join(" ")}`;
      edges.push(drawing("path", { d: path, class: `attn-trl-edge ${kind}` }));
      boxes.push(boxOf((step + 1) * COLUMN, place, node.text, fixed(node.score, 2), kind));
    });
    live = nodes.filter(({ finished }) => !finished).map((node) => ordered.indexOf(node));
  });
  const size = { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" };
  return drawing("svg", size, ...edges, ...boxes);
}

function boxOf(x: number, place: number, text: string, score: string, kind: string): SVGElement {
  const y = PAD + place * ROW;
  const letters = Array.from(visibleToken(text));
  const label =
    letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1).join("")}…` : letters.join("");
  const group = drawing("g", { class: `attn-trl-node ${kind}` });
  group.append(drawing("rect", { x: x + 1, y, ...BOX, rx: 6 }));
  const line = (content: string, below: number, name: string): void => {
    const node = drawing("text", {
      x: x + 1 + BOX.width / 2,
      y: y + below,
      "text-anchor": "middle",
      class: name,
    });
    node.textContent = content;
    group.append(node);
  };
  line(label, score === "" ? 22 : 16, "attn-trl-node-text");
  line(score, 30, "attn-trl-node-score");
  return group;
}
