import { defineConfig } from "vitest/config";

/** The tests of the examples: each runs the program as a person would, the page in Chromium, the chat in a terminal. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
