import { join } from "node:path";
import type { Command } from "commander";
import { loadHosts } from "../conformance/hosts.js";
import type { Cell } from "../conformance/judge.js";
import { lineOf, loadCases } from "../conformance/load.js";
import { runHosts } from "../conformance/run.js";
import { table } from "../conformance/table.js";
import { differences } from "../generate/check.js";
import { conformance } from "../generate/conformance.js";
import { repositoryRoot } from "../generate/paths.js";
import { ProblemError } from "../problem.js";
import { runReporting } from "./output.js";

const OUR_CASES = join(repositoryRoot, "spec/cases");

interface Flags {
  readonly cases: string;
  readonly hosts: string;
  readonly logs: string;
  readonly tap: boolean;
}

/** How many lines of a failure are printed; the host's log has the whole record. */
const DETAIL_LINES = 30;

/** Adds `ts-tools run-conformance`. */
export function register(program: Command): void {
  program
    .command("run-conformance")
    .description("run the conformance cases in every host, and print the table of cases and hosts")
    .argument("[ids...]", "beginnings of the ids that are wanted, like tools/; all when absent")
    .option("--cases <folder>", "folder of cases", OUR_CASES)
    .option("--hosts <file>", "list of hosts", join(repositoryRoot, "spec/conformance/hosts.yaml"))
    .option("--logs <folder>", "where each host's output and logs are kept", "build/conformance")
    .option("--tap", "print TAP, with the table as a comment", false)
    .action((ids: string[], flags: Flags) =>
      runReporting(async () => {
        const cases = loadCases(flags.cases);
        const unknown = ids.filter((start) => !cases.some(({ id }) => id.startsWith(start)));
        if (unknown.length > 0)
          program.error(`no case begins with ${unknown.join(" or ")}; ids are paths in ${flags.cases}`);
        if (flags.cases === OUR_CASES) await checkGenerated();
        const hosts = loadHosts(flags.hosts);
        checkExpectedFailures(
          cases,
          hosts.map(({ name }) => name),
        );
        const note = (line: string) => process.stdout.write(flags.tap ? `# ${line}\n` : `${line}\n`);
        const results = await runHosts(cases, hosts, {
          folder: flags.logs,
          root: repositoryRoot,
          only: ids,
          say: note,
        });
        for (const line of table(cases, results)) note(line);
        report(results.cells, flags.tap);
      }),
    );
}

/** A host plays what was written for it from a case, not the case. */
async function checkGenerated(): Promise<void> {
  const old = (await differences([conformance], repositoryRoot)).filter(({ kind }) => kind !== "stale");
  if (old.length === 0) return;
  const problems = old.map(({ path, line = 1 }) => ({
    file: path,
    line,
    item: "generated",
    message: "the cases were edited since this was written from them; run `make gen`",
  }));
  throw new ProblemError(problems);
}

/** An expected failure in a host that does not exist would never be noticed. */
function checkExpectedFailures(cases: ReturnType<typeof loadCases>, hosts: readonly string[]): void {
  const problems = cases.flatMap(({ file, case: one }) =>
    (one.expected_failure?.hosts ?? [])
      .filter((host) => !hosts.includes(host))
      .map((host) => ({
        file,
        line: lineOf(file, /^expected_failure:/),
        item: "expected_failure.hosts",
        message: `no host ${host}; known are ${hosts.join(", ")}`,
      })),
  );
  if (problems.length > 0) throw new ProblemError(problems);
}

function report(cells: readonly Cell[], tap: boolean): void {
  const counted = cells.filter(({ verdict }) => verdict !== "not applicable");
  const failed = counted.filter(({ verdict }) => verdict === "failed");
  const name = ({ id, host, from }: Cell) => `${id} in ${host}${from === undefined ? "" : ` from ${from}`}`;
  const print = (line: string) => process.stdout.write(`${line}\n`);
  if (tap) print(`1..${counted.length}`);
  counted.forEach((cell, index) => {
    const bad = cell.verdict === "failed";
    if (tap) print(`${bad ? "not ok" : "ok"} ${index + 1} - ${name(cell)}`);
    else if (bad) print(`FAILED ${name(cell)}`);
    if (!bad) return;
    for (const line of (cell.why ?? "").split("\n").slice(0, DETAIL_LINES)) print(tap ? `# ${line}` : `  ${line}`);
  });
  if (!tap) print(`${counted.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 && counted.length > 0 ? 0 : 1;
}
