import { connect } from "node:net";
import OpenAI from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Mock, startMock } from "../../src/mock/index.js";
import { until } from "../../src/nginx/nginx.js";
import { Gateway, KEYS } from "./support/gateway.js";
import { faults } from "./support/prometheus.js";

const MODEL = "demo/demo-1";
const user = (content: string): ChatCompletionMessageParam => ({ role: "user", content });
const clientOf = (gateway: Gateway, apiKey = KEYS.alice): OpenAI =>
  new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });

/** The value with each of its parts replaced by things that do not belong there, one at a time. */
function* spoilt(value: unknown): Generator<unknown> {
  for (const wrong of [5, "x", true, null, [], {}, [null], [[5]], -1e300]) yield wrong;
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value))
    for (const wrong of spoilt(part))
      yield Array.isArray(value) ? Object.assign([...value], { [key]: wrong }) : { ...value, [key]: wrong };
}

const WEATHER: ChatCompletionTool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

describe("OpenAI's client", () => {
  let gateway: Gateway;
  let client: OpenAI;
  beforeAll(async () => {
    gateway = await Gateway.start({ MODEL });
    client = clientOf(gateway);
  });
  afterAll(() => gateway.stop());

  it("lists models", async () => {
    const names = [];
    for await (const model of client.models.list()) names.push(model.id);
    expect(names).toEqual([MODEL]);
    expect(await client.models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: "model", owned_by: "demo" });
    await expect(client.models.retrieve("gpt-9")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });

  it("gets a whole answer", async () => {
    const answer = await client.chat.completions.create({ model: MODEL, messages: [user("Hello there")] });
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: MODEL,
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "You said: Hello there" } }],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    });
  });

  it("goes on with the conversation that it sends", async () => {
    const messages = [
      { role: "developer" as const, content: "Be brief." },
      user("Remember 42"),
      { role: "assistant" as const, content: "Yes." },
      user("What did I say?"),
    ];
    const answer = await client.chat.completions.create({ model: MODEL, messages });
    expect(answer.choices[0]?.message.content).toContain("Remember 42");
  });

  it("gets a stream, with usage when it asks for it", async () => {
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: [user("one two three")],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const deltas = chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta.content ?? ""));
    expect(deltas.join("")).toBe("You said: one two three");
    expect(deltas.filter(Boolean).length).toBeGreaterThan(2);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
  });

  it("obeys max_tokens, and tells that the answer was cut", async () => {
    const answer = await client.chat.completions.create({
      model: MODEL,
      messages: [user("one two three")],
      max_completion_tokens: 3,
    });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "You said: one" } });
  });

  it("gets answers that fit a schema", async () => {
    const schema = {
      type: "object",
      properties: { count: { type: "integer" } },
      required: ["count"],
      additionalProperties: false,
    };
    const answer = await client.chat.completions.create({
      model: MODEL,
      messages: [user("There are 7 swans")],
      response_format: { type: "json_schema", json_schema: { name: "swans", schema, strict: true } },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ count: 7 });
  });

  it("makes the calls of its own tools, and goes on with their results", async () => {
    const messages = [user('Get the weather of "Oslo", please')];
    const asked = await client.chat.completions.create({ model: MODEL, messages, tools: [WEATHER] });
    const message = asked.choices[0]?.message;
    expect(asked.choices[0]?.finish_reason).toBe("tool_calls");
    expect(message?.tool_calls).toMatchObject([
      { type: "function", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } },
    ]);
    if (!message?.tool_calls?.[0]) throw new Error("no call");
    messages.push(message, { role: "tool", tool_call_id: message.tool_calls[0].id, content: "snow" });
    const answer = await client.chat.completions.create({ model: MODEL, messages, tools: [WEATHER] });
    expect(answer.choices[0]?.message.content).toBe("I asked the tools: get_weather gave snow.");
    // the tools of a later request are its own
    const again = await client.chat.completions.create({ model: MODEL, messages });
    expect(again.choices[0]?.message.content).toBe("I asked the tools: get_weather gave snow.");
    // later on, the calls are history like any other
    messages.push(answer.choices[0]?.message as ChatCompletionMessageParam, user("say thanks"));
    const later = await client.chat.completions.create({ model: MODEL, messages, tools: [WEATHER] });
    expect(later.choices[0]?.message.content).toBe("thanks");
  });

  it("goes on at any gateway, since none keeps anything of it", async () => {
    const messages = [user('Get the weather of "Oslo", please')];
    const asked = await client.chat.completions.create({ model: MODEL, messages, tools: [WEATHER] });
    const message = asked.choices[0]?.message;
    if (!message?.tool_calls?.[0]) throw new Error("no call");
    messages.push(message, { role: "tool", tool_call_id: message.tool_calls[0].id, content: "snow" });
    const other = await Gateway.start({ MODEL });
    try {
      const body = { model: MODEL, messages, tools: [WEATHER] };
      const answer = await clientOf(other, KEYS.bob).chat.completions.create(body);
      expect(answer.choices[0]?.message.content).toBe("I asked the tools: get_weather gave snow.");
    } finally {
      await other.stop();
    }
  });

  it("runs its tools in a loop, streamed, several calls at once", async () => {
    const given: string[] = [];
    const runner = client.chat.completions.runTools({
      model: MODEL,
      stream: true,
      messages: [user("What are 15 * 23 and 4 + 5?")],
      tools: [
        {
          type: "function",
          function: {
            name: "calculator",
            description: "Calculates",
            parameters: { type: "object", properties: { expression: { type: "string" } } },
            parse: JSON.parse as (text: string) => { expression: string },
            function: ({ expression }: { expression: string }) => {
              given.push(expression);
              return `[${expression}]`;
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("I asked the tools: calculator gave [15 * 23]; calculator gave [4 + 5].");
    expect(given).toEqual(["15 * 23", "4 + 5"]);
  });

  it.each<[string, object, object]>([
    ["n", { n: 2 }, { status: 400, param: "n", code: "unsupported_value" }],
    ["logit_bias", { logit_bias: { 5: 1 } }, { status: 400, param: "logit_bias", code: "unsupported_parameter" }],
    ["audio", { modalities: ["audio"] }, { status: 400, param: "modalities", code: "unsupported_parameter" }],
    ["temperature", { temperature: 3 }, { status: 400, param: "temperature" }],
    ["stop", { stop: 7 }, { status: 400, param: "stop" }],
    ["messages", { messages: [] }, { status: 400, param: "messages" }],
    ["a role", { messages: [{ role: "robot", content: "x" }] }, { status: 400, param: "messages[0].role" }],
    [
      "a content part",
      {
        messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "QQ==", format: "wav" } }] }],
      },
      { status: 400, param: "messages[0].content[0]" },
    ],
    [
      "a result without a call",
      { messages: [user("x"), { role: "tool", tool_call_id: "call_1", content: "y" }] },
      { status: 400, param: "messages[1].tool_call_id" },
    ],
    [
      "a call without its result",
      {
        messages: [
          user("x"),
          {
            role: "assistant",
            tool_calls: [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } }],
          },
          user("y"),
        ],
      },
      { status: 400, param: "messages[1].tool_calls" },
    ],
    ["a word for stream", { stream: "yes" }, { status: 400, param: "stream" }],
    ["stream_options alone", { stream_options: { include_usage: true } }, { status: 400, param: "stream_options" }],
    ["a tool's type", { tools: [{ type: "custom", custom: { name: "x" } }] }, { status: 400, param: "tools[0].type" }],
    [
      "a tool's schema",
      { tools: [{ type: "function", function: { name: "x", parameters: { type: "thing" } } }] },
      { status: 400, param: expect.stringContaining("tools") },
    ],
    [
      "a tool that there is not",
      { tool_choice: { type: "function", function: { name: "x" } } },
      { status: 400, param: "tool_choice" },
    ],
    ["a model", { model: "gpt-9" }, { status: 404, param: "model", code: "model_not_found" }],
    ["response_format", { response_format: { type: "grammar" } }, { status: 400, param: "response_format" }],
  ])("is told what is not supported or wrong: %s", async (_, more, error) => {
    const body = { model: MODEL, messages: [user("Hello")], ...more };
    await expect(client.chat.completions.create(body as never)).rejects.toMatchObject({
      type: "invalid_request_error",
      ...error,
    });
  });

  it("is told so in OpenAI's form, whatever it sends", async () => {
    const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } };
    const whole = {
      model: MODEL,
      messages: [
        { role: "system", content: "Be brief." },
        user("x"),
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", tool_call_id: "call_1", content: [{ type: "text", text: "y" }] },
        { role: "user", content: [{ type: "image_url", image_url: { url: "https://pictures.example/cat.jpg" } }] },
      ],
      tools: [WEATHER],
      tool_choice: { type: "function", function: { name: "get_weather" } },
      response_format: { type: "json_schema", json_schema: { name: "swans", schema: { type: "object" } } },
      stop: ["END"],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 1,
      seed: 5,
    };
    const told = [];
    for (const body of spoilt(whole)) {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${KEYS.alice}` },
        body: JSON.stringify(body),
      });
      const answer = await response.text();
      const expected = response.ok ? /^\{"|^data: / : /^\{"error":\{/;
      if (![200, 400, 404].includes(response.status) || !expected.test(answer))
        told.push([response.status, answer, JSON.stringify(body)]);
    }
    expect(told).toEqual([]);
  });

  it("is told that a body is no JSON, and that there is no such address", async () => {
    const headers = { authorization: `Bearer ${KEYS.alice}` };
    const bad = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body: "{" });
    expect([bad.status, await bad.json()]).toMatchObject([400, { error: { type: "invalid_request_error" } }]);
    for (const body of ["{}", "[]"]) {
      const lacking = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body });
      const told = { error: { param: "model", message: expect.stringContaining("'model'") } };
      expect([lacking.status, await lacking.json()]).toMatchObject([400, told]);
    }
    const none = await fetch(`${gateway.url}/v1/embeddings`, { method: "POST", headers, body: "{}" });
    expect([none.status, await none.json()]).toMatchObject([404, { error: { code: "unknown_url" } }]);
    for (const [path, code] of [
      ["%FF", "unknown_url"],
      ["modelsx", "unknown_url"],
      ["models/%FF", "model_not_found"],
    ]) {
      const odd = await fetch(`${gateway.url}/v1/${path}`, { headers });
      expect([odd.status, await odd.json()]).toMatchObject([404, { error: { code } }]);
    }
    const get = await fetch(`${gateway.url}/v1/chat/completions`, { headers });
    expect(get.status).toBe(405);
    const body = JSON.stringify({ model: MODEL, messages: [user("x".repeat(5_000_000))] });
    const large = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body });
    expect([large.status, await large.json()]).toMatchObject([413, { error: { code: "request_too_large" } }]);
  });

  it("needs a key that is known", async () => {
    const wrong = clientOf(gateway, "sk-wrong");
    await expect(wrong.models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
    const none = await fetch(`${gateway.url}/v1/models`);
    expect([none.status, await none.json()]).toMatchObject([401, { error: { type: "invalid_request_error" } }]);
    expect(gateway.log("access")).toContain("/v1/models");
    expect(gateway.log() + gateway.log("access")).not.toContain("sk-");
  });

  it("may ask as often as its key allows", async () => {
    const small = clientOf(gateway, KEYS.small);
    const ask = () => small.chat.completions.create({ model: MODEL, messages: [user("Hello")] });
    for (let asked = 0; asked < 3; asked++) await ask();
    const refused = await ask().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    const { code, headers } = refused as InstanceType<typeof OpenAI.RateLimitError>;
    expect(code).toBe("rate_limit_exceeded");
    // one token every 20 s
    expect(Number(headers?.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(headers?.get("retry-after"))).toBeLessThanOrEqual(20);
    await client.chat.completions.create({ model: MODEL, messages: [user("Hello")] });
  });

  it.each([
    ["fail with 429", 429, "rate_limit_exceeded"],
    ["fail with 503", 503, "overloaded"],
    ["fail with 401", 502, "upstream_error"],
    ["fail with 400", 400, null],
  ])("gets the status of a failure of the provider: %s", async (words, status, code) => {
    await expect(client.chat.completions.create({ model: MODEL, messages: [user(words)] })).rejects.toMatchObject({
      status,
      code,
    });
    const streamed = client.chat.completions.create({ model: MODEL, messages: [user(words)], stream: true });
    await expect(streamed).rejects.toMatchObject({ status, code });
  });

  it("hears of a failure in the middle of a stream", async () => {
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: [user("one two three four, and break off")],
      stream: true,
    });
    let text = "";
    await expect(
      (async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      })(),
    ).rejects.toBeInstanceOf(OpenAI.APIError);
    expect(text).toContain("You said: one");
  });

  it("ends the run when it leaves", async () => {
    const closed = 'gateway_errors_total{kind="client_closed"}';
    const before = await gateway.figure(closed);
    const words = `slowly ${"word ".repeat(2000)}`;
    const stream = await client.chat.completions.create({ model: MODEL, messages: [user(words)], stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    stream.controller.abort();
    await gateway.inFlight(0);
    expect(await gateway.figure(closed)).toBe(before + 1);
  });

  it("ends the run of a client that leaves before its answer came, also after a body of some size", async () => {
    const leave = new AbortController();
    const text = `slowly say ${"word ".repeat(4000)}`;
    const asked = client.chat.completions.create({ model: MODEL, messages: [user(text)] }, { signal: leave.signal });
    await gateway.inFlight(1);
    leave.abort();
    await expect(asked).rejects.toThrow();
    await gateway.inFlight(0);
  });

  it("streams to clients of HTTP/1.0, as nginx's own proxy is", async () => {
    const body = JSON.stringify({ model: MODEL, stream: true, messages: [user("say one two three")] });
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.write(
      `POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer ${KEYS.alice}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let answer = "";
    for await (const piece of socket.setEncoding("utf8")) answer += piece;
    expect(answer).toContain("three");
    expect(answer).toContain("data: [DONE]");
  });

  it("leaves figures that Prometheus can read", async () => {
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(faults(await response.text())).toEqual([]);
    expect(await gateway.figure('gateway_requests_total{route="v1",client="alice",status="200"}')).toBeGreaterThan(5);
    expect(await gateway.figure('gateway_requests_total{route="v1",client="small",status="429"}')).toBe(1);
    expect(await gateway.figure('gateway_tokens_total{client="alice",direction="out"}')).toBeGreaterThan(10);
    expect(await gateway.figure('gateway_errors_total{kind="rate_limit"}')).toBe(2);
    expect(await gateway.figure("gateway_runs_in_flight")).toBe(0);
  });

  it("left nothing unexpected in the log", () => {
    // nginx itself tells of the body that was too large
    expect(gateway.problems().filter((line) => !line.includes("client intended to send too large body"))).toEqual([]);
  });
});

