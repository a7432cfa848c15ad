import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
