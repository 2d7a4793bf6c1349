import { Agent, createTool } from "@rs/llmspell";
import { z } from "zod";

const weather = createTool({
  name: "weather",
  description: "How the weather is in a city",
  schema: z.object({ city: z.string() }),
  execute: async ({ city }) => `sunny in ${city}`, // city is a string
});

const agent = new Agent({
  model: "anthropic/claude-sonnet-4-5", // or openai/…, gemini/…, ollama/…; provider: "demo" is offline and free
  systemPrompt: "You are a helpful assistant",
  tools: [weather],
});

console.log(await agent.chat("How is the weather in Rome?"));

for await (const event of agent.stream("And tomorrow?")) {
  if (event.type === "text_delta") process.stdout.write(event.text);
}
