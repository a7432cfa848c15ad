import { expect, test } from "vitest";
import { attend } from "../../engine/attention.js";
import { randomVector } from "../../test/numbers.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { SvgPen, escapeXml } from "../shared/svgpen.js";
import { csvField, csvOf, jsonOf } from "./exports.js";
import type { Frame, Step } from "./frame.js";

const TOKENS = ["i", ",", '"'];
const ATTENTION = attend(randomVector(3 * 2, 5, 2), 3, 2, { maps: null, divideBy: "sqrt" });

function frameOf(step: Step): Frame {
  return {
    scene: { attention: ATTENTION, names: TOKENS, n: 3, picture: null },
    state: {
      tokens: TOKENS,
      labels: ["I", ",", '"'],
      maps: "shared",
      divideBy: "sqrt",
      follow: 0,
      poles: [["a"], ["b"]],
    },
    ui: { step },
  } as unknown as Frame;
}

/** A reader of CSV by the letter of RFC 4180. */
function readCsv(text: string): string[][] {
  const fields = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/g;
  const rows: string[][] = [[]];
  for (const [, field, end] of text.matchAll(fields)) {
    rows.at(-1)?.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end !== ",") {
      rows.push([]);
    }
  }
  return rows.slice(0, -1);
}

checkedAgainstMistakes<typeof csvOf>(
  "the numbers as CSV",
  (csv) => {
    const rows = readCsv(csv(frameOf("weights")));
    expect(rows[0]).toEqual(["weights", "i", ",", '"']);
    expect(rows.slice(1).map(([name]) => name)).toEqual(TOKENS);
    const numbers = rows.slice(1).flatMap(([, ...row]) => row.map(Number));
    expect(Float32Array.from(numbers), "bit for bit").toEqual(ATTENTION.weights);
    const outputs = readCsv(csv(frameOf("outputs")));
    expect(outputs[0]).toEqual(["outputs", "0", "1"]);
    expect(Float32Array.from(outputs.slice(1).flatMap(([, ...row]) => row.map(Number)))).toEqual(
      ATTENTION.outputs,
    );
  },
  csvOf,
  {
    "rounded numbers": (frame) => csvOf(frame).replace(/\d+\.\d+/g, (number) => Number(number).toFixed(4)),
    "names are not quoted": (frame) => csvOf(frame).replaceAll(/"(.*?)"/g, "$1"),
    "always the weights": () => csvOf(frameOf("weights")),
    "rows become columns": (frame) =>
      csvOf({
        ...frame,
        scene: { ...frame.scene, attention: { ...ATTENTION, weights: ATTENTION.weights.slice().reverse() } },
      }),
  },
);

test("a field is quoted only where it must be", () => {
  expect(csvField("plain text")).toBe("plain text");
  expect(csvField("a,b")).toBe('"a,b"');
  expect(csvField('say "hi"')).toBe('"say ""hi"""');
  expect(csvField("two\nlines")).toBe('"two\nlines"');
});

test("the numbers as JSON are the numbers of the computation", () => {
  const content = JSON.parse(jsonOf(frameOf("scores"))) as Record<string, unknown>;
  expect(Float32Array.from((content["weights"] as number[][]).flat())).toEqual(ATTENTION.weights);
  expect(Float32Array.from((content["outputs"] as number[][]).flat())).toEqual(ATTENTION.outputs);
  expect(content).toMatchObject({
    tokens: TOKENS,
    divide_by: "sqrt",
    divisor: Math.sqrt(2),
    step: "scores",
    lean: null,
  });
});

test("what was typed is text in a picture", () => {
  const pen = new SvgPen(() => 10);
  pen.text(0, 0, '<img src=x onerror="alert(1)">&\u0000', { color: "#000", size: 12 });
  const picture = pen.document(10, 10, "#fff", "</title><script>", "serif");
  expect(picture).not.toMatch(/<img|<script/);
  expect(picture).not.toContain("\u0000");
  expect(picture).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;");
  expect(escapeXml("a < b 🦊")).toBe("a &lt; b 🦊");
});
