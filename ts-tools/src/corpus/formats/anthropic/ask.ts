import type { Exchange } from "../../../mock/recording.js";
import type { Json } from "../../../mock/types.js";
import type { Ask, JsonObject } from "../../ask.js";
import { agentOptions, question, requestOf, settings } from "../../ask.js";
import { field, isObject, list, text } from "../../json.js";

/** Reads a recorded request. */
export function askOf({ request: { body } }: Exchange, provider: string): Ask {
  const request = requestOf(String(body));
  const tools = list(request, "tools");
  // The agent's own come first on the wire: where others stand before them, all go over as they are.
  const firstOther = tools.findIndex((tool) => !isPlainTool(tool));
  const ownFirst = firstOther < 0 || tools.findLastIndex(isPlainTool) < firstOther;
  const plain = ownFirst ? tools.filter(isPlainTool) : [];
  const others = ownFirst ? tools.filter((tool) => !isPlainTool(tool)) : tools;
  const own: JsonObject = {};
  const rest: JsonObject = {};
  for (const [name, value] of Object.entries(request)) {
    if (["model", "messages", "system", "tools", "stream"].includes(name) || value === null) continue;
    const choice = name === "tool_choice" ? choiceOf(value, plain) : undefined;
    if (choice !== undefined) own["tool_choice"] = choice;
    else if (name === "stop_sequences" && settings["stop"]?.(value)) own["stop"] = value;
    else if (name !== "stop" && name !== "seed" && settings[name]?.(value)) own[name] = value;
    else rest[name] = value;
  }
  if (others.length > 0) rest["tools"] = [...others];
  if (field(request, "stream") !== true) rest["stream"] = false;
  const system = systemOf(field(request, "system"));
  const messages = list(request, "messages");
  const { history, last } = conversationOf(messages, provider);
  const options = agentOptions({
    model: text(request, "model"),
    own,
    prompt: typeof system === "string" ? system : "",
    tools: plain.map((tool) => ({
      name: text(tool, "name"),
      description: text(tool, "description"),
      schema: field(tool, "input_schema") ?? {},
    })),
    rest,
    history: [...(typeof system === "string" ? [] : [{ role: "system", content: system }]), ...history],
  });
  return { options, ...question(last === undefined ? undefined : { role: "user", content: last }) };
}

function has(value: Json | undefined, ...known: string[]): boolean {
  return isObject(value) && Object.keys(value).every((name) => known.includes(name));
}

/** A tool that llmspell has a form of its own for. */
function isPlainTool(tool: Json): boolean {
  return has(tool, "name", "description", "input_schema") && isObject(field(tool, "input_schema"));
}

/** A choice that an agent with these tools takes. */
function choiceOf(choice: Json, tools: readonly Json[]): Json | undefined {
  if (tools.length === 0 || !has(choice, "type", "name")) return undefined;
  switch (text(choice, "type")) {
    case "auto":
    case "none":
      return text(choice, "type");
    case "any":
      return "required";
    default: {
      const name = text(choice, "name");
      return tools.some((tool) => text(tool, "name") === name) ? { name } : undefined;
    }
  }
}

/** One text as a prompt; anything else as the parts of a system message. */
function systemOf(system: Json | undefined): string | Json[] {
  if (typeof system === "string") return system;
  if (!Array.isArray(system)) return "";
  const [only] = system;
  return system.length === 1 && has(only, "type", "text") ? text(only, "text") : partsOf(system);
}

