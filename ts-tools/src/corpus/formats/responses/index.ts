import { parsed } from "../../expectation.js";
import { field, isObject, list, text } from "../../json.js";
import { readEvents } from "../../sse.js";
import type { Format } from "../format.js";
import { endsWith } from "../format.js";
import { askOf } from "./ask.js";
import { expectationOf } from "./expect.js";
import { steps } from "./steps.js";

/** OpenAI Responses. */
export const responses: Format = {
  name: "responses",
  codec: "openai_responses",
  provider: () => "openai_responses",
  target: (exchange) => endsWith(exchange, "responses"),
  ask: ({ request }, provider) => askOf(request.body.toString("utf8"), provider),
  expect: expectationOf,
  withoutQuestion: (sent) => {
    const input = Array.isArray(sent["input"]) ? sent["input"] : [];
    const last = input.at(-1);
    return isObject(last) && text(last, "role") === "user" ? { ...sent, input: input.slice(0, -1) } : sent;
  },
  steps,
  plainOf: ({ response }) => {
    if (response.status !== 200) return undefined;
    const events = readEvents(response.body.toString("utf8")).map(({ data }) => parsed(data));
    const whole = events.find((event) => ["response.completed", "response.incomplete"].includes(text(event, "type")));
    const ended = events.filter((event) => text(event, "type") === "response.output_item.done").length;
    const answer = field(whole, "response");
    // Some servers end with a response whose output is empty, or a part of it.
    const isWhole = isObject(answer) && list(answer, "output").length >= ended;
    return isWhole ? Buffer.from(JSON.stringify(answer)) : undefined;
  },
};
