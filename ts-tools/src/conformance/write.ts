import type { GeneratedFile } from "../generate/generator.js";
import { areas } from "./areas.js";
import { settle } from "./settle.js";
import type { NamedCase } from "./types.js";

/** Folder that holds nothing but generated files. */
export const GENERATED = "spec/conformance/generated";

/** Folder of the tests that vitest runs; it holds nothing else. */
export const NODE_TESTS = "bindings/node/test/conformance/generated";

/** The thin tests of every language, one test per case, and the cases as JSON that they read. */
export function writeTests(cases: readonly NamedCase[]): GeneratedFile[] {
  return [
    ...cases.map((one) => ({
      path: `${GENERATED}/cases/${one.id}.json`,
      text: `${JSON.stringify(settle(one), null, 1)}\n`,
    })),
    { path: `${GENERATED}/cases.lua`, text: luaFile(cases) },
    { path: "llmspell-c-api/tests/conformance/cases.gen.c", text: cFile(cases) },
    { path: "crates/llmspell/tests/conformance/cases.gen.rs", text: rustFile(cases) },
    ...[...areas(cases)].map(([area, members]) => ({
      path: `${NODE_TESTS}/${area.replaceAll("/", "-")}.test.ts`,
      text: vitestFile(members),
    })),
  ];
}

const NOTICE = "Written by `make gen` from spec/cases; edit those.";

function luaFile(cases: readonly NamedCase[]): string {
  return `-- ${NOTICE}\nreturn {\n${cases.map(({ id }) => `  "${id}",\n`).join("")}}\n`;
}

function vitestFile(cases: readonly NamedCase[]): string {
  const tests = cases.map(({ id }) => `conformanceTest("${id}");\n`);
  return `// ${NOTICE}\nimport { conformanceTest } from "../test.js";\n\n${tests.join("")}`;
}

function cFile(cases: readonly NamedCase[]): string {
  const tests = cases.map(({ id }) => `    conformance_test("${id}");\n`);
  return `/* ${NOTICE} */
#include "adapter.h"

int main(void)
{
    conformance_begin(${cases.length});
${tests.join("")}    return conformance_end();
}
`;
}

function rustFile(cases: readonly NamedCase[]): string {
  return `// ${NOTICE}\n${rustModule(
    cases.map(({ id }) => ({ id, path: id.split("/") })),
    "",
  )}`;
}

interface Placed {
  readonly id: string;
  readonly path: readonly string[];
}

/** Tests at the end of their paths, modules on the way. Raw names, because a case may be called \`loop\`. */
function rustModule(cases: readonly Placed[], indent: string): string {
  const tests = cases.filter(({ path }) => path.length === 1);
  const inner = new Map<string, Placed[]>();
  for (const { id, path } of cases.filter(({ path }) => path.length > 1)) {
    const [head = "", ...rest] = path;
    inner.set(head, [...(inner.get(head) ?? []), { id, path: rest }]);
  }
  return [
    ...[...inner].map(
      ([name, members]) => `\n${indent}mod r#${name} {${rustModule(members, `${indent}    `)}${indent}}\n`,
    ),
    ...tests.map(
      ({ id, path }) =>
        `\n${indent}#[test]\n${indent}fn r#${path[0]}() {\n${indent}    crate::case::run("${id}");\n${indent}}\n`,
    ),
  ].join("");
}
