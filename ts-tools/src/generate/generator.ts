import { readFileSync } from "node:fs";
import { ProblemError } from "../problem.js";

/** A file or folder that a generator reads. */
export interface Input {
  /** Place below the repository's root. */
  readonly path: string;
  /** What it is, for `--help`. */
  readonly what: string;
  readonly kind: "file" | "folder";
  /** True when another generator makes it: then only its reader alone takes another one by a flag. */
  readonly generated?: boolean;
}

/** A file that a generator makes. */
export interface GeneratedFile {
  /** Place below the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Makes committed files from committed files; `ts-tools <name>` runs it alone. */
export interface Generator<Name extends string = string> {
  /** Name of its subcommand. */
  readonly name: string;
  /** What it does, for `--help`. */
  readonly description: string;
  /** By the flag that sets another path, one word: `header` for `--header`. */
  readonly inputs: Readonly<Record<Name, Input>>;
  /** Folders below the repository's root in which every file is generated, and no other generator's. */
  readonly owns?: readonly string[];
  /**
   * Makes the files, from the paths of its inputs.
   *
   * @throws ProblemError when an input is wrong
   */
  readonly make: (
    inputs: Readonly<Record<Name, string>>,
  ) => Promise<readonly GeneratedFile[]> | readonly GeneratedFile[];
}

/** A generator whose `make` knows the names of its inputs. */
export function generator<Name extends string>(described: Generator<Name>): Generator<Name> {
  return described;
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
