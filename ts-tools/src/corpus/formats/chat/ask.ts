import type { Json } from "../../../mock/types.js";
import type { Ask, JsonObject } from "../../ask.js";
import { agentOptions, inlineData, question, requestOf, resultsMessage, settings } from "../../ask.js";
import { field, isObject, list, text } from "../../json.js";

/** Fields that options of their own, or the conversation, stand for. */
const translated = new Set(["model", "messages", "tools", "stream", "stream_options"]);

/** Reads a recorded request. One whose body is no JSON object asks with an agent of defaults. */
export function askOf(body: string, provider: string): Ask {
  const request = requestOf(body);
  const tools = toolsOf(request);
  const { prompt, history, last } = conversationOf(list(request, "messages"), provider);
  const rest: JsonObject = {};
  const own: JsonObject = {};
  for (const [name, value] of Object.entries(request)) {
    if (translated.has(name) || value === null) continue;
    const choice = name === "tool_choice" && tools.length > 0 ? toolChoice(value, tools) : undefined;
    if (choice !== undefined) own["tool_choice"] = choice;
    else if (settings[name]?.(value)) own[name] = value;
    else if (name !== "tool_choice") rest[name] = value;
  }
  if (field(request, "stream") !== true) rest["stream"] = false;
  const options = agentOptions({ model: text(request, "model"), own, prompt, tools, rest, history });
  return { options, ...question(last) };
}

/** Declarations of the functions; each name once. */
function toolsOf(request: Json): JsonObject[] {
  const found = new Map<string, JsonObject>();
  for (const tool of list(request, "tools")) {
    const declared = field(tool, "function");
    const name = text(declared, "name");
    if (name === "" || name.length > 128) continue;
    const schema = field(declared, "parameters");
    found.set(name, { name, description: text(declared, "description"), ...(isObject(schema) ? { schema } : {}) });
  }
  return [...found.values()];
}

/** `any` is Mistral's word for `required`. A choice that names no declared tool is left out. */
function toolChoice(choice: Json, tools: readonly JsonObject[]): Json | undefined {
  if (choice === "any") return "required";
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  const name = text(field(choice, "function"), "name");
  return tools.some((tool) => tool["name"] === name) ? { name } : undefined;
}

function conversationOf(
  messages: readonly Json[],
  provider: string,
): { prompt: string; history: JsonObject[]; last: Json | undefined } {
  const isPrompt = (message: Json | undefined) => ["system", "developer"].includes(text(message, "role"));
  const prompt = isPrompt(messages[0]) ? textOf(field(messages[0], "content")) : "";
  const others = prompt === "" ? messages : messages.slice(1);
  const last = others.at(-1);
  const asks = text(last, "role") === "user" && textOf(field(last, "content")) !== "";
  return {
    prompt,
    history: historyOf(asks ? others.slice(0, -1) : others, provider),
    last: asks ? { role: "user", content: parts(field(last, "content")) } : undefined,
  };
}

/** Messages as an agent's state has them: each turn that calls tools is followed by one message with all results. */
function historyOf(messages: readonly Json[], provider: string): JsonObject[] {
  const history: JsonObject[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at] ?? null;
    const content = parts(field(message, "content"));
    const role = text(message, "role");
    if (role === "user") history.push({ role, content });
    if (role === "system" || role === "developer") history.push({ role: "system", content });
    if (role !== "assistant") continue;
    const results = new Map<string, JsonObject>();
    for (let next = messages[at + 1]; next !== undefined && text(next, "role") === "tool"; next = messages[at + 1]) {
      results.set(text(next, "tool_call_id"), { content: textOf(field(next, "content")) });
      at++;
    }
    const calls = list(message, "tool_calls").map((call) => ({
      id: text(call, "id"),
      name: text(field(call, "function"), "name"),
      arguments: text(field(call, "function"), "arguments"),
    }));
    const raw = isPlain(message) ? {} : { raw: { provider, value: message } };
    if (calls.length === 0) {
      history.push({ role, content, ...raw });
      continue;
    }
    history.push({ role, content, tool_calls: calls, ...raw });
    history.push(resultsMessage(calls, results));
  }
  return history;
}

/** Whether a turn has nothing that llmspell has no form of its own for. */
function isPlain(message: Json): boolean {
  const has = (value: Json, ...known: string[]) =>
    isObject(value) && Object.keys(value).every((name) => known.includes(name));
  return (
    has(message, "role", "content", "tool_calls") &&
    list(message, "content").length <= 1 &&
    list(message, "content").every((one) => has(one, "type", "text")) &&
    list(message, "tool_calls").every((call) => has(call, "id", "type", "function"))
  );
}

function textOf(content: Json | undefined): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part) => text(part, "text") || text(part, "type")).join("\n") : "";
}

/** Content as llmspell's parts; parts of a type that it has no own form for go over as they are. */
function parts(content: Json | undefined): Json[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.map(part) : [];
}

function part(value: Json): Json {
  switch (text(value, "type")) {
    case "image_url": {
      const image = field(value, "image_url");
      const url = typeof image === "string" ? image : text(image, "url");
      const detail = text(image, "detail");
      const source = inlineData(url) ?? { url };
      return { type: "image", ...source, ...(["low", "high", "auto"].includes(detail) ? { detail } : {}) };
    }
    case "text":
      return { type: "text", text: text(value, "text") };
    case "file": {
      const id = text(field(value, "file"), "file_id");
      const address = text(field(value, "file"), "file_data");
      const filename = text(field(value, "file"), "filename");
      const named = filename === "" ? {} : { filename };
      if (id !== "") return { type: "file", file_id: id };
      const data = inlineData(address);
      if (data) return { type: "file", ...data, ...named };
      return address === "" ? { type: "text", text: filename } : { type: "file", url: address, ...named };
    }
    // Its own form has other fields than the wire's.
    case "refusal":
      return { type: "refusal", text: text(value, "refusal") };
    case "":
      return { type: "text", text: textOf(value) };
    default:
      return value;
  }
}
