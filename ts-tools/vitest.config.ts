import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      "test/luarocks/**",
      "test/openresty/**",
      "test/neovim/**",
      "test/gateway/**",
      "test/memcheck/**",
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
