// LangChain.js: its model for OpenAI, and its agent for tools. (The model's option `streaming` would fetch a tokenizer's table
// from the internet to count tokens.)
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent } from "langchain";
import { baseUrl, declared, measure, plain, usesTools } from "../node/conversation.mjs";

const model = new ChatOpenAI({
  model: "gpt-4o",
  apiKey: "sk-bench",
  maxRetries: 0,
  configuration: { baseURL: baseUrl },
});
const { name, description, parameters } = declared;
const add = tool(({ a, b }) => a + b, { name, description, schema: parameters });
const agent = usesTools ? createAgent({ model, tools: [add] }) : undefined;

await measure(async (messages, each) => {
  if (agent && plain) {
    // The server gives all its answers one id, so the last one stands in the place of the first.
    const answers = (await agent.invoke({ messages })).messages;
    return { text: answers.findLast(({ type }) => type === "ai").text };
  }
  if (plain) return { text: (await model.invoke(messages)).text };
  let text = "";
  if (agent) {
    for await (const [chunk] of await agent.stream({ messages }, { streamMode: "messages" }))
      if (chunk.type === "ai") text += chunk.text;
    return { text };
  }
  for await (const chunk of await model.stream(messages)) {
    if (chunk.text === "") continue;
    text += chunk.text;
    each(chunk.text);
  }
  return { text };
});
