import { defineConfig } from "vitest/config";

/** The tests that install with LuaRocks and make: minutes, and one after the other, so a suite of their own. */
export default defineConfig({
  test: {
    include: ["test/luarocks/**/*.test.ts"],
    globalSetup: ["test/luarocks/support/project.ts"],
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
  },
});
