import { forbidRequests } from "@rs/llmspell";
import { createLlmspell, llmspell } from "@rs/llmspell/ai";
import { scripted } from "@rs/llmspell/testing";
import { generateObject, generateText, isStepCount, Output, streamObject, streamText, tool } from "ai";
import { convertReadableStreamToArray } from "ai/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

beforeAll(() => forbidRequests(false));
afterAll(() => forbidRequests(false));

const demo = llmspell("demo/demo-1");
const PROMPT = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hello" }] }];
const add = tool({
  description: "Adds two numbers",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => a + b,
});

describe("the specification", () => {
  it("is version 4, with the provider's name and the model's", () => {
    expect(demo).toMatchObject({ specificationVersion: "v4", provider: "llmspell.demo", modelId: "demo-1" });
    expect(llmspell.specificationVersion).toBe("v4");
    expect(llmspell.languageModel("demo/demo-1").modelId).toBe("demo-1");
    expect(() => llmspell.embeddingModel("x")).toThrow(/embeddingModel/);
    expect(llmspell("openai/gpt-4o").supportedUrls).toHaveProperty("image/*");
  });

  it("has parts of a stream in order: start, metadata, text, finish", async () => {
    const { stream } = await demo.doStream({ prompt: PROMPT });
    const parts = await convertReadableStreamToArray(stream);
    expect(parts.map(({ type }) => type)).toEqual([
      "stream-start",
      "response-metadata",
      "text-start",
      "text-delta",
      "text-delta",
      "text-delta",
      "text-end",
      "finish",
    ]);
    expect(parts.at(-1)).toMatchObject({
      finishReason: { unified: "stop", raw: "stop" },
      usage: { inputTokens: { total: 1, cacheRead: 0 }, outputTokens: { total: 3 } },
    });
  });

  it("has reasoning as blocks of its own", async () => {
    const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "think, then say yes" }] }];
    const { content } = await demo.doGenerate({ prompt });
    expect(content.map(({ type }) => type)).toEqual(["reasoning", "text"]);
    const { stream } = await demo.doStream({ prompt });
    const types = (await convertReadableStreamToArray(stream)).map(({ type }) => type);
    expect(types.filter((type) => !type.endsWith("delta"))).toEqual([
      "stream-start",
      "response-metadata",
      "reasoning-start",
      "reasoning-end",
      "text-start",
      "text-end",
      "finish",
    ]);
  });

  it("warns of what it cannot do", async () => {
    const { warnings } = await demo.doGenerate({
      prompt: PROMPT,
      topK: 3,
      presencePenalty: 1,
      reasoning: "high",
      tools: [{ type: "provider", id: "openai.web_search", name: "search", args: {} }],
    });
    expect(warnings).toMatchObject([
      { type: "unsupported", feature: "topK" },
      { type: "unsupported", feature: "presencePenalty" },
      { type: "unsupported", feature: "reasoning" },
      { type: "unsupported", feature: "tool openai.web_search" },
    ]);
  });
});

