import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { ProblemError } from "../problem.js";
import type { Generator } from "./generator.js";
import { repositoryRoot } from "./paths.js";

/** Paths of inputs that are not the usual ones, by the name of their flag. */
export type InputPaths = Readonly<Record<string, string | undefined>>;

/**
 * Runs generators one after the other and writes their files below a root. What an earlier one wrote is what a later one
 * reads; other inputs are the repository's.
 *
 * @returns paths of the files below the root
 * @throws ProblemError when an input is wrong, or when two generators make the same file
 */
export async function runGenerators(
  generators: readonly Generator[],
  outRoot: string,
  given: InputPaths = {},
): Promise<string[]> {
  const makers = new Map<string, string>();
  for (const { name, inputs, make } of generators) {
    const paths = Object.entries(inputs).map(([flag, { path }]) => {
      return [flag, given[flag] ?? join(makers.has(path) ? outRoot : repositoryRoot, path)] as const;
    });
    for (const { path, text } of await make(Object.fromEntries(paths))) {
      const other = makers.get(path);
      if (other !== undefined) {
        const message = `made by ${other} and again by ${name}; write each file from one generator`;
        throw new ProblemError([{ file: path, line: 1, item: "generators", message }]);
      }
      makers.set(path, name);
      writeIfChanged(join(outRoot, path), text);
    }
  }
  for (const folder of generators.flatMap(({ owns }) => owns ?? [])) removeOthers(outRoot, folder, makers);
  return [...makers.keys()];
}

/** Removes from a folder in which everything is generated what is not made any more. */
function removeOthers(root: string, folder: string, made: ReadonlyMap<string, string>): void {
  if (!existsSync(join(root, folder))) return;
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, "/");
    if (entry.isFile() && !made.has(path)) rmSync(join(root, path));
  }
}

/** Writes `text` to `path`, making its folders, and leaves an identical file untouched so that builds stay quiet. */
export function writeIfChanged(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (readIfPresent(path) === text) return;
  writeFileSync(path, text);
}

/** The text of a file, or nothing when there is none. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
