import { AIMessage, HumanMessage, SystemMessage, type UsageMetadata } from "@langchain/core/messages";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnableLambda } from "@langchain/core/runnables";
import { Agent, type AgentEvent, createTool } from "@rs/llmspell";
import { AgentRunnable } from "@rs/llmspell/langchain";
import { scripted } from "@rs/llmspell/testing";
import { describe, expect, it } from "vitest";
import { until } from "../server/sse.js";

const add = createTool({
  name: "add",
  description: "Adds two numbers",
  schema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
  execute: ({ a, b }: { a: number; b: number }) => a + b,
});
const runnable = (): AgentRunnable =>
  new AgentRunnable({ agent: new Agent({ provider: "demo", name: "helper", tools: [add] }) });
const MANY_WORDS = Array.from({ length: 1000 }, (_, index) => `w${index}`).join(" ");

describe("an agent as a Runnable", () => {
  it("invoke gives a message with usage and metadata", async () => {
    const message = await runnable().invoke("What is 2 + 3?");
    expect(AIMessage.isInstance(message)).toBe(true);
    expect(message.text).toBe("I asked the tools: add gave 5.");
    expect((message.usage_metadata as UsageMetadata | undefined)?.total_tokens).toBeGreaterThan(5);
    expect(message.response_metadata).toMatchObject({ model_name: "demo-1", finish_reason: "stop" });
  });

  it("stream gives pieces, which together are the message", async () => {
    const pieces = [];
    for await (const piece of await runnable().stream("say one two three")) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(3);
    const whole = pieces.reduce((all, piece) => all.concat(piece));
    expect(whole.text).toBe("one two three");
    expect(whole.usage_metadata).toBeDefined();
  });

  it("batch runs each by itself", async () => {
    const answers = await runnable().batch(["say a", "say b", "What did I say?"], { maxConcurrency: 2 });
    expect(answers.map(({ text }) => text)).toEqual(["a", "b", "You said nothing before that."]);
  });

  it("stands in chains: prompts before it, parsers behind it", async () => {
    const model = scripted(["Bonjour"]);
    const prompt = ChatPromptTemplate.fromMessages([
      ["system", "Translate to {language}"],
      ["human", "{text}"],
    ]);
    const agent = new AgentRunnable({ agent: new Agent({ model, systemPrompt: "Its own" }) });
    const chain = prompt.pipe(agent).pipe(new StringOutputParser());
    expect(await chain.invoke({ language: "French", text: "Hello" })).toBe("Bonjour");
    const [{ messages }] = model.requests() as [{ messages: unknown }];
    expect(messages).toMatchObject([{ role: "system", content: "Translate to French" }, { role: "user" }]);
    const pieces: string[] = [];
    for await (const piece of await runnable().pipe(new StringOutputParser()).stream("say a b")) pieces.push(piece);
    expect(pieces.join("")).toBe("a b");
    const upper = RunnableLambda.from((text: string) => `say ${text.toUpperCase()}`).pipe(runnable());
    expect((await upper.invoke("x")).text).toBe("X");
  });

  it("takes a history, and the conversation of a thread", async () => {
    const agent = runnable();
    const history = [
      new SystemMessage("Be kind"),
      new HumanMessage("I am Ann"),
      new AIMessage("Hello"),
      new HumanMessage("What did I say?"),
    ];
    expect((await agent.invoke(history)).text).toContain("I am Ann");
    expect((await agent.invoke("What did I say?")).text).toBe("You said nothing before that.");
    const config = { configurable: { thread_id: "ann" } };
    await agent.invoke("I am Ann", config);
    expect((await agent.withConfig(config).invoke("What did I say?")).text).toContain("I am Ann");
    expect((await agent.invoke("What did I say?", { configurable: { thread_id: "bob" } })).text).toBe(
      "You said nothing before that.",
    );
  });

  it("shows itself and its tools in streamEvents and to callbacks", async () => {
    const events = [];
    for await (const event of runnable().streamEvents("What is 2 + 3?", { version: "v2" })) events.push(event);
    const names = events.map(({ event, name }) => `${event} ${name}`);
    expect(names[0]).toBe("on_chain_start helper");
    expect(names).toContain("on_tool_start add");
    expect(names).toContain("on_tool_end add");
    expect(names).toContain("on_chain_stream helper");
    expect(names.at(-1)).toBe("on_chain_end helper");
    expect(events.find(({ event }) => event === "on_tool_end")?.data.output).toBe("5");
    const heard: string[] = [];
    const callbacks = [
      {
        handleToolStart: () => void heard.push("start"),
        handleToolEnd: (output: unknown) => void heard.push(String(output)),
      },
    ];
    await runnable().invoke("What is 2 + 3?", { callbacks });
    expect(heard).toEqual(["start", "5"]);
  });

  it("streams what it says on its way and its answer, also when others take over; not the words of its tools", async () => {
    const streamed = async (agent: Agent): Promise<[string, string]> => {
      const whole = new AgentRunnable({ agent });
      const invoked = (await new AgentRunnable({ agent: agent.fork() }).invoke("Hi")).text;
      const pieces = [];
      for await (const piece of await whole.stream("Hi")) pieces.push(piece);
      return [invoked, pieces.reduce((all, piece) => all.concat(piece)).text];
    };
    const twice = <T>(turns: T[]): T[] => [...turns, ...turns];
    const clerk = new Agent({ name: "clerk", model: scripted(twice(["inner words"])) });
    const call = (name: string): { toolCalls: { name: string; arguments: object }[] } => ({
      toolCalls: [{ name, arguments: { input: "x" } }],
    });
    const asking = new Agent({
      model: scripted(twice([{ text: "Let me look.", ...call("clerk") }, "It is 5."])),
      tools: [clerk.asTool({ description: "Knows", forwardEvents: true })],
    });
    expect(await streamed(asking)).toEqual(["It is 5.", "Let me look.\n\nIt is 5."]);
    const expert = new Agent({
      name: "expert",
      model: scripted(twice([call("clerk"), "the expert's answer"])),
      tools: [new Agent({ name: "clerk", model: scripted(twice(["inner"])) }).asTool({ forwardEvents: true })],
    });
    const front = new Agent({
      model: scripted(twice([{ text: "One moment.", ...call("transfer_to_expert") }])),
      handoffs: [expert],
    });
    expect(await streamed(front)).toEqual(["the expert's answer", "One moment.\n\nthe expert's answer"]);
  });

  it("ends every call in traces, each its own", async () => {
    const heard: string[] = [];
    const names = new Map<string, string>();
    const callbacks = [
      {
        handleToolStart: (...given: unknown[]) => {
          names.set(given[2] as string, given[6] as string);
          heard.push(`start ${given[6]}`);
        },
        handleToolEnd: (output: unknown, id: string) => void heard.push(`end ${names.get(id)} ${output}`),
        handleToolError: (_: unknown, id: string) => void heard.push(`fail ${names.get(id)}`),
      },
    ];
    const call = (name: string) => ({ toolCalls: [{ id: "c1", name, arguments: { input: "x" } }] });
    const look = createTool({ name: "look", execute: () => "seen" });
    const clerk = new Agent({ name: "clerk", model: scripted([call("look"), "told"]), tools: [look] });
    const agent = new Agent({
      model: scripted([call("clerk"), call("outside")]),
      tools: [clerk.asTool({ forwardEvents: true }), { name: "outside", external: true }],
    });
    const message = await new AgentRunnable({ agent }).invoke("Hi", { callbacks });
    expect(message.tool_calls).toMatchObject([{ id: "c1", name: "outside" }]);
    expect(heard).toEqual([
      "start clerk",
      "start look",
      "end look seen",
      "end clerk told",
      "start outside",
      "end outside ",
    ]);
    heard.length = 0;
    const stuck = createTool({ name: "stuck", execute: () => new Promise(() => undefined) });
    const gone = new AbortController();
    const waiting = new AgentRunnable({ agent: new Agent({ model: scripted([call("stuck")]), tools: [stuck] }) });
    const invoked = waiting.invoke("Hi", { callbacks, signal: gone.signal });
    const failed = expect(invoked).rejects.toThrow();
    await until(() => heard.length > 0);
    gone.abort();
    await failed;
    await until(() => heard.length > 1);
    expect(heard).toEqual(["start stuck", "fail stuck"]);
  });

  it("is cancelled by its signal and by who leaves the stream", async () => {
    for (const leave of ["signal", "stream"]) {
      const ends: string[] = [];
      const onEvent = ({ type }: AgentEvent): void =>
        void (["done", "cancelled", "error"].includes(type) && ends.push(type));
      const agent = new AgentRunnable({ agent: new Agent({ provider: "demo", hooks: { onEvent } }) });
      const gone = new AbortController();
      const stream = await agent.stream(`slowly say ${MANY_WORDS}`, { signal: gone.signal });
      const read = async (): Promise<void> => {
        for await (const _ of stream) {
          if (leave === "stream") break;
          gone.abort();
        }
      };
      if (leave === "signal") await expect(read()).rejects.toThrow();
      else await read();
      await until(() => ends.length > 0);
      expect(ends).toEqual(["cancelled"]);
    }
  });

  it("fails with our error, for withRetry and withFallbacks", async () => {
    const failing = new AgentRunnable({ agent: new Agent({ provider: "demo", maxRetries: 0 }) });
    await expect(failing.invoke("fail with 503")).rejects.toMatchObject({ name: "LlmspellError", kind: "overloaded" });
    const backed = failing.withFallbacks([RunnableLambda.from(() => new AIMessage("later")) as never]);
    expect((await backed.invoke("fail with 503")).text).toBe("later");
    await expect(failing.invoke([])).rejects.toThrow(/no message/);
  });
});
