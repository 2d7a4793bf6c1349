import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { tempFolder } from "../support/temp.js";

vi.setConfig({ testTimeout: 120_000 });

const tool = fileURLToPath(new URL("../../bin/ts-tools.js", import.meta.url));
const program = fileURLToPath(new URL("fake-host.mjs", import.meta.url));

/** Runs two cases, of which the host fails the second. */
function run(parameters: readonly string[], expected = ""): { status: number | null; stdout: string; stderr: string } {
  const folder = tempFolder();
  mkdirSync(join(folder, "cases/a"), { recursive: true });
  for (const name of ["good", "bad"]) {
    const steps = "steps: [{ op: chat, args: { message: Hi }, as: x }]\nexpect: { steps: { x: { ok: yes } } }\n";
    writeFileSync(join(folder, "cases/a", `${name}.yaml`), `name: n\n${steps}${name === "bad" ? expected : ""}`);
  }
  const entry = (ok: string) => ({ record: { steps: { x: { ok } } } });
  const bad = { ...entry("no"), said: "not ok", problems: ["it says no"] };
  writeFileSync(join(folder, "plan.json"), JSON.stringify({ "a/good": entry("yes"), "a/bad": bad }));
  const host = {
    name: "fake",
    about: "a host that plays a plan",
    format: "tap",
    run: `"${process.execPath}" "${program}" "${join(folder, "plan.json")}"`,
  };
  writeFileSync(join(folder, "hosts.yaml"), JSON.stringify({ hosts: [host] }));
  const paths = [
    "--cases",
    join(folder, "cases"),
    "--hosts",
    join(folder, "hosts.yaml"),
    "--logs",
    join(folder, "out"),
  ];
  return spawnSync(process.execPath, [tool, "run-conformance", ...paths, ...parameters], { encoding: "utf8" });
}

describe("ts-tools run-conformance", () => {
  it("prints the table, what failed and why, and the sum, and ends with 1", () => {
    const { status, stdout } = run([]);
    expect(status).toBe(1);
    expect(stdout).toContain("case    fake\na/bad   FAIL\na/good  ok\n");
    expect(stdout).toContain("area  fake\na     1 !1\nall   1 !1\n");
    expect(stdout).toContain("FAILED a/bad in fake\n  it says no\n");
    expect(stdout).toMatch(/\n1 passed, 1 failed\n$/);
  });

  it("runs some cases by the beginnings of their ids", () => {
    const { status, stdout } = run(["a/go"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\n1 passed, 0 failed\n$/);
  });

  it("prints TAP, with all else as comments", () => {
    const { status, stdout } = run(["--tap"]);
    expect(status).toBe(1);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("#"))).toEqual([
      "1..2",
      "not ok 1 - a/bad in fake",
      "ok 2 - a/good in fake",
    ]);
    expect(lines).toContain("# a/bad   FAIL");
  });

  it("refuses ids that no case has, and expected failures in hosts that do not exist", () => {
    const unknown = run(["b/"]);
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toContain("no case begins with b/");
    const nobody = run([], "expected_failure: { hosts: [nobody], reason: none }\n");
    expect(nobody.status).toBe(1);
    expect(nobody.stderr).toMatch(/a\/bad\.yaml:4: expected_failure\.hosts: no host nobody; known are fake/);
  });
});
