import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Expectation } from "../../../src/corpus/expectation.js";
import type { Format } from "../../../src/corpus/formats/format.js";
import { gemini } from "../../../src/corpus/formats/gemini/index.js";
import { ollama } from "../../../src/corpus/formats/ollama/index.js";
import { repositoryRoot } from "../../../src/generate/paths.js";
import { readRecording } from "../../../src/mock/recording.js";

function exchanges(format: Format) {
  const file = join(repositoryRoot, "spec/cassettes", format.name, "forms.yaml");
  const { exchanges, problems } = readRecording(readFileSync(file, "utf8"), file);
  expect(problems).toEqual([]);
  return exchanges;
}

/** What an answer comes to, in few words. */
function shown(expected: Expectation): unknown {
  return expected.outcome === "failure"
    ? [expected.kind, expected.status]
    : [expected.text, expected.reasoning, expected.finishReason];
}

describe("what a recorded answer of Gemini's says, against what was written by hand", () => {
  const said = exchanges(gemini).map(gemini.expect);

  it("has text, thoughts and the reason of its end, or the kind of its failure", () => {
    const whole = ["Grüße, 世界 👩‍🔬", "Let me see.", "stop"];
    expect(said.map(shown)).toEqual([
      whole,
      whole,
      whole,
      ["content_filter", null],
      ["overloaded", 503],
      ["rate_limit", 429],
      ["auth", 400],
      ["network", null],
      ["content_filter", null],
      ["So it is.", "", "stop"],
      ["", "", "tool_calls"],
      ["One.", "", "stop"],
    ]);
  });

  it("has calls, citations and counts", () => {
    expect(said[10]).toMatchObject({
      calls: [
        { id: "f1", name: "add", arguments: '{"a":1}' },
        { id: null, name: "add", arguments: '{"a":2}' },
      ],
      usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
      model: "gemini-3-flash",
    });
    expect(said[9]).toMatchObject({
      citations: [
        { url: "https://a.test", title: "A" },
        { url: "https://b.test", title: null },
      ],
    });
  });

  it("is found by the method at the end of its path", () => {
    const [first] = exchanges(gemini);
    if (!first) throw new Error("there is no exchange");
    expect(gemini.target(first)).toEqual({ base: "/v1beta", path: "/models/gemini-3-flash:streamGenerateContent" });
    const at = (path: string) => gemini.target({ ...first, request: { ...first.request, path } });
    expect(at("/v1beta/models/m:batchEmbedContents")).toBeUndefined();
    expect(at("/v1beta/interactions")).toBeUndefined();
  });
});

describe("what a recorded answer of Ollama's says, against what was written by hand", () => {
  const said = exchanges(ollama).map(ollama.expect);

  it("has text, thoughts and the reason of its end, or the kind of its failure", () => {
    const whole = ["Grüße, 世界", "Let me see.", "stop"];
    expect(said.map(shown)).toEqual([
      whole,
      whole,
      ["", "", "tool_calls"],
      ["provider", null],
      ["network", null],
      ["network", null],
      ["not_found", 404],
      ["one two", "", "length"],
      ["provider", null],
    ]);
    expect(said[2]).toMatchObject({ calls: [{ id: null }, { id: "c2", arguments: '{"a":2}' }] });
  });
});