describe("generateText and streamText", () => {
  it("answer", async () => {
    const { text, usage, finishReason, response } = await generateText({ model: demo, prompt: "Hello" });
    expect([text, usage.inputTokens, usage.outputTokens, finishReason]).toEqual(["You said: Hello", 1, 3, "stop"]);
    expect(response.modelId).toBe("demo-1");
    const streamed = streamText({ model: demo, prompt: "Hello" });
    const pieces: string[] = [];
    for await (const piece of streamed.textStream) pieces.push(piece);
    expect(pieces.join("")).toBe("You said: Hello");
    expect((await streamed.usage).totalTokens).toBe(4);
  });

  it("call tools in several steps", async () => {
    for (const streams of [false, true]) {
      const options = { model: demo, prompt: "What is 2 + 3?", tools: { add }, stopWhen: isStepCount(3) };
      const done = streams ? streamText(options) : await generateText(options);
      expect(await done.text).toBe("I asked the tools: add gave 5.");
      const steps = await done.steps;
      expect(steps).toHaveLength(2);
      expect(steps[0]?.finishReason).toBe("tool-calls");
      expect(steps[0]?.toolCalls[0]).toMatchObject({ toolName: "add", input: { a: 2, b: 3 } });
      expect(steps[0]?.toolResults[0]).toMatchObject({ output: 5 });
    }
  });

  it("stream the arguments of calls", async () => {
    const { fullStream } = streamText({ model: demo, prompt: "What is 2 + 3?", tools: { add } });
    const types: string[] = [];
    for await (const { type } of fullStream) types.push(type);
    expect(types.filter((type) => type.startsWith("tool-")).filter((type) => type !== "tool-input-delta")).toEqual([
      "tool-input-start",
      "tool-input-end",
      "tool-call",
      "tool-result",
    ]);
  });

  it("leave calls to those who have no execute", async () => {
    const ask = tool({
      description: "Asks the user a question",
      inputSchema: z.object({ question: z.string() }),
      outputSchema: z.string(),
    });
    const first = await generateText({
      model: demo,
      prompt: "ask something",
      tools: { ask },
      toolChoice: { type: "tool", toolName: "ask" },
    });
    const [call] = first.toolCalls;
    expect(call).toMatchObject({ toolName: "ask" });
    const second = await generateText({
      model: demo,
      messages: [
        { role: "user", content: "ask something" },
        ...first.response.messages,
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: call?.toolCallId as string,
              toolName: "ask",
              output: { type: "text", value: "blue" },
            },
          ],
        },
      ],
      tools: { ask },
    });
    expect(second.text).toBe("I asked the tools: ask gave blue.");
  });

  it("hand calls on that do not fit, for the AI SDK to say so", async () => {
    const model = llmspell(
      scripted([
        { toolCalls: [{ name: "add", arguments: { a: "two" } }] },
        { toolCalls: [{ name: "subtract", arguments: {} }] },
        "well",
      ]),
    );
    const { steps, text } = await generateText({ model, prompt: "x", tools: { add }, stopWhen: isStepCount(4) });
    expect(steps[0]?.toolCalls[0]).toMatchObject({ toolName: "add", invalid: true });
    expect(steps[1]?.toolCalls[0]).toMatchObject({ toolName: "subtract", invalid: true });
    expect(text).toBe("well");
  });

  it("hand on a result that is null, and answer instructions alone", async () => {
    const script = scripted(["one", "two", "three"]);
    const call = { type: "tool-call" as const, toolCallId: "c1", toolName: "add", input: undefined };
    const output = { type: "json" as const, value: null };
    const result = { type: "tool-result" as const, toolCallId: "c1", toolName: "add", output };
    await llmspell(script).doGenerate({
      prompt: [...PROMPT, { role: "assistant", content: [call] }, { role: "tool", content: [result] }],
    });
    await llmspell(script).doGenerate({
      prompt: ["Write titles.", "Cats"].map((content) => ({ role: "system" as const, content })),
    });
    await llmspell(script).doGenerate({ prompt: PROMPT, responseFormat: { type: "json" } });
    expect(script.requests()).toMatchObject([
      { messages: [{}, { tool_calls: [{ function: { arguments: "{}" } }] }, { role: "tool", content: "null" }] },
      {
        messages: [
          { role: "system", content: "Write titles." },
          { role: "user", content: "Cats" },
        ],
      },
      { response_format: { type: "json_object" } },
    ]);
  });

  it("take a system prompt, settings and a history", async () => {
    const model = scripted(["one", "two"]);
    await generateText({
      model: llmspell(model),
      instructions: "Be brief",
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
        {
          role: "user",
          content: [
            { type: "text", text: "c" },
            { type: "file", mediaType: "image/png", data: "iVBORw0KGgo=" },
          ],
        },
      ],
      temperature: 0.5,
      maxOutputTokens: 99,
      stopSequences: ["END"],
      providerOptions: { llmspell: { providerOptions: { top_k: 7 } } },
    });
    const [request] = model.requests() as [{ messages: { role: string }[]; [key: string]: unknown }];
    expect(request.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
    expect(request.messages[3]).toMatchObject({ content: [{ type: "text", text: "c" }, { type: "image_url" }] });
    expect(request).toMatchObject({ temperature: 0.5, stop: ["END"], top_k: 7 });
  });
});

