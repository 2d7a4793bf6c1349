import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Generator } from "./generator.js";
import { type InputPaths, readIfPresent, runGenerators } from "./run.js";

/** How a tree differs from what the generators make. */
export interface Difference {
  /** `missing`: made, but not there; `changed`: made otherwise; `stale`: there, but no longer made. */
  readonly kind: "missing" | "changed" | "stale";
  /** Path below the root. */
  readonly path: string;
  /** First line that differs, of a changed file. */
  readonly line?: number;
}

/** Folders that hold nothing committed. */
const NOT_OURS: ReadonlySet<string> = new Set([".git", ".tools", "build", "dist", "node_modules", "target"]);

/** What a compiler leaves beside a generated source when it works where that stands, as LuaRocks does. */
const OBJECT = ".o";

/**
 * Compares the generated files of a tree, byte by byte, with what the generators make now.
 *
 * @param root the tree
 * @param inputs paths of inputs that are not the repository's
 */
export async function differences(
  generators: readonly Generator[],
  root: string,
  inputs: InputPaths = {},
): Promise<Difference[]> {
  const fresh = mkdtempSync(join(tmpdir(), "ts-tools-gen-"));
  try {
    const made = await runGenerators(generators, fresh, inputs);
    const found = made.flatMap((path) => compare(path, readFileSync(join(fresh, path), "utf8"), join(root, path)));
    return [...found, ...stale(generators, root, new Set(made))].sort((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** What is wrong and how to mend it, in one line. */
export function describeDifference({ kind, path, line }: Difference): string {
  switch (kind) {
    case "missing":
      return `${path}:1: missing: no such file, but a generator makes it; run \`make gen\` and commit it`;
    case "changed":
      return `${path}:${line}: changed: differs from what its generator makes; run \`make gen\` and commit it`;
    case "stale":
      return `${path}:1: stale: no generator makes it (any more); remove it, or give it a name without \`.gen.\``;
  }
}

function compare(path: string, text: string, committed: string): Difference[] {
  const there = readIfPresent(committed);
  if (there === undefined) return [{ kind: "missing", path }];
  if (there === text) return [];
  const [old, now] = [there.split("\n"), text.split("\n")];
  return [{ kind: "changed", path, line: old.findIndex((line, index) => line !== now[index]) + 1 || old.length }];
}

/** Files that look generated, by name or by folder, and that nothing makes. */
function stale(generators: readonly Generator[], root: string, made: ReadonlySet<string>): Difference[] {
  const owned = generators.flatMap(({ owns }) => owns ?? []).map((folder) => `${folder}/`);
  return filesBelow(root)
    .filter(
      (path) =>
        (/\.gen\.[^/]+$/.test(path) && !path.endsWith(OBJECT)) || owned.some((folder) => path.startsWith(folder)),
    )
    .filter((path) => !made.has(path))
    .map((path) => ({ kind: "stale", path }));
}

function filesBelow(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return NOT_OURS.has(entry.name) ? [] : filesBelow(root, path);
  });
}
