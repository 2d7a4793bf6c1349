import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";
import { project } from "./project.js";
import { registry } from "./registry.js";

const main = inject("main");
const platform = inject("platform");

const manifestOf = (
  tarball: string,
): { name: string; version: string; optionalDependencies?: Record<string, string> } =>
  JSON.parse(execFileSync("tar", ["-xOzf", tarball, "package/package.json"], { encoding: "utf8" }));

const chat = `const agent = new Agent({ provider: "demo" });
agent.chat("Hello there").then((text) => console.log(version(), text));`;

test("the packages hold what they need, and no more", () => {
  const files = (tarball: string): string[] =>
    execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((path) => path.replace(/^package\//, ""));
  const own = files(main);
  expect(own.filter((path) => !path.startsWith("dist/")).sort()).toEqual([
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "package.json",
  ]);
  const isCode = (path: string): boolean => /\.(js|mjs|d\.ts|d\.mts)$/.test(path) || path === "dist/esm/package.json";
  expect(own.filter((path) => path.startsWith("dist/") && !isCode(path))).toEqual([]);
  expect(files(platform).sort()).toEqual([
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "llmspell.node",
    "package.json",
  ]);
});

test("no path of the machine that built it is in the package", () => {
  const text = execFileSync("tar", ["-xOzf", main], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  expect(text).not.toContain(fileURLToPath(new URL("../../../..", import.meta.url)));
});

test("the published package.json names every platform's package, in its version, and nothing for developers", () => {
  const manifest = manifestOf(main);
  const names = readdirSync(new URL("../../npm", import.meta.url)).map((target) => `@rs/llmspell-${target}`);
  expect(manifest.optionalDependencies).toEqual(Object.fromEntries(names.map((name) => [name, manifest.version])));
  expect(manifest).not.toHaveProperty("devDependencies");
  expect(manifest).not.toHaveProperty("scripts");
  expect(manifest).not.toHaveProperty("dependencies");
});

/** A registry with the main package, this machine's binary, and the other platforms' packages by name alone. */
async function published(): Promise<{ url: string; asked: string[] }> {
  const npm = new URL("../../npm/", import.meta.url);
  const others = readdirSync(npm)
    .map((target) => JSON.parse(readFileSync(new URL(`${target}/package.json`, npm), "utf8")))
    .filter(({ name }) => name !== manifestOf(platform).name)
    .map((manifest) => ({ manifest }));
  return registry([
    { manifest: manifestOf(main), tarball: main },
    { manifest: manifestOf(platform), tarball: platform },
    ...others,
  ]);
}

test("npm install from a registry brings the binary of this platform and no other", async () => {
  const { url } = await published();
  const empty = project();
  // Not spawnSync: the registry answers in this process.
  await empty.installFrom(url, "@rs/llmspell");
  expect(readdirSync(join(empty.folder, "node_modules/@rs")).sort()).toEqual(
    ["llmspell", manifestOf(platform).name.replace("@rs/", "")].sort(),
  );
  empty.write("main.mjs", `import { Agent, version } from "@rs/llmspell";\n${chat}`);
  expect(empty.node("main.mjs")).toEqual({ status: 0, output: "0.1.0 You said: Hello there\n" });
});

test("without its optional dependency the package says what is missing", async () => {
  const { url } = await published();
  const empty = project();
  await empty.installFrom(url, "@rs/llmspell", "--omit=optional");
  expect(existsSync(join(empty.folder, "node_modules", manifestOf(platform).name))).toBe(false);
  for (const [name, text] of [
    ["main.mjs", `import { Agent } from "@rs/llmspell"; new Agent();`],
    ["main.cjs", `const { Agent } = require("@rs/llmspell"); new Agent();`],
  ] as const) {
    empty.write(name, text);
    const { status, output } = empty.node(name);
    expect(status).toBe(1);
    expect(output).toContain(`The package ${manifestOf(platform).name} has it.`);
    expect(output).toContain("LLMSPELL_NO_ADDON");
  }
});

test("from the tarballs, offline: ESM and CommonJS share one copy of everything", () => {
  const empty = project();
  empty.install("--offline", main, platform);
  empty.write("esm.mjs", `import { Agent, version } from "@rs/llmspell";\n${chat}`);
  empty.write("cjs.cjs", `const { Agent, version } = require("@rs/llmspell");\n${chat}`);
  empty.write(
    "both.mjs",
    `import { createRequire } from "node:module";
    import * as esm from "@rs/llmspell";
    import * as testing from "@rs/llmspell/testing";
    const require = createRequire(import.meta.url);
    const cjs = require("@rs/llmspell");
    const names = Object.keys(cjs);
    const error = new esm.LlmspellError({ kind: "tool", message: "m" });
    console.log(names.length > 5, names.every((name) => cjs[name] === esm[name]), error instanceof cjs.LlmspellError,
      testing.scripted === require("@rs/llmspell/testing").scripted, require("@rs/llmspell/package.json").version);`,
  );
  expect(empty.node("esm.mjs")).toEqual({ status: 0, output: "0.1.0 You said: Hello there\n" });
  expect(empty.node("cjs.cjs")).toEqual({ status: 0, output: "0.1.0 You said: Hello there\n" });
  expect(empty.node("both.mjs")).toEqual({ status: 0, output: "true true true true 0.1.0\n" });
});
