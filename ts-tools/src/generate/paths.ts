import { fileURLToPath } from "node:url";

/** The repository that this package sits in: the default root for every path flag. */
export const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** Where the inputs and outputs that more than one place names are below a root. */
export const defaultPaths = {
  cargo: "Cargo.toml",
  errors: "spec/errors.yaml",
  rustKinds: "crates/llmspell-core/src/error/kinds.gen.rs",
  rustCodes: "llmspell-c-api/src/codes.gen.rs",
  header: "llmspell-c-api/include/llmspell.h",
  api: "llmspell-c-api/abi/api.json",
  abiBaseline: "llmspell-c-api/abi/baseline.json",
  abiTest: "llmspell-c-api/tests/abi.gen.c",
  luaRaw: "bindings/lua/src/raw.gen.c",
  luaLibrary: "bindings/lua/src/library.gen.h",
  luaMeta: "bindings/lua/meta/llmspell_raw.gen.lua",
  reference: "docs/api/c.gen.md",
  luaBuild: "bindings/lua/build.mk",
  luaDriver: "bindings/lua/lua",
  luaTypes: "bindings/lua/meta/llmspell.lua",
  helpIntro: "bindings/neovim/intro.txt",
  help: "bindings/neovim/doc/llmspell.txt",
  nodeKinds: "bindings/node/ts/types/kinds.gen.ts",
  schemas: "spec/schema",
  nodeTypes: "bindings/node/ts/types",
  nodeCoverage: "bindings/node/coverage.yaml",
  nodeCoveragePage: "docs/api/node-coverage.gen.md",
  nodePackage: "bindings/node/package.json",
  nodePlatforms: "bindings/node/platforms.yaml",
  luaDriverC: "bindings/lua/src/driver.gen.c",
} as const;
