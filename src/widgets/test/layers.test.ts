import { ESLint } from "eslint";
import { expect, test } from "vitest";
import tseslint from "typescript-eslint";

// The files linted here exist only as text, so the rules that need types are off.
const linter = new ESLint({
  cwd: import.meta.dirname.replace(/\/test$/, ""),
  overrideConfig: { files: ["**/planted.ts"], ...tseslint.configs.disableTypeChecked },
});

async function complaints(filePath: string, code: string): Promise<string[]> {
  const [result] = await linter.lintText(code, { filePath });
  return result.messages.map((message) => message.ruleId ?? message.message);
}

const IMPORTS = "@typescript-eslint/no-restricted-imports";
const GLOBALS = "no-restricted-globals";
const SYNTAX = "no-restricted-syntax";

test.each([
  ["the engine imports a view", "engine", 'export { mount } from "../views/question/index.js";', IMPORTS],
  ["the engine imports a host", "engine", 'export { viewOf } from "../host/registry.js";', IMPORTS],
  [
    "the engine imports types of a host",
    "engine",
    'export type { Model } from "../host/context.js";',
    IMPORTS,
  ],
  ["the engine looks at the page", "engine", "export const width = document.body.clientWidth;", GLOBALS],
  ["the engine asks for a window", "engine", "export const dark = window.matchMedia;", GLOBALS],
  ["the engine waits for a frame", "engine", "requestAnimationFrame(() => undefined);", GLOBALS],
  ["the engine fetches", "engine", 'export const words = fetch("words");', GLOBALS],
  [
    "the engine names an element",
    "engine",
    "export const isElement = (x: unknown) => x instanceof HTMLElement;",
    GLOBALS,
  ],
  [
    "a view imports from a host",
    "views/question",
    'export { viewOf } from "../../host/registry.js";',
    IMPORTS,
  ],
  ["chance", "engine", "export const weight = Math.random();", SYNTAX],
  [
    "markup from text",
    "views/question",
    'export const f = (x: Element) => { x.innerHTML = "<b>"; };',
    SYNTAX,
  ],
  [
    "markup put in",
    "host",
    'export const f = (x: Element) => { x.insertAdjacentHTML("beforeend", ""); };',
    SYNTAX,
  ],
])("%s: refused", async (_, folder, code, rule) => {
  expect(await complaints(`${folder}/planted.ts`, code)).toContain(rule);
});

test.each([
  ["a view imports the engine", "views/question", 'export { attend } from "../../engine/attention.js";'],
  [
    "a view imports the types of its context",
    "views/question",
    'export type { View } from "../../host/context.js";',
  ],
  ["a host imports a view", "host", 'export { mount } from "../views/question/index.js";'],
  ["a host looks at the page", "host", "export const width = document.body.clientWidth;"],
  [
    "the engine decodes text",
    "engine",
    "export const decode = (x: Uint8Array) => new TextDecoder().decode(x);",
  ],
  ["the engine reads base64", "engine", "export const decode = (x: string) => atob(x);"],
])("%s: fine", async (_, folder, code) => {
  expect(await complaints(`${folder}/planted.ts`, code)).toEqual([]);
});
