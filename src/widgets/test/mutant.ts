/** Planted mistakes: a module of the front end as it would be if one line of its source were another. */

import path from "node:path";
import { vi } from "vitest";

/** What stands in the source once, and what shall stand there. */
export type Mistake = readonly [right: string, wrong: string];

/** Replaces `right` by `wrong` in a source. Throws unless it stands there exactly once. */
export function plant(source: string, [right, wrong]: Mistake): string {
  const times = source.split(right).length - 1;
  if (times !== 1) {
    throw new Error(`${right} stands ${times} times in the source`);
  }
  return source.replace(right, () => wrong);
}

/** The module with the mistake in it; what it imports is shared with everyone else. vitest.config.ts plants it. */
export async function mutantOf<Module>(file: string, mistake: Mistake): Promise<Module> {
  const source = path.resolve(import.meta.dirname, "..", file);
  const query = encodeURIComponent(JSON.stringify(mistake));
  return (await import(/* @vite-ignore */ `${source}?planted=${query}`)) as Module;
}

/** The module `entry` around a mistake in one of the files that it is made of: all of them are made anew. */
export async function mutantInside<Module>(entry: string, file: string, mistake: Mistake): Promise<Module> {
  const [whole, part] = [entry, file].map((name) => path.resolve(import.meta.dirname, "..", name));
  vi.resetModules();
  if (whole === part) {
    return mutantOf<Module>(entry, mistake);
  }
  vi.doMock(part, () => mutantOf(file, mistake));
  try {
    return (await import(/* @vite-ignore */ whole)) as Module;
  } finally {
    vi.doUnmock(part);
  }
}

/**
 * A module with a mistake in `file`, which stands in its folder: the modules of that folder are loaded anew, so that
 * all of them see the mistake; the rest is shared with everyone else.
 */
export async function mutantWithin<Module>(entry: string, file: string, mistake: Mistake): Promise<Module> {
  const folder = path.resolve(import.meta.dirname, "..", path.dirname(entry));
  const query = encodeURIComponent(JSON.stringify({ target: path.join(folder, file), mistake }));
  const source = path.join(folder, path.basename(entry));
  return (await import(/* @vite-ignore */ `${source}?within=${query}`)) as Module;
}

/** A module of a folder one of whose files has a mistake: that file with it, another with its imports led there too. */
export function plantWithin(source: string, id: string, query: string): string {
  const { target, mistake } = JSON.parse(decodeURIComponent(query)) as { target: string; mistake: Mistake };
  const planted = id.split("?")[0] === target ? plant(source, mistake) : source;
  return planted.replaceAll(/ from "\.\/([\w-]+)\.js"/g, (_, name) => ` from "./${name}.ts?within=${query}"`);
}
