import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readInput } from "../generate/generator.js";
import { parseChecked } from "../mock/load.js";
import type { Problem } from "../problem.js";
import { failOnProblems, ProblemError } from "../problem.js";
import { findCaseFaults } from "./check.js";
import type { Case, NamedCase } from "./types.js";

const ID = /^[a-z0-9_]+(\/[a-z0-9_]+)+$/;

/**
 * Reads every case below a folder, in the order of their ids.
 *
 * @throws ProblemError that names file and line of whatever is wrong in any of them
 */
export function loadCases(folder: string): NamedCase[] {
  const problems: Problem[] = [];
  const cases: NamedCase[] = [];
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!/\.[a-z]+$/.test(path)) continue;
    const file = join(folder, path);
    const id = path.replace(/\.yaml$/, "");
    if (!ID.test(id)) {
      const message = "a case is a file like tools/two_calls.yaml: a folder and lower-case letters, digits and _";
      problems.push({ file, line: 1, item: "file", message });
      continue;
    }
    try {
      cases.push({ id, file, case: parseChecked(readInput(file), file, "case", findCaseFaults) as Case });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
    }
  }
  problems.push(...carryProblems(cases));
  if (cases.length === 0 && problems.length === 0) {
    problems.push({ file: folder, line: 1, item: "folder", message: "holds no case; write one, see spec/README.md" });
  }
  failOnProblems(problems);
  return cases;
}

/** Cases that restore what no case carries. */
function carryProblems(cases: readonly NamedCase[]): Problem[] {
  const carriers = cases.filter(({ case: one }) => carries(one)).map(({ id }) => id);
  return cases.flatMap(({ file, case: one }) => {
    const carried = one.given?.carried;
    if (carried === undefined || carriers.includes(carried)) return [];
    const line = lineOf(file, /^\s*carried:/);
    const message = `no case ${carried} has a step \`checkpoint\` with \`carry: true\`; those are: ${carriers.join(", ")}`;
    return [{ file, line, item: "given.carried", message }];
  });
}

/** Whether a case hands a checkpoint to the other hosts. */
export function carries(one: Case): boolean {
  return one.steps.some(({ op, args }) => op === "checkpoint" && args?.["carry"] === true);
}

/** The first line of a file that fits, else 1. */
export function lineOf(file: string, pattern: RegExp): number {
  const at = readInput(file)
    .split("\n")
    .findIndex((line) => pattern.test(line));
  return at === -1 ? 1 : at + 1;
}
