import { join, relative } from "node:path";
import type { Command } from "commander";
import { parseHeader } from "../header/parse.js";
import { buildApi } from "../ir/build.js";
import { printApi, validateApi } from "../ir/validate.js";
import { defaultPaths, readInput, repositoryRoot, runReporting, writeIfChanged } from "./output.js";

/** Where the header is and where its IR goes. */
export interface IrPaths {
  readonly header: string;
  readonly outRoot: string;
}

/** Writes `api.json` from the C header. */
export async function generateIr(paths: IrPaths): Promise<void> {
  const shown = relative(process.cwd(), paths.header);
  const file = shown.startsWith("..") ? paths.header : shown;
  const api = buildApi(await parseHeader(readInput(paths.header), file));
  writeIfChanged(join(paths.outRoot, defaultPaths.api), printApi(validateApi(api, defaultPaths.api)));
}

/** Adds `ts-tools ir`. */
export function register(program: Command): void {
  program
    .command("ir")
    .description("write api.json from the C header")
    .option("--header <file>", "C header", join(repositoryRoot, defaultPaths.header))
    .option("--out-root <folder>", "root that api.json is written under", repositoryRoot)
    .action((options: IrPaths) => runReporting(() => generateIr(options)));
}
