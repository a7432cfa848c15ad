// Bundles the front end into one ES module, one stylesheet and the models' worker: node bundle.mjs <folder>

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const GZIP_LIMIT = 90_000; // bytes, module and stylesheet together; the worker is fetched with the first model

const sources = path.dirname(fileURLToPath(import.meta.url));

const MODULE = {
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
  await build({
    ...MODULE,
    entryPoints: { attnlab: "index.ts", "attnlab-worker": "host/worker-entry.ts" },
    outdir: outputFolder,
  });
  await build({
    absWorkingDir: sources,
    entryPoints: { attnlab: "styles/attnlab.css" },
    outdir: outputFolder,
    bundle: true,
    target: "es2022",
    minify: true,
    charset: "utf8",
    logLevel: "warning",
  });
}

function reportSizes(outputFolder) {
  let total = 0;
  for (const name of ["attnlab.js", "attnlab.css", "attnlab-worker.js"]) {
    const bytes = readFileSync(path.join(outputFolder, name));
    const compressed = gzipSync(bytes, { level: 9 }).length;
    total += name === "attnlab-worker.js" ? 0 : compressed;
    console.log(`${name}: ${bytes.length} bytes, ${compressed} with gzip`);
  }
  if (total > GZIP_LIMIT) {
    throw new Error(`The bundle has ${total} bytes with gzip; at most ${GZIP_LIMIT} are allowed.`);
  }
}

const outputFolder = process.argv[2];
if (outputFolder === undefined) {
  throw new Error("Usage: node bundle.mjs <folder>");
}
await bundle(path.resolve(outputFolder));
reportSizes(path.resolve(outputFolder));
