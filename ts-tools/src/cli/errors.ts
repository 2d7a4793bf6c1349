import { join } from "node:path";
import type { Command } from "commander";
import { rustCodes, rustKinds } from "../errors/rust.js";
import { parseErrorTable } from "../errors/table.js";
import { defaultPaths, readInput, repositoryRoot, runReporting, writeIfChanged } from "./output.js";

/** Where the table of error kinds is and where its Rust files go. */
export interface ErrorsPaths {
  readonly errors: string;
  readonly outRoot: string;
}

/** Writes the Rust enum and the C constants from the table of error kinds. */
export function generateErrors(paths: ErrorsPaths): void {
  const kinds = parseErrorTable(readInput(paths.errors), paths.errors);
  writeIfChanged(join(paths.outRoot, defaultPaths.rustKinds), rustKinds(kinds));
  writeIfChanged(join(paths.outRoot, defaultPaths.rustCodes), rustCodes(kinds));
}

/** Adds `ts-tools errors`. */
export function register(program: Command): void {
  program
    .command("errors")
    .description("write the Rust enum of error kinds and the C constants from spec/errors.yaml")
    .option("--errors <file>", "table of error kinds", join(repositoryRoot, defaultPaths.errors))
    .option("--out-root <folder>", "root that the outputs are written under", repositoryRoot)
    .action((options: ErrorsPaths) => runReporting(() => generateErrors(options)));
}
