import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { validateApi } from "../../src/ir/validate.js";
import { undefinedFunctions } from "./stubs.js";

/** The Luas that the raw module is built for, with the ABI each has. */
export const LUAS = [
  { command: "lua5.4", abi: 54 },
  { command: "lua5.1", abi: 51 },
  { command: "luajit", abi: 51 },
] as const;

/** A Lua module that is nothing but the raw module, opened through the project's own table of Lua functions. */
const OPENER = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include "embed.h"
#include "host.h"
#include "lua_api.h"
#include "lua_table.c"
#include "raw.gen.c"

int luaopen_rawtest(lua_State *L)
{
    if (ls_fill_table(dlsym, RTLD_DEFAULT) != NULL)
        return 0;
    ls_open_raw(L);
    return 1;
}
`;

/**
 * Compiles the generated raw module below `root` with C functions of the test's own.
 *
 * @param root what \`ts-tools gen\` was given as \`--out-root\`, with the header at its usual place
 * @param source C that defines some functions of the header
 * @param defined their names
 * @returns folder with \`rawtest.so\`
 */
export function buildRawModule(root: string, abi: number, source: string, defined: readonly string[]): string {
  const api = validateApi(JSON.parse(readFileSync(join(root, defaultPaths.api), "utf8")), "api.json");
  const write = (name: string, text: string): string => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  };
  const sources = [
    write("open.c", OPENER),
    write("defined.c", `#include "llmspell.h"\n${source}`),
    write("undefined.c", undefinedFunctions(api, defined)),
  ];
  const includes = [
    join(root, "bindings/lua/src"),
    join(root, "llmspell-c-api/include"),
    join(repositoryRoot, "bindings/lua/src"),
  ];
  const flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-parameter", "-fPIC", "-shared"];
  const output = join(root, "rawtest.so");
  execFileSync("cc", [...flags, `-DLS_ABI=${abi}`, ...includes.map((path) => `-I${path}`), ...sources, "-o", output]);
  return root;
}

/** Runs a Lua program that can require \`rawtest\` and gives what it printed. */
export function runLua(command: string, folder: string, program: string): string {
  const env = { ...process.env, LUA_CPATH: join(folder, "?.so"), LUA_CPATH_5_4: undefined };
  return execFileSync(command, ["-e", program], { encoding: "utf8", env });
}
