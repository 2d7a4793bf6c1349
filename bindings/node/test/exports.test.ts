import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as esm from "@rs/llmspell";
import { expect, test } from "vitest";

const require = createRequire(import.meta.url);
const source = (path: string): string => readFileSync(new URL(`../ts/${path}`, import.meta.url), "utf8");

/** Types that only the runtime needs, and how a schema of another library looks inside. */
const OWN = ["option-tables.gen.ts"];
const INSIDE = ["StandardOutcome", "StandardIssue", "StandardConverter"];
/** `@rs/llmspell/testing` has these. */
const TESTING = ["testing.ts"];

test.each(readdirSync(new URL("../ts/types", import.meta.url)).filter((name) => !OWN.includes(name)))(
  "every type of types/%s can be named by programs",
  (file) => {
    const entry = source(TESTING.includes(file) ? "testing/index.ts" : "index.ts");
    const names = [...source(`types/${file}`).matchAll(/^export (?:interface|type|const) (\w+)/gm)].map(
      ([, name]) => name,
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names.filter((one) => !INSIDE.includes(one as string)))
      expect(entry).toMatch(new RegExp(`\\b${name}\\b`));
  },
);

test("import and require give the same values", () => {
  const cjs = require("@rs/llmspell") as Record<string, unknown>;
  expect({ ...esm }).toEqual({ ...cjs });
  expect(esm.Agent).toBe(cjs["Agent"]);
  expect(Object.keys(cjs).length).toBeGreaterThan(5);
});