describe("structured output", () => {
  const schema = z.object({ name: z.string(), age: z.number() });

  it("by Output, generateObject and streamObject", async () => {
    const prompt = 'the person is "Ann", 42 years old';
    const { output } = await generateText({ model: demo, prompt, output: Output.object({ schema }) });
    expect(output).toEqual({ name: "Ann", age: 42 });
    expect((await generateObject({ model: demo, prompt, schema })).object).toEqual({ name: "Ann", age: 42 });
    const { partialObjectStream, object } = streamObject({ model: demo, prompt, schema });
    let partials = 0;
    for await (const _ of partialObjectStream) partials++;
    expect(partials).toBeGreaterThan(0);
    expect(await object).toEqual({ name: "Ann", age: 42 });
  });

  it("that does not fit is told as the AI SDK tells it", async () => {
    const answer = generateObject({ model: llmspell(scripted(['{"name": 5}'])), prompt: "x", schema });
    await expect(answer).rejects.toMatchObject({ name: "AI_NoObjectGeneratedError" });
  });
});

describe("failures", () => {
  it("are API errors, which the AI SDK tries again", async () => {
    const retried = createLlmspell()("demo/demo-1");
    const { text } = await generateText({ model: retried, prompt: "fail once with 503", maxRetries: 0 }).catch(
      (error) => ({ text: error.name }),
    );
    expect(text).toBe("AI_APICallError");
    const model = llmspell(scripted([{ error: { status: 503, message: "busy" } }, "fine"]));
    expect((await generateText({ model, prompt: "x" })).text).toBe("fine");
    const streamed = llmspell(scripted([{ error: { status: 503, message: "busy" } }, "fine"]));
    expect(await streamText({ model: streamed, prompt: "x" }).text).toBe("fine");
  });

  it("carry status, wait and our own error", async () => {
    const error = await demo
      .doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "fail with 429" }] }] })
      .then(
        () => undefined,
        (thrown) => thrown,
      );
    expect(error).toMatchObject({
      name: "AI_APICallError",
      statusCode: 429,
      isRetryable: true,
      responseHeaders: { "retry-after-ms": "1000" },
      cause: { kind: "rate_limit" },
      data: { kind: "rate_limit" },
    });
    const key = llmspell("openai/gpt-4o", { apiKey: undefined, baseUrl: "https://api.openai.com/v1" });
    const before = process.env["OPENAI_API_KEY"];
    delete process.env["OPENAI_API_KEY"];
    await expect(key.doGenerate({ prompt: PROMPT })).rejects.toMatchObject({ name: "AI_LoadAPIKeyError" });
    if (before !== undefined) process.env["OPENAI_API_KEY"] = before;
  });

  it("in mid-stream come as a part", async () => {
    const { stream } = await demo.doStream({
      prompt: [{ role: "user", content: [{ type: "text", text: "break off a b c d e f" }] }],
    });
    const parts = await convertReadableStreamToArray(stream);
    expect(parts.slice(-2).map(({ type }) => type)).toEqual(["error", "finish"]);
    expect(parts.at(-1)).toMatchObject({ finishReason: { unified: "error" } });
  });

  it("of an abort are what the signal says", async () => {
    const words = Array.from({ length: 500 }, (_, index) => `w${index}`).join(" ");
    await expect(
      generateText({ model: demo, prompt: `slowly say ${words}`, abortSignal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const gone = new AbortController();
    const { fullStream } = streamText({ model: demo, prompt: `slowly say ${words}`, abortSignal: gone.signal });
    const types: string[] = [];
    for await (const { type } of fullStream) {
      types.push(type);
      if (type === "text-delta") gone.abort();
    }
    expect(types.at(-1)).toBe("abort");
    await expect(generateText({ model: demo, prompt: "x", abortSignal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it("of a prompt that ends with open calls name it", async () => {
    const prompt = [
      ...PROMPT,
      {
        role: "assistant" as const,
        content: [{ type: "tool-call" as const, toolCallId: "1", toolName: "add", input: {} }],
      },
    ];
    await expect(demo.doGenerate({ prompt })).rejects.toMatchObject({ name: "AI_InvalidPromptError" });
    await expect(demo.doGenerate({ prompt: [] })).rejects.toMatchObject({ name: "AI_InvalidPromptError" });
  });
});
