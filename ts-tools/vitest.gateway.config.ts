import { defineConfig } from "vitest/config";

/** The tests of examples/openresty/gateway: they need the build, a real nginx and Chromium, so they are a suite of their own. */
export default defineConfig({
  test: {
    include: ["test/gateway/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
