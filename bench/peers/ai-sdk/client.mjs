// The Vercel AI SDK: its text stream, and its own tool loop.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { baseUrl, declared, measure, plain, usesTools } from "../node/conversation.mjs";

const provider = createOpenAICompatible({ name: "bench", baseURL: baseUrl, apiKey: "sk-bench", includeUsage: true });
const add = tool({
  description: declared.description,
  inputSchema: jsonSchema(declared.parameters),
  execute: ({ a, b }) => a + b,
});
const common = {
  model: provider("gpt-4o"),
  maxRetries: 0,
  ...(usesTools ? { tools: { [declared.name]: add }, stopWhen: isStepCount(5) } : {}),
};

await measure(async (messages, each) => {
  if (plain) return { text: (await generateText({ ...common, messages })).text };
  const result = streamText({
    ...common,
    messages,
    onError: ({ error }) => {
      throw error;
    },
  });
  let text = "";
  for await (const piece of result.textStream) {
    text += piece;
    each(piece);
  }
  return { text };
});
