import type { Context } from "./context.js";
import type { Figure } from "./figure.js";
import type { Row } from "./row.js";

/**
 * Runs every row with tiny counts and prints TAP: each must give numbers. Clients check their answers themselves and end with
 * a failure when one is wrong. How fast anything is doesn't matter.
 */
export async function smoke(context: Context, rows: readonly Row[]): Promise<boolean> {
  let failed = 0;
  for (const [index, row] of rows.entries()) {
    const problem = await problemOf(context, row);
    process.stdout.write(`${problem ? "not ok" : "ok"} ${index + 1} - ${row.name} gives figures and right answers\n`);
    if (!problem) continue;
    failed++;
    process.stdout.write(problem.replaceAll(/^/gm, "# ").concat("\n"));
  }
  process.stdout.write(`1..${rows.length}\n`);
  return failed === 0;
}

async function problemOf(context: Context, row: Row): Promise<string | undefined> {
  try {
    if (row.smoke) return void (await row.smoke(context));
    const figures = await row.measure(context);
    if (figures.length === 0) return "no figures";
    const odd = figures.find((figure) => !numbers(figure).every(Number.isFinite));
    return odd && `${odd.what}: ${numbers(odd).join(" ")}`;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function numbers(figure: Figure): number[] {
  return [figure.value, ...(figure.against ? [figure.against.value, figure.against.result] : [])].map(
    (spread) => spread.median,
  );
}
