import { ProblemError } from "../problem.js";

/** Runs a subcommand's action: problems with the input are printed one per line and end the process with code 1. */
export async function runReporting(action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
