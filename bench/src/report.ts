import type { Figure, Target } from "./figure.js";
import type { Spread } from "./stats.js";

/** Three significant digits, without exponents. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(size)))));
}

function range({ low, high }: Spread): string {
  return `${digits(low)}–${digits(high)}`;
}

const SUFFIX = { times: "×", "times less": "× less", added: " more" } as const;
const PREFIX = { times: "", "times less": "", added: "+" } as const;

function comparison(figure: Figure): string {
  if (!figure.against) return `(${range(figure.value)})`;
  const { how, result, name, value } = figure.against;
  const text = `${how === "added" && result.median < 0 ? "" : PREFIX[how]}${digits(result.median)}${SUFFIX[how]}`;
  return `${text} (${range(result)}) · ${name} ${digits(value.median)}`;
}

function targetText(target: Target | undefined): string {
  if (!target) return "";
  return "most" in target ? `≤ ${target.most}` : `≥ ${target.least}`;
}

function verdict(figure: Figure): string {
  return figure.met === undefined ? "" : figure.met ? "met" : "NOT MET";
}

/** The report's table: lines of padded columns. */
export function table(figures: readonly Figure[]): string[] {
  const head = ["row", "what", "llmspell", "beside (quartiles)", "target", ""];
  const body = figures.map((figure) => [
    figure.row,
    figure.what,
    `${digits(figure.value.median)} ${figure.unit}`,
    comparison(figure),
    targetText(figure.target),
    verdict(figure),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((cells) => [...(cells[column] ?? "")].length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - [...cell].length))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(line)];
}

/** How many targets were met, and which were not. */
export function summary(figures: readonly Figure[]): string[] {
  const judged = figures.filter((figure) => figure.met !== undefined);
  const missed = judged.filter((figure) => !figure.met);
  const lines = missed.map(
    (figure) =>
      `not met: ${figure.row}: ${figure.what}: ${digits(figure.value.median)} ${figure.unit}, ` +
      `${comparison(figure)}, target ${targetText(figure.target)}`,
  );
  return [...lines, `${judged.length - missed.length} of ${judged.length} targets met`];
}
