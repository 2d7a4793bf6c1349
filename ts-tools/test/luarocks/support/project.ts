import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { repositoryRoot } from "../../../src/generate/paths.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** A copy of the project with what the suite `build` left, which is newer than every source. */
    project: string;
    /** cargo's target folder for builds of the copy. */
    target: string;
  }
}

/** Copies the project, as it stands in the working tree, before the first test, and removes the copy after the last. */
export default function setup(vitest: TestProject): () => void {
  const built = resolve(repositoryRoot, process.env["BUILD"] ?? "build/ci");
  const project = mkdtempSync(join(tmpdir(), "llmspell-project-"));
  const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  for (const path of execFileSync("git", listed, { cwd: repositoryRoot, encoding: "utf8" }).split("\0")) {
    const from = join(repositoryRoot, path);
    if (path === "" || !existsSync(from)) continue;
    mkdirSync(dirname(join(project, path)), { recursive: true });
    copyFileSync(from, join(project, path));
  }
  for (const folder of ["lib", "lua"]) {
    cpSync(join(built, folder), join(project, "build/ci", folder), { recursive: true, verbatimSymlinks: true });
  }
  vitest.provide("project", project);
  vitest.provide("target", targetFolder(built));
  return () => rmSync(project, { recursive: true, force: true });
}

/**
 * A target folder of its own, so that no build of a copy can be taken for one of the project itself. The crates of others
 * come from the project's builds: those take minutes and are not what is tested.
 */
function targetFolder(built: string): string {
  const target = join(built, "luarocks-target");
  const from = join(process.env["CARGO_TARGET_DIR"] ?? join(repositoryRoot, "target"), "ci");
  if (existsSync(target) || !existsSync(from)) return target;
  const foreign = (path: string) => !path.slice(from.length).includes("llmspell");
  for (const folder of ["build", ".fingerprint"]) {
    const options = { recursive: true, preserveTimestamps: true, filter: foreign };
    cpSync(join(from, folder), join(target, "ci", folder), options);
  }
  mkdirSync(join(target, "ci/deps"));
  for (const name of readdirSync(join(from, "deps")).filter(foreignLibrary)) {
    linkSync(join(from, "deps", name), join(target, "ci/deps", name));
  }
  return target;
}

function foreignLibrary(name: string): boolean {
  return /^lib.*\.(rlib|rmeta|so|a)$/.test(name) && !name.includes("llmspell");
}
