import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const require = createRequire(import.meta.url);

/** Where a package of the workspace lies. */
export function folderOf(name: string, from: NodeJS.Require = require): string {
  return dirname(from.resolve(`${name}/package.json`));
}

/** What a program printed, and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** An empty project in a folder of its own, outside of the repository. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "llmspell-project-"));

  constructor(manifest: object = { private: true }) {
    this.write("package.json", JSON.stringify(manifest));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Runs a program in the project, with nothing in its environment that would find a binary of the repository. */
  run(program: string, args: readonly string[], cwd: string = this.folder): Outcome {
    const { LLMSPELL_NODE_ADDON: _, NODE_PATH: __, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", env });
    return { status, output: stdout + stderr };
  }

  node(path: string, cwd?: string): Outcome {
    return this.run(process.execPath, [path], cwd);
  }

  /** `npm install` with a cache of its own. */
  install(...args: readonly string[]): void {
    const cache = join(this.folder, ".npm");
    const { status, output } = this.run("npm", ["install", "--no-audit", "--no-fund", "--cache", cache, ...args]);
    if (status !== 0) throw new Error(`npm install ${args.join(" ")}:\n${output}`);
  }

  /** The same from a registry that this process serves, and so without standing still. */
  async installFrom(registry: string, ...args: readonly string[]): Promise<void> {
    const cache = join(this.folder, ".npm");
    const all = ["install", "--no-audit", "--no-fund", "--cache", cache, "--registry", registry, ...args];
    await promisify(execFile)("npm", all, { cwd: this.folder });
  }

  /** Has a package of the workspace in the project as well. */
  link(name: string, from?: NodeJS.Require): void {
    const place = join(this.folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(folderOf(name, from), place);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A project that goes with the test. */
export function project(manifest?: object): Project {
  const made = new Project(manifest);
  onTestFinished(() => made.remove());
  return made;
}
