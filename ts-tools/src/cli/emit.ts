import { join } from "node:path";
import type { Command } from "commander";
import { backEnds } from "../emit/index.js";
import { readApi } from "../ir/validate.js";
import { defaultPaths, readInput, repositoryRoot, runReporting, writeIfChanged } from "./output.js";

/** Where the IR is and where what is printed from it goes. */
export interface EmitPaths {
  readonly api: string;
  readonly outRoot: string;
}

/** Writes every file that is made from `api.json`. */
export function generateEmitted(paths: EmitPaths): void {
  const api = readApi(readInput(paths.api), paths.api);
  for (const { output, print } of backEnds) writeIfChanged(join(paths.outRoot, defaultPaths[output]), print(api));
}

/** Adds `ts-tools emit`. */
export function register(program: Command): void {
  program
    .command("emit")
    .description("write the raw Lua module, its types and the reference from api.json")
    .option("--api <file>", "IR of the C API", join(repositoryRoot, defaultPaths.api))
    .option("--out-root <folder>", "root that the outputs are written under", repositoryRoot)
    .action((options: EmitPaths) => runReporting(() => generateEmitted(options)));
}
