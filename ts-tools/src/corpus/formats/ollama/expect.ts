import type { Exchange } from "../../../mock/recording.js";
import type { Json } from "../../../mock/types.js";
import type { Expectation, RecordedCall, RecordedUsage } from "../../expectation.js";
import { count, cutShort, parsed, protocolFailure, unknownEnd, wellFormed } from "../../expectation.js";
import { failureInside, failureOfStatus } from "../../failure.js";
import { field, isObject, objects, text } from "../../json.js";

/** Reasons for which an answer ended; a server that says none stopped. */
const ENDS: Readonly<Record<string, string>> = { "": "stop", stop: "stop", length: "length", tool_calls: "tool_calls" };

/**
 * Reads what a recorded answer says: a second reading of the wire format, from its definition, that shares nothing with
 * the codec. It takes the whole answer at once.
 */
export function expectationOf({ response }: Exchange): Expectation {
  const body = response.body.toString("utf8");
  if (response.status < 200 || response.status > 299) return failureOfStatus(response.status, body);
  const whole = parsed(body.trim());
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  return isObject(whole) ? answerOf([whole]) : streamed(lines);
}

function streamed(lines: readonly string[]): Expectation {
  const chunks: Json[] = [];
  for (const [at, line] of lines.entries()) {
    const chunk = parsed(line);
    if (chunk === undefined && at === lines.length - 1 && at > 0) break;
    if (!isObject(chunk)) return protocolFailure();
    chunks.push(chunk);
  }
  return answerOf(chunks);
}

function answerOf(chunks: readonly Json[]): Expectation {
  let [words, thoughts, ended] = ["", "", ""];
  let isDone = false;
  let usage: RecordedUsage = null;
  let model: string | null = null;
  const calls: RecordedCall[] = [];
  for (const chunk of chunks) {
    const failure = failureInside(chunk);
    if (failure) return failure;
    model ??= text(chunk, "model") || null;
    usage = usageOf(chunk) ?? usage;
    const message = field(chunk, "message");
    words += text(message, "content");
    thoughts += text(message, "thinking");
    calls.push(...objects(message, "tool_calls").map(callOf));
    isDone ||= field(chunk, "done") === true;
    ended = text(chunk, "done_reason");
    if (isDone) break;
  }
  if (!isDone) return cutShort();
  if (ended === "load" || ended === "unload")
    return { outcome: "failure", kind: "provider", status: null, words: null };
  if (ENDS[ended] === undefined && (calls.length > 0 || words + thoughts === "")) return unknownEnd();
  const reason = ENDS[ended] ?? "other";
  return {
    outcome: "turn",
    text: wellFormed(words),
    refusal: "",
    reasoning: wellFormed(thoughts),
    calls,
    finishReason: calls.length > 0 && reason !== "length" ? "tool_calls" : reason,
    usage,
    model,
  };
}

function callOf(call: Json): RecordedCall {
  const made = field(call, "function");
  const given = field(made, "arguments") ?? {};
  const json = typeof given === "string" ? given : JSON.stringify(given);
  return { id: text(call, "id") || null, name: text(made, "name"), arguments: json };
}

function usageOf(chunk: Json): RecordedUsage {
  const [input, output] = [count(field(chunk, "prompt_eval_count")), count(field(chunk, "eval_count"))];
  if (input === undefined && output === undefined) return null;
  return { input_tokens: input ?? 0, output_tokens: output ?? 0, total_tokens: (input ?? 0) + (output ?? 0) };
}
