import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { loadScenario, runAgainst, startMock, startMockServer } from "../mock/index.js";
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
    .description("serve scenarios as an OpenAI-compatible provider on 127.0.0.1 (docs/mock.md)")
    .usage("[options] [scenario...] [-- command...]")
    .argument(
      "[scenario...]",
      "YAML or JSON files, - reads standard input; one is played at the root, several each below a prefix; after --: a " +
        "command to run against the server, which then ends with the command's exit code",
    )
    .option("--port <number>", "port to listen on; 0 takes a free one", parsePort, 0)
    .option("--exit-with-parent", "stop when the process that started this one is gone", false)
    .action((operands: string[], flags: MockFlags) =>
      runReporting(async () => {
        const { files, command } = divide(operands);
        if (command.length > 0 && files.length > 1) {
          program.error("a command runs against one scenario, or posts its own; give one file or none before --");
        }
        await serve(files, command, flags).catch(explain);
      }),
    );
}

/** Commander puts what stands before and after `--` into one list. */
function divide(operands: readonly string[]): { files: readonly string[]; command: readonly string[] } {
  const mark = process.argv.indexOf("--");
  const count = mark === -1 ? 0 : process.argv.length - mark - 1;
  return { files: operands.slice(0, operands.length - count), command: operands.slice(operands.length - count) };
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

/** A server that plays these files, one at the root or several below prefixes, and what to say about it. */
async function start(files: readonly string[], port: number) {
  const [file, ...more] = files;
  if (file !== undefined && more.length === 0) {
    const mock = await startMock(loadScenario(file), { port, file });
    return { server: mock, root: mock, greeting: {} };
  }
  const scenarios = files.map((name) => ({ name, scenario: loadScenario(name) }));
  const server = await startMockServer({ port });
  const playing = scenarios.map(({ name, scenario }) => {
    const { prefix, url } = server.add(scenario, name);
    return { file: name, prefix, url };
  });
  return { server, root: undefined, greeting: { scenarios: playing } };
}

async function serve(files: readonly string[], command: readonly string[], flags: MockFlags): Promise<void> {
  const parent = process.ppid;
  const { server, root, greeting } = await start(files, flags.port);
  if (command.length > 0) {
    process.exitCode = await runAgainst(server, root, command, (line) => process.stderr.write(`mock: ${line}\n`));
    return await server.close();
  }
  process.stdout.write(`${JSON.stringify({ url: server.url, port: server.port, pid: process.pid, ...greeting })}\n`);
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
    if (flags.exitWithParent) {
      setInterval(() => {
        if (process.ppid !== parent) resolve();
      }, PARENT_POLL_MS).unref();
    }
  });
  await server.close();
}
