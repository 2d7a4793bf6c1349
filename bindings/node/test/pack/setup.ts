import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The tarball of `@rs/llmspell`. */
    main: string;
    /** The tarball with this machine's binary. */
    platform: string;
  }
}

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Packs both packages once, as `make node-pack` does. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "llmspell-pack-"));
  const build = process.env["BUILD"];
  const addon = build === undefined ? "bindings/node/llmspell.node" : `${build}/node/llmspell.node`;
  const packed = execFileSync(
    process.execPath,
    ["ts-tools/bin/ts-tools.js", "node-pack", "--addon", addon, "--out", join(folder, "packed")],
    { cwd: root, encoding: "utf8" },
  );
  const [main, platform] = packed.trim().split("\n");
  if (main === undefined || platform === undefined) throw new Error(`not packed: ${packed}`);
  project.provide("main", main);
  project.provide("platform", platform);
  return () => rmSync(folder, { recursive: true, force: true });
}
