/** The string tables: every sentence a reader sees, in both languages. */

import en from "../locales/en.json";
import zh from "../locales/zh.json";
import type { Translate } from "./context.js";

export type Lang = "en" | "zh";

export const TABLES: Readonly<Record<Lang, Readonly<Record<string, string>>>> = { en, zh };

export function isLang(value: unknown): value is Lang {
  return value === "en" || value === "zh";
}

/** The edition that a page or notebook asks for, for example "zh-CN"; English when it is neither. */
export function langOf(tag: string): Lang {
  return tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** A reader of one language's strings. `onMissing` decides what a missing key becomes: the key itself, or an error. */
export function translator(lang: Lang, onMissing: (key: string) => string = (key) => key): Translate {
  const table = TABLES[lang];
  return (key, values = {}) => {
    if (!Object.hasOwn(table, key)) {
      return onMissing(key);
    }
    return table[key].replace(/\{(\w+)\}/g, (placeholder: string, name: string) =>
      Object.hasOwn(values, name) ? String(values[name]) : placeholder,
    );
  };
}
