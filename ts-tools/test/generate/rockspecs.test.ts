import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../../src/generate/paths.js";
import { rockspecs } from "../../src/generate/rockspecs.js";
import { tempFolder } from "../support/temp.js";

const CARGO = `[workspace.package]
version = "0.9.0"
license = "MIT"
rust-version = "1.88"
repository = "https://host.test/llmspell"
`;
const BUILD = "LUA_SOURCES := $(addprefix lua/src/,open.c shim_52.c shim_51.c)\n";

/** The rockspecs of a project with these two files. */
async function made(cargo: string, build: string): Promise<string> {
  const folder = tempFolder();
  const inputs = { cargo: join(folder, "Cargo.toml"), build: join(folder, "build.mk") };
  writeFileSync(inputs.cargo, cargo);
  writeFileSync(inputs.build, build);
  return (await rockspecs.make(inputs)).map(({ text }) => text).join("\n");
}

describe("rockspecs from the project's files", () => {
  it("take version, licence, address, oldest Rust, C files and Luas from there", async () => {
    const text = await made(CARGO, BUILD);
    for (const expected of [
      'version = "0.9.0-1"',
      'tag = "v0.9.0"',
      'url = "git+https://host.test/llmspell"',
      'license = "MIT"',
      "rustc 1.88 or newer",
      'sources = { "lua/src/open.c", "lua/src/shim_52.c", "lua/src/shim_51.c" }',
      'dependencies = { "lua >= 5.1, < 5.3" }',
    ])
      expect(text).toContain(expected);
  });

  it("name the C files that the Makefile compiles", async () => {
    const listed = execFileSync("make", ["-s", "--no-print-directory", "-f", "-", "list"], {
      cwd: repositoryRoot,
      input: "include Makefile\nlist:\n\t@echo $(LUA_SOURCES)\n",
      encoding: "utf8",
    });
    const paths = { cargo: join(repositoryRoot, "Cargo.toml"), build: join(repositoryRoot, "bindings/lua/build.mk") };
    const system = (await rockspecs.make(paths)).find(({ path }) => path.startsWith("rockspec/system/"));
    const sources = /sources = \{([^}]*)\}/.exec(system?.text ?? "")?.[1] ?? "";
    expect([...sources.matchAll(/"([^"]*)"/g)].map((match) => match[1])).toEqual(listed.trim().split(/\s+/));
  });

  it.each([
    [
      "no version",
      CARGO.replace(/^version.*$/m, ""),
      BUILD,
      /Cargo\.toml:1: workspace\.package\.version: no text; write/,
    ],
    ["no address", CARGO.replace(/^repository.*$/m, ""), BUILD, /workspace\.package\.repository: no text; write/],
    ["no TOML", "[", BUILD, /Cargo\.toml:1: toml: .*; write TOML/],
    ["no list", CARGO, "LUA_SOURCES := open.c\n", /build\.mk:1: LUA_SOURCES: not found; write/],
    [
      "a list without a shim",
      CARGO,
      BUILD.replaceAll("shim", "skim"),
      /LUA_SOURCES: has no shim_5<minor>\.c; write one/,
    ],
  ])("are refused with %s", async (_what, cargo, build, message) => {
    await expect(made(cargo, build)).rejects.toThrow(message);
  });
});
