// Bundles the front end: node bundle.mjs <folder>
//
//   attnlab.js         every view in one module, for anywidget, which takes exactly one
//   page/              the same for the book: a module for each view and for Chinese, one for the page, what they share
//   page/modules.json  the files that each of them needs, by its name
//   attnlab.css, attnlab-worker.js

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const sources = path.dirname(fileURLToPath(import.meta.url));
const entries = readdirSync(path.join(sources, "entries")).map((name) => path.basename(name, ".ts"));

const SETTINGS = {
  absWorkingDir: sources,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8", // half the size of \u escapes for the Chinese strings
  legalComments: "none",
  logLevel: "warning",
};

async function bundle(outputFolder) {
  const entryPoints = { attnlab: "index.ts", "attnlab-worker": "host/worker-entry.ts" };
  await build({ ...SETTINGS, entryPoints, outdir: outputFolder });
  await build({ ...SETTINGS, entryPoints: { attnlab: "styles/attnlab.css" }, outdir: outputFolder });
}

/** In a page the Chinese sentences are a module of their own, entries/language-zh.ts, and not part of the tables. */
const CHINESE_LATER = {
  name: "chinese-later",
  setup({ onResolve }) {
    onResolve({ filter: /locales\/zh\.json$/ }, ({ importer }) =>
      importer.endsWith("strings.ts") ? { path: path.join(sources, "locales", "later.ts") } : undefined,
    );
  },
};

/** The modules of the book. Their names change with their content, so a browser may keep them for good. */
async function bundleForPages(folder) {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...SETTINGS,
    entryPoints: Object.fromEntries(entries.map((name) => [name, `entries/${name}.ts`])),
    outdir: folder,
    splitting: true,
    plugins: [CHINESE_LATER],
    entryNames: "[name]-[hash]",
    chunkNames: "shared-[hash]",
    metafile: true,
  });
  const modules = modulesOf(metafile.outputs, folder);
  writeFileSync(path.join(folder, "modules.json"), JSON.stringify(modules, null, 2));
  return modules;
}

/** For each entry its own file, last, after those that it imports, directly or through others. */
function modulesOf(outputs, folder) {
  const nameOf = (output) => path.relative(folder, path.resolve(sources, output));
  const filesOf = (output) => [
    ...outputs[output].imports.flatMap(({ path }) => filesOf(path)),
    nameOf(output),
  ];
  const found = Object.entries(outputs).filter(([, { entryPoint }]) => entryPoint !== undefined);
  return Object.fromEntries(
    found.map(([output, { entryPoint }]) => [
      path.basename(entryPoint, ".ts"),
      [...new Set(filesOf(output))],
    ]),
  );
}

function report(outputFolder, modules) {
  const sizeOf = (...names) => gzipSync(readFileSync(path.join(outputFolder, ...names)), { level: 9 }).length;
  for (const name of ["attnlab.js", "attnlab.css", "attnlab-worker.js"]) {
    console.log(`${name}: ${sizeOf(name)} bytes with gzip`);
  }
  for (const name of entries) {
    const files = new Set([...modules[name], ...modules.page]);
    const total = [...files].reduce((sum, file) => sum + sizeOf("page", file), 0);
    console.log(`a page with ${name} alone: ${total} bytes with gzip in ${files.size} modules`);
  }
}

if (process.argv[2] === undefined) {
  throw new Error("Usage: node bundle.mjs <folder>");
}
const outputFolder = path.resolve(process.argv[2]);
await bundle(outputFolder);
report(outputFolder, await bundleForPages(path.join(outputFolder, "page")));
