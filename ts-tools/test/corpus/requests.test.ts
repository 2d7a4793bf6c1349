import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formats } from "../../src/corpus/formats/index.js";
import type { Rule } from "../../src/corpus/requests.js";
import { compareRequests, readRules, shownDifference } from "../../src/corpus/requests.js";
import { repositoryRoot } from "../../src/generate/paths.js";

const rules: Rule[] = [
  { differs: "streams", at: "/stream", recorded: ["absent"], sent: [true] },
  { differs: "upper case", step: "upper" },
  { differs: "titles", at: "/tools/**/title", sent: ["absent"] },
  { differs: "any text", at: "/list/*/text" },
];

const steps = {
  upper: (body: object) => ({ ...body, name: String((body as { name?: string }).name).toUpperCase() }),
};

function compared(recorded: object, sent: object) {
  const { rules: used, differences } = compareRequests(recorded as never, sent as never, rules, steps);
  return { used, found: differences.map(shownDifference) };
}

describe("a request", () => {
  it("is equal whatever the order of keys, without a rule", () => {
    expect(compared({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 })).toEqual({ used: [], found: [] });
  });

  it.each([
    ["a place and values", { name: "a" }, { name: "a", stream: true }, [0]],
    ["a step", { name: "a" }, { name: "A" }, [1]],
    ["a place at any depth", { tools: [{ x: { title: "t" } }] }, { tools: [{ x: {} }] }, [2]],
    ["a place in a list", { list: [{ text: "a" }, { text: "b" }] }, { list: [{ text: "c" }, { text: "d" }] }, [3]],
  ])("is equal by a rule of %s", (_, recorded, sent, used) => {
    expect(compared(recorded, sent)).toEqual({ used, found: [] });
  });

  it.each([
    ["another value", { stream: false }, { stream: true }, "request /stream: recorded is false, sent true"],
    ["what is missing", { a: { b: null } }, { a: {} }, "request /a/b: recorded is null, sent nothing"],
    ["what is too much", { list: [1] }, { list: [1, 2] }, "request /list: recorded is [1], sent [1,2]"],
    ["a place below", { list: [{ text: { x: 1 } }] }, { list: [{ text: { x: 2 } }] }, "request /list/0/text/x"],
  ])("is not equal for %s, naming the place", (_, recorded, sent, words) => {
    const { found } = compared(recorded, sent);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });

  it("names a step that there is not", () => {
    expect(() => compareRequests({ a: 1 }, { a: 2 }, [{ differs: "", step: "none" }], {})).toThrow(
      "there is no step named none",
    );
  });
});

describe("the differences of every format", () => {
  it("are described for formats that there are, and name steps that there are", () => {
    const folder = join(repositoryRoot, "spec/requests");
    const names = formats.map(({ name }) => `${name}.yaml`);
    for (const file of readdirSync(folder)) expect(names).toContain(file);
    for (const { name, steps: known } of formats) {
      expect(existsSync(join(folder, `${name}.yaml`))).toBe(true);
      for (const { differs, at, step } of readRules(join(folder, `${name}.yaml`))) {
        expect(differs).toMatch(/\w/);
        expect([at, step].filter((one) => one !== undefined)).toHaveLength(1);
        if (step !== undefined) expect(Object.keys(known)).toContain(step);
      }
    }
  });
});
