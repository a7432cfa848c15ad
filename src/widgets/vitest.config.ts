import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    testTimeout: 20_000, // linting a file with types takes seconds on a small machine
  },
});
