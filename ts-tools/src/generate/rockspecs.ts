import { rockspecs as emitRockspecs, type Project } from "../emit/rockspec.js";
import { ProblemError } from "../problem.js";
import { readWorkspace } from "./cargo.js";
import { generator, readInput } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** The rockspecs of this version and the one for a checkout. */
export const rockspecs = generator({
  name: "rockspecs",
  description: "write the rockspecs",
  inputs: {
    cargo: { path: defaultPaths.cargo, what: "the workspace's Cargo.toml", kind: "file" },
    build: { path: defaultPaths.luaBuild, what: "the makefile with the Lua module's sources", kind: "file" },
  },
  owns: ["rockspec"],
  make: (inputs) => {
    const workspace = readWorkspace(inputs.cargo, readInput(inputs.cargo));
    const sources = readSources(inputs.build, readInput(inputs.build));
    return emitRockspecs({ ...workspace, sources, lua: luasOf(inputs.build, sources) });
  },
});

function fail(file: string, item: string, message: string): never {
  throw new ProblemError([{ file, line: 1, item, message }]);
}

/** The list that the Makefile compiles: `LUA_SOURCES := $(addprefix <folder>,<names>)`. */
function readSources(file: string, text: string): string[] {
  const [, folder, names] = /^LUA_SOURCES := \$\(addprefix ([^,\s]+),([^)]+)\)$/m.exec(text) ?? [];
  if (folder === undefined || names === undefined)
    fail(
      file,
      "LUA_SOURCES",
      "not found; write `LUA_SOURCES := $(addprefix <folder>/,<names of C files>)` on one line",
    );
  return names
    .trim()
    .split(/\s+/)
    .map((name) => folder + name);
}

/** Which Luas there is a shim for: shim_51.c to shim_55.c are 5.1 up to, and without, 5.6. */
function luasOf(file: string, sources: readonly string[]): Project["lua"] {
  const minors = [...sources.join("\n").matchAll(/\/shim_5(\d)\.c$/gm)].map((match) => Number(match[1]));
  if (minors.length === 0) fail(file, "LUA_SOURCES", "has no shim_5<minor>.c; write one for each Lua");
  return { from: `5.${Math.min(...minors)}`, before: `5.${Math.max(...minors) + 1}` };
}