describe("the gateway in front of a provider", () => {
  let gateway: Gateway;
  let mock: Mock;
  beforeAll(async () => {
    mock = await startMock({
      match: "any",
      exchanges: [
        {
          expect: { body: { messages: { $last: { content: "stall" } } } },
          respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 2 } }] },
        },
        {
          expect: { body: { messages: { $last: { content: "refuse" } } } },
          respond: { status: 401, body: { error: { message: "Incorrect API key provided: sk-provider-secret" } } },
        },
        {
          repeat: "forever",
          expect: { body: { messages: { $contains: { role: "user", content: { $any: true } } } } },
          respond: { chat: { text: "Here." } },
        },
      ],
    });
    gateway = await Gateway.start({
      MODEL: "openai/gpt-4o demo/demo-1",
      OPENAI_API_KEY: "sk-provider-secret",
      OPENAI_BASE_URL: `${mock.url}/v1`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await mock.close();
  });

  it("passes on what the client sent", async () => {
    const content = [
      { type: "text" as const, text: "What is it?" },
      { type: "image_url" as const, image_url: { url: "https://pictures.example/cat.jpg", detail: "low" as const } },
    ];
    await clientOf(gateway).chat.completions.create({
      model: "openai/gpt-4o",
      messages: [
        { role: "system", content: "Look well." },
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Hi." },
        { role: "user", content },
      ],
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 50,
      stop: ["END"],
      seed: 5,
      n: 1,
      user: "somebody",
    });
    const seen = await mock.seen();
    expect(seen.requests[0]?.body).toMatchObject({
      model: "gpt-4o",
      messages: [
        { role: "system", content: "Look well." },
        { role: "user" },
        { role: "assistant" },
        { role: "user", content },
      ],
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END"],
      seed: 5,
    });
  });

  it("closes the provider's connection when the client leaves, and shows the provider's key to nobody", async () => {
    const abort = new AbortController();
    const stream = await clientOf(gateway).chat.completions.create(
      { model: "openai/gpt-4o", messages: [user("stall")], stream: true },
      { signal: abort.signal },
    );
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    abort.abort();
    await gateway.inFlight(0);
    await until("the provider's connection is closed", async () =>
      (await mock.seen()).requests.some(({ aborted }) => aborted),
    );

    const refused = clientOf(gateway).chat.completions.create({ model: "openai/gpt-4o", messages: [user("refuse")] });
    await expect(refused).rejects.toMatchObject({
      status: 502,
      code: "upstream_error",
      message: expect.not.stringContaining("sk-"),
    });
    expect(gateway.log()).not.toContain("provider-secret");
    expect(gateway.problems()).toEqual([]);
  });
});
