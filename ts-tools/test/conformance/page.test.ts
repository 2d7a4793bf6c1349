import { describe, expect, it } from "vitest";
import { conformancePage } from "../../src/conformance/page.js";
import type { Case, NamedCase } from "../../src/conformance/types.js";

const one = (id: string, more: Partial<Case> = {}): NamedCase => ({
  id,
  file: `${id}.yaml`,
  case: { name: id, steps: [], expect: {}, ...more },
});
const host = { format: "tap", run: "true" } as const;

describe("the page about the cases", () => {
  const { text } = conformancePage(
    [
      one("a/plain"),
      one("a/exact", { requires: ["int64"] }),
      one("b/odd", { expected_failure: { hosts: ["y"], reason: "it is odd" } }),
      one("b/free", { also_allowed: [{ expect: {}, reason: "Some are quicker." }] }),
    ],
    [
      { ...host, name: "x", about: "the host X", lacks: { int64: "numbers are doubles" } },
      { ...host, name: "y", about: "the host Y" },
    ],
  );

  it("counts what runs in each host, by area", () => {
    expect(text).toContain("| area | x | y |\n|---|--:|--:|\n| a | 1 –1 | 2 |\n| b | 2 | 2 |\n| all | 3 –1 | 4 |\n");
    expect(text).toContain("| `x` | the host X |");
  });

  it("has a reason for each case that does not run, or not in the same way, in every host", () => {
    expect(text).toContain("- `a/exact` in `x`: int64: numbers are doubles.");
    expect(text).toContain("- `b/free`: Some are quicker.");
    expect(text).toContain("- `b/odd` fails in `y`: it is odd");
  });
});
