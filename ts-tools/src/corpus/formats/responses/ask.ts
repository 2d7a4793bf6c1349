import type { Json } from "../../../mock/types.js";
import type { Ask, JsonObject } from "../../ask.js";
import { agentOptions, inlineData, question, requestOf, resultsMessage, settings } from "../../ask.js";
import { field, isObject, list, nonEmpty, text } from "../../json.js";

/** Fields that options of their own, or the conversation, stand for. */
const translated = new Set(["model", "instructions", "input", "tools", "stream", "max_output_tokens"]);

/** Reads a recorded request. One whose body is no JSON object asks with an agent of defaults. */
export function askOf(body: string, provider: string): Ask {
  const request = requestOf(body);
  const { tools, hosted } = toolsOf(request);
  const rest: JsonObject = {};
  const own: JsonObject = {};
  for (const [name, value] of Object.entries(request)) {
    if (translated.has(name) || value === null) continue;
    const choice = name === "tool_choice" ? toolChoice(value, tools) : undefined;
    if (choice !== undefined) own["tool_choice"] = choice;
    else if (name !== "max_tokens" && settings[name]?.(value)) own[name] = value;
    else rest[name] = value;
  }
  const most = field(request, "max_output_tokens");
  if (most !== undefined && settings["max_tokens"]?.(most)) own["max_tokens"] = most;
  if (hosted.length > 0) rest["tools"] = hosted;
  if (field(request, "stream") !== true) rest["stream"] = false;
  const { history, last } = conversationOf(itemsOf(request), provider);
  const prompt = text(request, "instructions");
  const options = agentOptions({ model: text(request, "model"), own, prompt, tools, rest, history });
  return { options, ...question(last) };
}

/** Functions that an agent can declare, each name once, and all other tools. */
function toolsOf(request: Json): { tools: JsonObject[]; hosted: Json[] } {
  const found = new Map<string, JsonObject>();
  const hosted: Json[] = [];
  for (const tool of list(request, "tools")) {
    const name = text(tool, "name");
    const schema = field(tool, "parameters");
    if (text(tool, "type") !== "function" || name === "" || name.length > 128) hosted.push(tool);
    else found.set(name, { name, description: text(tool, "description"), ...(isObject(schema) ? { schema } : {}) });
  }
  return { tools: [...found.values()], hosted };
}

/** A choice that an agent has no option for goes over as it is. */
function toolChoice(choice: Json, tools: readonly JsonObject[]): Json | undefined {
  if (tools.length === 0) return undefined;
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  const name = text(choice, "type") === "function" ? text(choice, "name") : "";
  return tools.some((tool) => tool["name"] === name) ? { name } : undefined;
}

/** The items of the input; a text stands for one message. */
function itemsOf(request: Json): readonly Json[] {
  const input = field(request, "input");
  return typeof input === "string" ? [{ type: "message", role: "user", content: input }] : list(request, "input");
}

function conversationOf(items: readonly Json[], provider: string): { history: JsonObject[]; last: Json | undefined } {
  const last = items.at(-1);
  const content = parts(field(last, "content"));
  const asks = text(last, "role") === "user" && content.some((part) => nonEmpty(field(part, "text")) !== undefined);
  return {
    history: historyOf(asks ? items.slice(0, -1) : items, provider),
    last: asks ? { role: "user", content } : undefined,
  };
}

/** Items as an agent's state has them: what the model said between two inputs is one turn. */
function historyOf(items: readonly Json[], provider: string): JsonObject[] {
  const history: JsonObject[] = [];
  let at = 0;
  const take = (wanted: (item: Json) => boolean): Json[] => {
    const from = at;
    while (at < items.length && wanted(items[at] as Json)) at++;
    return items.slice(from, at);
  };
  while (at < items.length) {
    const said = take(isSaid);
    const results = take((item) => text(item, "type") === "function_call_output");
    if (said.length > 0) history.push(...turnOf(said, results, provider));
    const next = items[at];
    if (next === undefined || isSaid(next)) continue;
    at++;
    const role = text(next, "role") === "user" ? "user" : "system";
    history.push({ role, content: parts(field(next, "content")) });
  }
  return history;
}

/** Whether the model said it. */
function isSaid(item: Json): boolean {
  const isMessage = ["message", ""].includes(text(item, "type"));
  return isMessage ? text(item, "role") === "assistant" : text(item, "type") !== "function_call_output";
}

function turnOf(said: readonly Json[], results: readonly Json[], provider: string): JsonObject[] {
  const content = said.flatMap((item) => (text(item, "role") === "assistant" ? parts(field(item, "content")) : []));
  const calls = said
    .filter((item) => text(item, "type") === "function_call")
    .map((call) => ({ id: text(call, "call_id"), name: text(call, "name"), arguments: text(call, "arguments") }));
  const raw = said.every(isPlain) ? {} : { raw: { provider, value: [...said] } };
  const turn = { role: "assistant", content, ...raw };
  if (calls.length === 0) return [turn];
  const outputs = new Map(results.map((result) => [text(result, "call_id"), resultOf(field(result, "output"))]));
  return [{ ...turn, tool_calls: calls }, resultsMessage(calls, outputs)];
}

/** A result of text, or of text and other parts. */
function resultOf(output: Json | undefined): JsonObject {
  if (typeof output === "string") return { content: output };
  const all = parts(output);
  const [first, ...others] = all;
  if (text(first, "type") === "text") return { content: text(first, "text"), parts: others };
  return { content: "", parts: [...all] };
}

/** Whether llmspell has a form of its own for all of an item. */
function isPlain(item: Json): boolean {
  const names = isObject(item) ? Object.keys(item) : [];
  const has = (...known: string[]) => names.every((name) => known.includes(name));
  if (text(item, "type") === "function_call") return has("type", "call_id", "name", "arguments");
  return text(item, "role") === "assistant" && has("type", "role", "content") && !Array.isArray(field(item, "content"));
}

/** Content as llmspell's parts; parts of a type that it has no own form for go over as they are. */
function parts(content: Json | undefined): Json[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.map(part) : [];
}

function part(value: Json): Json {
  switch (text(value, "type")) {
    case "input_text":
    case "output_text":
      return { type: "text", text: text(value, "text") };
    case "refusal":
      return { type: "refusal", text: text(value, "refusal") };
    case "input_image": {
      const id = text(value, "file_id");
      const url = text(value, "image_url");
      const detail = text(value, "detail");
      const source = id === "" ? (inlineData(url) ?? { url }) : { file_id: id };
      return { type: "image", ...source, ...(detail === "" ? {} : { detail }) };
    }
    case "input_file":
      return filePart(value);
    default:
      return isObject(value) && text(value, "type") !== "" ? value : { type: "text", text: "" };
  }
}

function filePart(value: Json): Json {
  const [id, url, filename] = [text(value, "file_id"), text(value, "file_url"), text(value, "filename")];
  if (id !== "") return { type: "file", file_id: id };
  if (url !== "") return { type: "file", url };
  const data = inlineData(text(value, "file_data"));
  return data ? { type: "file", ...data, ...(filename === "" ? {} : { filename }) } : value;
}
