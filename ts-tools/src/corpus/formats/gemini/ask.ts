import type { Exchange } from "../../../mock/recording.js";
import type { Json } from "../../../mock/types.js";
import type { Ask, JsonObject } from "../../ask.js";
import { agentOptions, question, requestOf, resultsMessage, settings } from "../../ask.js";
import { field, isObject, list, text } from "../../json.js";
import { segmentsOf } from "../format.js";

/** Settings of `generationConfig` by llmspell's names. */
const sampling: Readonly<Record<string, string>> = {
  temperature: "temperature",
  topP: "top_p",
  maxOutputTokens: "max_tokens",
  stopSequences: "stop",
  seed: "seed",
};

/** Fields that options of their own, or the conversation, stand for. */
const translated = new Set(["contents", "systemInstruction", "tools", "toolConfig", "generationConfig"]);

/** Reads a recorded request. */
export function askOf(exchange: Exchange, provider: string): Ask {
  const request = requestOf(exchange.request.body.toString("utf8"));
  const [name = "", method] = (segmentsOf(exchange).at(-1) ?? "").split(":");
  const declared = toolsOf(request);
  const rest: JsonObject = {};
  const own: JsonObject = {};
  for (const [key, value] of Object.entries(request)) {
    if (!translated.has(key) && value !== null) rest[key] = value;
  }
  if (declared.others.length > 0) rest["tools"] = [...declared.others];
  const choice = choiceOf(field(request, "toolConfig"), declared.functions);
  if (choice === undefined && isObject(request["toolConfig"])) rest["toolConfig"] = request["toolConfig"];
  else if (choice !== undefined) own["tool_choice"] = choice;
  const config: JsonObject = {};
  for (const [key, value] of Object.entries(isObject(request["generationConfig"]) ? request["generationConfig"] : {})) {
    const option = sampling[key];
    if (option !== undefined && settings[option]?.(value)) own[option] = value;
    else if (value !== null) config[key] = value;
  }
  if (Object.keys(config).length > 0) rest["generationConfig"] = config;
  if (method === "generateContent") rest["stream"] = false;
  const { prompt, history, last } = conversationOf(request, provider);
  const options = agentOptions({ model: name, own, prompt, tools: declared.functions, rest, history });
  return { options, ...question(last) };
}

/** The declared functions, and Google's own tools. */
function toolsOf(request: Json): { functions: JsonObject[]; others: Json[] } {
  const functions: JsonObject[] = [];
  const others: Json[] = [];
  for (const tool of list(request, "tools")) {
    for (const declared of list(tool, "functionDeclarations")) {
      const schema = field(declared, "parameters");
      functions.push({
        name: text(declared, "name"),
        description: text(declared, "description"),
        ...(isObject(schema) ? { schema } : {}),
      });
    }
    const own = Object.entries(isObject(tool) ? tool : {}).filter(
      ([key, value]) => key !== "functionDeclarations" && value !== null,
    );
    if (own.length > 0) others.push(Object.fromEntries(own));
  }
  return { functions, others };
}

function choiceOf(config: Json | undefined, tools: readonly JsonObject[]): Json | undefined {
  const calling = field(config, "functionCallingConfig");
  const names = [...list(calling, "allowedFunctionNames"), ...list(calling, "allowed_function_names")];
  if (tools.length === 0 || !isObject(calling)) return undefined;
  switch (text(calling, "mode")) {
    case "AUTO":
      return names.length === 0 ? "auto" : undefined;
    case "NONE":
      return "none";
    case "ANY": {
      if (names.length === 0) return "required";
      const [name] = names;
      return names.length === 1 && tools.some((tool) => tool["name"] === name) ? { name: name as Json } : undefined;
    }
    default:
      return undefined;
  }
}

