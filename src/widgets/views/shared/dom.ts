/** Makes elements. Text goes in as text nodes only, so that nothing a reader types can become markup. */

export type Child = Node | string;
export type AttributeValue = string | number | boolean | null;

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, AttributeValue> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(node, name, value);
  }
  node.append(...children);
  return node;
}

/** Writes an attribute only when it changes; false and null remove it. */
export function setAttribute(node: Element, name: string, value: AttributeValue): void {
  if (value === false || value === null) {
    node.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (node.getAttribute(name) !== text) {
    node.setAttribute(name, text);
  }
}

/** Writes a text only when it changes, and into the text node that is there: a new node costs more than a new text. */
export function setText(node: Node, text: string): void {
  const { firstChild } = node;
  const isAlone = firstChild instanceof Text && firstChild.nextSibling === null;
  const target = isAlone ? firstChild : node;
  if (target.textContent !== text) {
    target.textContent = text;
  }
}

/** Writes a sentence of texts and elements, as `rich` makes it. Where only words change, its nodes stay. */
export function setRich(node: Element, sentence: readonly Child[]): void {
  const shown = node.childNodes;
  const isSame =
    sentence.length === shown.length && sentence.every((part, index) => isLike(part, shown[index]));
  if (!isSame) {
    node.replaceChildren(...sentence);
    return;
  }
  sentence.forEach((part, index) => {
    setText(shown[index], typeof part === "string" ? part : (part.textContent ?? ""));
  });
}

function isLike(part: Child, node: Node): boolean {
  if (typeof part === "string") {
    return node instanceof Text;
  }
  const classes = [part, node].map((each) => (each instanceof Element ? each.className : ""));
  return part.nodeName === node.nodeName && classes[0] === classes[1];
}

/** A translated sentence with elements in some of its {places}: what the translation left unfilled. */
export function rich(sentence: string, places: Record<string, Child>): Child[] {
  return sentence
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 1 && Object.hasOwn(places, part) ? places[part] : part))
    .filter((part) => part !== "");
}

/** An element of a drawing. */
export function drawing<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, AttributeValue> = {},
  ...children: SVGElement[]
): SVGElementTagNameMap[Tag] {
  const node = document.createElementNS(SVG_NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(node, name, value);
  }
  node.append(...children);
  return node;
}

/** A 16 x 16 line icon, drawn in the color of the text around it and hidden from screen readers. */
export function icon(path: string): SVGSVGElement {
  const attributes = { viewBox: "0 0 16 16", "aria-hidden": "true", class: "attn-icon" };
  return drawing("svg", attributes, drawing("path", { d: path }));
}

let lastId = 0;

/** An id that no other element of the page has, for labels and the panels that they name. */
export function uniqueId(name: string): string {
  lastId += 1;
  return `attn-${name}-${lastId}`;
}

export function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) {
    throw new Error("this browser has no 2-D canvas");
  }
  return context;
}

/** Adds a listener that goes away with the view. */
export function listen<Type extends keyof HTMLElementEventMap>(
  target: HTMLElement,
  type: Type,
  signal: AbortSignal,
  handler: (event: HTMLElementEventMap[Type]) => void,
  options: AddEventListenerOptions = {},
): void {
  target.addEventListener(type, handler, { ...options, signal });
}
