import { defineConfig } from "vitest/config";

/** The tests that start a real Neovim: they need the build, so they are a suite of their own. */
export default defineConfig({
  test: {
    include: ["test/neovim/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // the client of Neovim takes the console for itself otherwise
    env: { ALLOW_CONSOLE: "1", NVIM_NODE_LOG_LEVEL: "error" },
  },
});
