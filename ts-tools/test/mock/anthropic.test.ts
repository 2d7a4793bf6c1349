import { describe, expect, it } from "vitest";
import type { AnthropicAnswer, Json } from "../../src/mock/index.js";
import { post, withMock } from "./client.js";

async function streamed(anthropic: AnthropicAnswer): Promise<{ [key: string]: Json }[]> {
  return await withMock({ exchanges: [{ respond: { anthropic } }] }, async (mock) => {
    const text = await (await post(mock, { stream: true })).text();
    const events = [...text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)];
    return events.map(([, name, data]) => {
      const event = JSON.parse(String(data)) as { [key: string]: Json };
      expect(event["type"]).toBe(name);
      return event;
    });
  });
}

describe("a built Anthropic answer", () => {
  it("is a message when the request does not ask for a stream", async () => {
    const anthropic = {
      thinking: "Hm",
      signature: "c2ln",
      text: "So",
      tool_calls: [{ id: "t1", name: "add", arguments: { a: 1 } }],
    };
    await withMock({ exchanges: [{ respond: { anthropic } }] }, async (mock) => {
      expect(await (await post(mock, { model: "m" })).json()).toMatchObject({
        type: "message",
        role: "assistant",
        model: "m",
        content: [
          { type: "thinking", thinking: "Hm", signature: "c2ln" },
          { type: "text", text: "So" },
          { type: "tool_use", id: "t1", name: "add", input: { a: 1 } },
        ],
        stop_reason: "tool_use",
        usage: { input_tokens: 10 },
      });
    });
  });

  it("streams its blocks one after the other, and ends with the reason and the usage, without [DONE]", async () => {
    const events = await streamed({
      thinking: "Let me",
      signature: "c2ln",
      text: "one two",
      usage: { output_tokens: 9 },
    });
    expect(events.map((event) => event["type"])).toEqual([
      "message_start",
      "content_block_start",
      ...Array.from({ length: 3 }, () => "content_block_delta"),
      "content_block_stop",
      "content_block_start",
      ...Array.from({ length: 2 }, () => "content_block_delta"),
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } });
    expect(events[4]).toMatchObject({ index: 0, delta: { type: "signature_delta", signature: "c2ln" } });
  });

  it("streams given blocks: input in pieces, citations before their text, unknown types whole", async () => {
    const events = await streamed({
      content: [
        { type: "tool_use", id: "t1", name: "add", input: { text: "a longer text" } },
        { type: "text", text: "Blue", citations: [{ cited_text: "sky" }] },
        { type: "hologram", depth: 3 },
      ],
      stop_reason: "pause_turn",
    });
    const deltas = events.flatMap((event) => (event["type"] === "content_block_delta" ? [event["delta"]] : []));
    const json = deltas.map((delta) => String((delta as { partial_json?: string }).partial_json ?? "")).join("");
    expect(JSON.parse(json)).toEqual({ text: "a longer text" });
    expect(deltas.at(-2)).toEqual({ type: "citations_delta", citation: { cited_text: "sky" } });
    expect(events.find((event) => event["index"] === 2)?.["content_block"]).toEqual({ type: "hologram", depth: 3 });
  });
});
