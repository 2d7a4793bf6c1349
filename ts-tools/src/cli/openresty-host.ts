import type { Command } from "commander";
import { runInOpenresty } from "../conformance/openresty.js";

/** Adds `ts-tools openresty-host`. */
export function register(program: Command): void {
  program
    .command("openresty-host")
    .description(
      "run the conformance cases in a real nginx and print TAP; `run-conformance` calls it with a mock server",
    )
    .action(async () => {
      const problems = await runInOpenresty((text) => process.stdout.write(text));
      for (const line of problems) process.stdout.write(`# nginx: ${line}\n`);
      process.exitCode = problems.length === 0 ? 0 : 1;
    });
}
