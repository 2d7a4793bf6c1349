import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { describeDifference, differences } from "../../src/generate/check.js";
import { type GeneratedFile, generator } from "../../src/generate/generator.js";
import { generators } from "../../src/generate/list.js";
import { repositoryRoot } from "../../src/generate/paths.js";
import { runGenerators } from "../../src/generate/run.js";
import { tempFolder } from "../support/temp.js";

vi.setConfig({ testTimeout: 240_000 });

/** Everything that is generated, in a folder of its own. */
async function freshTree(): Promise<{ root: string; made: string[] }> {
  const root = tempFolder();
  return { root, made: await runGenerators(generators, root) };
}

/** What is wrong with a tree, in the words of the command line. */
async function complaints(root: string): Promise<string[]> {
  return (await differences(generators, root)).map(describeDifference);
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe("the generated tree", () => {
  it("is committed as the generators make it, byte by byte, with nothing left over", async () => {
    expect(await complaints(repositoryRoot)).toEqual([]);
  });

  it("holds something of every generator", async () => {
    for (const one of generators) expect(await runGenerators([one], tempFolder()), one.name).not.toEqual([]);
  });

  it("is told from one in which any of its files is gone or has another byte", async () => {
    const { root, made } = await freshTree();
    expect(await complaints(root)).toEqual([]);
    const sorted = [...made].sort();
    const texts = new Map(sorted.map((path) => [path, readFileSync(join(root, path), "utf8")]));
    for (const [path, text] of texts) write(root, path, `${text} `);
    expect(await complaints(root)).toEqual(
      sorted.map((path) => {
        const last = texts.get(path)?.split("\n").length;
        return `${path}:${last}: changed: differs from what its generator makes; run \`make gen\` and commit it`;
      }),
    );
    for (const path of made) rmSync(join(root, path));
    expect(await complaints(root)).toEqual(
      sorted.map(
        (path) => `${path}:1: missing: no such file, but a generator makes it; run \`make gen\` and commit it`,
      ),
    );
  });

  it("is told from one with a file that no generator makes", async () => {
    const { root } = await freshTree();
    write(root, "bindings/lua/src/gone.gen.c", "");
    for (const skipped of [
      "node_modules/x/a.gen.js",
      "target/ci/b.gen.rs",
      "build/c.gen.c",
      "bindings/lua/src/a.gen.o",
    ])
      write(root, skipped, "");
    expect(await complaints(root)).toEqual([
      "bindings/lua/src/gone.gen.c:1: stale: no generator makes it (any more); remove it, or give it a name without `.gen.`",
    ]);
  });
});

describe("a list of generators", () => {
  const makes = (name: string, ...files: GeneratedFile[]) =>
    generator({ name, description: name, inputs: {}, make: () => files });

  it("may own a folder, in which every file is made by it", async () => {
    const root = tempFolder();
    const owner = { ...makes("owner", { path: "owned/a.txt", text: "a" }), owns: ["owned"] };
    await runGenerators([owner], root);
    expect(await differences([owner], root)).toEqual([]);
    write(root, "owned/deep/b.txt", "b");
    write(root, "owned-not/c.txt", "c");
    expect(await differences([owner], root)).toEqual([{ kind: "stale", path: "owned/deep/b.txt" }]);
  });

  it("may not make a file twice", async () => {
    const file = { path: "a.txt", text: "a" };
    await expect(runGenerators([makes("one", file), makes("two", file)], tempFolder())).rejects.toThrow(
      "a.txt:1: generators: made by one and again by two; write each file from one generator",
    );
  });

  it("reads what an earlier one wrote", async () => {
    const root = tempFolder();
    const reader = generator({
      name: "reader",
      description: "",
      inputs: { api: { path: "made/a.txt", what: "", kind: "file", generated: true } },
      make: ({ api }) => [{ path: "copy.txt", text: readFileSync(api, "utf8") }],
    });
    await runGenerators([makes("writer", { path: "made/a.txt", text: "new" }), reader], root);
    expect(readFileSync(join(root, "copy.txt"), "utf8")).toBe("new");
  });

  it("has a name for each, which is its subcommand", () => {
    expect(new Set(generators.map(({ name }) => name)).size).toBe(generators.length);
  });
});
