import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { folderOf, Project } from "./project.js";

/** attw brings a TypeScript of 2024 along. */
const older = createRequire(join(folderOf("@arethetypeswrong/core"), "package.json"));

const SOURCE = `import { Agent, createTool, LlmspellError, version, type AgentEvent, type Result } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";

const add = createTool({
  name: "add",
  description: "Adds",
  schema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
  execute: ({ a, b }, { signal }) => (signal.aborted ? 0 : a + b),
});

export async function main(): Promise<string> {
  const agent = new Agent({ model: scripted(["yes"]), tools: [add], maxTokens: 10 });
  const result: Result = await agent.execute("Hello", { signal: AbortSignal.timeout(1000) });
  for await (const event of agent.stream("Hello")) {
    const one: AgentEvent = event;
    if (one.type === "text_delta") console.log(one.text);
  }
  try {
    return await agent.chat("Hello");
  } catch (error) {
    if (error instanceof LlmspellError && error.kind === "rate_limit") return String(error.retryAfterMs);
    return version() + result.metadata.tokens_used;
  }
}
// @ts-expect-error an option that there is not
new Agent({ maxTokenz: 1 });
`;

let project: Project;
beforeAll(() => {
  project = new Project();
  project.install("--offline", inject("main"), inject("platform"));
  project.link("@types/node");
  project.link("undici-types");
  for (const name of ["esm.mts", "cjs.cts", "main.ts"]) project.write(name, SOURCE);
  return () => project.remove();
});

const compiler = join(folderOf("typescript"), "bin/tsc");
const ways = [
  { what: "TypeScript 7", path: compiler, module: "nodenext", moduleResolution: "nodenext" },
  { what: "TypeScript 7", path: compiler, module: "node16", moduleResolution: "node16" },
  { what: "TypeScript 7", path: compiler, module: "esnext", moduleResolution: "bundler" },
  // An older one in the oldest way to look for modules, which knows no `exports`. It takes ten times as long.
  {
    what: "TypeScript 5.6",
    path: older.resolve("typescript/lib/tsc.js"),
    module: "commonjs",
    moduleResolution: "node10",
  },
];

test.each(ways)(
  "$what compiles a strict program against it with $moduleResolution",
  ({ path, module, moduleResolution }) => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    };
    const files = module.startsWith("node") ? ["esm.mts", "cjs.cts", "main.ts"] : ["main.ts"];
    project.write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
    expect(project.run(process.execPath, [path, "-p", ".", "--pretty", "false"])).toEqual({ status: 0, output: "" });
  },
);

test("it compiles for a program that knows the web's types and not Node's", () => {
  const compilerOptions = {
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2022",
    lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  expect(project.run(process.execPath, [compiler, "-p", ".", "--pretty", "false"])).toEqual({ status: 0, output: "" });
});
