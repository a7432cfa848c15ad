import { expect, test } from "vitest";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { pythonText } from "../shared/pythontext.js";
import { cellCode, divisorExpression, programOf, type CodeOptions } from "./pythoncode.js";
import type { State } from "./state.js";

const STATE: State = {
  tokens: ["i", "ate", "apple"],
  labels: ["I", "ate", "apple"],
  maps: "shared",
  divideBy: "sqrt",
  follow: 2,
  poles: [["fruit", "pear"], ["phone"]],
  locked: null,
};
const program = (changes: Partial<State>, options: Partial<CodeOptions> = {}): CodeOptions => ({
  state: { ...STATE, ...changes },
  dk: 128,
  fromTable: true,
  ...options,
});

const SHARED = `import torch
from attnlab.attention import scaled_dot_product_attention
from attnlab.embedding import lean, load_word_vectors

words = load_word_vectors()
tokens = ["i", "ate", "apple"]
query = key = value = torch.tensor(words[tokens])

output, weights = scaled_dot_product_attention(
    query, key, value, scale=1 / (128 ** 0.5), return_weights=True
)
print(weights[2])  # how much "apple" attends to each word

poles = words[["fruit", "pear"]], words[["phone"]]
print(lean(value[2], *poles), "->", lean(output[2], *poles))
`;

checkedAgainstMistakes<typeof programOf>(
  "the program for the numbers on screen",
  (code) => {
    expect(code(program({}))).toBe(SHARED);
    const head = code(program({ maps: "head", divideBy: "d" }, { dk: 32 }));
    expect(head).toContain("query = torch.tensor(words.maps.query(words[tokens]))\n");
    expect(head).toContain("value = torch.tensor(words.maps.value(words[tokens]))\n");
    expect(head).toContain("scale=1 / 32,");
    expect(head, "poles are mapped as values are").toContain('words.maps.value(words[["phone"]])');
    expect(code(program({ divideBy: "one" }))).toContain("scale=1 / 1,");
    expect(code(program({ divideBy: 2.5 }))).toContain("scale=1 / 2.5,");
    const nobody = code(program({ follow: -1 }));
    expect(nobody).toContain("print(weights)\n");
    expect(nobody).not.toContain("lean");
    const own = code(program({}, { fromTable: false }));
    expect(own).toContain("key = torch.tensor(w.key)\n");
    expect(own).not.toContain("load_word_vectors");
    expect(code(program({ tokens: [], labels: [], follow: -1 }))).toBe("");
  },
  programOf,
  {
    "always the square root": (options) =>
      programOf({ ...options, state: { ...options.state, divideBy: "sqrt" } }),
    "always Q = K = V": (options) => programOf({ ...options, state: { ...options.state, maps: "shared" } }),
    "the width of the table": (options) => programOf({ ...options, dk: 128 }),
    "labels instead of tokens": (options) =>
      programOf({ ...options, state: { ...options.state, tokens: options.state.labels } }),
  },
);

checkedAgainstMistakes<typeof pythonText>(
  "a text as a Python literal",
  (literal) => {
    expect(literal("\ud83c")).toBe('"\\ud83c"');
    expect(literal('say "hi"\\')).toBe('"say \\"hi\\"\\\\"');
    expect(literal("猫 é 🦊")).toBe('"猫 é 🦊"');
    expect(literal("a\nb")).toBe('"a\\nb"');
    expect(literal("a\u202Eb"), "a sign that turns the line around").toBe('"a\\u202eb"');
    expect(literal("a\u{E0041}"), "an invisible letter").toBe('"a\\udb40\\udc41"');
  },
  pythonText,
  {
    "quotes are not escaped": (text) => `"${text}"`,
    "what cannot be seen stays": (text) => JSON.stringify(text),
  },
);

test("the line for one cell", () => {
  const cell = { query: 3, key: 1, dimension: 17 };
  expect(cellCode("scores", "sqrt", 128, cell)).toBe("query[3] @ key[1]");
  expect(cellCode("scaled", "d", 32, cell)).toBe("query[3] @ key[1] / 32");
  expect(cellCode("weights", "sqrt", 128, cell)).toBe(
    "torch.softmax(query[3] @ key.T / (128 ** 0.5), dim=-1)[1]",
  );
  expect(cellCode("outputs", 0.5, 128, cell)).toBe("(weights[3] @ value)[17]");
  expect(divisorExpression(1e-7, 2)).toBe("1e-7");
});
