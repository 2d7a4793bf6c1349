import { defineConfig } from "vitest/config";

/** A real nginx under valgrind's memcheck. */
export default defineConfig({
  test: {
    include: ["test/memcheck/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { LLMSPELL_NGINX_CHECKER: "memcheck" },
  },
});
