import {
  Agent,
  type AgentConfig,
  type AgentEvent,
  type AgentStream,
  type AgentTool,
  createTool,
  LlmspellError,
  type Result,
  type RunOptions,
} from "@rs/llmspell";
import { played, scripted } from "@rs/llmspell/testing";
import { type } from "arktype";
import * as v from "valibot";
import { expectTypeOf } from "vitest";
import { z } from "zod";

const agent = new Agent();
expectTypeOf(agent).toEqualTypeOf<Agent>();
expectTypeOf(await agent.chat("Hello")).toBeString();
expectTypeOf(agent.chatSync("Hello")).toBeString();
expectTypeOf(await agent.execute("Hello")).toEqualTypeOf<Result>();
expectTypeOf(agent.executeSync({ input: "Hello", temperature: 0 })).toEqualTypeOf<Result>();

// What is said.
agent.chat([{ role: "user", content: "Hello" }]);
agent.chat({ role: "user", content: ["What is this?", { type: "image", bytes: new Uint8Array() }] });
agent.chat(["What is this?", { type: "file", url: "https://host.test/a.pdf", media_type: "application/pdf" }]);
agent.chat((await agent.execute("Hello")).messages);
agent.chat([{ type: "tool_result", tool_call_id: "call_1", content: { degrees: 21 } }, "And tomorrow?"]);
agent.chat({
  role: "tool",
  content: [{ type: "tool_result", tool_call_id: "call_1", content: "no such city", is_error: true }],
});
// @ts-expect-error a number is nothing to say
agent.chat(1);

// A schema of one call: its value has the type.
const city = z.object({ name: z.string(), people: z.number().default(0) });
const answer = await agent.execute("Where?", { outputSchema: city });
expectTypeOf(answer.object).toEqualTypeOf<{ name: string; people: number }>();
expectTypeOf((await agent.execute({ input: "Where?", outputSchema: city })).object.people).toBeNumber();
expectTypeOf(agent.executeSync("Where?", { outputSchema: v.object({ name: v.string() }) }).object.name).toBeString();
const stream = agent.stream("Where?", { outputSchema: type({ name: "string" }), signal: AbortSignal.timeout(10) });
expectTypeOf(stream).toEqualTypeOf<AgentStream<{ name: string }>>();
expectTypeOf((await stream.result).object.name).toBeString();
const byJson = await agent.execute("Where?", {
  outputSchema: {
    type: "object",
    properties: { name: { type: "string" }, people: { type: "integer" } },
    required: ["name"],
  },
});
expectTypeOf(byJson.object).toEqualTypeOf<{ name: string; people?: number }>();
expectTypeOf((await agent.execute("Any", { outputSchema: true })).object).toBeUnknown();

// A schema of the agent: all its calls, unless one has its own.
const geographer = new Agent({ outputSchema: city });
expectTypeOf((await geographer.execute("Where?")).object).toEqualTypeOf<{ name: string; people: number }>();
expectTypeOf((await geographer.fork().execute("Where?")).object.people).toBeNumber();
expectTypeOf(
  (await geographer.execute("How many?", { outputSchema: z.object({ count: z.number() }) })).object,
).toEqualTypeOf<{ count: number }>();
expectTypeOf((await geographer.restore(new Uint8Array()).result).object.name).toBeString();

// Events.
for await (const event of stream) expectTypeOf(event).toEqualTypeOf<AgentEvent>();
for await (const text of stream.textStream) expectTypeOf(text).toBeString();
expectTypeOf(stream.toReadableStream()).toEqualTypeOf<ReadableStream<AgentEvent>>();
expectTypeOf(stream.toReadableStream({ as: "text" })).toEqualTypeOf<ReadableStream<string>>();
expectTypeOf(stream.toSSEResponse({ headers: { "x-a": "b" } })).toEqualTypeOf<Response>();

// Everything together.
const add = createTool({
  name: "add",
  schema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => a + b,
});
expectTypeOf(agent.asTool({ description: "Knows" })).toEqualTypeOf<AgentTool>();
const config: AgentConfig = {
  model: scripted([
    "yes",
    { toolCalls: [{ name: "add", arguments: { a: 1, b: 2 } }] },
    (_request, turn) => `turn ${turn}`,
  ]),
  tools: [add, agent.asTool(), geographer.asTool(), { name: "plain", execute: () => 1 }],
  handoffs: [geographer, agent.asHandoff({ name: "other" })],
  budget: { toolCalls: 3 },
  fallbacks: ["openai/gpt-4o", { model: "anthropic/claude-sonnet-4-5", apiKey: "k" }],
  compaction: false,
  transport: fetch,
  onApproval: (call) => (call.name === "add" ? true : { decision: "deny", reason: "not today" }),
  hooks: {
    beforeModel: ({ messages, system_prompt }) =>
      messages.length > 10 ? { systemPrompt: `${system_prompt} Be brief.`, settings: { maxTokens: 10 } } : undefined,
    afterTool: async ({ content }) => ({ result: content.trim(), isError: false }),
    beforeTool: ({ name }, { signal, agent: caller }) => {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(caller).toEqualTypeOf<Agent<any> | undefined>();
      return name === "rm" ? { deny: "never" } : true;
    },
    onEvent: (event) => console.log(event.type),
  },
  inputGuardrails: [({ text }) => !text.includes("password"), { name: "short", check: () => ({ stop: "too long" }) }],
  outputGuardrails: [async ({ text }) => (text.length > 100 ? { retry: "shorter" } : undefined)],
};
played(new Agent(config));
played(geographer);

try {
  await agent.chat("Hello", { signal: new AbortController().signal, maxSteps: 3, session: "s", onEvent: () => {} });
} catch (error) {
  if (error instanceof LlmspellError) {
    expectTypeOf(error.partial).toEqualTypeOf<Result | undefined>();
    expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>();
  }
}

// Undefined is as good as absent, whatever the compiler is told about it.
const options: RunOptions = { temperature: undefined, signal: undefined };
agent.chat("Hello", options);
{
  await using scoped = new Agent({ model: undefined });
  expectTypeOf(scoped).toEqualTypeOf<Agent>();
}

// @ts-expect-error no such option
new Agent({ systemPromt: "x" });
// @ts-expect-error options are written in camelCase
new Agent({ system_prompt: "x" });
// @ts-expect-error a provider is a text
new Agent({ provider: 1 });
// @ts-expect-error the events of a call that gives none
agent.chat("Hello", { events: ["text_delta"] });
// @ts-expect-error no such type of event
agent.stream("Hello", { events: ["text"] });
// @ts-expect-error there is no such decision
new Agent({ onApproval: () => ({ decision: "maybe" }) });
// @ts-expect-error there is no such hook
new Agent({ hooks: { beforeEverything: () => {} } });

// @ts-expect-error there are no workflows yet
export { Workflow } from "@rs/llmspell";
