import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { collect, readSuites } from "../../src/collect/collect.js";
import type { Suite } from "../../src/collect/types.js";

const folder = mkdtempSync(join(tmpdir(), "llmspell-collect-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tap = (name: string, run: string, more: Partial<Suite> = {}): Suite => ({ name, run, format: "tap", ...more });

async function run(...suites: Suite[]): Promise<{ good: boolean; lines: string[] }> {
  const lines: string[] = [];
  const good = await collect(suites, folder, (line) => lines.push(line));
  return { good, lines };
}

describe("the collector", () => {
  it("adds up suites and ends with the total", async () => {
    const { good, lines } = await run(tap("one", "echo 1..1; echo ok 1 - a"), tap("two", "echo 1..1; echo ok 1 - b"));
    expect(good).toBe(true);
    expect(lines.at(-1)).toBe("2 passed, 0 failed");
  });

  it("goes on after a failure, shows it, and keeps each log", async () => {
    const failing = tap("bad", "echo 1..1; echo 'not ok 1 - b'; echo '# why'; exit 1");
    const { good, lines } = await run(failing, tap("good", "echo 1..1; echo ok 1 - a"));
    expect(good).toBe(false);
    expect(lines).toEqual([
      expect.stringMatching(/^bad: 0 passed, 1 failed \(/),
      "  FAILED b",
      "    why",
      `    log: ${join(folder, "bad.log")}`,
      expect.stringMatching(/^good: 1 passed, 0 failed \(/),
      "1 passed, 1 failed",
    ]);
    expect(readFileSync(join(folder, "bad.log"), "utf8")).toContain("not ok 1 - b");
  });

  it.skipIf(availableParallelism() < 2)("runs neighbours that may at the same time", async () => {
    // each waits for what the other makes
    const meet = (mine: string, other: string) =>
      `touch ${join(folder, mine)}; until test -e ${join(folder, other)}; do sleep 0.05; done; echo 1..1; echo ok 1 - a`;
    const beside = { beside: "pair", timeout_s: 30 };
    const { lines } = await run(
      tap("left", meet("l", "r"), beside),
      tap("right", meet("r", "l"), beside),
      tap("last", "echo 1..1; echo ok 1"),
    );
    expect(lines.at(-1)).toBe("3 passed, 0 failed");
    expect(lines.at(-2)).toMatch(/^last: /);
  });

  it("lists skips above the last line", async () => {
    const { lines } = await run(tap("one", "echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP no corpus'"));
    expect(lines.slice(-3)).toEqual(["skipped:", "  one: b: no corpus", "1 passed, 0 failed"]);
  });

  it.each<[string, Suite, RegExp]>([
    ["runs nothing", tap("x", "true"), /ran no test/],
    ["only skips", tap("x", "echo '1..0 # SKIP nothing'"), /ran no test/],
    ["fails without a failed test", tap("x", "echo 1..1; echo ok 1 - a; exit 3"), /ended with 3/],
    ["is killed", tap("x", "kill -9 $$"), /a signal/],
    ["does not exist", tap("x", "no-such-program-here"), /ended with 127/],
    ["takes too long", tap("x", "sleep 100", { timeout_s: 0.2 }), /stopped after 0\.2 s/],
    ["leaves no results", tap("x", "true", { results: join(folder, "absent.json") }), /ran no test/],
    ["leaves unreadable results", { name: "x", run: "echo {", format: "vitest" }, /not readable as vitest/],
  ])("fails a suite that %s", async (_what, suite, detail) => {
    const { good, lines } = await run(suite);
    expect(good).toBe(false);
    expect(lines.join("\n")).toMatch(detail);
    expect(lines.at(-1)).toMatch(/^\d passed, 1 failed$/);
  });

  it("shows the end of the log of a command that failed by itself", async () => {
    const { lines } = await run(tap("x", "echo 1..1; echo ok 1 - a; echo 'linker: no such library'; exit 2"));
    expect(lines).toContain("    linker: no such library");
  });

  it("does not take an old results file for a new one", async () => {
    const results = join(folder, "old.tap");
    writeFileSync(results, "1..1\nok 1 - stale\n");
    const { good } = await run(tap("x", "true", { results }));
    expect(good).toBe(false);
  });

  it("gives a suite its environment", async () => {
    const { good } = await run(
      tap("x", 'echo 1..1; test "$WORD" = hello && echo ok 1 - env', { env: { WORD: "hello" } }),
    );
    expect(good).toBe(true);
  });

  it("reads the list of suites", () => {
    const file = join(folder, "suites.yaml");
    writeFileSync(file, "suites:\n- {name: a, run: 'true', format: tap}\n");
    expect(readSuites(file)).toEqual([{ name: "a", run: "true", format: "tap" }]);
  });
});
