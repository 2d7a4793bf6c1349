import type { Command } from "commander";
import { collect, readSuites } from "../collect/collect.js";

/** Adds `ts-tools collect`. */
export function register(program: Command): void {
  program
    .command("collect")
    .description("run the test suites of a list, add up their results and print `N passed, N failed` last")
    .argument("<suites>", "YAML file with the list of suites")
    .option("--logs <folder>", "where each suite's output is kept", "build/logs")
    .option("--only <names...>", "run only the suites of these names")
    .action(async (file: string, options: { logs: string; only?: string[] }) => {
      const all = readSuites(file);
      const known = new Set(all.map((suite) => suite.name));
      const unknown = (options.only ?? []).filter((name) => !known.has(name));
      if (unknown.length > 0) program.error(`no suite ${unknown.join(", ")}; known are ${[...known].join(", ")}`);
      const wanted = options.only ? all.filter((suite) => options.only?.includes(suite.name)) : all;
      const good = await collect(wanted, options.logs, (line) => process.stdout.write(`${line}\n`));
      process.exitCode = good ? 0 : 1;
    });
}
