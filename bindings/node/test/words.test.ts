import { Agent, type AgentConfig } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
import { expect, test } from "vitest";

const call = { toolCalls: [{ name: "a", arguments: {} }] };
const tools = [{ name: "a", execute: () => 1 }];

/** Options of agents that fail, and what the message must name. */
const FAILURES: readonly [name: string, config: AgentConfig, words: RegExp][] = [
  ["no server", { model: "openai/x", apiKey: "k", baseUrl: "http://127.0.0.1:1", maxRetries: 0 }, /check baseUrl/],
  ["no key", { model: "openai/x", baseUrl: "http://127.0.0.1:1" }, /the option apiKey \(""/],
  ["no steps left", { model: scripted([call, call]), maxSteps: 1, tools }, /Raise maxSteps,.*partial\.tool_calls/],
  ["no calls left", { model: scripted([call, call]), budget: { toolCalls: 1 }, tools }, /raise budget\.toolCalls/],
  [
    "no answer that fits",
    { model: scripted(["x"]), outputSchema: { type: "object" }, outputRetries: 0 },
    /does not fit outputSchema/,
  ],
  [
    "a broken hook",
    {
      provider: "demo",
      hooks: {
        beforeModel: () => {
          throw new Error("no");
        },
      },
    },
    /The hook beforeModel failed/,
  ],
];

test.each(FAILURES)("%s is told with the names that a program here writes", async (_, config, words) => {
  const key = process.env["OPENAI_API_KEY"];
  delete process.env["OPENAI_API_KEY"];
  try {
    const stream = new Agent(config).stream("Hello");
    const events = [];
    for await (const event of stream) events.push(event);
    expect(events.at(-1)?.type).toBe("error");
    await expect(stream.result).rejects.toThrow(words);
  } finally {
    if (key !== undefined) process.env["OPENAI_API_KEY"] = key;
  }
});

test("what an option is set to is written as here, and what is quoted stays", () => {
  expect(() => new Agent({ cassette: "x.yaml" })).toThrow('goes with provider: "replay"');
  expect(() => new Agent({ systemPrompt: "max_tokens", model: "" })).toThrow(/^new Agent: model: /);
  expect(() => new Agent({ provider: "max_tokens" })).toThrow('unknown provider "max_tokens"');
});

test("a missing key names its provider", async () => {
  const failure = new Agent({ model: "vllm/x", apiKey: "a b", baseUrl: "http://127.0.0.1:1" }).chat("x");
  await expect(failure).rejects.toMatchObject({ kind: "auth", provider: "vllm" });
});
