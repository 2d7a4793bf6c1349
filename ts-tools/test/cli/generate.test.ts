import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { generators } from "../../src/generate/list.js";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { runGenerators } from "../../src/generate/run.js";
import { commandLine } from "../support/command-line.js";
import { headerWith } from "../support/header.js";
import { tempFolder } from "../support/temp.js";

const cli = commandLine();
const { run } = cli;

function write(root: string, path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe("ts-tools gen", () => {
  it("touches nothing the second time", async () => {
    const root = tempFolder();
    const outputs = await runGenerators(generators, root);
    const times = outputs.map((path) => statSync(join(root, path)).mtimeMs);
    expect(await run("gen", "--out-root", root)).toBe(0);
    expect(outputs.map((path) => statSync(join(root, path)).mtimeMs)).toEqual(times);
  });

  it("takes each of its inputs from where the flags say", async () => {
    const root = tempFolder();
    const errors = write(root, "e.yaml", 'kinds: [{ kind: argument, code: 1001, retryable: false, doc: "D." }]\n');
    const header = write(root, "h.h", headerWith("/** F. */\nint32_t llmspell_f(void);"));
    write(root, "driver/llmspell/init.lua", "return 1\n");
    const driver = join(root, "driver");
    const memory = "[llmspell_error_free, llmspell_buf_free, llmspell_box_free, llmspell_box_new]";
    const unreached = `not_reached: [{ because: memory, functions: ${memory} }]`;
    const coverage = write(root, "c.yaml", `reached: { llmspell_f: [f()] }\n${unreached}\n`);
    const flags = ["--errors", errors, "--header", header, "--driver", driver, "--coverage", coverage];
    expect(await run("gen", ...flags, "--out-root", root)).toBe(0);
    expect(readFileSync(join(root, defaultPaths.rustKinds), "utf8")).toContain("Argument");
    expect(readFileSync(join(root, defaultPaths.luaRaw), "utf8")).toContain("ls_raw_f(");
    expect(readFileSync(join(root, defaultPaths.luaDriverC), "utf8")).toContain("llmspell/init.lua");
    expect(readFileSync(join(root, defaultPaths.nodeCoveragePage), "utf8")).toContain("llmspell_f");
  });
});

describe("ts-tools gen --check", () => {
  it("writes nothing and lists what is missing, with code 1", async () => {
    const root = tempFolder();
    expect(await run("gen", "--check", "--out-root", root)).toBe(1);
    expect(readdirSync(root)).toEqual([]);
    expect(cli.err).toContain(
      `${defaultPaths.api}:1: missing: no such file, but a generator makes it; run \`make gen\``,
    );
  });

  it("says nothing about a tree that is as it should be", async () => {
    const root = tempFolder();
    await run("gen", "--out-root", root);
    expect(await run("gen", "--check", "--out-root", root)).toBe(0);
    expect(cli.err).toBe("");
  });
});

describe("failures of the single steps", () => {
  it("ir: every problem with its line, code 1, nothing written", async () => {
    const root = tempFolder();
    const header = write(root, "bad.h", headerWith("void llmspell_f(void);\nfoo llmspell_g(void);"));
    expect(await run("ir", "--header", header, "--out-root", root)).toBe(1);
    expect(cli.err.trim().split("\n")).toHaveLength(3);
    expect(cli.err).toMatch(/bad\.h:\d+: llmspell_f: undocumented function; write a /);
    expect(() => statSync(join(root, defaultPaths.api))).toThrow("ENOENT");
  });

  it("emit: an api.json that does not fit its schema", async () => {
    const root = tempFolder();
    const api = write(root, "api.json", '{"ir_version": 9, "constants": [], "types": [], "functions": []}');
    expect(await run("emit", "--api", api, "--out-root", root)).toBe(1);
    expect(cli.err).toMatch(/api\.json:1: \/ir_version: must be equal to constant; write /);
  });

  it("errors: a duplicate code", async () => {
    const root = tempFolder();
    const row = (kind: string) => `  - { kind: ${kind}, code: 1001, retryable: false, doc: D }\n`;
    const errors = write(root, "e.yaml", `kinds:\n${row("a")}${row("b")}`);
    expect(await run("errors", "--errors", errors, "--out-root", root)).toBe(1);
    expect(cli.err).toMatch(/e\.yaml:3: b: code 1001 is already taken in line 2; write another/);
  });

  it.each([
    ["ir", ["--header", "missing.h"], "missing.h"],
    ["emit", ["--api", "missing.json"], "missing.json"],
    ["errors", ["--errors", "missing.yaml"], "missing.yaml"],
    ["embed", ["--driver", "missing"], "missing"],
  ])("%s: a file that is not there", async (command, flags, named) => {
    expect(await run(command, ...flags, "--out-root", tempFolder())).toBe(1);
    expect(cli.err).toMatch(new RegExp(`^${named}:1: file: cannot be read \\(ENOENT\\); `));
  });

  it.each([
    ["a list of no suites", "suites: []", "1: suites: no list of suites; write `suites: [{ name, run, format }]`"],
    ["another document", "other: 1", "1: suites: no list of suites; write `suites: "],
    ["an empty file", "", "1: suites: no list of suites; write `suites: "],
    [
      "a suite without a command",
      "suites: [{ name: a, format: tap }]",
      "1: suites[0]: not a suite; write `name`, the ",
    ],
    ["an unknown format", "suites: [{ name: a, run: b, format: xml }]", "`format` of libtest, tap, vitest"],
    ["no YAML", "suites:\n  - [", "2: yaml: "],
  ])("collect: %s", async (_what, text, words) => {
    const file = write(tempFolder(), "suites.yaml", text);
    expect(await run("collect", file)).toBe(1);
    expect(cli.err.trim().split("\n")).toHaveLength(1);
    expect(cli.err.startsWith(`${file}:`)).toBe(true);
    expect(cli.err).toContain(words);
  });

  it("collect: a file that is not there", async () => {
    expect(await run("collect", "missing.yaml")).toBe(1);
    expect(cli.err).toBe("missing.yaml:1: file: cannot be read (ENOENT); write the path of an existing one\n");
  });

  it("embed: an empty file", async () => {
    const root = tempFolder();
    write(root, "driver/llmspell/init.lua", "");
    expect(await run("embed", "--driver", join(root, "driver"), "--out-root", root)).toBe(1);
    expect(cli.err).toMatch(/llmspell\/init\.lua:1: llmspell: /);
  });

  it("emit: a text that is not JSON", async () => {
    const root = tempFolder();
    const api = write(root, "api.json", "{");
    expect(await run("emit", "--api", api, "--out-root", root)).toBe(1);
    expect(cli.err).toMatch(/api\.json:1: json: /);
  });
});

describe("the copy that tests work on", () => {
  it("is all that gen reads: a folder with header, errors and driver is enough", async () => {
    const root = tempFolder();
    for (const input of ["errors", "header", "luaDriver"] as const) {
      cpSync(join(repositoryRoot, defaultPaths[input]), join(root, defaultPaths[input]), { recursive: true });
    }
    const flags = ["--errors", join(root, defaultPaths.errors), "--header", join(root, defaultPaths.header)];
    expect(await run("gen", ...flags, "--driver", join(root, defaultPaths.luaDriver), "--out-root", root)).toBe(0);
  });
});
