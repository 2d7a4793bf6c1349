import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Baseline, printBaseline, readBaseline, sonameIn } from "../../src/abi/baseline.js";
import { judge } from "../../src/abi/verdict.js";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import type { Api } from "../../src/ir/types.js";
import { printApi, readApi } from "../../src/ir/validate.js";
import { commandLine } from "../support/command-line.js";
import { tempFolder } from "../support/temp.js";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const api = readApi(read(defaultPaths.api), defaultPaths.api);
const baseline = readBaseline(read(defaultPaths.abiBaseline), defaultPaths.abiBaseline);
const now: Baseline = { soname: sonameIn(read("Makefile"), "Makefile"), api };

it("the C API keeps what the baseline promises", () => {
  expect(judge(baseline, now).problems).toEqual([]);
});

it("the list of exported symbols is the list of functions", () => {
  const symbols = read("llmspell-c-api/abi/llmspell.symbols").split("\n");
  const listed = symbols.filter((line) => line !== "" && !line.startsWith("#"));
  expect(listed).toEqual([...listed].sort());
  expect(listed).toEqual(api.functions.map(({ name }) => name).sort());
});

it("a baseline is read as it was written, but for the docs", () => {
  const text = printBaseline(now);
  expect(printBaseline(readBaseline(text, "b.json"))).toBe(text);
  expect(text).not.toContain('"doc"');
  expect(() => readBaseline("{", "b.json")).toThrow(/^b\.json:1: json: /);
  expect(() => readBaseline("{}", "b.json")).toThrow("b.json:1: soname: is no text; take the file from git");
  expect(() => readBaseline('{"soname": "x", "api": {}}', "b.json")).toThrow(/^b\.json:1: /);
  expect(() => sonameIn("A := b\n", "Makefile")).toThrow("Makefile:1: SONAME: not set here; write ");
});

/** The API without its last function, with versions as given. */
function broken(version = 1, oldest = 1): Api {
  return versioned({ ...api, functions: api.functions.slice(0, -1) }, version, oldest);
}

function versioned(from: Api, version: number, oldest: number): Api {
  const values = new Map([
    ["LLMSPELL_ABI_VERSION", version],
    ["LLMSPELL_ABI_MIN", oldest],
  ]);
  return { ...from, constants: from.constants.map((it) => ({ ...it, value: values.get(it.name) ?? it.value })) };
}

const old: Baseline = { soname: "libllmspell.so.0", api: versioned(api, 1, 1) };
const last = api.functions.at(-1)?.name;

describe("the verdict on a break", () => {
  it("names what broke, and all that is to be done about it", () => {
    expect(judge(old, { ...old, api: broken() }).problems).toEqual([
      `ABI break: ${last}: the function is gone`,
      "LLMSPELL_ABI_VERSION: still 1; write 2 in llmspell-c-api/src/version.rs and run `make gen`",
      "LLMSPELL_ABI_MIN: still 1, but version 1 is not served any more; write 2",
      "SONAME: still libllmspell.so.0, so old programs would load the new library; raise its number in the Makefile",
      "Undo what breaks programs, or, when it is meant, do what the lines above say, then run `make abi-baseline` and commit " +
        'llmspell-c-api/abi/baseline.json (CONTRIBUTING.md, "Changing the C API")',
    ]);
  });

  it("asks for a new baseline when all else is done", () => {
    const { problems, obstacles } = judge(old, { soname: "libllmspell.so.1", api: broken(2, 2) });
    expect(obstacles).toEqual([]);
    expect(problems).toEqual([
      `ABI break: ${last}: the function is gone`,
      expect.stringMatching(/^Undo what breaks programs, or, when it is meant, run `make abi-baseline`/),
    ]);
  });

  it.each([
    ["the version alone", broken(2, 1), old.soname, ["LLMSPELL_ABI_MIN", "SONAME"]],
    ["the versions", broken(2, 2), old.soname, ["SONAME"]],
    ["the name alone", broken(), "libllmspell.so.1", ["LLMSPELL_ABI_VERSION", "LLMSPELL_ABI_MIN"]],
  ])("is not content with %s", (_what, changed, soname, missing) => {
    expect(judge(old, { soname, api: changed }).obstacles.map((line) => line.replace(/:.*/, ""))).toEqual(missing);
  });

  it("refuses a version that goes back, and an oldest one that is newer", () => {
    const went = judge({ ...old, api: versioned(api, 3, 3) }, { ...old, api: versioned(api, 2, 3) });
    expect(went.problems.slice(0, 2)).toEqual([
      "LLMSPELL_ABI_VERSION: went back from 3 to 2; raise it to 4",
      "LLMSPELL_ABI_MIN: 3 is newer than LLMSPELL_ABI_VERSION (2); write at most 2",
    ]);
  });

  it("has nothing against additions", () => {
    const less = { ...old, api: { ...old.api, functions: old.api.functions.slice(1) } };
    const { changes, problems } = judge(less, old);
    expect(problems).toEqual([]);
    expect(changes.additions).toEqual([`${api.functions[0]?.name}: new function`]);
  });
});

describe("ts-tools abi", () => {
  const cli = commandLine();

  /** Runs the command on files of its own. */
  async function run(current: Baseline, flags: readonly string[], from: Baseline | undefined = old) {
    const folder = tempFolder();
    const file = (name: string): string => join(folder, name);
    writeFileSync(file("api.json"), printApi(current.api));
    writeFileSync(file("Makefile"), `A := b\nSONAME := ${current.soname}\n`);
    if (from !== undefined) writeFileSync(file("baseline.json"), printBaseline(from));
    const paths = ["--api", file("api.json"), "--makefile", file("Makefile"), "--baseline", file("baseline.json")];
    return { code: await cli.run("abi", ...paths, ...flags), file: readFileSync(file("baseline.json"), "utf8") };
  }

  it("is content with what is committed", async () => {
    expect([await cli.run("abi"), cli.err]).toEqual([0, ""]);
  });

  it("tells a break with code 1", async () => {
    expect((await run({ ...old, api: broken() }, [])).code).toBe(1);
    expect(cli.err).toContain(`ABI break: ${last}: the function is gone\n`);
  });

  it("makes no baseline of a break under the old version", async () => {
    const { code, file } = await run({ ...old, api: broken() }, ["--renew"]);
    expect(code).toBe(1);
    expect(cli.err).toMatch(/^LLMSPELL_ABI_VERSION: still 1; /);
    expect(file).toBe(printBaseline(old));
  });

  it("makes one of a break under a new version, and of additions under the old one", async () => {
    const next = { soname: "libllmspell.so.1", api: broken(2, 2) };
    expect(await run(next, ["--renew"])).toEqual({ code: 0, file: printBaseline(next) });
    const less = { ...old, api: { ...old.api, functions: old.api.functions.slice(1) } };
    expect(await run(old, ["--renew"], less)).toEqual({ code: 0, file: printBaseline(old) });
    expect(cli.out).toContain(`${api.functions[0]?.name}: new function\n`);
  });
});
