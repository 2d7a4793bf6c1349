import { Agent, type AgentEvent, createTool } from "@rs/llmspell";
import { createOpenAIHandler } from "@rs/llmspell/server";
import { scripted } from "@rs/llmspell/testing";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { type Running, servers } from "./servers.js";
import { post, readSse, until } from "./sse.js";

let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function clientOf(
  models: Parameters<typeof createOpenAIHandler>[0],
  options: Parameters<typeof createOpenAIHandler>[1] = {},
  server = "Node http",
): Promise<OpenAI> {
  running = await (servers[server] as (typeof servers)[string])(createOpenAIHandler(models, options));
  return new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "any", maxRetries: 0 });
}

const demo = (): Agent => new Agent({ provider: "demo", maxRetries: 0 });
const user = (content: string): OpenAI.ChatCompletionMessageParam => ({ role: "user", content });
const add: OpenAI.ChatCompletionTool = {
  type: "function",
  function: {
    name: "add",
    description: "Adds numbers",
    parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
  },
};

describe.each(Object.keys(servers))("OpenAI's client and %s", (server) => {
  it("complete, stream and list", async () => {
    const client = await clientOf({ helper: demo() }, {}, server);
    const whole = await client.chat.completions.create({ model: "helper", messages: [user("Hello")] });
    expect(whole).toMatchObject({
      object: "chat.completion",
      model: "helper",
      choices: [{ message: { role: "assistant", content: "You said: Hello" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 },
    });
    const stream = client.chat.completions.stream({
      model: "helper",
      messages: [user("Hello")],
      stream_options: { include_usage: true },
    });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("You said: Hello");
    expect((await stream.finalChatCompletion()).usage?.total_tokens).toBe(4);
    const names = [];
    for await (const { id, object } of client.models.list()) names.push([id, object]);
    expect(names).toEqual([["helper", "model"]]);
    expect((await client.models.retrieve("helper")).id).toBe("helper");
    await expect(client.models.retrieve("gpt-4")).rejects.toMatchObject({ status: 404 });
  });
});

describe("an OpenAI endpoint", () => {
  it("ends a stream with [DONE]", async () => {
    const handler = createOpenAIHandler({ helper: demo() });
    const response = await handler(
      post("http://x/v1/chat/completions", { model: "helper", stream: true, messages: [user("Hi")] }),
    );
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const data: string[] = [];
    for await (const message of readSse(response)) data.push(message.data);
    expect(data.at(-1)).toBe("[DONE]");
    expect(JSON.parse(data[0] as string)).toMatchObject({
      object: "chat.completion.chunk",
      choices: [{ delta: { role: "assistant" } }],
    });
  });

  it("leaves the client's tools to the client, and runs the agent's", async () => {
    const clock = createTool({ name: "clock", description: "The time", execute: () => "noon" });
    const client = await clientOf({ helper: new Agent({ provider: "demo", tools: [clock] }) });
    const first = await client.chat.completions.create({
      model: "helper",
      messages: [user("What is 2 + 3?")],
      tools: [add],
    });
    const choice = first.choices[0] as OpenAI.ChatCompletion.Choice;
    expect(choice.finish_reason).toBe("tool_calls");
    const [call] = choice.message.tool_calls as [OpenAI.ChatCompletionMessageFunctionToolCall];
    expect([call.function.name, JSON.parse(call.function.arguments)]).toEqual(["add", { a: 2, b: 3 }]);
    const messages = [
      user("What is 2 + 3?"),
      choice.message,
      { role: "tool" as const, tool_call_id: call.id, content: "five" },
    ];
    const second = await client.chat.completions.create({ model: "helper", messages, tools: [add] });
    expect(second.choices[0]?.message.content).toBe("I asked the tools: add gave five.");
    const own = await client.chat.completions.create({ model: "helper", messages: [user("clock")], tools: [add] });
    expect(own.choices[0]?.message.content).toBe("I asked the tools: clock gave noon.");
    const streamed = client.chat.completions.stream({
      model: "helper",
      messages: [user("What is 2 + 3?")],
      tools: [add],
    });
    const { choices } = await streamed.finalChatCompletion();
    expect(choices[0]?.message.tool_calls).toMatchObject([{ function: { name: "add" } }]);
    const clash = { ...add, function: { ...add.function, name: "clock" } };
    await expect(
      client.chat.completions.create({ model: "helper", messages: [user("x")], tools: [clash] }),
    ).rejects.toMatchObject({
      status: 400,
      param: "tools",
    });
  });

  it("begins a stream while the agent's tools are at work, and tells in it what fails then", async () => {
    const url = "http://x/v1/chat/completions";
    for (const content of ["wait long", "fail with 401"]) {
      let answer: (value: string) => void = () => undefined;
      const held = new Promise<string>((resolve) => {
        answer = resolve;
      });
      const waiting = createTool({ name: "wait_long", execute: () => held });
      const beforeModel = content === "wait long" ? undefined : () => held.then(() => undefined);
      const agent = new Agent({ provider: "demo", maxRetries: 0, tools: [waiting], hooks: { beforeModel } });
      const handler = createOpenAIHandler({ helper: agent }, { keepAliveMs: 50 });
      const response = await handler(post(url, { model: "helper", stream: true, messages: [user(content)] }));
      expect([response.status, response.headers.get("content-type")]).toEqual([
        200,
        "text/event-stream; charset=utf-8",
      ]);
      let text = "";
      for await (const piece of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
        text += piece;
        if (text.split(": keep-alive").length > 2) answer("done");
      }
      const data = text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []));
      if (content === "wait long") expect(data.at(-1)).toBe("[DONE]");
      else expect(JSON.parse(data.join())).toMatchObject({ error: { type: "server_error" } });
    }
    const never = new Agent({ provider: "demo", tools: [createTool({ name: "wait_long", execute: async () => "" })] });
    const whole = await createOpenAIHandler(
      { helper: never },
      { keepAliveMs: 1 },
    )(post(url, { model: "helper", messages: [user("wait long")] }));
    expect(whole.headers.get("content-type")).toBe("application/json");
  });

  it("sends nothing before output guardrails have judged it", async () => {
    const guarded = new Agent({ provider: "demo", outputGuardrails: [() => ({ text: "***" })] });
    const client = await clientOf({ helper: guarded });
    const asked = { model: "helper", messages: [user("say the secret")] };
    const stream = await client.chat.completions.create({ ...asked, stream: true });
    const texts: (string | null | undefined)[] = [];
    for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content);
    expect(texts.filter((text) => text)).toEqual(["***"]);
    expect((await client.chat.completions.create(asked)).choices[0]?.message.content).toBe("***");
  });

  it("tells a client whose tool has the name of a hand-off or of an agent's", async () => {
    const clerk = new Agent({ provider: "demo", name: "clerk" });
    const agent = new Agent({ provider: "demo", tools: [clerk.asTool()], handoffs: [clerk] });
    const client = await clientOf({ helper: agent });
    for (const name of ["clerk", "transfer_to_clerk"]) {
      const tools = [{ ...add, function: { ...add.function, name } }];
      const asked = client.chat.completions.create({ model: "helper", messages: [user("x")], tools });
      await expect(asked).rejects.toMatchObject({
        status: 400,
        param: "tools",
        message: expect.stringMatching(/is taken by a tool of the server$/),
      });
    }
  });

  it("tells nobody why a provider refuses the server's key", async () => {
    const refuse = async (): Promise<Response> =>
      Response.json(
        {
          error: {
            code: 400,
            message: "API key not valid, of project secret-project-42.",
            status: "INVALID_ARGUMENT",
            details: [{ reason: "API_KEY_INVALID" }],
          },
        },
        { status: 400 },
      );
    const agent = new Agent({ model: "gemini/gemini-3-flash-preview", apiKey: "k", maxRetries: 0, transport: refuse });
    const client = await clientOf({ helper: agent });
    const asked = client.chat.completions.create({ model: "helper", messages: [user("x")] });
    await expect(asked).rejects.toMatchObject({ status: 502, message: expect.not.stringContaining("secret-project") });
  });

  it("runs the client's functions through the library's own loop", async () => {
    const client = await clientOf({ helper: demo() });
    const runner = client.chat.completions.runTools({
      model: "helper",
      messages: [user("What is 2 + 3?")],
      tools: [
        {
          type: "function",
          function: {
            name: "add",
            description: "Adds",
            parameters: add.function.parameters as object,
            parse: JSON.parse,
            function: ({ a, b }: { a: number; b: number }) => String(a + b),
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("I asked the tools: add gave 5.");
  });

  it("has the agent's instructions before the client's, and the client's settings behind the server's", async () => {
    const model = scripted(["ok"]);
    const client = await clientOf(
      { helper: new Agent({ model, systemPrompt: "Be kind." }) },
      { run: { maxTokens: 50 } },
    );
    await client.chat.completions.create({
      model: "helper",
      messages: [{ role: "system", content: "Be brief." }, user("a"), { role: "assistant", content: "b" }, user("c")],
      max_completion_tokens: 9999,
      temperature: 0.5,
      stop: ["END"],
    });
    const [request] = model.requests() as [Record<string, unknown>];
    expect(request["messages"]).toMatchObject([
      { role: "system", content: "Be kind.\n\nBe brief." },
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ]);
    expect(request).toMatchObject({ temperature: 0.5, stop: ["END"] });
    expect(request["max_completion_tokens"] ?? request["max_tokens"]).toBe(50);
  });

  it("gives structured output", async () => {
    const client = await clientOf({ helper: demo() });
    const schema = {
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    };
    const { choices } = await client.chat.completions.create({
      model: "helper",
      messages: [user('the name is "Ann"')],
      response_format: { type: "json_schema", json_schema: { name: "person", schema, strict: true } },
    });
    expect(JSON.parse(choices[0]?.message.content as string)).toEqual({ name: "Ann" });
  });

  it("keeps clients apart, 50 of them at once", async () => {
    const agent = demo();
    const client = await clientOf({ helper: agent });
    const said = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const { choices } = await client.chat.completions.create({
          model: "helper",
          messages: [user(`say client ${index}`)],
        });
        return choices[0]?.message.content;
      }),
    );
    expect(said).toEqual(Array.from({ length: 50 }, (_, index) => `client ${index}`));
    const { choices } = await client.chat.completions.create({ model: "helper", messages: [user("What did I say?")] });
    expect(choices[0]?.message.content).toBe("You said nothing before that.");
    expect(agent.getState().messages).toEqual([]);
  });

  it("cancels the run of a client that aborts", async () => {
    const ends: string[] = [];
    const onEvent = ({ type }: AgentEvent): void =>
      void (["done", "cancelled", "error"].includes(type) && ends.push(type));
    const client = await clientOf({ helper: new Agent({ provider: "demo", hooks: { onEvent } }) });
    const words = Array.from({ length: 1000 }, (_, index) => `w${index}`).join(" ");
    const stream = await client.chat.completions.create({
      model: "helper",
      messages: [user(`slowly say ${words}`)],
      stream: true,
    });
    for await (const _ of stream) break;
    await until(() => ends.length > 0);
    expect(ends).toEqual(["cancelled"]);
  });

  it("tells failures as OpenAI does, and nothing of its provider", async () => {
    const told: unknown[] = [];
    const client = await clientOf({ helper: demo() }, { onError: (error) => told.push(error) });
    const ask = (content: string, stream = false): Promise<unknown> =>
      client.chat.completions.create({ model: "helper", messages: [user(content)], stream }) as Promise<unknown>;
    for (const stream of [false, true]) {
      await expect(ask("fail with 429", stream)).rejects.toMatchObject({ status: 429 });
      await expect(ask("fail with 401", stream)).rejects.toMatchObject({ status: 502, type: "server_error" });
      await expect(ask("fail with 503", stream)).rejects.toMatchObject({ status: 503 });
    }
    expect(told).toHaveLength(6);
    const broken = (await ask("break off a b c d e f", true)) as AsyncIterable<unknown>;
    await expect(
      (async () => {
        for await (const _ of broken);
      })(),
    ).rejects.toThrow();
  });
});

describe("requests that are wrong", () => {
  const handler = createOpenAIHandler({ helper: demo() }, { maxBodyBytes: 2000 });
  const url = "http://x/v1/chat/completions";
  const messages = [user("x")];
  it.each([
    ["no JSON", post(url, "{"), 400, null],
    ["no model", post(url, { messages }), 400, "model"],
    ["another model", post(url, { model: "gpt-4", messages }), 404, "model"],
    ["a model of every object", post(url, { model: "constructor", messages }), 404, "model"],
    ["no messages", post(url, { model: "helper" }), 400, "messages"],
    ["n", post(url, { model: "helper", messages, n: 2 }), 400, "n"],
    ["a temperature", post(url, { model: "helper", messages, temperature: 9 }), 400, "temperature"],
    ["a stream", post(url, { model: "helper", messages, stream: "yes" }), 400, "stream"],
    ["too much", post(url, { model: "helper", messages: [user("x".repeat(3000))] }), 413, null],
    ["another type", post(url, "x", { headers: { "content-type": "text/plain" } }), 415, null],
    ["another method", new Request(url), 405, null],
    ["another path", new Request("http://x/v1/embeddings", { method: "POST" }), 404, null],
    ["a model that is wrongly encoded", new Request("http://x/v1/models/%zz"), 404, "model"],
    ["models by POST", post("http://x/v1/models", {}), 405, null],
  ] as [string, Request, number, string | null][])("%s", async (_, request, status, param) => {
    const response = await handler(request);
    const { error } = (await response.json()) as { error: { type: string; param: string | null; message: string } };
    expect([response.status, error.type, error.param]).toEqual([status, "invalid_request_error", param]);
    expect(error.message).not.toBe("");
  });

  it("and mistakes of the program", () => {
    expect(() => createOpenAIHandler({})).toThrow(/like \{ helper/);
    expect(() => createOpenAIHandler({ a: 5 as never })).toThrow(/'a' must be an Agent/);
    expect(() => createOpenAIHandler({ a: demo() }, { session: () => "x" } as object)).toThrow(
      /unknown option 'session'/,
    );
    const run = { run: { temperature: "hot" as never } };
    expect(() => createOpenAIHandler({ a: demo() }, run)).toThrow(/createOpenAIHandler: run: temperature: expected/);
  });
});
