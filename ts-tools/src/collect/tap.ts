import type { Failure, Outcome, Skip } from "./types.js";

const TEST_LINE = /^(not )?ok\b(?: +(\d+))?(?: +-)?(?: +(.*))?$/;
const PLAN_LINE = /^1\.\.(\d+)(?: *# *skip\S* *(.*))?$/i;

/**
 * Reads TAP, from one program or from several in a row (each with its plan).
 *
 * A plan that is missing, or promises another number of tests than came, is a failure: that is how a program that died
 * on the way looks.
 */
export function parseTap(text: string): Outcome {
  let passed = 0;
  const failures: Failure[] = [];
  const skips: Skip[] = [];
  let planned: number | undefined;
  let seen = 0;
  let last: { name: string; lines: string[] } | undefined;

  const closeFailure = () => {
    if (last) failures.push({ name: last.name, detail: last.lines.join("\n") });
    last = undefined;
  };
  const closeProgram = () => {
    closeFailure();
    if (seen === 0 && planned === undefined) return;
    if (planned === undefined)
      failures.push({ name: "plan", detail: `no plan (1..N) after ${seen} tests: the program died` });
    else if (planned !== seen) failures.push({ name: "plan", detail: `${planned} tests were planned and ${seen} ran` });
    planned = undefined;
    seen = 0;
  };

  for (const line of text.split(/\r?\n/)) {
    const plan = PLAN_LINE.exec(line);
    if (plan) {
      // A second plan belongs to the next program, whether plans come first or last.
      if (planned !== undefined) closeProgram();
      planned = Number(plan[1]);
      if (planned === 0) skips.push({ name: "all", reason: plan[2] || "nothing to run" });
      continue;
    }
    const test = TEST_LINE.exec(line);
    if (!test) {
      if (last && line.startsWith("#")) last.lines.push(line.replace(/^# ?/, ""));
      continue;
    }
    closeFailure();
    // Numbering starts again where the next program does.
    if (test[2] === "1" && seen > 0) closeProgram();
    seen++;
    const name = test[3] ?? "";
    const skip = /^(.*?)# *SKIP\S* *(.*)$/i.exec(name);
    if (skip) skips.push(skipOf(String(skip[1]).trim(), String(skip[2]).trim()));
    else if (test[1]) last = { name, lines: [] };
    else passed++;
  }
  closeProgram();
  return { passed, failures, skips };
}

/** busted puts name or reason behind the word SKIP; TAP wants the name before it and the reason behind. */
function skipOf(before: string, behind: string): Skip {
  if (before !== "") return { name: before, reason: behind || "no reason given" };
  const located = /^(\S+:\d+): (.*)$/.exec(behind);
  return located ? { name: String(located[1]), reason: String(located[2]) } : { name: behind, reason: "pending" };
}
