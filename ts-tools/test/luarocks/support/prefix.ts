import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { repositoryRoot } from "../../../src/generate/paths.js";
import type { Sandbox } from "./sandbox.js";

/** The variables of a `make install` of what the suite `build` left. */
export function installVariables(prefix: string): string[] {
  return ["PROFILE=ci", `PREFIX=${prefix}`];
}

/** Runs one of make's install targets in the copy of the project. */
export function makeInstall(sandbox: Sandbox, target: string, variables: readonly string[]): Promise<string> {
  return sandbox.ok("make", [target, ...variables], { cwd: inject("project") });
}

/** Makes a prefix with the library of another one and a header that `change` has changed. */
export function prefixWithHeader(from: string, to: string, change: (header: string) => string): void {
  mkdirSync(join(to, "include"), { recursive: true });
  symlinkSync(join(from, "lib"), join(to, "lib"));
  const header = readFileSync(join(from, "include/llmspell.h"), "utf8");
  const changed = change(header);
  if (changed === header) throw new Error("the header has nothing of what should be changed");
  writeFileSync(join(to, "include/llmspell.h"), changed);
}

/** What a library that is not of our release is like. */
export interface OtherLibrary {
  readonly without?: string;
  readonly abi?: number;
  readonly oldestAbi?: number;
}

/** Compiles a library that answers questions about its version, and has all our functions but one, to `folder`. */
export async function otherLibrary(sandbox: Sandbox, folder: string, other: OtherLibrary): Promise<void> {
  const answers: Record<string, number> = {
    llmspell_abi_version: other.abi ?? 1,
    llmspell_abi_min: other.oldestAbi ?? 1,
  };
  const symbols = readFileSync(join(repositoryRoot, "llmspell-c-api/abi/llmspell.symbols"), "utf8");
  const functions = symbols.split("\n").filter((line) => /^\w+$/.test(line) && line !== other.without);
  mkdirSync(folder, { recursive: true });
  const source = join(folder, "library.c");
  writeFileSync(source, functions.map((name) => `int ${name}(void) { return ${answers[name] ?? 0}; }\n`).join(""));
  const soname = "libllmspell.so.0";
  await sandbox.ok("cc", ["-shared", "-fPIC", `-Wl,-soname,${soname}`, "-o", join(folder, soname), source]);
}
