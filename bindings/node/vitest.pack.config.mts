import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/pack/**/*.test.ts"],
    globalSetup: ["test/pack/setup.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
