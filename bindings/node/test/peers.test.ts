/** What is wrong in a program that uses another library with ours: words in place of riddles. */
import { tool as langchainTool } from "@langchain/core/tools";
import { Agent, LlmspellTypeError } from "@rs/llmspell";
import { createLlmspell, fromAiTools } from "@rs/llmspell/ai";
import { AgentRunnable, ChatLlmspell, fromLangChainTools, toLangChainTools } from "@rs/llmspell/langchain";
import { scripted } from "@rs/llmspell/testing";
import { tool as aiTool } from "ai";
import { expect, test } from "vitest";
import { z } from "zod";

const agent = new Agent({ provider: "demo" });
const runnable = new AgentRunnable({ agent });
const model = (): ChatLlmspell => new ChatLlmspell({ provider: "demo" });
const add = langchainTool(() => 1, { name: "add", schema: z.object({}) });
const aiAdd = aiTool({ inputSchema: z.object({}), execute: () => 1 });

// biome-ignore lint/suspicious/noExplicitAny: what is wrong here is wrong for the types as well
type Wrong = any;
const wrong = (value: unknown): Wrong => value;

test.each<[name: string, call: () => unknown, words: RegExp]>([
  ["no fields", () => new AgentRunnable(wrong(undefined)), /new AgentRunnable: options must be an object/],
  ["an agent alone", () => new AgentRunnable(wrong(agent)), /must be an object \{ agent \}, got an agent$/],
  ["a text as agent", () => new AgentRunnable(wrong({ agent: "x" })), /agent must be an Agent, got a string/],
  [
    "a typo",
    () => new AgentRunnable(wrong({ agent, runn: {} })),
    /'runn'; did you mean 'run'|there are agent, name, run/,
  ],
  [
    "a typo in run",
    () => new AgentRunnable({ agent, run: wrong({ temprature: 1 }) }),
    /run: unknown option 'temprature'; did you mean 'temperature'/,
  ],
  ["a number as input", () => runnable.invoke(wrong(5)), /the input must be a text, a prompt, .*got a number/],
  ["no input", () => runnable.invoke(wrong(undefined)), /the input must be a text, a prompt, .*got undefined/],
  ["bindTools with no list", () => model().bindTools(wrong(add)), /bindTools: tools must be a list of tools/],
  ["bindTools with a number", () => model().bindTools([wrong(5)]), /tools\[0\] must be a tool of LangChain.*a number/],
  [
    "a typo in a call's run",
    () => model().invoke("x", { run: wrong({ temprature: 1 }) }),
    /run: unknown option 'temprature'; did you mean 'temperature'/,
  ],
  ["fromLangChainTools(tool)", () => fromLangChainTools(wrong(add)), /fromLangChainTools: tools must be a list/],
  [
    "fromLangChainTools([5])",
    () => fromLangChainTools([wrong(5)]),
    /tools\[0\] must be a tool of LangChain, got a number/,
  ],
  ["toLangChainTools([5])", () => toLangChainTools([wrong(5)]), /tools\[0\] must be a tool, .*got a number/],
  ["toLangChainTools(tool)", () => toLangChainTools(wrong({ name: "x" })), /toLangChainTools: tools must be a list/],
  ["fromAiTools([tool])", () => fromAiTools(wrong([aiAdd])), /fromAiTools: tools must be an object like .*an array/],
  ["fromAiTools()", () => fromAiTools(wrong(undefined)), /fromAiTools: tools must be an object like .*undefined/],
  ["fromAiTools({ a: 'x' })", () => fromAiTools({ a: wrong("x") }), /'a' must be a tool of the AI SDK, got a string/],
  ["fromAiTools of a tool", () => fromAiTools(wrong(aiAdd)), /must be a tool of the AI SDK/],
  ["a provider's typo", () => createLlmspell(wrong({ apikey: "x" })), /unknown option 'apikey'; did you mean 'apiKey'/],
  ["a provider's tools", () => createLlmspell(wrong({ tools: [] })), /tools cannot stand here; the AI SDK's functions/],
  ["a provider's model", () => createLlmspell(wrong({ model: scripted([]) })), /model cannot stand here/],
  ["a model's typo", () => createLlmspell()("demo/demo-1", wrong({ maxRetrys: 1 })), /did you mean 'maxRetries'/],
])("%s is a TypeError that says so", async (_, call, words) => {
  const error = await (async () => call())().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LlmspellTypeError);
  expect((error as Error).message).toMatch(words);
});
