import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const dist = fileURLToPath(new URL("../dist", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "llmspell-loader-"));
  cpSync(dist, join(folder, "dist"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Loads the addon in a process of its own, from a copy of the package that has none. */
function load({ before = "", ...env }: { before?: string; LLMSPELL_NODE_ADDON?: string } = {}): string {
  const script = `${before}
    try { console.log("loaded", require("./dist/cjs/loader.js").loadAddon().marker); }
    catch (error) { console.log(error.code); console.log(error.message); }`;
  const { LLMSPELL_NODE_ADDON: _, ...inherited } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
    cwd: folder,
    env: { ...inherited, ...env },
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** Somebody pretends to be another platform. */
const pretend = (platform: string, arch: string): string =>
  `Object.defineProperty(process, "platform", { value: "${platform}" });` +
  `Object.defineProperty(process, "arch", { value: "${arch}" });`;

/** Puts a module that passes for an addon into the folder. */
function write(path: string, version: string, marker: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `exports.version = () => "${version}"; exports.marker = "${marker}";`);
  return file;
}

test("without a binary the error names the platform, the package, what was tried and what to do", () => {
  const text = load({ before: pretend("darwin", "arm64") });
  expect(text).toContain("LLMSPELL_NO_ADDON");
  expect(text).toContain(`llmspell's binary for darwin arm64, Node ${process.version}, could not be loaded.`);
  expect(text).toContain("  - @rs/llmspell-darwin-arm64: Cannot find module '@rs/llmspell-darwin-arm64'");
  expect(text).toContain("npm install @rs/llmspell-darwin-arm64@0.1.0");
  expect(text).toContain("--omit=optional");
});

test.runIf(process.platform === "linux")("on Linux the C library is named too, and its package comes first", () => {
  const text = load({ before: pretend("linux", "x64") });
  expect(text).toMatch(/binary for linux x64 \((glibc|musl)\)/);
  const [, first, second] = /- @rs\/llmspell-linux-x64-(\w+):[\s\S]*- @rs\/llmspell-linux-x64-(\w+):/.exec(text) ?? [];
  expect([first, second].sort()).toEqual(["gnu", "musl"]);
  expect(text).toContain(`npm install @rs/llmspell-linux-x64-${first}@`);
});

test("a platform without a package is told which there are", () => {
  const text = load({ before: pretend("win32", "x64") });
  expect(text).toContain("There is none for this platform.");
  expect(text).toContain("linux-x64-gnu, linux-x64-musl, linux-arm64-gnu, linux-arm64-musl, darwin-x64, darwin-arm64");
});

test("the platform's package is loaded", () => {
  write("node_modules/@rs/llmspell-darwin-x64/index.js", "0.1.0", "from the package");
  expect(load({ before: pretend("darwin", "x64") })).toContain("loaded from the package");
});

test("a package of another version is refused", () => {
  write("node_modules/@rs/llmspell-darwin-x64/index.js", "9.9.9", "other");
  const text = load({ before: pretend("darwin", "x64") });
  expect(text).toContain("LLMSPELL_NO_ADDON");
  expect(text).toContain("it is version 9.9.9, but @rs/llmspell is 0.1.0");
  expect(text).toContain("The package @rs/llmspell-darwin-x64 is there, but its binary cannot be used");
});

test("a binary that does not load is told with the reason, and not as one that is missing", () => {
  const file = write("node_modules/@rs/llmspell-darwin-x64/index.js", "0.1.0", "");
  writeFileSync(file, 'throw new Error("version `GLIBC_2.99\' not found")');
  const text = load({ before: pretend("darwin", "x64") });
  expect(text).toContain("- @rs/llmspell-darwin-x64: version `GLIBC_2.99' not found");
  expect(text).toContain("is there, but its binary cannot be used");
  expect(text).not.toContain("--omit=optional");
});

test("LLMSPELL_NODE_ADDON comes before all others", () => {
  write("node_modules/@rs/llmspell-darwin-x64/index.js", "0.1.0", "from the package");
  const named = write("elsewhere/addon.js", "0.1.0", "from the variable");
  expect(load({ before: pretend("darwin", "x64"), LLMSPELL_NODE_ADDON: named })).toContain("loaded from the variable");
});

test("LLMSPELL_NODE_ADDON may be relative to the working folder", () => {
  write("elsewhere/addon.js", "0.1.0", "from the variable");
  expect(load({ LLMSPELL_NODE_ADDON: "elsewhere/addon.js" })).toContain("loaded from the variable");
});

test("an addon that LLMSPELL_NODE_ADDON names and that is not there is an error, whatever else there is", () => {
  write("node_modules/@rs/llmspell-darwin-x64/index.js", "0.1.0", "from the package");
  const text = load({ before: pretend("darwin", "x64"), LLMSPELL_NODE_ADDON: "/nowhere/llmspell.node" });
  expect(text).toContain("- LLMSPELL_NODE_ADDON (/nowhere/llmspell.node): Cannot find module");
  expect(text).toContain("Correct LLMSPELL_NODE_ADDON");
});

test("what is no addon is refused", () => {
  writeFileSync(join(folder, "other.js"), "");
  const text = load({ LLMSPELL_NODE_ADDON: join(folder, "other.js") });
  expect(text).toContain("it is no addon of llmspell");
});
