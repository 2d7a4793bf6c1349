import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSuites } from "../../src/collect/collect.js";
import { repositoryRoot } from "../../src/generate/paths.js";

describe("the project's lists of suites", () => {
  it.each(["suites.yaml", "torture.yaml"])("%s can be read", (file) => {
    const suites = readSuites(join(repositoryRoot, "scripts", file));
    expect(suites.length).toBeGreaterThan(0);
    for (const suite of suites) expect(suite).toMatchObject({ name: expect.any(String), run: expect.any(String) });
  });
});
