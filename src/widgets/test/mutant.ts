/** Planted mistakes: a module of the front end as it would be if one line of its source were another. */

import path from "node:path";

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
