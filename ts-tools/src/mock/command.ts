import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { MockServer, Playing } from "./server.js";

/** The key that a command is given: a mock takes any. */
const KEY = "mock-key";

/**
 * Runs a command with the mock's address in `LLMSPELL_MOCK`, and in `OPENAI_BASE_URL` and `OPENAI_API_KEY` where `scenario` is
 * played at the server's root.
 *
 * Resolves to the command's exit code, or to 1 when it succeeded but sent what the scenario did not expect or left answers
 * unused; `complain` is told which. Signals that would end this process reach the command instead.
 */
export async function runAgainst(
  server: Pick<MockServer, "url">,
  scenario: Playing | undefined,
  command: readonly string[],
  complain: (line: string) => void,
): Promise<number> {
  const [program = "", ...parameters] = command;
  const child = spawn(program, parameters, {
    stdio: "inherit",
    env: { ...process.env, ...environmentFor(server.url, scenario) },
  });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on("SIGTERM", pass).on("SIGINT", pass);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    if (code === null) return 128 + (signal ? constants.signals[signal] : 0);
    if (code !== 0) return code;
  } catch (error) {
    complain(`cannot run ${program}: ${(error as Error).message}`);
    return 127;
  } finally {
    process.off("SIGTERM", pass).off("SIGINT", pass);
  }
  return scenario ? verdict(scenario, complain) : 0;
}

/** Proxies of the surroundings are bypassed: the mock is on this machine. */
function environmentFor(server: string, scenario: Playing | undefined): Record<string, string> {
  const direct = "127.0.0.1,localhost";
  const address = { LLMSPELL_MOCK: server, NO_PROXY: direct, no_proxy: direct };
  return scenario ? { ...address, OPENAI_BASE_URL: `${scenario.url}/v1`, OPENAI_API_KEY: KEY } : address;
}

function verdict(mock: Playing, complain: (line: string) => void): number {
  const { mismatches, unused } = mock.seen();
  for (const mismatch of mismatches) {
    complain(`request ${mismatch.request}: ${mismatch.message}`);
    for (const difference of mismatch.differences) complain(`  ${JSON.stringify(difference)}`);
  }
  if (unused > 0) complain(`${unused} answers of the scenario were not asked for`);
  return mismatches.length === 0 && unused === 0 ? 0 : 1;
}
