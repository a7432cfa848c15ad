/** A check that cannot fail proves nothing: every check here is also run on implementations with one planted mistake. */

import { describe, expect, test } from "vitest";

/** Runs `check` on the real thing, and shows that each planted mistake makes the same check fail. */
export function checkedAgainstMistakes<Implementation>(
  name: string,
  check: (implementation: Implementation) => void,
  real: Implementation,
  mistakes: Readonly<Record<string, Implementation>>,
): void {
  describe(name, () => {
    test("is right", () => check(real));
    test.each(Object.entries(mistakes))("a planted mistake is caught: %s", (_, mistaken) => {
      expect(() => check(mistaken)).toThrow();
    });
  });
}
