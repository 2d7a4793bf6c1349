import { defineConfig } from "vitest/config";

/** The conformance cases, as `make conformance` runs them: all in one process, one after the other, on the package as it is built. */
export default defineConfig({
  test: {
    include: ["test/conformance/generated/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    isolate: false,
    fileParallelism: false,
    // Node itself loads the package, by `import` or `require`.
    server: { deps: { external: [/\/bindings\/node\/dist\//] } },
  },
});
