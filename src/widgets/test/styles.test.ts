/** A widget's own styles hold inside that widget alone: what several share stands in files that name no widget. */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const FOLDER = path.resolve(import.meta.dirname, "..");
const SHARED = ["answers", "attnlab", "colors", "controls", "fallback", "parts"];
/** The class of each widget's root; a class that begins with it and a hyphen is the widget's own as well. */
const ROOTS: Readonly<Record<string, string>> = {
  families: "attn-families",
  heads: "attn-mh",
  "latent-space": "attn-space",
  masks: "attn-masks",
  models: "attn-models",
  positions: "attn-positions",
  question: "attn-question",
  "self-attention": "attn-self-attention",
  tokens: "attn-tokens",
  translation: "attn-trl",
  word2vec: "attn-word2vec",
};

const styleOf = (name: string): string => readFileSync(path.join(FOLDER, "styles", `${name}.css`), "utf8");

/** Every selector of a stylesheet, those inside of @media and @container too. */
function selectorsOf(css: string): string[] {
  const preludes = css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .split(/[{};]/)
    .slice(0, -1);
  const separators = css.replace(/\/\*[\s\S]*?\*\//g, "").match(/[{};]/g) ?? [];
  return preludes
    .map((prelude) => prelude.trim())
    .filter((prelude, place) => separators[place] === "{" && !prelude.startsWith("@"))
    .flatMap(listOf);
}

/** The selectors of a list: a comma inside of brackets separates none of them. */
function listOf(prelude: string): string[] {
  let depth = 0;
  const marked = Array.from(prelude, (character) => {
    depth += Number("([".includes(character)) - Number(")]".includes(character));
    return character === "," && depth === 0 ? "\n,\n" : character;
  });
  return marked
    .join("")
    .split("\n,\n")
    .map((selector) => selector.trim());
}

/** The selectors that could reach into another widget. */
function strayIn(css: string, kind: string): string[] {
  const own = new RegExp(`^(\\.${ROOTS[kind]}(?![\\w])|attn-widget\\[kind="${kind}"\\])`);
  return selectorsOf(css).filter((selector) => !own.test(selector));
}

test("every stylesheet is a widget's or is shared, and the book has them all", () => {
  const files = readdirSync(path.join(FOLDER, "styles")).map((file) => file.replace(/\.css$/, ""));
  expect(files.sort()).toEqual([...SHARED, ...Object.keys(ROOTS)].sort());
  const imported = Array.from(styleOf("attnlab").matchAll(/@import "\.\/(.+)\.css"/g), ([, name]) => name);
  expect([...imported, "attnlab"].sort()).toEqual(files);
});

test("the roots are those of the views", () => {
  for (const [kind, root] of Object.entries(ROOTS)) {
    const folder = path.join(FOLDER, "views", kind);
    const code = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
    expect(code.join("\n"), kind).toMatch(new RegExp(`"(attn )?${root}"`));
  }
});

test.each(Object.keys(ROOTS))("the styles of %s stay inside it", (kind) => {
  expect(selectorsOf(styleOf(kind)).length).toBeGreaterThan(10);
  expect(strayIn(styleOf(kind), kind)).toEqual([]);
});

test.each(SHARED)("the shared styles in %s name no widget", (name) => {
  const widget = new RegExp(`\\.(${Object.values(ROOTS).join("|")})(?![\\w-])|kind=`);
  const named = selectorsOf(styleOf(name)).filter((selector) => widget.test(selector));
  // A space in a token has a class that looks like a root's.
  expect(named.filter((selector) => selector !== ".attn .attn-space")).toEqual([]);
});

test.each([
  [".attn .attn-chip {}", ".attn .attn-chip"],
  [".attn-chip .attn-tokens {}", ".attn-chip .attn-tokens"],
  ["@container (max-width: 9px) { .attn-tokens p {} p {} }", "p"],
  ["@media print { @container (max-width: 9px) { .attn-card { color: red; } } }", ".attn-card"],
  [".attn-tokens :is(p, a), .attn-tokensome {}", ".attn-tokensome"],
  ['attn-widget[kind="models"] > .attn-fallback {}', 'attn-widget[kind="models"] > .attn-fallback'],
])("a planted mistake is seen: %s", (planted, stray) => {
  expect(strayIn(`${styleOf("tokens")}\n${planted}`, "tokens")).toEqual([stray]);
});
