// Formulas in, HTML out: reads a JSON list of {latex, display} on standard input, writes a list of {html} or {error}.
// One run for all formulas of a page, so that no process is left when the book is built.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modulePath, macros] = process.argv.slice(2);
const katex = createRequire(import.meta.url)(modulePath);

const render = ({ latex, display }) => {
  try {
    const options = {
      displayMode: display,
      macros: JSON.parse(macros),
      // The one HTML extension in use: a class, so that a color can differ between light and dark.
      trust: ({ command }) => command === "\\htmlClass",
      strict: (code) => (code === "htmlExtension" ? "ignore" : "error"),
    };
    return { html: katex.renderToString(latex, options) };
  } catch (error) {
    return { error: error.message };
  }
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(render)));
