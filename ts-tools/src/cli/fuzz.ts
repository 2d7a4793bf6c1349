import { rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { breaks, fuzz, type Setting, targetsOf } from "../fuzz/fuzzer.js";
import { tableLines, tapLines } from "../fuzz/report.js";
import { repositoryRoot } from "../generate/paths.js";
import { runReporting } from "./output.js";

/** The target with a defect on purpose: finding it shows that the fuzzer finds defects. */
const PLANTED = "planted";
/** Time to find it in; it takes less than one. */
const PLANTED_SECONDS = 60;

interface FuzzFlags {
  readonly binary: string;
  readonly seconds: string;
  readonly seed?: string;
  readonly out: string;
}

/** Adds `ts-tools fuzz`. */
export function register(program: Command): void {
  program
    .command("fuzz")
    .description(
      "fuzz every target, or those that are named, for a while each; prints TAP and a table (scripts/fuzz builds first)",
    )
    .argument("[targets...]", "targets; by default all")
    .option("--binary <file>", "the fuzzer", "target/ci/llmspell-fuzz")
    .option("--seconds <n>", "time for each target", "3")
    .option("--seed <n>", "seed of the randomness; by default a new one, which is printed")
    .option("--out <folder>", "where findings, logs and new inputs are kept", "build/ci/fuzz")
    .action((targets: string[], flags: FuzzFlags) => runReporting(() => run(targets, flags)));
}

async function run(wanted: readonly string[], flags: FuzzFlags): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const seed = Number(flags.seed ?? 1 + Math.floor(Math.random() * 0x7fffffff));
  const seeds = relative(process.cwd(), join(repositoryRoot, "llmspell-c-api/fuzz/seeds"));
  const setting: Setting = { binary: flags.binary, seeds, out: flags.out, seconds: Number(flags.seconds), seed };
  const all = targetsOf(flags.binary);
  print(`# seed ${seed}`);
  await findPlanted(setting, print);
  const outcomes = [];
  for (const target of all) {
    if (wanted.length > 0 ? !wanted.includes(target.name) : target.name === PLANTED) continue;
    const outcome = await fuzz(target, setting);
    outcomes.push(outcome);
    for (const line of tapLines(outcomes.length + 1, outcome)) print(line);
    if (outcome.finding) process.exitCode = 1;
  }
  print(`1..${outcomes.length + 1}`);
  const table = tableLines(outcomes);
  writeFileSync(join(flags.out, "table.txt"), `${table.join("\n")}\n`);
  for (const line of table) print(`# ${line}`);
}

/** The first test: the planted defect is found, saved, and found again in what was saved. */
async function findPlanted(setting: Setting, print: (line: string) => void): Promise<void> {
  rmSync(join(setting.out, "corpus", PLANTED), { recursive: true, force: true });
  const planted = { name: PLANTED, seeds: "reply" };
  const { finding, runs } = await fuzz(planted, { ...setting, seconds: PLANTED_SECONDS });
  const saved = finding?.replay?.split(" ").at(-1);
  const again = saved !== undefined && (await breaks(PLANTED, saved, setting));
  const good = again && finding?.message.includes("the planted defect") === true;
  if (!good) process.exitCode = 1;
  print(`${good ? "" : "not "}ok 1 - a planted defect is found (after ${runs} runs), saved and found again`);
  if (!good) print(`# ${finding?.message ?? "nothing was found"}`);
  if (saved !== undefined) rmSync(saved, { force: true });
}
