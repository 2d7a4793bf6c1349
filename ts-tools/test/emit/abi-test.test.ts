import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { abiTest } from "../../src/emit/abi-test.js";
import { repositoryRoot } from "../../src/generate/paths.js";
import type { Api } from "../../src/ir/types.js";
import { apiOf, headerWith } from "../support/header.js";
import { undefinedFunctions } from "../support/stubs.js";
import { tempFolder } from "../support/temp.js";

vi.setConfig({ testTimeout: 120_000 });

const BODY = `/** Version of the interface. */
#define LLMSPELL_ABI_VERSION 3
/** Name. */
#define LLMSPELL_NAME "box"
/** Called.
 * @borrowed text until the callback returns
 */
typedef int32_t (*llmspell_callback)(const char *text);
/** Mixed sizes. */
typedef struct llmspell_mixed {
  /** Small. */
  bool small;
  /** Wide. */
  double wide;
  /** Inside. */
  llmspell_str inside;
  /** Status. */
  llmspell_status status;
  /** Called. */
  void (*call)(void *data);
  /** Also called. */
  llmspell_callback also;
  /** Last. */
  uint16_t last;
} llmspell_mixed;
/** Asks for the version. */
uint32_t llmspell_abi_version(void);
`;

/** How the shared library differs from what it should be. */
interface Library {
  /** A function that it lacks. */
  readonly without?: string;
  /** It is not there. */
  readonly isMissing?: boolean;
}

/** What the ABI test of `api` prints, or what the compiler says, with a header and a library that are as they should be. */
async function run(api: Api, compiler: string, library: Library = {}): Promise<string> {
  const right = await apiOf(BODY);
  const folder = tempFolder();
  const compile = (...args: readonly string[]): string =>
    spawnSync(compiler, ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", `-I${folder}`, ...args], {
      encoding: "utf8",
    }).stderr;
  mkdirSync(join(folder, "lib"));
  for (const header of ["abi.h", "tap.h"]) {
    copyFileSync(join(repositoryRoot, "llmspell-c-api/tests", header), join(folder, header));
  }
  writeFileSync(
    join(folder, "llmspell.h"),
    headerWith(BODY).replace("<stdint.h>", "<stdint.h>\n#include <stdbool.h>\n#include <stddef.h>"),
  );
  const version = `uint32_t llmspell_abi_version(void) { return LLMSPELL_ABI_VERSION; }\n`;
  writeFileSync(join(folder, "stubs.c"), undefinedFunctions(right, ["llmspell_abi_version"]) + version);
  writeFileSync(join(folder, "abi.gen.c"), abiTest(api));
  const renamed = library.without === undefined ? [] : [`-D${library.without}=another`];
  const stubs = ["-Wno-unused-parameter", join(folder, "stubs.c")];
  const said = [
    compile("-fPIC", "-shared", ...renamed, ...stubs, "-o", join(folder, "lib/libllmspell.so")),
    compile(...stubs, join(folder, "abi.gen.c"), "-ldl", "-o", join(folder, "abi")),
  ].join("");
  if (said !== "") return said;
  const env = { ...process.env, BUILD: library.isMissing ? join(folder, "none") : folder };
  return spawnSync(join(folder, "abi"), { encoding: "utf8", env }).stdout;
}

function failures(output: string): string[] {
  return output.split("\n").flatMap((line) => /^not ok \d+ - (.*)/.exec(line)?.[1] ?? []);
}

/** The IR with a text in it changed, as somebody might who edits the JSON. */
function edited(api: Api, from: string, to: string): Api {
  const text = JSON.stringify(api);
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to)) as Api;
}

describe("the ABI test in C", () => {
  it.each(["gcc", "clang"])("passes on what it was made from, with %s", async (compiler) => {
    const output = await run(await apiOf(BODY), compiler);
    expect(failures(output)).toEqual([]);
    expect(output).toMatch(/^ok \d+ - llmspell_mixed has its size and alignment$/m);
    expect(output).toMatch(/^ok \d+ - llmspell_mixed.inside has its place$/m);
    expect(output).toMatch(/^ok \d+ - llmspell_box_free has its signature and is exported$/m);
    expect(output.trim().split("\n").at(-1)).toMatch(/^1\.\.\d\d$/);
  });

  it.each([
    [
      "a number",
      '"value":3',
      '"value":4',
      ["LLMSPELL_ABI_VERSION has its value", "llmspell_abi_version() of the shared library has its value"],
    ],
    ["a text", '"value":"box"', '"value":"bag"', ["LLMSPELL_NAME has its value"]],
  ])("fails on %s that is another", async (_what, from, to, expected) => {
    expect(failures(await run(edited(await apiOf(BODY), from, to), "gcc"))).toEqual(expected);
  });

  it.each([
    ["a field's type", '"c_type":"bool"', '"c_type":"uint8_t"', /llmspell_mixed[\s\S]*small/],
    ["a field's const", '"c_type":"const char *"', '"c_type":"char *"', /llmspell_str[\s\S]*data/],
    ["a callback", "const char *text", "char *text", /llmspell_callback/],
    ["a parameter's const", "llmspell_box *box", "const llmspell_box *box", /llmspell_box_free/],
    ["a returned type", '"c_type":"uint32_t"', '"c_type":"uint64_t"', /llmspell_abi_version/],
    ["a name", '"name":"llmspell_box_free"', '"name":"llmspell_box_gone"', /llmspell_box_gone/],
  ])("does not compile with %s that is another", async (_what, from, to, named) => {
    for (const compiler of ["gcc", "clang"]) {
      const said = await run(edited(await apiOf(BODY), from, to), compiler);
      expect(said).toContain("error:");
      expect(said).toMatch(named);
    }
  });

  it("fails when fields are in another order than the IR's, and says where they are", async () => {
    const api = await apiOf(BODY);
    const types = api.types.map((type) =>
      type.kind === "struct" && type.name === "llmspell_mixed" ? { ...type, fields: [...type.fields].reverse() } : type,
    );
    const output = await run({ ...api, types }, "gcc");
    expect(failures(output)).toContain("llmspell_mixed.last has its place");
    expect(output).toContain("# it has 2 bytes at 56, not 2 at 0");
  });

  it("fails when the shared library lacks a function", async () => {
    const output = await run(await apiOf(BODY), "gcc", { without: "llmspell_box_free" });
    expect(failures(output)).toEqual(["llmspell_box_free has its signature and is exported"]);
  });

  it("fails when there is no shared library", async () => {
    const output = await run(await apiOf(BODY), "gcc", { isMissing: true });
    expect(failures(output)[0]).toBe("the shared library can be loaded");
    expect(output).toContain("none/lib/libllmspell.so: cannot open shared object file");
  });

  it("cannot be made of a struct by value whose size nobody knows", async () => {
    const api = edited(await apiOf(BODY), '"c_type":"bool"', '"c_type":"llmspell_box"');
    expect(() => abiTest(api)).toThrow(
      "api.json:1: llmspell_mixed.small: `llmspell_box` has no size that is known here",
    );
  });
});
