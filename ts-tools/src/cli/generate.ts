import type { Command } from "commander";
import { describeDifference, differences } from "../generate/check.js";
import type { Generator, Input } from "../generate/generator.js";
import { generators } from "../generate/list.js";
import { repositoryRoot } from "../generate/paths.js";
import { runGenerators } from "../generate/run.js";
import { runReporting } from "./output.js";

type Flags = Readonly<Record<string, string | undefined>> & { readonly outRoot: string };

/** Adds a subcommand for each generator, and `ts-tools gen` for all of them. */
export function register(program: Command): void {
  for (const one of generators) add(program, one.name, one.description, [one]);
  const names = generators.map(({ name }) => name).join(", ");
  add(program, "gen", `${names} in one go, with the C header as it is`, generators)
    .option("--check", "write nothing, but list the files that are missing, changed or stale", false)
    .action((flags: Flags & { check: boolean }) =>
      runReporting(() => (flags.check ? check(flags) : write(generators, flags))),
    );
}

function add(program: Command, name: string, description: string, run: readonly Generator[]): Command {
  const command = program.command(name).description(description);
  for (const [flag, { path, what, kind }] of flagsOf(run)) {
    command.option(`--${flag} <${kind}>`, `${what} (default: ${path} of the repository)`);
  }
  return command
    .option("--out-root <folder>", "root that the files are written under", repositoryRoot)
    .action((flags: Flags) => runReporting(() => write(run, flags)));
}

/** The inputs that can be set: of several generators, those that none of them makes. */
function flagsOf(run: readonly Generator[]): [string, Input][] {
  const inputs = new Map(run.flatMap((one) => Object.entries(one.inputs)));
  return [...inputs].filter(([, { generated }]) => run.length === 1 || generated !== true);
}

async function write(run: readonly Generator[], { outRoot, ...inputs }: Flags): Promise<void> {
  await runGenerators(run, outRoot, inputs);
}

async function check({ outRoot, check: _, ...inputs }: Flags & { check: boolean }): Promise<void> {
  for (const difference of await differences(generators, outRoot, inputs as Flags)) {
    process.stderr.write(`${describeDifference(difference)}\n`);
    process.exitCode = 1;
  }
}
