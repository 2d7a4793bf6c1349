import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";

const folder = fileURLToPath(new URL("types", import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

let said = "";
beforeAll(() => {
  const { stdout, stderr } = spawnSync(process.execPath, [compiler, "-p", folder, "--pretty", "false"], {
    encoding: "utf8",
  });
  said = stdout + stderr;
}, 120_000);

test.each(readdirSync(folder).filter((name) => name.endsWith(".ts")))("types hold in %s", (name) => {
  expect(said.split("\n").filter((line) => line.includes(`types/${name}(`) || line.startsWith(`${name}(`))).toEqual([]);
});

test("readme.ts is the example of the package's README", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(readFileSync(join(folder, "readme.ts"), "utf8"));
});

test("nothing else is wrong", () => {
  expect(said.split("\n").filter((line) => line.includes("error TS"))).toEqual([]);
});

test("a typo in a tool is told as one", () => {
  // Inside the package, which is then found.
  const beside = mkdtempSync(join(dirname(folder), "typo-"));
  const program = join(beside, "typo.ts");
  const line = 'createTool({ name: "a", desciption: "x", execute: () => 1 });';
  writeFileSync(program, `import { createTool } from "@rs/llmspell";\n${line}\n`);
  try {
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
    const { stdout } = spawnSync(process.execPath, [compiler, ...options, "--ignoreConfig", program], {
      encoding: "utf8",
    });
    expect(stdout).toContain("Did you mean to write 'description'?");
  } finally {
    rmSync(beside, { recursive: true });
  }
}, 120_000);