function conversationOf(
  request: Json,
  provider: string,
): { prompt: string; history: JsonObject[]; last: Json | undefined } {
  const [prompt = "", ...more] = list(field(request, "systemInstruction"), "parts").map((part) => text(part, "text"));
  const contents = list(request, "contents");
  const last = contents.at(-1);
  const asks = text(last, "role") !== "model" && !hasResults(last) && list(last, "parts").length > 0;
  const history = [
    ...more.map((words): JsonObject => ({ role: "system", content: [{ type: "text", text: words }] })),
    ...historyOf(asks ? contents.slice(0, -1) : contents, provider),
  ];
  return { prompt, history, last: asks ? { role: "user", content: partsOf(last) } : undefined };
}

function hasResults(content: Json | undefined): boolean {
  return list(content, "parts").some((part) => field(part, "functionResponse") !== undefined);
}

/** Contents as messages of an agent's state. */
function historyOf(contents: readonly Json[], provider: string): JsonObject[] {
  const history: JsonObject[] = [];
  let calls: { id: string; name: string; arguments: string }[] = [];
  let made = 0;
  for (const content of contents) {
    if (text(content, "role") === "model") {
      calls = list(content, "parts").flatMap((part) => {
        const call = field(part, "functionCall");
        if (call === undefined) return [];
        const id = text(call, "id") || `made_${made++}`;
        return [{ id, name: text(call, "name"), arguments: JSON.stringify(field(call, "args") ?? {}) }];
      });
      const raw = isPlain(content) ? {} : { raw: { provider, value: content } };
      const said = partsOf(content);
      history.push({ role: "assistant", content: said, ...(calls.length === 0 ? {} : { tool_calls: calls }), ...raw });
    } else if (hasResults(content)) {
      history.push(resultsMessage(calls, resultsOf(content, calls)));
    } else {
      history.push({ role: "user", content: partsOf(content) });
    }
  }
  return history;
}

/** Whether a turn has nothing that llmspell has no form of its own for. */
function isPlain(content: Json): boolean {
  return list(content, "parts").every(
    (part) =>
      isObject(part) &&
      Object.entries(part).every(([name, value]) => name === "text" || (name === "thought" && value === false)),
  );
}

/** Results by the ids of their calls: those of their own id, else the next of their name. */
function resultsOf(
  content: Json,
  calls: readonly { readonly id: string; readonly name: string }[],
): Map<string, JsonObject> {
  const results = new Map<string, JsonObject>();
  for (const part of list(content, "parts")) {
    const result = field(part, "functionResponse");
    if (result === undefined) continue;
    const [id, name] = [text(result, "id"), text(result, "name")];
    const call = calls.find((one) => !results.has(one.id) && (id === "" ? one.name === name : one.id === id));
    if (call) results.set(call.id, resultOf(result));
  }
  return results;
}

function resultOf(result: Json): JsonObject {
  const response = field(result, "response");
  const parts = list(result, "parts").map(partOf);
  const pictures = parts.length === 0 ? {} : { parts };
  const error = field(response, "error");
  if (typeof error === "string") return { content: error, is_error: true, ...pictures };
  const said = field(response, "result") ?? response ?? "";
  return { content: typeof said === "string" ? said : JSON.stringify(said), ...pictures };
}

function partsOf(content: Json | undefined): Json[] {
  return list(content, "parts")
    .filter((part) => field(part, "functionCall") === undefined)
    .map(partOf);
}

function partOf(part: Json): Json {
  const words = field(part, "text");
  if (typeof words === "string") return { type: field(part, "thought") === true ? "reasoning" : "text", text: words };
  const blob = field(part, "inlineData");
  if (blob !== undefined) {
    const media_type = text(blob, "mimeType");
    return { type: mediaPart(media_type), data: text(blob, "data"), media_type };
  }
  const file = field(part, "fileData");
  if (file !== undefined) {
    const media_type = text(file, "mimeType");
    const named = media_type === "" ? {} : { media_type };
    return { type: mediaPart(media_type), url: text(file, "fileUri"), ...named };
  }
  const kind = Object.keys(isObject(part) ? part : {}).find((name) => !name.startsWith("thought")) ?? "other";
  return { ...(isObject(part) ? part : {}), type: kind };
}

function mediaPart(mediaType: string): string {
  return mediaType.startsWith("image/") ? "image" : "file";
}
