import { describe, expect, it } from "vitest";
import type { Expectation } from "../../../src/corpus/expectation.js";
import { responses } from "../../../src/corpus/formats/responses/index.js";
import type { Exchange } from "../../../src/mock/recording.js";
import { plainResponses, streamedResponses } from "../../../src/mock/responses.js";
import type { ResponsesAnswer } from "../../../src/mock/types.js";

function exchange(request: object, answer: string, status = 200): Exchange {
  return {
    line: 1,
    request: { method: "POST", path: "/v1/responses", headers: [], body: Buffer.from(JSON.stringify(request)) },
    response: { status, headers: [], body: Buffer.from(answer) },
  };
}

const context = { ordinal: 0, path: "/v1/responses", body: { model: "m" } };

function streamed(answer: ResponsesAnswer): string {
  return streamedResponses(answer, context)
    .map((event) => `data: ${JSON.stringify((event as { data: unknown }).data)}\n\n`)
    .join("");
}

function expected(answer: string, status = 200): Expectation {
  return responses.expect(exchange({}, answer, status));
}

const call = { id: "c1", name: "add", arguments: '{"a":1}' };

describe("what a recorded Responses answer says", () => {
  it.each<[string, ResponsesAnswer, object]>([
    ["a text", { text: "Good day" }, { text: "Good day", finishReason: "stop", model: "m" }],
    ["reasoning", { reasoning: "Hm.", text: "42" }, { reasoning: "Hm.", text: "42" }],
    ["a refusal", { refusal: "No" }, { refusal: "No", text: "" }],
    ["a call", { tool_calls: [call] }, { calls: [call], finishReason: "tool_calls" }],
    ["a cut", { text: "Half", incomplete: "max_output_tokens" }, { text: "Half", finishReason: "length" }],
  ])("is the same for %s, streamed and plain", (_, answer, wanted) => {
    expect(expected(streamed(answer))).toMatchObject({ outcome: "turn", ...wanted });
    expect(expected(JSON.stringify(plainResponses(answer, context)))).toEqual(expected(streamed(answer)));
    const plain = responses.plainOf?.(exchange({}, streamed(answer)));
    expect(expected(plain?.toString() ?? "")).toEqual(expected(streamed(answer)));
  });

  it("is a failure where the response failed, the stream broke off, or it is none", () => {
    const failed = streamed({ text: "x", error: { code: "rate_limit_exceeded", message: "Slow" } });
    expect(expected(failed)).toMatchObject({ outcome: "failure", kind: "rate_limit", words: "Slow" });
    const cut = streamed({ text: "one two" }).split("\n\n").slice(0, -2).join("\n\n");
    expect(expected(`${cut}\n\n`)).toMatchObject({ kind: "network" });
    expect(expected('{"object":"list"}')).toMatchObject({ kind: "protocol" });
    expect(expected('{"error":{"message":"No","code":"model_not_found"}}', 400)).toMatchObject({ kind: "not_found" });
  });

  it("counts an item's end where the last event has no output", () => {
    const item = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi" }] };
    const events = [
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { output: [] } },
    ];
    const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
    expect(expected(body)).toMatchObject({ text: "Hi", finishReason: "stop" });
  });
});

describe("an agent made from a recorded Responses request", () => {
  const ask = (request: object) => responses.ask(exchange(request, "{}"), "openai_responses");

  it("has instructions, settings, tools and the last question, and hands on the rest", () => {
    const { options, input, isOurs } = ask({
      model: "m",
      instructions: "Be brief.",
      input: "Hi",
      max_output_tokens: 5,
      reasoning: { effort: "low" },
      stream: true,
      tools: [{ type: "function", name: "add", parameters: { type: "object" } }, { type: "web_search" }],
      tool_choice: { type: "function", name: "add" },
    });
    expect({ input, isOurs }).toEqual({
      input: { role: "user", content: [{ type: "text", text: "Hi" }] },
      isOurs: false,
    });
    expect(options).toEqual({
      model: "m",
      system_prompt: "Be brief.",
      max_tokens: 5,
      tools: [{ name: "add", description: "", schema: { type: "object" } }],
      tool_choice: { name: "add" },
      provider_options: { reasoning: { effort: "low" }, tools: [{ type: "web_search" }] },
    });
  });

  it("has turns with their results, as they came where llmspell has no form for them", () => {
    const said = [
      { type: "reasoning", id: "rs", summary: [], encrypted_content: "x" },
      { type: "function_call", call_id: "c1", name: "add", arguments: "{}" },
    ];
    const { options, isOurs } = ask({
      input: [{ role: "user", content: "Add" }, ...said, { type: "function_call_output", call_id: "c1", output: "3" }],
    });
    expect(isOurs).toBe(true);
    expect(options["state"]).toEqual({
      version: 1,
      messages: [
        { role: "user", content: [{ type: "text", text: "Add" }] },
        {
          role: "assistant",
          content: [],
          tool_calls: [{ id: "c1", name: "add", arguments: "{}" }],
          raw: { provider: "openai_responses", value: said },
        },
        {
          role: "tool",
          content: [{ type: "tool_result", tool_call_id: "c1", name: "add", content: "3", is_error: false }],
        },
      ],
    });
  });
});
