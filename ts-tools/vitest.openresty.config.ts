import { defineConfig } from "vitest/config";

/** The tests that start a real nginx with its Lua module: they need the build, so they are a suite of their own. */
export default defineConfig({
  test: {
    include: ["test/openresty/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
