import type { Json } from "../mock/types.js";
import { field, list, text } from "./json.js";

type JsonObject = { [key: string]: Json };

/** How an agent is asked so that it sends what was recorded, as far as llmspell has it. */
export interface Ask {
  /** Options of `llmspell.agent`, without the address and the key. Its tools have no handlers yet. */
  readonly options: JsonObject;
  /** What the run is asked. */
  readonly input: Json;
}

/** Fields that options of their own, or the conversation, stand for. */
const translated = new Set(["model", "messages", "tools", "stream", "stream_options"]);

/** Options that go over as they are when an agent accepts the value. */
const settings: Readonly<Record<string, (value: Json) => boolean>> = {
  temperature: (value) => typeof value === "number" && value >= 0 && value <= 2,
  top_p: (value) => typeof value === "number" && value >= 0 && value <= 1,
  max_tokens: (value) => Number.isInteger(value) && (value as number) > 0,
  seed: (value) => Number.isSafeInteger(value),
  stop: (value) =>
    typeof value === "string"
      ? value !== ""
      : Array.isArray(value) && value.every((one) => typeof one === "string" && one !== ""),
};

/** Reads a recorded request. One whose body is no JSON object asks with an agent of defaults. */
export function askOf(body: string): Ask {
  const request = parsed(body);
  const tools = toolsOf(request);
  const { prompt, history, input } = conversationOf(list(request, "messages"));
  const rest: JsonObject = {};
  const options: JsonObject = { model: text(request, "model") || "recorded" };
  for (const [name, value] of Object.entries(request)) {
    if (translated.has(name) || value === null) continue;
    const choice = name === "tool_choice" && tools.length > 0 ? toolChoice(value, tools) : undefined;
    if (choice !== undefined) options["tool_choice"] = choice;
    else if (settings[name]?.(value)) options[name] = value;
    else if (name !== "tool_choice") rest[name] = value;
  }
  if (field(request, "stream") !== true) rest["stream"] = false;
  if (prompt !== "") options["system_prompt"] = prompt;
  if (tools.length > 0) options["tools"] = tools;
  if (Object.keys(rest).length > 0) options["provider_options"] = rest;
  if (history.length > 0) options["state"] = { version: 1, messages: history };
  return { options, input };
}

function parsed(body: string): JsonObject {
  try {
    const value = JSON.parse(body) as Json;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** Declarations of the functions; each name once. */
function toolsOf(request: Json): JsonObject[] {
  const found = new Map<string, JsonObject>();
  for (const tool of list(request, "tools")) {
    const declared = field(tool, "function");
    const name = text(declared, "name");
    if (name === "" || name.length > 128) continue;
    const schema = field(declared, "parameters");
    const isObject = typeof schema === "object" && schema !== null && !Array.isArray(schema);
    found.set(name, { name, description: text(declared, "description"), ...(isObject ? { schema } : {}) });
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

/** Asked when the recorded conversation ends with something else than a user's message, as a run begins with one. */
const GO_ON = "Go on.";

function conversationOf(messages: readonly Json[]): { prompt: string; history: JsonObject[]; input: Json } {
  const isPrompt = (message: Json) => ["system", "developer"].includes(text(message, "role"));
  const prompts = messages.filter(isPrompt).map((message) => textOf(field(message, "content")));
  const others = messages.filter((message) => !isPrompt(message));
  const last = others.at(-1);
  const asks = text(last, "role") === "user" && textOf(field(last, "content")) !== "";
  const history = historyOf(asks ? others.slice(0, -1) : others);
  const input = asks && last !== undefined ? { role: "user", content: parts(field(last, "content")) } : GO_ON;
  return { prompt: prompts.filter((prompt) => prompt !== "").join("\n"), history, input };
}

/** Messages as an agent's state has them: each turn that calls tools is followed by one message with all results. */
function historyOf(messages: readonly Json[]): JsonObject[] {
  const history: JsonObject[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at] ?? null;
    const content = parts(field(message, "content"));
    const role = text(message, "role");
    if (role === "user") history.push({ role, content });
    if (role !== "assistant") continue;
    const results = new Map<string, string>();
    for (let next = messages[at + 1]; next !== undefined && text(next, "role") === "tool"; next = messages[at + 1]) {
      results.set(text(next, "tool_call_id"), textOf(field(next, "content")));
      at++;
    }
    const calls = list(message, "tool_calls").map((call) => ({
      id: text(call, "id"),
      name: text(field(call, "function"), "name"),
      arguments: text(field(call, "function"), "arguments"),
    }));
    if (calls.length === 0) {
      history.push({ role, content });
      continue;
    }
    history.push({ role, content, tool_calls: calls });
    history.push({
      role: "tool",
      content: calls.map(({ id, name }) => ({
        type: "tool_result",
        tool_call_id: id,
        name,
        content: results.get(id) ?? "",
        is_error: false,
      })),
    });
  }
  return history;
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
      const inline = /^data:([^;,]+);base64,(.*)$/s.exec(url);
      const source: JsonObject = inline ? { data: inline[2] ?? "", media_type: inline[1] ?? "" } : { url };
      const detail = text(image, "detail");
      return { type: "image", ...source, ...(["low", "high", "auto"].includes(detail) ? { detail } : {}) };
    }
    case "text":
      return { type: "text", text: text(value, "text") };
    case "file": {
      const id = text(field(value, "file"), "file_id");
      const data = /^data:([^;,]+);base64,(.*)$/s.exec(text(field(value, "file"), "file_data"));
      const filename = text(field(value, "file"), "filename");
      if (id !== "") return { type: "file", file_id: id };
      if (!data) return { type: "text", text: filename };
      return { type: "file", data: data[2] ?? "", media_type: data[1] ?? "", ...(filename === "" ? {} : { filename }) };
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
