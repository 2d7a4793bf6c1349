import type { Command } from "commander";
import { YAMLParseError } from "yaml";
import { collect, readSuites } from "../collect/collect.js";
import type { Suite } from "../collect/types.js";
import { readInput } from "../generate/generator.js";
import { ProblemError } from "../problem.js";
import { runReporting } from "./output.js";

const FORMATS: readonly string[] = ["libtest", "tap", "vitest"];

/** Adds `ts-tools collect`. */
export function register(program: Command): void {
  program
    .command("collect")
    .description("run the test suites of a list, add up their results and print `N passed, N failed` last")
    .argument("<suites>", "YAML file with the list of suites")
    .option("--logs <folder>", "where each suite's output is kept", "build/logs")
    .option("--only <names...>", "run only the suites of these names")
    .action((file: string, options: { logs: string; only?: string[] }) =>
      runReporting(async () => {
        const all = suitesOf(file);
        const known = new Set(all.map((suite) => suite.name));
        const unknown = (options.only ?? []).filter((name) => !known.has(name));
        if (unknown.length > 0) program.error(`no suite ${unknown.join(", ")}; known are ${[...known].join(", ")}`);
        const wanted = options.only ? all.filter((suite) => options.only?.includes(suite.name)) : all;
        const good = await collect(wanted, options.logs, (line) => process.stdout.write(`${line}\n`));
        process.exitCode = good ? 0 : 1;
      }),
    );
}

/** The list of suites, or what is wrong with its file. */
function suitesOf(file: string): readonly Suite[] {
  const wrong = (line: number, item: string, message: string): ProblemError =>
    new ProblemError([{ file, line, item, message }]);
  readInput(file);
  let suites: unknown;
  try {
    suites = readSuites(file);
  } catch (error) {
    if (error instanceof YAMLParseError) {
      const [said = "cannot be read"] = error.message.split("\n");
      throw wrong(error.linePos?.[0].line ?? 1, "yaml", `${said.replace(/:$/, "")}; write YAML`);
    }
    // an empty document has no `suites` to take out
    if (!(error instanceof TypeError)) throw error;
  }
  if (!Array.isArray(suites) || suites.length === 0) {
    throw wrong(1, "suites", "no list of suites; write `suites: [{ name, run, format }]`");
  }
  for (const [index, suite] of suites.entries()) {
    const { name, run, format } = (suite ?? {}) as Partial<Record<keyof Suite, unknown>>;
    if (typeof name === "string" && typeof run === "string" && FORMATS.includes(String(format))) continue;
    const formats = FORMATS.join(", ");
    throw wrong(
      1,
      `suites[${index}]`,
      `not a suite; write \`name\`, the command \`run\` and a \`format\` of ${formats}`,
    );
  }
  return suites as Suite[];
}
