import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
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
