import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ProblemError } from "../problem.js";

/** The repository that this package sits in: the default root for every path flag. */
export const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** Where inputs and outputs are below a root. */
export const defaultPaths = {
  errors: "spec/errors.yaml",
  rustKinds: "crates/llmspell-core/src/error/kinds.gen.rs",
  rustCodes: "llmspell-c-api/src/codes.gen.rs",
  header: "llmspell-c-api/include/llmspell.h",
  api: "llmspell-c-api/abi/api.json",
  luaRaw: "bindings/lua/src/raw.gen.c",
  luaMeta: "bindings/lua/meta/llmspell_raw.gen.lua",
  reference: "docs/api/c.gen.md",
  luaDriver: "bindings/lua/lua",
  luaDriverC: "bindings/lua/src/driver.gen.c",
} as const;

/** Writes `text` to `path`, making its folders, and leaves an identical file untouched so that builds stay quiet. */
export function writeIfChanged(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (readIfPresent(path) === text) return;
  writeFileSync(path, text);
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Reads an input file.
 *
 * @throws ProblemError when it cannot be read
 */
export function readInput(path: string): string {
  return orProblem(path, () => readFileSync(path, "utf8"));
}

/** Runs `read`, with a failure of the file system told as a problem with `path`. */
export function orProblem<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const message = `cannot be read (${code}); write the path of an existing one`;
    throw new ProblemError([{ file: path, line: 1, item: "file", message }]);
  }
}

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
