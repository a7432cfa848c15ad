import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let folder = "";
let script = "";
let style = "";
let worker = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "attnlab-bundle-"));
  execFileSync(process.execPath, [path.resolve(import.meta.dirname, "../bundle.mjs"), folder]);
  script = readFileSync(path.join(folder, "attnlab.js"), "utf8");
  style = readFileSync(path.join(folder, "attnlab.css"), "utf8");
  worker = readFileSync(path.join(folder, "attnlab-worker.js"), "utf8");
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Everything in one module, and nothing in it that reaches for another host. */
async function checkModule(module: string, name = "default"): Promise<void> {
  const stdin = { contents: module, resolveDir: folder };
  const { metafile } = await build({
    ...{ stdin, bundle: true, write: false, metafile: true },
    ...{ format: "esm", external: ["*"], logLevel: "silent" },
  });
  const [output] = Object.values(metafile.outputs);
  expect(output.exports).toEqual([name]);
  expect(output.imports).toEqual([]);
  expect([...module.matchAll(/\b(?:require|eval|new Function)\(/g)]).toEqual([]);
  const addresses = [...module.matchAll(/\bhttps?:\/\/[^\s"'`)]+/g)].map(([address]) => address);
  expect(addresses.filter((address) => !address.startsWith("http://www.w3.org/"))).toEqual([]); // names, not places
}

describe("the bundle", () => {
  test("is one module that needs nothing else", () => checkModule(script));

  test.each([
    ["an import left outside", 'import d3 from "d3";'],
    ["code loaded later", 'import("./later.js");'],
    ["another host", 'fetch("https://cdn.example/words");'],
    ["code from text", 'eval("1");'],
    ["another export", "export const render = 1;"],
  ])("a planted mistake is caught: %s", async (_, planted) => {
    await expect(checkModule(`${planted}${script}`)).rejects.toThrow();
  });

  test("leaves what the models compute with to their worker", async () => {
    await checkModule(worker, "serve");
    expect(script).not.toContain("WebAssembly");
    expect(worker).toContain("WebAssembly");
  });

  test("holds both languages", () => {
    expect(script).toContain("Try again");
    expect(script).toContain("再试一次");
  });

  test("has a stylesheet without imports or addresses", () => {
    expect(style).toContain(".attn-question");
    expect(style).not.toMatch(/@import|https?:/);
  });
});

describe("the modules of the book's pages", () => {
  const sources = path.resolve(import.meta.dirname, "..");
  const read = (name: string): string => readFileSync(path.join(folder, "page", name), "utf8");
  const modules = (): Record<string, string[]> =>
    JSON.parse(read("modules.json")) as Record<string, string[]>;

  test("there is one for each view, and one that starts them", () => {
    const views = readdirSync(path.join(sources, "views")).filter((name) => name !== "shared");
    expect(Object.keys(modules()).sort()).toEqual(["language-zh", "page", ...views].sort());
  });

  test("the one for kernels has every view", () => {
    const index = readFileSync(path.join(sources, "index.ts"), "utf8");
    const views = Object.keys(modules()).filter((name) => !["page", "language-zh"].includes(name));
    expect(views.filter((name) => !index.includes(`import "./entries/${name}.js";`))).toEqual([]);
  });

  test("each needs what is named for it, and nothing else", () => {
    for (const files of Object.values(modules())) {
      const imported = files.flatMap((file) =>
        [...read(file).matchAll(/"\.\/([\w-]+\.js)"/g)].map(([, name]) => name),
      );
      expect([...new Set(imported)].sort()).toEqual(files.slice(0, -1).sort());
    }
  });

  test("only the one of Chinese holds Chinese sentences", () => {
    for (const [name, files] of Object.entries(modules())) {
      expect(files.map(read).join("").includes("再试一次"), name).toBe(name === "language-zh");
    }
  });

  test("a page carries no view that it does not show", () => {
    const question = modules()["question"].map(read).join("");
    expect(question).toContain("attn-question");
    expect(question).not.toContain("attn-self-attention");
  });
});