/** Messages as an agent's state has them, and the parts of a question at the end. */
function conversationOf(messages: readonly Json[], provider: string): { history: JsonObject[]; last?: Json[] } {
  const history: JsonObject[] = [];
  let calls: { id: string; name: string }[] = [];
  const settle = (blocks: readonly Json[]) => {
    const results = blocks.filter((block) => text(block, "type") === "tool_result");
    if (calls.length === 0) return;
    const given = results.map((result) => resultOf(result, calls));
    const missing = calls.filter(({ id }) => !results.some((result) => text(result, "tool_use_id") === id));
    const none = missing.map(({ id, name }) => ({ type: "tool_result", tool_call_id: id, name, content: "" }));
    history.push({ role: "tool", content: [...given, ...none] });
    calls = [];
  };
  for (const [at, message] of messages.entries()) {
    const role = text(message, "role");
    const blocks = blocksOf(field(message, "content"));
    if (role === "assistant") {
      settle([]);
      calls = blocks.filter(isCall).map((call) => ({ id: text(call, "id"), name: text(call, "name") }));
      history.push(assistantOf(blocks, provider));
      continue;
    }
    settle(blocks);
    const rest = partsOf(blocks.filter((block) => text(block, "type") !== "tool_result"));
    const isLast = at === messages.length - 1;
    if (isLast && role === "user" && rest.some((part) => text(part, "type") !== "cache_point"))
      return { history, last: rest };
    if (rest.length > 0) history.push({ role: role === "system" ? role : "user", content: rest });
  }
  settle([]);
  return { history };
}

function blocksOf(content: Json | undefined): readonly Json[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return Array.isArray(content) ? content : [];
}

function isCall(block: Json): boolean {
  return text(block, "type") === "tool_use";
}

function resultOf(block: Json, calls: readonly { id: string; name: string }[]): Json {
  const id = text(block, "tool_use_id");
  const blocks = blocksOf(field(block, "content"));
  const begins = text(blocks[0], "type") === "text";
  const parts = [...partsOf(begins ? blocks.slice(1) : blocks), ...cachePoint(block)];
  return {
    type: "tool_result",
    tool_call_id: id,
    name: calls.find((call) => call.id === id)?.name ?? "",
    content: begins ? text(blocks[0], "text") : "",
    ...(parts.length === 0 ? {} : { parts }),
    is_error: field(block, "is_error") === true,
  };
}

/** A turn of the model; `raw` only where its blocks hold what parts do not. */
function assistantOf(blocks: readonly Json[], provider: string): JsonObject {
  const isText = (block: Json) => has(block, "type", "text") && text(block, "type") === "text";
  const firstCall = blocks.findIndex(isCall);
  const isPlain = blocks.every((block, at) =>
    isCall(block) ? has(block, "type", "id", "name", "input") : isText(block) && (firstCall < 0 || at < firstCall),
  );
  const calls = blocks.filter(isCall).map((call) => ({
    id: text(call, "id"),
    name: text(call, "name"),
    arguments: JSON.stringify(field(call, "input") ?? {}),
  }));
  return {
    role: "assistant",
    content: blocks
      .filter((block) => text(block, "type") === "text")
      .map((block) => ({ type: "text", text: text(block, "text") })),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(isPlain ? {} : { raw: { provider, value: { role: "assistant", content: [...blocks] } } }),
  };
}

/** Blocks as llmspell's parts; blocks of a type that it has no own form for go over as they are. */
function partsOf(blocks: readonly Json[]): Json[] {
  return blocks.flatMap((block) => {
    if (!isObject(block)) return [];
    const { cache_control: _, ...bare } = block;
    return [partOf(bare), ...cachePoint(block)];
  });
}

function partOf(block: JsonObject): Json {
  const source = sourceOf(field(block, "source"));
  switch (text(block, "type")) {
    case "text":
      return has(block, "type", "text") ? block : { ...block };
    case "image":
      return has(block, "type", "source") && source ? { type: "image", ...source } : block;
    case "document": {
      const title = text(block, "title");
      if (!source || !has(block, "type", "source", "title")) return block;
      return { type: "file", ...source, ...(title === "" ? {} : { filename: title }) };
    }
    default:
      return block;
  }
}

function sourceOf(source: Json | undefined): JsonObject | undefined {
  switch (text(source, "type")) {
    case "base64":
      return { data: text(source, "data"), media_type: text(source, "media_type") };
    case "url":
      return { url: text(source, "url") };
    case "file":
      return { file_id: text(source, "file_id") };
    case "text":
      return { data: Buffer.from(text(source, "data"), "utf8").toString("base64"), media_type: "text/plain" };
    default:
      return undefined;
  }
}

function cachePoint(block: Json): Json[] {
  const control = field(block, "cache_control");
  if (!isObject(control)) return [];
  const ttl = text(control, "ttl");
  return [{ type: "cache_point", ...(ttl === "" ? {} : { ttl }) }];
}
