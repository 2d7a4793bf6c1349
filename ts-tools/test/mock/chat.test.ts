import { describe, expect, it } from "vitest";
import type { ChatAnswer, Json } from "../../src/mock/index.js";
import { post, withMock } from "./client.js";

interface Chunk {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string;
      readonly reasoning_content?: string;
      readonly tool_calls?: readonly { index: number; id?: string; function: { name?: string; arguments: string } }[];
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Json;
}

async function streamed(chat: ChatAnswer, request: object = { stream: true }): Promise<Chunk[]> {
  return await withMock({ exchanges: [{ respond: { chat } }] }, async (mock) => {
    const answer = await post(mock, request);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const data = [...(await answer.text()).matchAll(/^data: (.*)$/gm)].map((match) => String(match[1]));
    expect(data.at(-1)).toBe("[DONE]");
    return data.slice(0, -1).map((line) => JSON.parse(line) as Chunk);
  });
}

describe("a built Chat answer", () => {
  it("is plain when the request does not ask for a stream", async () => {
    await withMock({ exchanges: [{ respond: { chat: { text: "It is 345." } } }] }, async (mock) => {
      expect(await (await post(mock, { model: "m" })).json()).toMatchObject({
        object: "chat.completion",
        model: "m",
        choices: [{ message: { role: "assistant", content: "It is 345." }, finish_reason: "stop" }],
        usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
      });
    });
  });

  it("streams one delta per word, which together are the text", async () => {
    const text = "  Hello,  wide\nworld! ";
    const deltas = (await streamed({ text })).map((chunk) => chunk.choices[0]?.delta.content).filter(Boolean);
    expect(deltas).toEqual(["  Hello,", "  wide", "\nworld! "]);
    expect(deltas.join("")).toBe(text);
  });

  it("streams reasoning before the text", async () => {
    const chunks = await streamed({ reasoning: "let me think", text: "done" });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content).join("")).toBe("let me think");
  });

  it("streams each tool call under its index, its arguments in pieces", async () => {
    const chunks = await streamed({
      tool_calls: [
        { id: "c1", name: "add", arguments: { a: 1, b: 2, note: "long enough to be cut" } },
        { id: "c2", name: "echo", arguments: "{not json" },
      ],
    });
    const calls = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    const whole = (index: number) =>
      calls
        .filter((call) => call.index === index)
        .map((call) => call.function.arguments)
        .join("");
    expect(calls.filter((call) => call.id).map((call) => [call.id, call.function.name])).toEqual([
      ["c1", "add"],
      ["c2", "echo"],
    ]);
    expect(JSON.parse(whole(0))).toEqual({ a: 1, b: 2, note: "long enough to be cut" });
    expect(whole(1)).toBe("{not json");
    expect(calls.filter((call) => call.index === 0).length).toBeGreaterThan(2);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
  });

  it("adds usage to a stream only when asked", async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    expect((await streamed({ text: "x", usage })).some((chunk) => chunk.usage)).toBe(false);
    const asked = await streamed({ text: "x", usage }, { stream: true, stream_options: { include_usage: true } });
    expect(asked.at(-1)).toMatchObject({ choices: [], usage });
  });

  it("can insist on one form", async () => {
    await withMock({ exchanges: [{ respond: { chat: { text: "x", stream: false } } }] }, async (mock) => {
      expect((await post(mock, { stream: true })).headers.get("content-type")).toBe("application/json");
    });
  });

  it("gives the same bytes when it is played again", async () => {
    const once = () => streamed({ text: "same again" });
    expect(await once()).toEqual(await once());
  });
});
