import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { failureLines, outside, tableLines, tapLines, totals } from "../corpus/report.js";
import type { Source } from "../corpus/run.js";
import { replay } from "../corpus/run.js";
import { repositoryRoot } from "../generate/paths.js";
import { runReporting } from "./output.js";

interface CorpusFlags {
  readonly lua: string;
  readonly build: string;
  readonly coreTest: string;
  readonly tap: boolean;
  readonly own: boolean;
}

/** Where recordings of others lie when nobody says it: beside the repository. */
const BESIDE = join(repositoryRoot, "..", "shared", "cassettes");

/** The project's own recordings. */
const OWN = "spec/cassettes";

/** Adds `ts-tools corpus`. */
export function register(program: Command): void {
  program
    .command("corpus")
    .description("replay recorded exchanges with providers from Lua and in the core (docs/recordings.md)")
    .argument("[folders...]", "folders of recordings; by default the one that LLMSPELL_CORPUS names")
    .option("--lua <interpreter>", "Lua that asks", process.env["LUA"] || "lua5.4")
    .option("--build <folder>", "build with lua/llmspell.so", process.env["BUILD"] || "build/ci")
    .option(
      "--core-test <command>",
      "command that runs the core's part",
      "cargo test --workspace --locked --profile ci --test corpus",
    )
    .option("--tap", "print TAP, for the collector", false)
    .option("--no-own", `leave out the project's own recordings (${OWN})`)
    .action((folders: string[], flags: CorpusFlags) => runReporting(() => run(folders, flags)));
}

async function run(folders: readonly string[], flags: CorpusFlags): Promise<void> {
  const others = foldersOfOthers(folders, process.env["LLMSPELL_CORPUS"], BESIDE);
  const absent =
    others.length > 0
      ? undefined
      : "there are none: set LLMSPELL_CORPUS to a folder of recordings (docs/recordings.md) to replay them as well";
  const sources: Source[] = others.map((folder) => ({ folder: shown(folder), label: others.length > 1 ? folder : "" }));
  if (flags.own) sources.push({ folder: OWN, label: OWN });
  const scratch = resolve(flags.build, "corpus");
  const driver = join(repositoryRoot, "ts-tools", "lua", "corpus.lua");
  const shelves = await replay(
    sources,
    { interpreter: flags.lua, build: resolve(flags.build), driver, scratch },
    { command: flags.coreTest, root: repositoryRoot, scratch },
  );
  const { passed, failed } = totals(shelves);
  process.exitCode = failed > 0 ? 1 : 0;
  const lines = flags.tap
    ? tapLines(shelves, absent)
    : [
        ...failureLines(shelves),
        ...tableLines(shelves),
        "",
        ...(absent === undefined ? [] : [`recordings of others: ${absent}`, ""]),
        `${passed} passed, ${failed} failed, ${shelves.reduce((sum, row) => sum + outside(row), 0)} out of scope`,
      ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Folders of recordings that others made: those given, else the one that is named, else the one beside the repository if it is there. */
export function foldersOfOthers(
  given: readonly string[],
  named: string | undefined,
  beside: string,
): readonly string[] {
  if (given.length > 0) return given;
  if (named) return [named];
  return existsSync(beside) ? [beside] : [];
}

/** The folder as a user at the repository's root would type it. */
function shown(folder: string): string {
  const near = relative(process.cwd(), folder);
  return near === "" ? "." : near;
}
