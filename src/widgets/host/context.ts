/** What a view is given. The same in the book and beside a kernel, so that no view knows where it lives. */

import type { Models } from "./models.js";

/** The state of one widget: the page's own copy in the book, synced traits beside a kernel. */
export interface Model {
  get<T>(key: string): T;
  set(key: string, value: unknown): void;
  /** Calls back on "change" or "change:<key>"; returns the function that stops it. */
  on(event: string, callback: () => void): () => void;
  save(): void;
}

export type Translate = (key: string, values?: Record<string, string | number>) => string;
export type Progress = (loaded: number, total: number) => void;

export interface Context {
  model: Model;
  t: Translate;
  lang: string;
  loadAsset(name: string, onProgress?: Progress): Promise<ArrayBuffer>;
  /** Lets go of bytes that turned out to be no such asset: asking again fetches them anew. */
  forgetAsset(name: string): void;
  /** The trained models, shared by all widgets of the page; none is fetched before a view asks for it. */
  models: Models;
  home: "book" | "kernel";
  /** A link to this page with this widget's state, or null where a page cannot carry one. */
  shareLink: (() => string) | null;
}

export interface View {
  destroy(): void;
}

export type ViewFactory = (element: HTMLElement, context: Context) => View;
