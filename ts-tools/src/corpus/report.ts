import { formatProblem } from "../problem.js";
import type { ShelfVerdict, Verdict } from "./verdict.js";

/** Sum over all shelves. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** Counts verdicts; a part of a file that cannot be read is a failure. */
export function totals(shelves: readonly ShelfVerdict[]): Totals {
  const verdicts = shelves.flatMap(verdictsOf);
  const failed = verdicts.filter(hasFailed).length;
  const broken = shelves.reduce((sum, { shelf }) => sum + shelf.problems.length, 0);
  return { passed: verdicts.length - failed, failed: failed + broken };
}

function verdictsOf({ lua, core, sent }: ShelfVerdict): readonly Verdict[] {
  return [...lua, ...core, ...sent];
}

/** How many exchanges are not replayed because of their endpoint. */
export function outside({ shelf }: ShelfVerdict): number {
  return shelf.items.filter((item) => item.outOfScope !== null).length;
}

function hasFailed(verdict: Verdict): boolean {
  return verdict.differences.length > 0;
}

/** Whatever failed, with the place to look at and what differs. */
export function failureLines(shelves: readonly ShelfVerdict[]): string[] {
  return shelves.flatMap((row) => [
    ...row.shelf.problems.map((problem) => `FAILED ${formatProblem(problem)}`),
    ...verdictsOf(row)
      .filter(hasFailed)
      .flatMap((verdict) => [
        `FAILED ${verdict.name} (${verdict.place})`,
        ...verdict.differences.map((difference) => `  ${difference}`),
      ]),
  ]);
}

/** The table: for each shelf its files and exchanges, and in which of the columns each exchange landed. */
export function tableLines(shelves: readonly ShelfVerdict[]): string[] {
  const head = [
    "folder",
    "files",
    "exchanges",
    "unreadable",
    "out of scope",
    "Lua passed",
    "Lua failed",
    "core passed",
    "core failed",
    "requests equal",
    "requests failed",
    "not compared",
  ];
  const rows = shelves.map(rowOf);
  const sum = rows.reduce(
    (total, row) => total.map((value, at) => value + (row.counts[at] ?? 0)),
    Array<number>(head.length - 1).fill(0),
  );
  const cells = [head, ...rows.map(({ name, counts }) => [name, ...counts.map(String)]), ["all", ...sum.map(String)]];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return [...lines, "", ...ruleLines(shelves), ...reasonLines(shelves)];
}

function rowOf(row: ShelfVerdict): { name: string; counts: number[] } {
  const { shelf, lua, core, sent, notCompared } = row;
  const passed = (verdicts: readonly Verdict[]) => verdicts.filter((verdict) => !hasFailed(verdict)).length;
  const counts = [
    shelf.files,
    shelf.items.length,
    shelf.problems.length,
    outside(row),
    passed(lua),
    lua.length - passed(lua),
    passed(core),
    core.length - passed(core),
    passed(sent),
    sent.length - passed(sent),
    notCompared,
  ];
  return { name: shelf.name, counts };
}

/** Why exchanges were left out, the most frequent reason first. */
function reasonLines(shelves: readonly ShelfVerdict[]): string[] {
  const counts = new Map<string, number>();
  for (const { shelf } of shelves) {
    for (const { outOfScope } of shelf.items) {
      if (outOfScope === null) continue;
      const reason = `${shelf.name}: ${outOfScope}`;
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  return countLines("out of scope, because the endpoint is none of the wire formats that are replayed:", counts);
}

/** In which documented ways requests differ from the recorded ones, the most frequent first. */
function ruleLines(shelves: readonly ShelfVerdict[]): string[] {
  const counts = new Map<string, number>();
  for (const { format, rules } of shelves.flatMap(({ sent }) => sent)) {
    for (const rule of rules) {
      const shown = `${format}: ${rule}`;
      counts.set(shown, (counts.get(shown) ?? 0) + 1);
    }
  }
  const lines = countLines("requests that differ in a documented way (spec/requests):", counts);
  return lines.length > 0 ? [...lines, ""] : [];
}

function countLines(head: string, counts: ReadonlyMap<string, number>): string[] {
  if (counts.size === 0) return [];
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  return [head, ...sorted.map(([what, count]) => `${String(count).padStart(6)}  ${what}`)];
}

/** The same as TAP, with the table as remarks; `absent` tells why there are no recordings of others. */
export function tapLines(shelves: readonly ShelfVerdict[], absent: string | undefined): string[] {
  const lines: string[] = [];
  let count = 0;
  const test = (ok: boolean, name: string, why: readonly string[]) => {
    lines.push(
      `${ok ? "ok" : "not ok"} ${++count} - ${name.replaceAll("#", "\\#")}`,
      ...why.map((line) => `# ${line}`),
    );
  };
  for (const row of shelves) {
    const { shelf } = row;
    for (const verdict of verdictsOf(row)) test(!hasFailed(verdict), verdict.name, verdict.differences);
    for (const problem of shelf.problems) test(false, `${problem.file}:${problem.line}`, [formatProblem(problem)]);
    if (outside(row) > 0)
      lines.push(`ok ${++count} - ${shelf.name}: other endpoints # SKIP ${outside(row)} exchanges are out of scope`);
  }
  if (absent !== undefined) lines.push(`ok ${++count} - recordings of others # SKIP ${absent}`);
  return [...lines, ...tableLines(shelves).map((line) => `# ${line}`), `1..${count}`];
}
