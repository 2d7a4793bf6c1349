import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Expectation, RecordedTurn } from "../../../src/corpus/expectation.js";
import { expectationOf } from "../../../src/corpus/formats/chat/expect.js";
import { readEvents } from "../../../src/corpus/sse.js";
import { repositoryRoot } from "../../../src/generate/paths.js";
import type { Exchange } from "../../../src/mock/recording.js";
import { readRecording } from "../../../src/mock/recording.js";

function expectations(name: string): Expectation[] {
  const file = join(repositoryRoot, "spec/cassettes/chat", name);
  const { exchanges, problems } = readRecording(readFileSync(file, "utf8"), file);
  expect(problems).toEqual([]);
  return exchanges.map(expectationOf);
}

const weather = (city: string, id: string | null = null) => ({ id, name: "weather", arguments: `{"city":"${city}"}` });

describe("what a recorded answer says, against what was written by hand", () => {
  const turns = expectations("dialects.yaml").map((expected) => {
    expect(expected.outcome).toBe("turn");
    return expected as RecordedTurn;
  });

  it("has text, reasoning and refusal", () => {
    expect(turns.map(({ text, reasoning, refusal }) => [text, reasoning, refusal])).toEqual([
      ["It is 42.", "6 times 7 is easy.", ""],
      ["It is 42.", "6 times 7 is easy.", ""],
      ["42", "Easy.", ""],
      ...Array.from({ length: 7 }, () => ["", "", ""]),
      ["Good day", "", ""],
      ["Hello", "A greeting, then.", ""],
      ["", "", "I cannot help."],
      ["1 2 3", "", ""],
      ["1 2 3", "", ""],
      ["Grüße, 世界 👩‍🔬 e\u0301 🚀\u2028 \u0000", "", ""],
      ["", "", ""],
      ["", "", ""],
      ["Hello", "", ""],
      ["Hello", "", ""],
      ["Hello", "", ""],
      ["Hello 🚀 \uFFFD!", "Wave 👋.", ""],
      ["", "", ""],
      ["Good day", "", ""],
    ]);
  });

  it("has tool calls", () => {
    expect(turns.slice(3, 10).map((turn) => turn.calls)).toEqual([
      [weather("Ulm", "w1"), weather("Bonn", "w2")],
      [weather("Ulm"), weather("Bonn")],
      [weather("Ulm", "w1"), weather("Bonn", "w2")],
      [{ ...weather("Ulm"), arguments: '{"city":"Ulm","days":[1,2],"exact":null}' }, weather("Bonn")],
      [weather("Ulm"), { ...weather(""), arguments: "" }],
      [weather("Ulm")],
      [weather("Ulm")],
    ]);
    expect(turns.slice(16, 18).map((turn) => turn.calls)).toEqual([[weather("Ulm", "w1")], [weather("Ulm", "w1")]]);
    expect(turns[22]?.calls).toEqual([weather("Ulm 🚀", "w1")]);
    expect(turns[23]?.calls).toEqual([]);
  });

  it("has a finish reason", () => {
    const reasons = turns.map((turn) => turn.finishReason);
    expect(reasons.slice(0, 3)).toEqual(["stop", "stop", "stop"]);
    expect(reasons.slice(3, 10)).toEqual(Array(7).fill("tool_calls"));
    expect(reasons.slice(10, 16)).toEqual(["stop", "stop", "stop", "length", "other", "stop"]);
    expect(reasons.slice(16, 21)).toEqual(["tool_calls", "tool_calls", "stop", "stop", "other"]);
    expect(reasons.slice(21)).toEqual(["stop", "tool_calls", "stop"]);
  });

  it("has usage, wherever it stands", () => {
    const usage = (input: number, output: number, cached = 0, reasoning = 0) => ({
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      cached_tokens: cached,
      reasoning_tokens: reasoning,
    });
    expect([0, 1, 2, 6, 10, 11, 12, 13].map((at) => turns[at]?.usage)).toEqual([
      usage(12, 9),
      usage(12, 9),
      null,
      usage(30, 14),
      usage(3, 2),
      usage(8, 6, 5),
      { ...usage(11, 4, 2, 1), cost: 0.00012 },
      usage(6, 5),
    ]);
  });

  it("is an error of the right kind", () => {
    expect(
      expectations("errors.yaml").map((expected) => (expected.outcome === "failure" ? expected.kind : "turn")),
    ).toEqual([
      "auth",
      "auth",
      "not_found",
      "rate_limit",
      "rate_limit",
      "provider",
      "overloaded",
      "content_filter",
      "provider",
      "rate_limit",
      ...Array(3).fill("provider"),
      "timeout",
      "provider",
      "rate_limit",
      "provider",
      "network",
      "overloaded",
      "provider",
      "overloaded",
      "protocol",
      "protocol",
      "network",
      "protocol",
      "provider",
      "provider",
      "provider",
      "overloaded",
      "provider",
      "protocol",
    ]);
  });

  it("tells a notice from a stream that broke off without an event", () => {
    const kindOf = (body: string) => {
      const said = expectationOf({ response: { status: 200, body: Buffer.from(body) } } as Exchange);
      return said.outcome === "failure" ? said.kind : "turn";
    };
    for (const cut of ["", "d", "data", "data:", ": waiting\n\n", "event: ping\n", "retry: 5\n\nda"])
      expect([cut, kindOf(cut)]).toEqual([cut, "network"]);
    for (const notice of ["dat is away", "Error: away", "<p>away</p>", "gone\n\nsorry"])
      expect([notice, kindOf(notice)]).toEqual([notice, "protocol"]);
  });
});

describe("readEvents", () => {
  it("takes every line end, joins data lines and leaves comments out", () => {
    expect(readEvents(": c\r\ndata: a\r\ndata:b\r\n\r\nevent: x\rdata:  c\r\rdata")).toEqual([
      { name: "", data: "a\nb", open: false },
      { name: "x", data: " c", open: false },
      { name: "", data: "", open: true },
    ]);
  });
});
