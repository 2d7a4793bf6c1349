import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Command } from "commander";
import { embedDriver } from "../emit/embed.js";
import { defaultPaths, orProblem, repositoryRoot, runReporting, writeIfChanged } from "./output.js";

/** Where the driver's Lua files are and where their C file goes. */
export interface EmbedPaths {
  readonly driver: string;
  readonly outRoot: string;
}

/** Writes the driver's Lua files as one C file. */
export function generateEmbedded(paths: EmbedPaths): void {
  const files = orProblem(paths.driver, () => readdirSync(paths.driver, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".lua"))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(paths.driver, file).split(sep).join("/"), bytes: readFileSync(file) }));
  writeIfChanged(join(paths.outRoot, defaultPaths.luaDriverC), embedDriver(files));
}

/** Adds `ts-tools embed`. */
export function register(program: Command): void {
  program
    .command("embed")
    .description("write the Lua driver's files as a C file")
    .option("--driver <folder>", "folder of the driver's Lua files", join(repositoryRoot, defaultPaths.luaDriver))
    .option("--out-root <folder>", "root that the output is written under", repositoryRoot)
    .action((options: EmbedPaths) => runReporting(() => generateEmbedded(options)));
}
