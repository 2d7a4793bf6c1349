import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, expect, inject, test } from "vitest";
import { Project, project } from "./project.js";

const SOURCE = `import { Agent, version } from "@rs/llmspell";
new Agent({ provider: "demo" }).chat("Hello there").then((text) => console.log(version(), text));`;
const SAYS = { status: 0, output: "0.1.0 You said: Hello there\n" };
/** What esbuild needs for any CommonJS package in an ESM bundle. */
const BANNER = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

let from: Project;
beforeAll(() => {
  from = new Project();
  from.install("--offline", inject("main"), inject("platform"));
  from.write("main.mjs", SOURCE);
  return () => from.remove();
});

test.each([
  { format: "cjs", file: "out.cjs", banner: "" },
  { format: "esm", file: "out.mjs", banner: BANNER },
] as const)("esbuild bundles it as $format, with the binary's package left out", async ({ format, file, banner }) => {
  const { warnings } = await build({
    entryPoints: [join(from.folder, "main.mjs")],
    outfile: join(from.folder, file),
    bundle: true,
    platform: "node",
    format,
    banner: { js: banner },
    external: ["@rs/llmspell-*"],
    logLevel: "silent",
  });
  expect(warnings).toEqual([]);
  expect(from.node(file)).toEqual(SAYS);
});

test.each([
  { format: "cjs", file: "out.cjs", banner: "" },
  { format: "esm", file: "out.mjs", banner: BANNER },
] as const)(
  "esbuild copies the binary beside a $format bundle, which then needs no node_modules",
  async ({ format, file, banner }) => {
    const elsewhere = project();
    const { warnings } = await build({
      entryPoints: [join(from.folder, "main.mjs")],
      outfile: join(elsewhere.folder, file),
      bundle: true,
      minify: true,
      platform: "node",
      format,
      banner: { js: banner },
      loader: { ".node": "copy" },
      logLevel: "silent",
    });
    expect(warnings).toEqual([]);
    expect(readdirSync(elsewhere.folder).filter((name) => name.endsWith(".node"))).toHaveLength(1);
    expect(elsewhere.node(file)).toEqual(SAYS);
  },
);
