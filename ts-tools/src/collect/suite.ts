import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { parseLibtest } from "./libtest.js";
import { parseTap } from "./tap.js";
import type { Failure, Format, Outcome, Suite } from "./types.js";
import { parseVitest } from "./vitest.js";

const parsers: Readonly<Record<Format, (text: string) => Outcome>> = {
  libtest: parseLibtest,
  tap: parseTap,
  vitest: parseVitest,
};

/** How a suite's command ended. */
export interface Exit {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly timedOut: boolean;
}

/** Runs one suite with its output in `log`, and says what came of it. */
export async function runSuite(suite: Suite, log: string): Promise<Outcome> {
  if (suite.results !== undefined) rmSync(suite.results, { force: true });
  const exit = await runCommand(suite, log);
  const source = suite.results ?? log;
  if (!existsSync(source)) return judge({ passed: 0, failures: [], skips: [] }, exit, suite);
  try {
    return judge(parsers[suite.format](readFileSync(source, "utf8")), exit, suite);
  } catch (error) {
    const failure = { name: "results", detail: `${source} is not readable as ${suite.format}: ${String(error)}` };
    return { passed: 0, failures: [failure], skips: [] };
  }
}

/** Adds the failures that no test reports: a command that failed by itself, took too long, or ran nothing. */
export function judge(outcome: Outcome, exit: Exit, suite: Suite): Outcome {
  const failures: Failure[] = [...outcome.failures];
  if (exit.timedOut) {
    failures.push({ name: "time", detail: `stopped after ${timeoutOf(suite)} s` });
  } else if (exit.code !== 0 && failures.length === 0) {
    failures.push({
      name: "command",
      detail: `\`${suite.run}\` ended with ${exit.code ?? "a signal"} without a failed test`,
    });
  } else if (outcome.passed === 0 && failures.length === 0) {
    failures.push({ name: "nothing ran", detail: `\`${suite.run}\` ran no test` });
  }
  return { ...outcome, failures };
}

function timeoutOf(suite: Suite): number {
  return suite.timeout_s ?? 1200;
}

async function runCommand(suite: Suite, log: string): Promise<Exit> {
  mkdirSync(dirname(log), { recursive: true });
  const file = openSync(log, "w");
  try {
    // One file for both streams, so that their order stays; a group of its own, so that a stuck suite ends with its children.
    const child = spawn("sh", ["-c", suite.run], {
      stdio: ["ignore", file, file],
      env: { ...process.env, ...suite.env },
      detached: true,
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, timeoutOf(suite) * 1000);
    const [code] = (await once(child, "exit")) as [number | null];
    clearTimeout(timer);
    return { code, timedOut };
  } finally {
    closeSync(file);
  }
}
