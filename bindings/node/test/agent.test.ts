import { Agent, type AgentEvent, createTool, LlmspellError, LlmspellTypeError, version } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
import { expect, test } from "vitest";

/** What a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<LlmspellError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LlmspellError);
  return error as LlmspellError;
}

async function all(stream: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const calculator = (execute: (params: { expression: string }) => unknown) =>
  createTool({
    name: "calculator",
    description: "Perform mathematical calculations",
    schema: { type: "object", properties: { expression: { type: "string" } }, required: ["expression"] } as const,
    execute,
  });

test("the version is the library's", () => {
  expect(version()).toMatch(/^\d+\.\d+\.\d+$/);
});

test("chat gives the answer's text, and the agent remembers", async () => {
  const agent = new Agent({ provider: "demo" });
  expect(await agent.chat("Hello")).toBe("You said: Hello");
  expect(agent.getState().messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  agent.reset();
  expect(agent.getState().messages).toEqual([]);
});

test("execute gives the whole result, as the seed declares it", async () => {
  const agent = new Agent({ provider: "demo", tools: [calculator(() => 25)] });
  const result = await agent.execute({ input: "What is 15 + 10?" });
  expect(result.content).toContain("25");
  expect(result.text).toBe(result.content);
  expect(result.metadata.tools_used).toEqual(["calculator"]);
  expect(result.metadata.tokens_used).toBeGreaterThan(0);
  expect(typeof result.metadata.execution_time_ms).toBe("number");
});

test("handlers may answer at once or later", async () => {
  for (const execute of [() => 25, async () => 25, () => new Promise((resolve) => setTimeout(resolve, 5, 25))]) {
    const agent = new Agent({ provider: "demo" });
    agent.addTool(calculator(execute));
    expect(await agent.chat("What is 15 + 10?")).toBe("I asked the tools: calculator gave 25.");
  }
});

test("chatSync blocks, and serves handlers that answer at once", () => {
  const agent = new Agent({ provider: "demo", tools: [calculator(({ expression }) => expression.length)] });
  expect(agent.chatSync("Hello")).toContain("Hello");
  expect(agent.chatSync("What is 15 + 10?")).toContain("calculator gave 7");
  expect(agent.executeSync("What is 15 + 10?").metadata.tools_used).toEqual(["calculator"]);
});

test("chatSync tells the model at once that a handler is asynchronous, and names chat", () => {
  const agent = new Agent({ provider: "demo", tools: [calculator(async () => Promise.reject(new Error("late")))] });
  expect(agent.chatSync("What is 15 + 10?")).toContain("use agent.chat");
});

test("a stream gives every event in order, and its text is the answer", async () => {
  const stream = new Agent({ provider: "demo" }).stream("Tell me a story");
  const events = await all(stream);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map((event) => event.run_id))).toEqual(new Set([stream.id]));
  const text = events.flatMap((event) => (event.type === "text_delta" ? [event.text] : [])).join("");
  expect(text).toBe("You said: Tell me a story");
  expect(events.at(0)?.type).toBe("run_start");
  expect(events.at(-1)?.type).toBe("done");
  expect((await stream.result).text).toBe(text);
});

test("text, textStream and result need no reader of events", async () => {
  const agent = new Agent({ provider: "demo" });
  expect(await agent.stream("Hello").text()).toBe("You said: Hello");
  let text = "";
  for await (const piece of agent.stream("Hello").textStream) text += piece;
  expect(text).toBe("You said: Hello");
  expect((await agent.stream("Hello").result).finish_reason).toBe("stop");
});

test("the text is that of whoever has the conversation, and nothing of agents behind tools", async () => {
  const call = (name: string) => ({ toolCalls: [{ name, arguments: { input: "x" } }] });
  const clerk = new Agent({ model: scripted(["inner words"]), name: "clerk" });
  const expert = new Agent({
    model: scripted([call("clerk"), "the expert's answer"]),
    name: "expert",
    tools: [clerk.asTool({ forwardEvents: true })],
  });
  const front = new Agent({ model: scripted([call("transfer_to_expert")]), handoffs: [expert] });
  const nested: unknown[] = [];
  const onEvent = (event: AgentEvent): void =>
    void (event.type === "text_delta" && nested.push([event.agent, event.nested]));
  let text = "";
  for await (const piece of front.stream("Help", { onEvent }).textStream) text += piece;
  expect(text).toBe("the expert's answer");
  expect(nested).toContainEqual([["transfer_to_expert", "clerk"], true]);
  expect(nested).toContainEqual([["transfer_to_expert"], undefined]);
});

test("a text that is longer than what may wait comes whole, read late or not at all", async () => {
  const words = Array.from({ length: 5000 }, (_, index) => `w${index}`).join(" ");
  const stream = new Agent({ provider: "demo" }).stream(words);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const events = await all(stream);
  const text = events.flatMap((event) => (event.type === "text_delta" ? [event.text] : [])).join("");
  expect(text).toBe(`You said: ${words}`);
  expect(await new Agent({ provider: "demo" }).stream(words).text()).toBe(text);
});

test("leaving the loop cancels the run, and the agent is free", async () => {
  const agent = new Agent({ provider: "demo" });
  const stream = agent.stream(Array(5000).fill("word").join(" "));
  for await (const event of stream) if (event.type === "text_delta") break;
  agent.reset();
  expect((await failure(stream.result)).kind).toBe("cancelled");
});

test("cancel leaves the stream open: its last event says so", async () => {
  const stream = new Agent({ provider: "demo" }).stream(Array(5000).fill("word").join(" "));
  const events: AgentEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (events.length === 3) stream.cancel();
  }
  expect(events.at(-1)?.type).toBe("cancelled");
});

test("a failure rejects with what happened", async () => {
  const error = await failure(new Agent({ provider: "demo", maxRetries: 0 }).chat("fail with 429"));
  expect(error).toMatchObject({
    name: "LlmspellError",
    kind: "rate_limit",
    code: 3001,
    httpStatus: 429,
    retryAfterMs: 1000,
  });
  expect(error.toJSON()).toMatchObject({
    kind: "rate_limit",
    retry_after_ms: 1000,
    http_status: 429,
    provider: "demo",
  });
  expect(error.partial?.text).toBe("");
  const stream = new Agent({ provider: "demo", maxRetries: 0 }).stream("fail with 429");
  expect((await all(stream)).at(-1)).toMatchObject({ type: "error", error: { kind: "rate_limit" } });
});

test("misuse throws a TypeError that names the option", async () => {
  expect(() => new Agent({ sytemPrompt: "x" } as never)).toThrow("did you mean 'systemPrompt'?");
  expect(() => new Agent({ system_prompt: "x" } as never)).toThrow("did you mean 'systemPrompt'?");
  expect(() => new Agent({ maxTokens: "x" } as never)).toThrow(LlmspellTypeError);
  await expect(new Agent({ provider: "demo" }).chat(5 as never)).rejects.toThrow(TypeError);
  expect(() => new Agent({ provider: "demo" }).stream("x", { tempratur: 1 } as never)).toThrow("'temperature'");
});

test("a signal cancels a run, before it or in it", async () => {
  const agent = new Agent({ provider: "demo" });
  const error = await failure(agent.chat("Hello", { signal: AbortSignal.abort("why") }));
  expect(error).toMatchObject({ kind: "cancelled", cause: "why" });
  const controller = new AbortController();
  const model = scripted([() => new Promise<string>(() => {})]);
  const waiting = new Agent({ model }).chat("Hello", { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 20);
  expect(await failure(waiting)).toMatchObject({ kind: "cancelled", cause: new Error("enough") });
});

test("a handler's signal aborts with its run", async () => {
  const controller = new AbortController();
  let aborted = false;
  const tool = calculator(() => 1);
  const slow = createTool({
    ...tool,
    execute: (_, { signal }) =>
      new Promise(() => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        controller.abort();
      }),
  });
  const agent = new Agent({ provider: "demo", tools: [slow] });
  await failure(agent.chat("What is 15 + 10?", { signal: controller.signal }));
  expect(aborted).toBe(true);
});

test("a call of the agent from its own handler is busy at once, also later in the handler", async () => {
  const kinds: string[] = [];
  const agent: Agent = new Agent({
    provider: "demo",
    tools: [
      calculator(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        kinds.push((await failure(agent.chat("again"))).kind);
        return 1;
      }),
    ],
  });
  await agent.chat("What is 15 + 10?");
  expect(kinds).toEqual(["busy"]);
});

test("a fork has the conversation and the tools, and goes its own way", async () => {
  const agent = new Agent({ provider: "demo", tools: [calculator(() => 25)] });
  await agent.chat("Hello");
  const fork = agent.fork();
  expect(await fork.chat("What is 15 + 10?")).toContain("25");
  expect(agent.getState().messages).toHaveLength(2);
  expect(fork.getState().messages.length).toBeGreaterThan(2);
});

test("a closed agent says so", async () => {
  const agent = new Agent({ provider: "demo" });
  agent.close();
  expect((await failure(agent.chat("Hello"))).kind).toBe("closed");
  expect(await all(agent.stream("Hello"))).toMatchObject([{ type: "error", error: { kind: "closed" } }]);
});

test("a run in a checkpoint goes on elsewhere", async () => {
  const config = (execute: () => unknown) => ({ provider: "demo", tools: [calculator(execute)] }) as const;
  const stream = new Agent(config(() => new Promise(() => {}))).stream("What is 15 + 10?");
  let bytes: Uint8Array | undefined;
  for await (const event of stream)
    if (event.type === "tool_call") {
      bytes = stream.checkpoint();
      break;
    }
  const restored = new Agent(config(() => 25)).restore(bytes as Uint8Array);
  expect((await restored.result).text).toContain("25");
  expect(await all(new Agent({ provider: "demo" }).restore(new Uint8Array(3)))).toMatchObject([{ type: "error" }]);
});
