import { expect, it } from "vitest";
import { readOutput } from "../../src/conformance/output.js";

it("reads which tests passed from TAP", () => {
  const text = "1..3\nok 1 - a/b\nnot ok 2 - a/c\n# ok 9 - a/x\nok 3 - a/d\n";
  expect([...readOutput("tap", text)]).toEqual([
    ["a/b", true],
    ["a/c", false],
    ["a/d", true],
  ]);
});

it("reads the names of tests from vitest's TAP", () => {
  const text = [
    "TAP version 13",
    "1..3",
    "ok 1 - test/conformance/a.test.ts > a/b # time=2.50ms",
    "not ok 2 - test/conformance/a.test.ts > a/c # time=12.00ms",
    "    ---",
    "ok 3 - test/conformance/a.test.ts > a/d",
  ].join("\n");
  expect([...readOutput("tap", text)]).toEqual([
    ["a/b", true],
    ["a/c", false],
    ["a/d", true],
  ]);
});

it("reads which tests passed from what cargo test prints, also where a line was torn", () => {
  const text = [
    "running 4 tests",
    "test cases::a::b ... ok",
    "test cases::r#loop::r#c ... FAILED",
    "test cases::a::torn ... something else is printed",
    "FAILED",
    "test other::test ... ok",
    "failures:",
    "    cases::a::torn",
    "    cases::r#loop::r#c",
  ].join("\n");
  expect([...readOutput("libtest", text)]).toEqual([
    ["a/b", true],
    ["loop/c", false],
    ["a/torn", false],
  ]);
});
