// Lint rules. The layers are: engine <- views <- host. The engine computes and touches no page; views draw what the
// engine computes and know of the hosts only the types of their context.

import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";

// Names of the page's world: what a browser has and a Web Worker lacks, and what reaches outside.
const shared = new Set([...Object.keys(globals.worker), ...Object.keys(globals.es2025)]);
const outside = [
  "fetch",
  "XMLHttpRequest",
  "WebSocket",
  "requestAnimationFrame",
  "location",
  "navigator",
  "self",
];
const pageOnly = Object.keys(globals.browser).filter((name) => !shared.has(name));

const noImportsFrom = (folders, message, allowTypeImports) => ({
  "@typescript-eslint/no-restricted-imports": [
    "error",
    { patterns: [{ regex: `(^|/)(${folders.join("|")})(/|$)`, message, allowTypeImports }] },
  ],
});

export default defineConfig(
  { ignores: ["node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: "Every number on screen is computed; none is drawn by chance.",
        },
        {
          selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]",
          message: "What a reader types is text, never markup: use textContent or append.",
        },
        {
          selector: "CallExpression[callee.property.name='insertAdjacentHTML']",
          message: "What a reader types is text, never markup: use textContent or append.",
        },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Code points are what the tokenizer and the views mean by the characters of a string.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      // model.get<T>(key) names the type that the state's check has already made sure of.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  {
    files: ["engine/**/*.ts"],
    rules: {
      ...noImportsFrom(["views", "host"], "The engine imports neither views nor hosts.", false),
      "no-restricted-globals": [
        "error",
        ...[...pageOnly, ...outside].map((name) => ({ name, message: "The engine runs without a page." })),
      ],
    },
  },
  {
    files: ["views/**/*.ts"],
    rules: noImportsFrom(
      ["host"],
      "Views take only types from the hosts; the rest comes through the context.",
      true,
    ),
  },
  {
    files: ["**/*.test.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": "off", // a test brings its own host
      "@typescript-eslint/unbound-method": "off", // expect(model.save) asks about the function, never calls it
    },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: globals.node },
  },
);
