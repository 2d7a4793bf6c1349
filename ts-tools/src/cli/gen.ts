import { join } from "node:path";
import type { Command } from "commander";
import { type EmbedPaths, generateEmbedded } from "./embed.js";
import { generateEmitted } from "./emit.js";
import { type ErrorsPaths, generateErrors } from "./errors.js";
import { generateIr, type IrPaths } from "./ir.js";
import { defaultPaths, repositoryRoot, runReporting } from "./output.js";

type GenPaths = ErrorsPaths & IrPaths & EmbedPaths;

/** Writes everything that is generated, from the table of errors, the C header and the driver. */
export async function generateAll(paths: GenPaths): Promise<void> {
  generateErrors(paths);
  await generateIr(paths);
  generateEmitted({ api: join(paths.outRoot, defaultPaths.api), outRoot: paths.outRoot });
  generateEmbedded(paths);
}

/** Adds `ts-tools gen`. */
export function register(program: Command): void {
  program
    .command("gen")
    .description("errors, ir, emit and embed in one go, with the header as it is")
    .option("--errors <file>", "table of error kinds", join(repositoryRoot, defaultPaths.errors))
    .option("--header <file>", "C header", join(repositoryRoot, defaultPaths.header))
    .option("--driver <folder>", "folder of the driver's Lua files", join(repositoryRoot, defaultPaths.luaDriver))
    .option("--out-root <folder>", "root that the outputs are written under", repositoryRoot)
    .action((options: GenPaths) => runReporting(() => generateAll(options)));
}
