import type { Command } from "commander";
import { writeEsm } from "../node/esm.js";
import { runReporting } from "./output.js";

/** Adds what builds the npm package. */
export function register(program: Command): void {
  program
    .command("node-esm <package>")
    .description("write the ESM side of a package that is compiled to CommonJS, entry by entry of its exports")
    .action((folder: string) => runReporting(() => writeEsm(folder)));
}
