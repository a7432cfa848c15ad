// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { element, rich, setRich, setText, type Child } from "./dom.js";

const strong = (text: string): HTMLElement => element("strong", {}, text);
const sentence = (word: string, count: number): Child[] =>
  rich(`{word} has ${count} letters`, { word: strong(word) });

checkedAgainstMistakes<typeof setRich>(
  "a sentence with elements in it",
  (write) => {
    const node = element("p");
    write(node, sentence("apple", 5));
    expect(node.innerHTML).toBe("<strong>apple</strong> has 5 letters");
    const nodes = [...node.childNodes, node.querySelector("strong")?.firstChild];
    write(node, sentence("fig", 3));
    expect(node.innerHTML).toBe("<strong>fig</strong> has 3 letters");
    const after = [...node.childNodes, node.querySelector("strong")?.firstChild];
    expect(
      after.every((each, index) => each === nodes[index]),
      "the nodes stay",
    ).toBe(true);
    write(node, ["no word"]);
    expect(node.innerHTML).toBe("no word");
    write(node, [element("em", { class: "key" }, "<b>")]);
    expect(node.innerHTML).toBe('<em class="key">&lt;b&gt;</em>');
    write(node, [element("em", { class: "query" }, "other")]);
    expect(node.innerHTML, "another class is another element").toBe('<em class="query">other</em>');
  },
  setRich,
  {
    "new nodes each time": (node, parts) => node.replaceChildren(...parts),
    "the first nodes for ever": (node, parts) => {
      if (node.childNodes.length === 0) {
        node.append(...parts);
      }
    },
    "elements are all alike": (node, parts) => {
      const texts = parts.map((part) => (typeof part === "string" ? part : (part.textContent ?? "")));
      if (node.childNodes.length === parts.length) {
        texts.forEach((text, index) => setText(node.childNodes[index], text));
      } else {
        node.replaceChildren(...parts);
      }
    },
  },
);

test("a text goes into the node that is there", () => {
  const node = element("p", {}, strong("old"));
  setText(node, "first");
  const text = node.firstChild;
  setText(node, "second");
  setText(node, "");
  setText(node, "<b>");
  expect(node.innerHTML).toBe("&lt;b&gt;");
  expect(node.firstChild).toBe(text);
});
