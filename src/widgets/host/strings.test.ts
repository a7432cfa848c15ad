import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { langOf, TABLES, translator } from "./strings.js";

const HERE = path.resolve(import.meta.dirname, "..");

/** All keys that the code names, and the beginnings of those that it puts together. */
function namedIn(sources: readonly string[]): { keys: string[]; beginnings: string[] } {
  const text = sources.join("\n");
  const parts = [...new Set(Object.keys(TABLES.en).map((key) => key.split(".")[0]))].join("|");
  const named = (pattern: string): string[] =>
    [...text.matchAll(new RegExp(pattern, "g"))].map((match) => match[1]);
  return {
    keys: named(`"((?:${parts})\\.[\\w.-]+)"`),
    beginnings: named(`\`((?:${parts})\\.[^\`$]*)\\$\\{`),
  };
}

function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(HERE, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => readFileSync(path.join(HERE, folder, name), "utf8"));
}

type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Both languages have the same keys with the same placeholders, every key that is named, and no other. */
function checkTables(tables: Tables, sources: readonly string[]): void {
  const { keys, beginnings } = namedIn(sources);
  const isNamed = (key: string): boolean =>
    keys.includes(key) || beginnings.some((start) => key.startsWith(start));
  for (const [lang, table] of Object.entries(tables)) {
    const known = Object.keys(table);
    expect(known.sort(), lang).toEqual(Object.keys(tables["en"]).sort());
    expect(
      known.filter((key) => !isNamed(key)),
      `${lang}: strings that nobody shows`,
    ).toEqual([]);
    expect(
      keys.filter((key) => !Object.hasOwn(table, key)),
      lang,
    ).toEqual([]);
    expect(
      beginnings.filter((start) => !known.some((key) => key.startsWith(start))),
      lang,
    ).toEqual([]);
    for (const [key, text] of Object.entries(table)) {
      expect(text.trim(), `${lang} ${key}`).not.toBe("");
      expect(placeholders(text), `${lang} ${key}`).toEqual(placeholders(tables["en"][key]));
    }
  }
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
}

describe("the string tables", () => {
  const sources = ["host", "views"].flatMap(sourcesOf);

  test("are complete", () => checkTables(TABLES, sources));

  const { "question.again": again, ...rest } = TABLES.zh;
  const mistakes: [string, Tables, string[]][] = [
    ["a key is missing in one language", { en: TABLES.en, zh: rest }, sources],
    ["a sentence is empty", { en: TABLES.en, zh: { ...rest, "question.again": " " } }, sources],
    ["a placeholder is lost", { en: TABLES.en, zh: { ...TABLES.zh, "host.failed": again } }, sources],
    ["a key that nobody wrote", TABLES, [...sources, 't("host.nowhere")']],
    ["a put-together key that nobody wrote", TABLES, [...sources, "t(`host.nowhere.${name}`)"]],
    ["strings that nobody shows", TABLES, []],
  ];
  test.each(mistakes)("a planted mistake is caught: %s", (_, tables, mistaken) => {
    expect(() => checkTables(tables, mistaken)).toThrow();
  });
});

describe("translator", () => {
  test("fills in what is given, as text", () => {
    const t = translator("en");
    expect(t("host.failed", { reason: "<b> {reason} $&" })).toContain("<b> {reason} $&");
    expect(t("host.failed")).toContain("{reason}");
    expect(t("host.failed", { other: 1 })).toContain("{reason}");
  });

  test("a missing key is the key itself, or what the caller makes of it", () => {
    expect(translator("en")("toString")).toBe("toString");
    const strict = translator("zh", (key) => {
      throw new Error(`no string for ${key}`);
    });
    expect(() => strict("nowhere")).toThrow("no string for nowhere");
    expect(strict("question.again")).toBe(TABLES.zh["question.again"]);
  });
});

test.each([
  ["en", "en"],
  ["en-GB", "en"],
  ["zh-CN", "zh"],
  ["ZH", "zh"],
  ["", "en"],
  ["fr", "en"],
])("a page in %j is read in %s", (tag, lang) => {
  expect(langOf(tag)).toBe(lang);
});
