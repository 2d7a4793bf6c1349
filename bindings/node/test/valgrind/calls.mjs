import { Agent } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";

const rounds = Number(process.env.LLMSPELL_ROUNDS ?? 1);
const tool = {
  name: "calculator",
  description: "Perform mathematical calculations",
  schema: { type: "object", properties: { expression: { type: "string" } } },
};
const long = Array(3000).fill("word").join(" ");

for (let round = 0; round < rounds; round++) {
  const agent = new Agent({ provider: "demo", tools: [{ ...tool, execute: async () => "x".repeat(100_000) }] });
  await agent.execute("What is 15 + 10?");
  agent.chatSync("Hello");
  for await (const event of agent.fork().stream("one two three")) if (event.type === "step_end") break;
  await agent.fork().stream(long).text();
  agent.fork().stream(long).next();
  await agent
    .fork()
    .chat("fail with 401")
    .catch(() => {});
  await agent
    .fork()
    .chat(long, { signal: AbortSignal.timeout(1) })
    .catch(() => {});
  const hang = { name: "hang", execute: () => new Promise(() => {}) };
  const turns = () => scripted([{ toolCalls: [{ name: "hang" }] }, "x"]);
  await new Agent({ model: turns(), tools: [{ ...hang, timeoutMs: 20 }] }).chat("go");
  const stream = new Agent({ model: turns(), tools: [hang] }).stream("go");
  for await (const event of stream) {
    if (event.type !== "tool_call") continue;
    new Agent({ model: turns(), tools: [{ ...hang, execute: () => 1 }] }).restore(stream.checkpoint()).next();
    break;
  }
  const carried = `data: {"choices":[{"index":0,"delta":{"content":"c"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;
  await new Agent({ model: "openai/x", apiKey: "k", transport: () => ({ status: 200, body: carried }) }).chat("Hello");
  await new Agent({ provider: "demo", hooks: { beforeModel: () => null }, outputGuardrails: [() => true] }).chat(
    "Hello",
  );
  try {
    new Agent({ provider: "demo", maxTokens: -1 });
  } catch {}
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
