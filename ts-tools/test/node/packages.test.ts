import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { platformManifest, platformTable, type Release } from "../../src/emit/node/platforms.js";
import { nodePlatforms } from "../../src/generate/node-platforms.js";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { readApi } from "../../src/ir/validate.js";
import { readNodeCoverage } from "../../src/node/coverage.js";
import { esmWrappers } from "../../src/node/esm.js";
import { parsePlatforms } from "../../src/node/platforms.js";
import { tempFolder } from "../support/temp.js";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");

describe("the list of platforms", () => {
  const row = "{ target: linux-x64-musl, rust: x86_64-unknown-linux-musl, os: linux, cpu: x64, libc: musl }";

  it.each([
    ["an empty list", "platforms: []", "write `platforms:` with a list"],
    ["another target", row.replace("linux-x64-musl", "linux-x64-gnu"), "write `linux-x64-musl`"],
    ["Linux without a C library", "{ target: linux-x64, rust: x, os: linux, cpu: x64 }", "`libc` belongs to Linux"],
    ["a field that is missing", "{ target: darwin-x64, os: darwin, cpu: x64 }", "`rust` must be a text"],
    ["a row twice", `${row}, ${row}`, "is there twice"],
  ])("is refused with %s", (_, rows, message) => {
    const text = rows.startsWith("platforms") ? rows : `platforms: [${rows}]`;
    expect(() => parsePlatforms(text, "platforms.yaml")).toThrow(message);
  });
});

describe("a platform's package", () => {
  const release: Release = {
    name: "@acme/spell",
    version: "1.2.3",
    license: "MIT",
    repository: { type: "git", url: "git+https://host.test/spell.git" },
    engines: { node: ">=20" },
  };

  it("says where it belongs", () => {
    const platform = { target: "linux-x64-musl", rust: "x", os: "linux", cpu: "x64", libc: "musl" } as const;
    expect(JSON.parse(platformManifest(release, platform))).toMatchObject({
      name: "@acme/spell-linux-x64-musl",
      version: "1.2.3",
      os: ["linux"],
      cpu: ["x64"],
      libc: ["musl"],
      main: "llmspell.node",
      type: "commonjs",
      files: ["llmspell.node", "LICENSE-*"],
    });
    expect(platformTable(release, [platform])).toContain('return { addon: require("@acme/spell-linux-x64-musl") };');
  });

  it("names no C library where there is no choice", () => {
    const platform = { target: "darwin-x64", rust: "x", os: "darwin", cpu: "x64" };
    expect(JSON.parse(platformManifest(release, platform))).not.toHaveProperty("libc");
  });

  it("has the version of the crates, else nothing is made", async () => {
    const folder = tempFolder();
    const cargo = join(folder, "Cargo.toml");
    writeFileSync(cargo, read("Cargo.toml").replace(/^version = ".*"$/m, 'version = "9.9.9"'));
    const inputs = {
      platforms: join(repositoryRoot, defaultPaths.nodePlatforms),
      package: join(repositoryRoot, defaultPaths.nodePackage),
      cargo,
    };
    expect(() => nodePlatforms.make(inputs)).toThrow('the crates are 9.9.9; write `"version": "9.9.9"`');
  });
});

describe("the ESM side", () => {
  const entry = {
    import: { types: "./esm/index.d.mts", default: "./esm/index.mjs" },
    require: { types: "./cjs/index.d.ts", default: "./cjs/index.js" },
  };

  /** A package with one entry and this CommonJS file. */
  function made(
    code: string | undefined,
    exports: object = { ".": entry, "./package.json": "./package.json" },
  ): string {
    const folder = tempFolder();
    writeFileSync(join(folder, "package.json"), JSON.stringify({ exports }));
    const file = join(folder, "cjs/index.js");
    mkdirSync(dirname(file));
    if (code !== undefined) writeFileSync(file, code);
    return folder;
  }

  it("gives each value by its name, and the same types", () => {
    const code = `Object.defineProperty(exports, "__esModule", { value: true });
      exports.b = 1;
      Object.defineProperty(exports, "a", { enumerable: true, get: function () { return other.a; } });`;
    expect(esmWrappers(made(code))).toEqual([
      {
        path: "./esm/index.mjs",
        text: 'import common from "../cjs/index.js";\n\nexport const a = common.a;\nexport const b = common.b;\n',
      },
      { path: "./esm/index.d.mts", text: 'export * from "../cjs/index.js";\n' },
    ]);
  });

  it("leaves out an entry that is compiled twice", () => {
    const twice = { import: { types: "./esm/a.d.ts", default: "./esm/a.js" }, require: entry.require };
    expect(esmWrappers(made("exports.a = 1;", { "./a": twice }))).toEqual([]);
  });

  it.each([
    ["is not compiled", undefined, undefined, "./cjs/index.js is not there"],
    ["exports what has no name", '__exportStar(require("./other"), exports);', undefined, "export each name by itself"],
    ["has no CommonJS side", "exports.a = 1;", { ".": { import: entry.import } }, "has no `require`"],
  ])("is refused where an entry %s", (_, code, exports, message) => {
    expect(() => esmWrappers(made(code, exports))).toThrow(message);
  });
});

describe("what Node reaches of the C API", () => {
  const api = readApi(read(defaultPaths.api), defaultPaths.api);
  const text = read(defaultPaths.nodeCoverage);
  const check = (changed: string): unknown => readNodeCoverage(changed, "coverage.yaml", api);

  it("is told of each function of the full layer", () => {
    expect(() => check(text)).not.toThrow();
    for (const name of ["llmspell_agent_fork", "llmspell_run_status", "llmspell_waker_tie"]) {
      const less = text
        .replace(new RegExp(`^ +${name}:.*\\n`, "m"), "")
        .replace(new RegExp(`, ${name}\\b|\\b${name}, `), "");
      expect(() => check(less)).toThrow(`${name}: is missing`);
    }
  });

  it.each([
    [
      "a function that is gone",
      "reached:\n  llmspell_gone: [Agent.gone()]",
      "llmspell_gone: no function of the full layer",
    ],
    [
      "one of another layer",
      "reached:\n  llmspell_agent_chat: [Agent.chat()]",
      "llmspell_agent_chat: no function of the full",
    ],
    [
      "one that is there twice",
      "reached:\n  llmspell_life_free: [Agent.close()]",
      "llmspell_life_free: is there twice",
    ],
  ])("is refused with %s", (_, added, message) => {
    expect(() => check(text.replace("reached:", added))).toThrow(message);
  });

  it("is refused without a way or a reason", () => {
    expect(() => check(text.replace("[Agent.fork()]", "[]"))).toThrow("llmspell_agent_fork: write a list of ways");
    expect(() => check(text.replace("because: the length of `event.agent`", 'because: " "'))).toThrow("no reason");
  });
});
