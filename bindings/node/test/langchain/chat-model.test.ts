import { InMemoryCache } from "@langchain/core/caches";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage, type UsageMetadata } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatLlmspell, type ChatLlmspellFields } from "@rs/llmspell/langchain";
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

  it("answers the last of a system's messages where there is nothing else", async () => {
    const script = scripted(["A title"]);
    const chat = new ChatLlmspell({ model: script });
    expect((await chat.invoke([new SystemMessage("Be brief"), new SystemMessage("Give a title")])).text).toBe(
      "A title",
    );
    expect(script.requests()[0]).toMatchObject({
      messages: [
        { role: "system", content: "Be brief" },
        { role: "user", content: "Give a title" },
      ],
    });
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

  it("gives calls whose arguments are no JSON as invalid ones, which a result may answer", async () => {
    const script = scripted([{ text: "Let me add", toolCalls: [{ id: "c1", name: "add", arguments: '{"a":' }] }, "5"]);
    const bound = new ChatLlmspell({ model: script }).bindTools([add]);
    const asked = new HumanMessage("2 + 3?");
    const first = await bound.invoke([asked]);
    expect([first.text, first.tool_calls]).toEqual(["Let me add", []]);
    expect(first.invalid_tool_calls).toMatchObject([{ id: "c1", name: "add", args: '{"a":' }]);
    const told = new ToolMessage({ tool_call_id: "c1", content: "no JSON", status: "error" });
    expect((await bound.invoke([asked, first, told])).text).toBe("5");
    expect(script.requests()[1]).toMatchObject({
      messages: [{}, { tool_calls: [{ id: "c1" }] }, { role: "tool", tool_call_id: "c1" }],
    });
    expect((await new ChatLlmspell({ provider: "demo" }).invoke([asked, first, new HumanMessage("say on")])).text).toBe(
      "on",
    );
  });

  it("goes on with turns of other models, whatever blocks they have", async () => {
    const script = scripted(["x"]);
    const turn = new AIMessage({
      content: [
        { type: "thinking", thinking: "hm", signature: "s" },
        { type: "redacted_thinking", data: "…" },
        { type: "reasoning_content", reasoningText: { text: "hm" } },
        { type: "server_tool_call", id: "1", name: "web_search", args: {} },
        { type: "non_standard", value: {} },
        { type: "text", text: "Bonjour", annotations: [{ type: "citation", url: "https://example.com" }] },
      ],
      tool_calls: [{ id: "c1", name: "add", args: { a: 1, b: 2 } }],
    });
    const result = new ToolMessage({ tool_call_id: "c1", content: [{ type: "json", json: { sum: 3 } }] });
    const conversation = [new HumanMessage("Hi"), turn, result];
    await new ChatLlmspell({ model: script }).bindTools([add]).invoke(conversation);
    expect(script.requests()[0]).toMatchObject({
      messages: [
        { role: "user" },
        { role: "assistant", content: "Bonjour" },
        { content: expect.stringContaining("sum") },
      ],
    });
  });

  it("gives pictures and citations as blocks, which go back as they came", async () => {
    const seen: string[] = [];
    const parts = [{ text: "Here" }, { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }];
    const answer = { candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }] };
    const gemini = new ChatLlmspell({
      model: "gemini/gemini-2.5-flash-image",
      apiKey: "k",
      transport: (_, { body }) => {
        seen.push(body);
        return new Response(`data: ${JSON.stringify(answer)}\n\n`, {
          headers: { "content-type": "text/event-stream" },
        });
      },
    });
    const blocks = [
      { type: "text", text: "Here" },
      { type: "image", data: "iVBORw0KGgo=", mimeType: "image/png" },
    ];
    const message = await gemini.invoke("draw");
    expect([message.content, message.contentBlocks, message.text]).toEqual([blocks, blocks, "Here"]);
    const pieces = [];
    for await (const piece of await gemini.stream("draw")) pieces.push(piece);
    expect(pieces.reduce((all, piece) => all.concat(piece)).contentBlocks).toEqual(blocks);
    await gemini.invoke([new HumanMessage("draw"), message, new HumanMessage("again")]);
    expect(JSON.parse(seen.at(-1) as string).contents[1].parts).toMatchObject(parts);
  });

  it("has blocks of its own, whatever provider gave the answer", async () => {
    const add3 = { toolCalls: [{ id: "c1", name: "add", arguments: { a: 1, b: 2 } }] };
    const message = await new ChatLlmspell({ model: scripted([{ text: "Well", ...add3 }]), outputVersion: "v1" })
      .bindTools([add])
      .invoke("1 + 2?");
    expect(message.content).toEqual([
      { type: "text", text: "Well" },
      { type: "tool_call", id: "c1", name: "add", args: { a: 1, b: 2 } },
    ]);
    expect(message.response_metadata).toMatchObject({ model_provider: "llmspell", provider: "scripted" });
  });

  it("is itself to LangChain's caches, and tells no key", async () => {
    const cache = new InMemoryCache();
    const ask = async (answer: string): Promise<string> =>
      (await new ChatLlmspell({ model: scripted([answer]), cache }).invoke("Who?")).text;
    expect([await ask("a"), await ask("b")]).toEqual(["a", "b"]);
    const tokens = async (): Promise<number | undefined> => {
      const { usage_metadata } = await new ChatLlmspell({ provider: "demo", cache }).invoke("Hello");
      return (usage_metadata as UsageMetadata | undefined)?.total_tokens;
    };
    expect([await tokens(), await tokens()]).toEqual([4, 0]);
    const secret = "sk-very-secret";
    const keyOf = (fields: ChatLlmspellFields): string => JSON.stringify(new ChatLlmspell(fields)._identifyingParams());
    const fields = {
      model: "openai/gpt-4o",
      apiKey: secret,
      headers: { "x-key": secret },
      baseUrl: "https://example.com/v1",
      proxy: `http://user:${secret}@proxy`,
      fallbacks: [{ model: "anthropic/claude-sonnet-4-5", apiKey: secret }],
    };
    expect(keyOf(fields)).not.toContain("secret");
    const others = [{ model: "openai/gpt-5" }, { temperature: 1 }, { baseUrl: "https://example.org/v1" }, { seed: 1 }];
    const keys = [fields, ...others.map((other) => ({ ...fields, ...other }))].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOf(fields)).toBe(keyOf({ ...fields, apiKey: "another" }));
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
