import { GO_ON } from "../../ask.js";
import { list, text } from "../../json.js";
import type { Format } from "../format.js";
import { endsWith } from "../format.js";
import { askOf } from "./ask.js";
import { expectationOf } from "./expect.js";

/** Ollama's `/api/chat`. */
export const ollama: Format = {
  name: "ollama",
  codec: "ollama",
  provider: () => "ollama",
  target: (exchange) => endsWith(exchange, "api", "chat"),
  ask: ({ request }, provider) => askOf(request.body.toString("utf8"), provider),
  expect: expectationOf,
  withoutQuestion: (sent) => {
    const messages = list(sent, "messages");
    return text(messages.at(-1), "content") === GO_ON ? { ...sent, messages: messages.slice(0, -1) } : sent;
  },
  steps: {},
};
