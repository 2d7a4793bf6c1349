// @rs/llmspell.
import { Agent, createTool } from "@rs/llmspell";
import { baseUrl, declared, measure, plain, task, usesTools } from "./conversation.mjs";

const { name, description, parameters } = declared;
const add = createTool({ name, description, schema: parameters, execute: ({ a, b }) => a + b });
const agent = new Agent({
  model: "openai/gpt-4o",
  apiKey: "sk-bench",
  baseUrl,
  ...(plain ? { providerOptions: { stream: false } } : {}),
  ...(usesTools ? { tools: [add] } : {}),
});

await measure(async ([{ content }], each) => {
  if (task !== "stream") {
    const text = await agent.chat(content);
    agent.reset();
    return { text };
  }
  let text = "";
  for await (const event of agent.stream(content)) {
    if (event.type === "text_delta") {
      text += event.text;
      each(event.text);
    } else if (event.type === "error") throw new Error(event.error.message);
  }
  agent.reset();
  return { text };
});
