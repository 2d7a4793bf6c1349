import type { Json } from "../../../mock/types.js";
import type { Ask, JsonObject } from "../../ask.js";
import { agentOptions, question, requestOf, resultsMessage, settings } from "../../ask.js";
import { field, isObject, list, text } from "../../json.js";

/** Settings of `options` by llmspell's names. */
const sampling: Readonly<Record<string, string>> = {
  temperature: "temperature",
  top_p: "top_p",
  num_predict: "max_tokens",
  stop: "stop",
  seed: "seed",
};

/** Reads a recorded request. */
export function askOf(body: string, provider: string): Ask {
  const request = requestOf(body);
  const own: JsonObject = {};
  const rest: JsonObject = {};
  for (const [name, value] of Object.entries(request)) {
    if (!["model", "messages", "tools", "options", "stream"].includes(name) && value !== null) rest[name] = value;
  }
  if (isObject(request["options"])) {
    const others: JsonObject = {};
    for (const [name, value] of Object.entries(request["options"])) {
      const option = sampling[name];
      if (option !== undefined && settings[option]?.(value)) own[option] = value;
      else others[name] = value;
    }
    rest["options"] = others;
  }
  // A request that does not say it asks for a stream.
  if (request["stream"] === false) rest["stream"] = false;
  const messages = list(request, "messages");
  const isPrompt = text(messages[0], "role") === "system";
  const others = isPrompt ? messages.slice(1) : messages;
  const last = others.at(-1);
  const asks = text(last, "role") === "user" && text(last, "content") !== "";
  const options = agentOptions({
    model: text(request, "model"),
    own,
    prompt: isPrompt ? text(messages[0], "content") : "",
    tools: toolsOf(request),
    rest,
    history: historyOf(asks ? others.slice(0, -1) : others, provider),
  });
  return { options, ...question(asks ? { role: "user", content: partsOf(last) } : undefined) };
}

function toolsOf(request: Json): JsonObject[] {
  return list(request, "tools").map((tool) => {
    const declared = field(tool, "function");
    const schema = field(declared, "parameters");
    return {
      name: text(declared, "name"),
      description: text(declared, "description"),
      ...(isObject(schema) ? { schema } : {}),
    };
  });
}

/** Messages as an agent's state has them: each turn that calls tools is followed by one message with all results. */
function historyOf(messages: readonly Json[], provider: string): JsonObject[] {
  const history: JsonObject[] = [];
  let made = 0;
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at] ?? null;
    const role = text(message, "role");
    if (role === "user" || role === "system") history.push({ role, content: partsOf(message) });
    if (role !== "assistant") continue;
    const calls = list(message, "tool_calls").map((call) => ({
      id: text(call, "id") || `made_${made++}`,
      name: text(field(call, "function"), "name"),
      arguments: JSON.stringify(field(field(call, "function"), "arguments") ?? {}),
    }));
    const raw = isPlain(message) ? {} : { raw: { provider, value: message } };
    history.push({ role, content: partsOf(message), ...(calls.length === 0 ? {} : { tool_calls: calls }), ...raw });
    const results = new Map<string, JsonObject>();
    for (let next = messages[at + 1]; text(next, "role") === "tool"; next = messages[at + 1]) {
      const name = text(next, "tool_name");
      const call = calls.find((one) => !results.has(one.id) && (name === "" || one.name === name));
      if (call) results.set(call.id, { content: text(next, "content") });
      at++;
    }
    if (calls.length > 0) history.push(resultsMessage(calls, results));
  }
  return history;
}

/** Whether a turn has nothing that llmspell has no form of its own for. */
function isPlain(message: Json): boolean {
  const has = (value: Json | undefined, ...known: string[]) =>
    isObject(value) && Object.keys(value).every((name) => known.includes(name));
  return (
    has(message, "role", "content", "thinking", "tool_calls") &&
    list(message, "tool_calls").every(
      (call) => has(call, "type", "function") && has(field(call, "function"), "name", "arguments"),
    )
  );
}

function partsOf(message: Json | undefined): Json[] {
  const words = text(message, "content");
  const thoughts = text(message, "thinking");
  return [
    ...(thoughts === "" ? [] : [{ type: "reasoning", text: thoughts }]),
    ...(words === "" ? [] : [{ type: "text", text: words }]),
    ...list(message, "images").map((data): Json => ({ type: "image", data })),
  ];
}
