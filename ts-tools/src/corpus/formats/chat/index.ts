import { isObject, text } from "../../json.js";
import type { Format } from "../format.js";
import { endsWith } from "../format.js";
import { askOf } from "./ask.js";
import { expectationOf } from "./expect.js";
import { steps } from "./steps.js";

/** Providers with a dialect of their own whose recordings are known. */
const dialects: readonly string[] = ["openrouter", "mistral", "deepseek", "groq", "xai", "together", "perplexity"];

/** OpenAI Chat Completions, and the servers that speak it. */
export const chat: Format = {
  name: "chat",
  codec: "openai_chat",
  // Each folder that is named like a provider is asked for in that provider's dialect.
  provider: (shelf) => (dialects.includes(shelf) ? shelf : "openai"),
  target: (exchange) => endsWith(exchange, "chat", "completions"),
  ask: ({ request }, provider) => askOf(request.body.toString("utf8"), provider),
  expect: expectationOf,
  withoutQuestion: (sent) => {
    const messages = Array.isArray(sent["messages"]) ? sent["messages"] : [];
    const last = messages.at(-1);
    return isObject(last) && text(last, "role") === "user" ? { ...sent, messages: messages.slice(0, -1) } : sent;
  },
  steps,
};
