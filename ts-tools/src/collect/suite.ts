import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { parseLibtest } from "./libtest.js";
import { parseTap } from "./tap.js";
import type { Format, Outcome, Suite } from "./types.js";
import { parseVitest } from "./vitest.js";

const parsers: Readonly<Record<Format, (text: string) => Outcome>> = {
  libtest: parseLibtest,
  tap: parseTap,
  vitest: parseVitest,
};

/** How many lines of a log explain a command that failed by itself. */
const LOG_LINES = 20;

/** How a suite's command ended. */
interface Exit {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly timedOut: boolean;
}

/** Runs one suite with its output in `log`, and says what came of it. */
export async function runSuite(suite: Suite, log: string): Promise<Outcome> {
  if (suite.results !== undefined) rmSync(suite.results, { force: true });
  const exit = await runCommand(suite, log);
  const outcome = readResults(suite, suite.results ?? log);
  const complaint = complaintAbout(outcome, exit, suite);
  if (complaint === undefined) return outcome;
  const detail = `${complaint}\n${lastLines(log)}`;
  return { ...outcome, failures: [...outcome.failures, { name: "command", detail }] };
}

function readResults(suite: Suite, file: string): Outcome {
  const nothing = { passed: 0, failures: [], skips: [] };
  if (!existsSync(file)) return nothing;
  try {
    return parsers[suite.format](readFileSync(file, "utf8"));
  } catch (error) {
    return {
      ...nothing,
      failures: [{ name: "results", detail: `${file} is not readable as ${suite.format}: ${String(error)}` }],
    };
  }
}

/** What is wrong that no test reports: a command that failed by itself, took too long, or ran nothing. */
function complaintAbout(outcome: Outcome, exit: Exit, suite: Suite): string | undefined {
  if (exit.timedOut) return `stopped after ${timeoutOf(suite)} s`;
  if (outcome.failures.length > 0) return undefined;
  if (exit.code !== 0) return `\`${suite.run}\` ended with ${exit.code ?? "a signal"} without a failed test`;
  if (outcome.passed === 0) return `\`${suite.run}\` ran no test`;
  return undefined;
}

function lastLines(log: string): string {
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-LOG_LINES).join("\n");
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
