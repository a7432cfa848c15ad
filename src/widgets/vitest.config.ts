import { defineConfig } from "vitest/config";
import { plant, plantWithin, type Mistake } from "./test/mutant.js";

export default defineConfig({
  plugins: [
    {
      name: "planted-mistakes",
      enforce: "pre",
      transform(code, id) {
        const within = /[?&]within=([^&]+)/.exec(id);
        if (within !== null) {
          return plantWithin(code, id, within[1]);
        }
        const planted = /[?&]planted=([^&]+)/.exec(id);
        return planted === null
          ? undefined
          : plant(code, JSON.parse(decodeURIComponent(planted[1])) as Mistake);
      },
    },
  ],
  test: {
    include: ["**/*.test.ts"],
    testTimeout: 20_000, // linting a file with types takes seconds on a small machine
  },
});
