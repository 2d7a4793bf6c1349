import type { Outcome } from "./fuzzer.js";

/** The outcomes as a table: target, runs, seconds, edges, findings. */
export function tableLines(outcomes: readonly Outcome[]): string[] {
  const head = ["target", "runs", "seconds", "edges", "findings"];
  const rows = outcomes.map((outcome) => [
    outcome.target,
    String(outcome.runs),
    outcome.seconds.toFixed(0),
    String(outcome.coverage),
    outcome.finding ? "1" : "0",
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => String(row[column]).length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}

/** TAP lines of one outcome, the `number`th test. */
export function tapLines(number: number, outcome: Outcome): string[] {
  const { target, runs, seconds, finding } = outcome;
  // A target that tried nothing has tested nothing.
  if (!finding && runs > 0) return [`ok ${number} - ${target}: ${runs} runs in ${seconds.toFixed(0)} s`];
  const lines = [`not ok ${number} - ${target}: after ${runs} runs`];
  if (finding) lines.push(`# ${finding.message}`);
  if (finding?.replay) lines.push(`# again: ${finding.replay}`);
  return lines;
}
