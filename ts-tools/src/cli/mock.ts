import type { Command } from "commander";
import { loadScenario, runAgainst, startMock } from "../mock/index.js";
import { runReporting } from "./output.js";

interface MockFlags {
  readonly port: string;
  readonly exitWithParent: boolean;
}

/** How often the parent is looked at, in ms: the kernel tells nobody portably when it goes. */
const PARENT_POLL_MS = 200;

/** Adds `ts-tools mock`. */
export function register(program: Command): void {
  program
    .command("mock")
    .description("serve a scenario as an OpenAI-compatible provider on 127.0.0.1 (docs/mock.md)")
    .argument("<scenario>", "YAML or JSON file; - reads standard input")
    .argument(
      "[command...]",
      "after --: a command to run against the server, which then ends with the command's exit code",
    )
    .option("--port <number>", "port to listen on; 0 takes a free one", "0")
    .option("--exit-with-parent", "stop when the process that started this one is gone", false)
    .action((scenario: string, command: string[], flags: MockFlags) =>
      runReporting(() => serve(scenario, command, flags)),
    );
}

async function serve(file: string, command: readonly string[], flags: MockFlags): Promise<void> {
  const parent = process.ppid;
  const mock = await startMock(loadScenario(file), { port: Number(flags.port), file });
  if (command.length > 0) {
    process.exitCode = await runAgainst(mock, command, (line) => process.stderr.write(`mock: ${line}\n`));
    return await mock.close();
  }
  process.stdout.write(`${JSON.stringify({ url: mock.url, port: mock.port, pid: process.pid })}\n`);
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
    if (flags.exitWithParent) {
      setInterval(() => {
        if (process.ppid !== parent) resolve();
      }, PARENT_POLL_MS).unref();
    }
  });
  await mock.close();
}
