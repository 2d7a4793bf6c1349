import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/pack/**", "test/conformance/**"],
    // The package as Node loads it: Vite would read its CommonJS as modules.
    server: { deps: { external: [/\/bindings\/node\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
