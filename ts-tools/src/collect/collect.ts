import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { runSuite } from "./suite.js";
import type { Failure, Outcome, Skip, Suite } from "./types.js";

/** How many lines of a failure are printed; the log has them all. */
const DETAIL_LINES = 30;

/** Reads the list of suites: `suites: [{name, run, format, …}]`. */
export function readSuites(file: string): Suite[] {
  const { suites } = parse(readFileSync(file, "utf8")) as { suites: Suite[] };
  return suites;
}

/**
 * Runs every suite, those with one word in `beside` at the same time, prints a line for each and what failed, then the skips, and last `N passed, N failed`.
 *
 * Resolves to whether nothing failed. Logs are left in `logs`, one file per suite.
 */
export async function collect(suites: readonly Suite[], logs: string, print: (line: string) => void): Promise<boolean> {
  let passed = 0;
  const failures: Failure[] = [];
  const skips: Skip[] = [];
  const runOne = async (suite: Suite): Promise<void> => {
    const log = join(logs, `${suite.name}.log`);
    const start = performance.now();
    const outcome = await runSuite(suite, log);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    print(summaryLine(suite.name, outcome, seconds));
    for (const failure of outcome.failures) printFailure(failure, log, print);
    passed += outcome.passed;
    failures.push(...outcome.failures);
    skips.push(...outcome.skips.map((skip) => ({ ...skip, name: `${suite.name}: ${skip.name}` })));
  };
  for (const group of groupsOf(suites)) {
    const waiting = group.values();
    const worker = async (): Promise<void> => {
      for (const suite of waiting) await runOne(suite);
    };
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
  }
  if (skips.length > 0) {
    print("skipped:");
    for (const skip of skips) print(`  ${skip.name}: ${skip.reason}`);
  }
  print(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0;
}

/** Neighbours that may run at the same time, in the list's order. */
function groupsOf(suites: readonly Suite[]): Suite[][] {
  const groups: Suite[][] = [];
  for (const suite of suites) {
    const group = groups.at(-1);
    if (group !== undefined && suite.beside !== undefined && group[0]?.beside === suite.beside) group.push(suite);
    else groups.push([suite]);
  }
  return groups;
}

function summaryLine(name: string, outcome: Outcome, seconds: string): string {
  const skipped = outcome.skips.length > 0 ? `, ${outcome.skips.length} skipped` : "";
  return `${name}: ${outcome.passed} passed, ${outcome.failures.length} failed${skipped} (${seconds} s)`;
}

function printFailure(failure: Failure, log: string, print: (line: string) => void): void {
  print(`  FAILED ${failure.name}`);
  const lines = failure.detail.split("\n").filter((line) => line.trim() !== "");
  for (const line of lines.slice(0, DETAIL_LINES)) print(`    ${line}`);
  if (lines.length > DETAIL_LINES) print(`    … ${lines.length - DETAIL_LINES} more lines`);
  print(`    log: ${log}`);
}
