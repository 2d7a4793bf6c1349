import { describe, expect, it } from "vitest";
import { parseScenario } from "../../src/mock/index.js";

const complaint = (text: string) => {
  try {
    parseScenario(text, "s.yaml");
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("a scenario file", () => {
  it("is read", () => {
    const scenario = parseScenario(
      "exchanges:\n- expect: {path: /v1}\n  respond: {body: {a: 1}, actions: [{split_at: every}]}\n  repeat: forever\n",
      "s.yaml",
    );
    expect(scenario.exchanges[0]).toEqual({
      expect: { path: "/v1" },
      respond: { body: { a: 1 }, actions: [{ split_at: "every" }] },
      repeat: "forever",
    });
  });

  it.each<[string, string, RegExp]>([
    [
      "an unknown key",
      "exchanges:\n- respond:\n    status: 200\n    bdy: x\n",
      /^s\.yaml:4: exchanges\[0\]\.respond\.bdy: unknown key; known are: .*body/,
    ],
    [
      "a wrong type",
      "name: n\nexchanges:\n- respond: {status: ok}\n",
      /^s\.yaml:3: exchanges\[0\]\.respond\.status: must be integer/,
    ],
    ["a missing key", "exchanges:\n- respond: {}\n- expect: {}\n", /^s\.yaml:3: exchanges\[1\]: `respond` is missing/],
    ["nothing at all", "", /^s\.yaml:1: scenario: must be object/],
    ["YAML that is none", "exchanges: [\n", /^s\.yaml:\d+: YAML: /],
    [
      "two bodies",
      "exchanges:\n- respond:\n    body: x\n    chat: {text: y}\n",
      /^s\.yaml:4: .*respond\.chat: give one of body, chat/,
    ],
    [
      "two actions in one",
      "exchanges:\n- respond:\n    actions:\n    - {stall: 0, reset: 1}\n",
      /^s\.yaml:4: .*actions\[0\]: an action is exactly one of .*has stall, reset/,
    ],
    [
      "at where it has no place",
      "exchanges:\n- respond:\n    actions:\n    - stall: 0\n      at: 3\n",
      /^s\.yaml:5: .*\.at: goes with delay_ms/,
    ],
    [
      "a word for a point",
      "exchanges:\n- respond: {actions: [{reset: middle}]}\n",
      /^s\.yaml:2: .*reset: must match pattern/,
    ],
    ["another repeat", "exchanges:\n- respond: {}\n  repeat: always\n", /^s\.yaml:3: .*repeat: must be "forever"/],
  ])("with %s is refused, naming the line", (_what, text, message) => {
    expect(complaint(text)).toMatch(message);
  });
});
