import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { type Baseline, printBaseline, readBaseline, sonameIn } from "../abi/baseline.js";
import { judge } from "../abi/verdict.js";
import { readInput } from "../generate/generator.js";
import { defaultPaths, repositoryRoot } from "../generate/paths.js";
import { writeIfChanged } from "../generate/run.js";
import { readApi } from "../ir/validate.js";
import { runReporting } from "./output.js";

interface Flags {
  readonly api: string;
  readonly makefile: string;
  readonly baseline: string;
  readonly renew: boolean;
}

/** Adds `ts-tools abi`. */
export function register(program: Command): void {
  program
    .command("abi")
    .description("compare the C API with the baseline that programs rely on")
    .option("--api <file>", "IR of the C API", join(repositoryRoot, defaultPaths.api))
    .option("--makefile <file>", "where SONAME is set", join(repositoryRoot, "Makefile"))
    .option("--baseline <file>", "the baseline", join(repositoryRoot, defaultPaths.abiBaseline))
    .option(
      "--renew",
      "make the C API of now the baseline; refused when it breaks programs under the old version",
      false,
    )
    .action((flags: Flags) => runReporting(() => compare(flags)));
}

function compare(flags: Flags): void {
  const now: Baseline = {
    soname: sonameIn(readInput(flags.makefile), flags.makefile),
    api: readApi(readInput(flags.api), flags.api),
  };
  if (flags.renew && !existsSync(flags.baseline)) {
    writeIfChanged(flags.baseline, printBaseline(now));
    return;
  }
  const { changes, problems, obstacles } = judge(readBaseline(readInput(flags.baseline), flags.baseline), now);
  for (const line of changes.additions) process.stdout.write(`${line}\n`);
  const wrong = flags.renew ? obstacles : problems;
  for (const line of flags.renew ? changes.breaks : []) process.stdout.write(`ABI break: ${line}\n`);
  for (const line of wrong) process.stderr.write(`${line}\n`);
  if (wrong.length > 0) process.exitCode = 1;
  else if (flags.renew) writeIfChanged(flags.baseline, printBaseline(now));
}
