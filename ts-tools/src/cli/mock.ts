import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { loadScenario, runAgainst, startMock } from "../mock/index.js";
import { runReporting } from "./output.js";

interface MockFlags {
  readonly port: number;
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
    .option("--port <number>", "port to listen on; 0 takes a free one", parsePort, 0)
    .option("--exit-with-parent", "stop when the process that started this one is gone", false)
    .action((scenario: string, command: string[], flags: MockFlags) =>
      runReporting(() => serve(scenario, command, flags).catch(explain)),
    );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("write a number from 0 to 65535");
}

/** A file that is not there or a port that is taken is the caller's to mend, so it gets a line instead of a stack. */
function explain(error: unknown): void {
  if (!(error instanceof Error && "code" in error)) throw error;
  process.stderr.write(`mock: ${error.message}\n`);
  process.exitCode = 1;
}

async function serve(file: string, command: readonly string[], flags: MockFlags): Promise<void> {
  const parent = process.ppid;
  const mock = await startMock(loadScenario(file), { port: flags.port, file });
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
