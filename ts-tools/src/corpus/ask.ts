import type { Json } from "../mock/types.js";
import { isObject } from "./json.js";

export type JsonObject = { [key: string]: Json };

/** How an agent is asked so that it sends what was recorded, as far as llmspell has it. */
export interface Ask {
  /** Options of `llmspell.agent`, without provider, address and key. Its tools have no handlers yet. */
  readonly options: JsonObject;
  /** What the run is asked. */
  readonly input: Json;
  /** The input stands in no recording: it is {@link GO_ON}. */
  readonly isOurs: boolean;
}

/** Asked when the recorded conversation ends with something else than a user's message, as a run begins with one. */
export const GO_ON = "Go on.";

/** The question and the conversation before it. */
export function question(input: Json | undefined): { input: Json; isOurs: boolean } {
  return input === undefined ? { input: GO_ON, isOurs: true } : { input, isOurs: false };
}

/** The object that a body is, or an empty one: it then asks with an agent of defaults. */
export function requestOf(body: string): JsonObject {
  try {
    const value = JSON.parse(body) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Options that go over as they are when an agent accepts the value. */
export const settings: Readonly<Record<string, (value: Json) => boolean>> = {
  temperature: (value) => typeof value === "number" && value >= 0 && value <= 2,
  top_p: (value) => typeof value === "number" && value >= 0 && value <= 1,
  max_tokens: (value) => Number.isInteger(value) && (value as number) > 0,
  seed: (value) => Number.isSafeInteger(value),
  stop: (value) =>
    typeof value === "string"
      ? value !== ""
      : Array.isArray(value) && value.every((one) => typeof one === "string" && one !== ""),
};

/** Base64 data and its media type, from a `data:` address. */
export function inlineData(url: string): { data: string; media_type: string } | undefined {
  const inline = /^data:([^;,]+);base64,(.*)$/s.exec(url);
  return inline ? { data: inline[2] ?? "", media_type: inline[1] ?? "" } : undefined;
}

/** The options that are not empty. */
export function agentOptions(parts: {
  readonly model: string;
  readonly own: JsonObject;
  readonly prompt: string;
  readonly tools: readonly JsonObject[];
  readonly rest: JsonObject;
  readonly history: readonly JsonObject[];
}): JsonObject {
  const { model, own, prompt, tools, rest, history } = parts;
  return {
    model: model || "recorded",
    ...own,
    ...(prompt === "" ? {} : { system_prompt: prompt }),
    ...(tools.length === 0 ? {} : { tools: [...tools] }),
    ...(Object.keys(rest).length === 0 ? {} : { provider_options: rest }),
    ...(history.length === 0 ? {} : { state: { version: 1, messages: [...history] } }),
  };
}

/** A message with the results of a turn's calls, in the calls' order; a call without a result gets an empty one. */
export function resultsMessage(
  calls: readonly { readonly id: string; readonly name: string }[],
  results: ReadonlyMap<string, JsonObject>,
): JsonObject {
  return {
    role: "tool",
    content: calls.map(({ id, name }) => ({
      type: "tool_result",
      tool_call_id: id,
      name,
      content: "",
      is_error: false,
      ...results.get(id),
    })),
  };
}
