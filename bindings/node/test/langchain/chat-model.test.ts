import { AIMessage, HumanMessage, type ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatLlmspell } from "@rs/llmspell/langchain";
import { scripted } from "@rs/llmspell/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const add = tool(({ a, b }) => String(a + b), {
  name: "add",
  description: "Adds two numbers",
  schema: z.object({ a: z.number(), b: z.number() }),
});

describe("one of our models as a chat model", () => {
  const model = new ChatLlmspell({ provider: "demo" });

  it("invokes and streams", async () => {
    const message = await model.invoke([["human", "Hello"]]);
    expect(message.text).toBe("You said: Hello");
    expect(message.usage_metadata).toMatchObject({ input_tokens: 1, output_tokens: 3, total_tokens: 4 });
    const pieces = [];
    for await (const piece of await model.stream("say a b c")) pieces.push(piece);
    expect(pieces.reduce((all, piece) => all.concat(piece)).text).toBe("a b c");
  });

  it("calls tools that are bound, whose results come back as messages", async () => {
    const bound = model.bindTools([add]);
    const asked = new HumanMessage("What is 2 + 3?");
    const first = await bound.invoke([asked]);
    expect(first.tool_calls).toMatchObject([{ name: "add", args: { a: 2, b: 3 }, type: "tool_call" }]);
    const pieces = [];
    for await (const piece of await bound.stream([asked])) pieces.push(piece);
    const streamed = pieces.reduce((all, piece) => all.concat(piece));
    expect(streamed.tool_calls).toMatchObject([{ name: "add", args: { a: 2, b: 3 } }]);
    const result = (await add.invoke(first.tool_calls?.[0] as never)) as ToolMessage;
    expect((await bound.invoke([asked, first, result])).text).toBe("I asked the tools: add gave 5.");
  });

  it("gives structured output", async () => {
    const person = model.withStructuredOutput(z.object({ name: z.string(), age: z.number() }), { name: "person" });
    expect(await person.invoke('the person is "Ann", 42')).toEqual({ name: "Ann", age: 42 });
  });

  it("sends stop, tool choice and pictures", async () => {
    const script = scripted(["x"]);
    const content = [
      { type: "text", text: "look" },
      { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
    ];
    await new ChatLlmspell({ model: script })
      .bindTools([add], { tool_choice: "any" })
      .invoke([new HumanMessage({ content })], { stop: ["END"] });
    expect(script.requests()).toMatchObject([
      {
        stop: ["END"],
        tool_choice: "required",
        tools: [{ function: { name: "add" } }],
        messages: [
          {
            content: [
              { type: "text" },
              { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
            ],
          },
        ],
      },
    ]);
  });

  it("shows tokens in streamEvents, and stops with its signal", async () => {
    const names = new Set<string>();
    for await (const { event } of model.streamEvents("say a b c", { version: "v2" })) names.add(event);
    expect([...names]).toEqual(["on_chat_model_start", "on_chat_model_stream", "on_chat_model_end"]);
    const words = Array.from({ length: 500 }, (_, index) => `w${index}`).join(" ");
    await expect(model.invoke(`slowly say ${words}`, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  });

  it("says what cannot be sent", async () => {
    await expect(model.invoke([new HumanMessage({ content: [{ type: "hologram" }] })])).rejects.toThrow(
      /"hologram" cannot be sent/,
    );
    await expect(
      model.invoke([new AIMessage({ content: "", tool_calls: [{ id: "1", name: "add", args: {} }] })]),
    ).rejects.toThrow(/results are missing/);
  });
});
