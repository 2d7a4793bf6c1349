import { describe, expect, it } from "vitest";
import { rustCodes, rustKinds } from "../../src/errors/rust.js";
import { parseErrorTable } from "../../src/errors/table.js";

const TABLE = `# comment
kinds:
  - { kind: argument, code: 1001, retryable: false, doc: "Not as expected." }
  - { kind: rate_limit, code: 3001, retryable: true, doc: "Too many." }
`;

describe("the table of error kinds", () => {
  it("is read in order", () => {
    expect(parseErrorTable(TABLE, "errors.yaml")).toEqual([
      { kind: "argument", code: 1001, retryable: false, doc: "Not as expected." },
      { kind: "rate_limit", code: 3001, retryable: true, doc: "Too many." },
    ]);
  });

  it.each([
    [
      "  - { kind: argument, code: 1002, retryable: false, doc: D }",
      "5: argument: kind argument is already taken in line 3; write another",
    ],
    [
      "  - { kind: other, code: 3001, retryable: false, doc: D }",
      "5: other: code 3001 is already taken in line 4; write another",
    ],
    [
      "  - { kind: Other, code: 3002, retryable: false, doc: D }",
      "5: Other: `kind` must be a snake_case name; write e.g. `rate_limit`",
    ],
    [
      "  - { kind: other, code: 12, retryable: false, doc: D }",
      "5: other: `code` must be a whole number from 1001 to 9999; write e.g. `3001`",
    ],
    [
      "  - { kind: other, code: 3002, doc: D }",
      "5: other: `retryable` must be true or false; write `retryable: false`",
    ],
    [
      "  - { kind: other, code: 3002, retryable: no, doc: D }",
      "5: other: `retryable` must be true or false; write `retryable: false`",
    ],
    [
      "  - { kind: other, code: 3002, retryable: false }",
      "5: other: `doc` must be one line of text; write what the error means",
    ],
    [
      "  - { kind: other, code: 3002, retryable: false, doc: 'a */ b' }",
      "5: other: `doc` contains `*/`, which would end the C comment it becomes; write it without",
    ],
    [
      "  - { kind: other, code: 3002, retryable: false, doc: 'a @since b' }",
      "5: other: `doc` contains `@`, which would read as a tag in the header; write it without",
    ],
    [
      "  - { kind: other, code: 3002, retryable: false, doc: D, x: 1 }",
      "5: other: unknown field `x`; write kind, code, retryable, doc",
    ],
    ["  - text", "5: kinds: not a row; write `{ kind, code, retryable, doc }`"],
    ["more: 1", "5: more: unknown key; write `kinds` only"],
    ["  - {", "6: errors: not YAML: "],
  ])("refuses %s", (row, expected) => {
    expect(() => parseErrorTable(`${TABLE}${row}\n`, "errors.yaml")).toThrow(`errors.yaml:${expected}`);
  });

  it("tells every problem", () => {
    const rows =
      "  - { kind: a, code: 1, retryable: false, doc: D }\n  - { kind: b, code: 2, retryable: false, doc: D }\n";
    expect(() => parseErrorTable(TABLE + rows, "e")).toThrow(/^e:5: a: .*\ne:6: b: .*$/);
  });

  it.each(["", "kinds: []", "- 1"])("refuses a file without kinds: %j", (text) => {
    expect(() => parseErrorTable(text, "e")).toThrow(/^e:1: (errors|kinds): .*write /);
  });
});

describe("what is made of it", () => {
  const kinds = parseErrorTable(TABLE, "errors.yaml");

  it("the Rust enum", () => {
    expect(rustKinds(kinds)).toMatchSnapshot();
  });

  it("the C constants", () => {
    expect(rustCodes(kinds)).toMatchSnapshot();
  });
});
