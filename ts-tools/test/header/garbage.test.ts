import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { parseHeader } from "../../src/header/parse.js";
import { buildApi } from "../../src/ir/build.js";
import { ProblemError } from "../../src/problem.js";

/** Whether a text is accepted as a header; anything but an API or a list of problems fails the test. */
async function accepted(text: string): Promise<boolean> {
  try {
    buildApi(await parseHeader(text, "g.h"));
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    for (const problem of error.problems) expect(problem.line).toBeGreaterThan(0);
    return false;
  }
}

describe("anything given as a header", () => {
  const header = readFileSync(join(repositoryRoot, defaultPaths.header), "utf8");

  it("the real one is accepted", async () => {
    expect(await accepted(header)).toBe(true);
  });

  it("cut off anywhere it is refused with problems, never by a crash", async () => {
    // the last cut is within the closing of the include guard
    for (let cut = 0; cut < header.length - 40; cut += 1499) {
      expect(await accepted(header.slice(0, cut)), `cut at ${cut}`).toBe(false);
    }
  });

  it("with a line missing it is accepted or refused, never a crash", async () => {
    const lines = header.split("\n");
    for (let index = 0; index < lines.length; index += 37) {
      await accepted(lines.filter((_line, at) => at !== index).join("\n"));
    }
  });

  it.each([
    ["nothing", ""],
    ["blank lines", "\n\n"],
    ["prose", "This is no header."],
    ["bytes", "\u0000\u0001\ufffd\u2028"],
    ["an open comment", "/** never closed"],
    ["many brackets", "(".repeat(2000)],
  ])("%s is refused", async (_what, text) => {
    expect(await accepted(text)).toBe(false);
  });
});
