import { describe, expect, it } from "vitest";
import { parseLibtest } from "../../src/collect/libtest.js";
import { parseTap } from "../../src/collect/tap.js";
import { parseVitest } from "../../src/collect/vitest.js";

describe("TAP", () => {
  it("counts what passed, failed and was skipped, with the explanations", () => {
    const text = [
      "1..4",
      "ok 1 - first",
      "not ok 2 - second",
      "# expected 1",
      "# got 2",
      "ok 3 - third # SKIP no network",
      "noise",
      "ok 4",
    ].join("\n");
    expect(parseTap(text)).toEqual({
      passed: 2,
      failures: [{ name: "second", detail: "expected 1\ngot 2" }],
      skips: [{ name: "third", reason: "no network" }],
    });
  });

  it("reads busted's way of skipping and its plan at the end", () => {
    const text = "ok 1 - a\nok 2 - # SKIP thing later\nok 3 - # SKIP ./a_spec.lua:6: needs x\n1..3\n";
    expect(parseTap(text)).toEqual({
      passed: 1,
      failures: [],
      skips: [
        { name: "thing later", reason: "pending" },
        { name: "./a_spec.lua:6", reason: "needs x" },
      ],
    });
  });

  it.each([
    ["ends without its plan", "ok 1 - a\n", /no plan/],
    ["runs less than planned", "1..3\nok 1 - a\n", /3 tests were planned and 1 ran/],
    ["runs more than planned", "ok 1 - a\nok 2 - b\n1..1\n", /1 tests were planned and 2 ran/],
  ])("fails a program that %s", (_what, text, detail) => {
    expect(parseTap(text).failures).toEqual([{ name: "plan", detail: expect.stringMatching(detail) as string }]);
  });

  it("reads several programs in a row, plans first or last", () => {
    expect(parseTap("1..2\nok 1 - a\nok 2 - b\n1..1\nok 1 - c\n")).toEqual({ passed: 3, failures: [], skips: [] });
    expect(parseTap("ok 1 - a\n1..1\nok 1 - b\n1..1\n")).toEqual({ passed: 2, failures: [], skips: [] });
  });

  it("notices the one that died among several", () => {
    expect(parseTap("1..2\nok 1 - a\n1..1\nok 1 - c\n").failures).toHaveLength(1);
    expect(parseTap("ok 1 - a\nok 1 - b\n1..1\n").failures).toHaveLength(1);
  });

  it("shows a plan of nothing as skipped", () => {
    expect(parseTap("1..0 # SKIP no clang\n")).toEqual({
      passed: 0,
      failures: [],
      skips: [{ name: "all", reason: "no clang" }],
    });
  });

  it("finds nothing in other text", () => {
    expect(parseTap("okay, nothing here\nnot okay either\n")).toEqual({ passed: 0, failures: [], skips: [] });
  });
});

describe("libtest", () => {
  const program = (name: string, body: string) => `     Running unittests ${name} (target/ci/deps/x-0123)\n${body}`;
  const good = program(
    "src/lib.rs",
    "\nrunning 3 tests\ntest a ... ok\ntest b ... noise from a child\nok\ntest c ... ignored, needs a corpus\n\n" +
      "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
  );
  const bad = program(
    "tests/wire.rs",
    "\nrunning 2 tests\ntest x ... FAILED\ntest y ... ok\n\nfailures:\n\n---- x stdout ----\nthread 'x' panicked at tests/wire.rs:3:5:\nboom\n\n" +
      "\nfailures:\n    x\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
  );

  it("adds up all test programs", () => {
    expect(parseLibtest(good + bad)).toEqual({
      passed: 3,
      failures: [{ name: "x tests/wire.rs: x", detail: "thread 'x' panicked at tests/wire.rs:3:5:\nboom" }],
      skips: [{ name: "x src/lib.rs: c", reason: "needs a corpus" }],
    });
  });

  it("counts doc tests", () => {
    const text =
      "   Doc-tests llmspell\n\nrunning 1 test\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    expect(parseLibtest(text).passed).toBe(1);
  });

  it("fails a program that crashed before its summary", () => {
    const crashed = program("src/lib.rs", "\nrunning 2 tests\ntest a ... ok\nfree(): invalid pointer\n");
    const outcome = parseLibtest(crashed + bad);
    expect(outcome.passed).toBe(1);
    expect(outcome.failures[0]).toMatchObject({
      name: "x src/lib.rs",
      detail: expect.stringContaining("invalid pointer") as string,
    });
  });

  it("tells a program's summary from that of one that a test of it ran", () => {
    const inner =
      "\nrunning 1 test\ntest b ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out\n";
    const begun = `\nrunning 3 tests\ntest a ... ok\n${inner}test b ... ok\n`;
    const summary = "\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    expect(parseLibtest(program("tests/a.rs", begun + summary))).toEqual({ passed: 3, failures: [], skips: [] });
    expect(parseLibtest(program("tests/a.rs", `${begun}Segmentation fault\n`)).failures).toHaveLength(1);
  });

  it("finds nothing when the build failed", () => {
    expect(parseLibtest("error[E0425]: cannot find value\nerror: could not compile\n")).toEqual({
      passed: 0,
      failures: [],
      skips: [],
    });
  });
});

describe("vitest", () => {
  it("reads its report", () => {
    const report = {
      testResults: [
        {
          name: "/r/test/mock/a.test.ts",
          status: "failed",
          assertionResults: [
            { fullName: "a works", status: "passed" },
            { fullName: "a breaks", status: "failed", failureMessages: ["AssertionError: no"] },
            { fullName: "a waits", status: "skipped" },
          ],
        },
        { name: "/r/test/b.test.ts", status: "failed", message: "SyntaxError", assertionResults: [] },
      ],
    };
    expect(parseVitest(JSON.stringify(report))).toEqual({
      passed: 1,
      failures: [
        { name: "mock/a.test.ts: a breaks", detail: "AssertionError: no" },
        { name: "test/b.test.ts", detail: "SyntaxError" },
      ],
      skips: [{ name: "mock/a.test.ts: a waits", reason: "skipped" }],
    });
  });
});
