// openai-node.
import OpenAI from "openai";
import { baseUrl, collect, measure, plain, requestBody } from "../node/conversation.mjs";

const client = new OpenAI({ baseURL: baseUrl, apiKey: "sk-bench", maxRetries: 0 });

await measure(async (messages, each) => {
  const answer = await client.chat.completions.create(requestBody(messages));
  if (!plain) return collect(answer, each);
  const { message } = answer.choices[0];
  return { text: message.content, calls: message.tool_calls };
});
