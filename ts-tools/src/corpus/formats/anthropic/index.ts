import { GO_ON } from "../../ask.js";
import { isObject, list, text } from "../../json.js";
import { endsWith, type Format } from "../format.js";
import { askOf } from "./ask.js";
import { expectationOf } from "./expect.js";
import { steps } from "./steps.js";

/** Anthropic Messages. */
export const anthropic: Format = {
  name: "anthropic",
  codec: "anthropic",
  provider: () => "anthropic",
  target: (exchange) => endsWith(exchange, "v1", "messages"),
  ask: askOf,
  expect: expectationOf,
  withoutQuestion: (sent) => {
    const messages = list(sent, "messages");
    const last = messages.at(-1);
    const blocks = list(last, "content");
    if (!isObject(last) || text(blocks.at(-1), "text") !== GO_ON) return sent;
    const rest = blocks.slice(0, -1);
    const before = messages.slice(0, -1);
    return { ...sent, messages: rest.length === 0 ? before : [...before, { ...last, content: rest }] };
  },
  steps,
};
