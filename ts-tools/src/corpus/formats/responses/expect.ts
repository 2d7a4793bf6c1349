import type { Exchange } from "../../../mock/recording.js";
import type { Json } from "../../../mock/types.js";
import type { Expectation, RecordedCall, RecordedCitation, RecordedUsage } from "../../expectation.js";
import { count, cutShort, parsed, protocolFailure, unknownEnd, wellFormed } from "../../expectation.js";
import type { RecordedFailure } from "../../failure.js";
import { failureInside, failureOfStatus, failureOfWords } from "../../failure.js";
import { field, isBlank, isObject, list, objects, text } from "../../json.js";
import type { StreamEvent } from "../../sse.js";
import { beginsStream, readEvents } from "../../sse.js";

/**
 * Reads what a recorded answer says, straight from its JSON or its events.
 *
 * This is a second reading of the wire format, from its definition, made to be compared with the codec's: it shares
 * nothing with it and takes the whole answer at once. Of a stream, the items as they ended are what counts; the last event
 * tells how it went, and the deltas count only where an item never ended.
 */
export function expectationOf({ response }: Exchange): Expectation {
  const body = response.body.toString("utf8");
  if (response.status < 200 || response.status > 299) return failureOfStatus(response.status, body);
  if (!/^[\s\uFEFF]*[{[<]/.test(body)) return readStream(body);
  const answer = parsed(body.replace(/^\uFEFF/, ""));
  if (!isObject(answer)) return protocolFailure();
  if (!Array.isArray(answer["output"])) return failureInside(answer) ?? protocolFailure();
  return readResponse(answer, list(answer, "output"));
}

function readStream(body: string): Expectation {
  const events = readEvents(body);
  if (events.length === 0) return beginsStream(body) ? cutShort() : protocolFailure();
  const items = new Map<number, Json>();
  for (const event of events) {
    const { data } = event;
    if (data.trim() === "" || data.trim() === "[DONE]") continue;
    const value = parsed(data);
    if (value === undefined && event.open) break;
    if (!isObject(value)) return event.name === "error" ? failureOfWords(data) : protocolFailure();
    const kind = kindOf(event, value);
    if (kind === "error" || (!kind.startsWith("response.") && !isBlank(value["error"]))) return failureOfWords(data);
    const place = count(value["output_index"]) ?? items.size;
    if (kind === "response.output_item.done" && isObject(value["item"])) items.set(place, value["item"]);
    const response = value["response"];
    if (!/^response\.(completed|incomplete|failed|cancelled)$/.test(kind) || !isObject(response)) continue;
    const output = list(response, "output");
    const ended = [...items].sort(([a], [b]) => a - b).map(([, item]) => item);
    const last = { status: kind.slice("response.".length), ...response };
    return readResponse(last, output.length >= ended.length ? output : ended);
  }
  return cutShort();
}

function kindOf({ name }: StreamEvent, value: Json): string {
  return text(value, "type") || name;
}

/** The turn that a whole response is, or its failure. */
function readResponse(response: Json, output: readonly Json[]): Expectation {
  const failure = failureOf(response);
  if (failure) return failure;
  const calls = output.filter((item) => text(item, "type") === "function_call").map(callOf);
  const said = output.filter((item) => text(item, "type") === "message").flatMap((item) => objects(item, "content"));
  const thoughts = output.filter((item) => text(item, "type") === "reasoning").map(thoughtOf);
  const reason = finishReason(response, calls.length > 0);
  if (reason === "other" && (calls.length > 0 || output.length === 0)) return unknownEnd();
  return {
    outcome: "turn",
    text: wellFormed(said.map((part) => text(part, "text")).join("")),
    refusal: wellFormed(said.map((part) => text(part, "refusal")).join("")),
    reasoning: wellFormed(thoughts.join("")),
    calls,
    citations: said.flatMap((part) => objects(part, "annotations")).map(citationOf),
    finishReason: reason,
    usage: usageOf(field(response, "usage")),
    model: text(response, "model") || null,
  };
}

function failureOf(response: Json): RecordedFailure | undefined {
  const error = field(response, "error");
  if (!isBlank(error)) return failureInside({ error: error ?? null });
  const failed = ["failed", "cancelled", "queued", "in_progress"].includes(text(response, "status"));
  return failed ? { outcome: "failure", kind: "provider", status: null, words: null } : undefined;
}

function callOf(item: Json): RecordedCall {
  const given = field(item, "arguments") ?? "";
  return {
    id: text(item, "call_id") || text(item, "id") || null,
    name: text(item, "name"),
    arguments: typeof given === "string" ? wellFormed(given) : JSON.stringify(given),
  };
}

/** Reasoning in full where there is any, else its summary. */
function thoughtOf(item: Json): string {
  const texts = (name: string) =>
    objects(item, name)
      .map((part) => text(part, "text"))
      .filter((one) => one !== "");
  const full = texts("content");
  return (full.length > 0 ? full : texts("summary")).join("\n\n");
}

function citationOf(annotation: Json): RecordedCitation {
  const filled = (name: string) => text(annotation, name) || null;
  return { url: filled("url"), title: filled("title") ?? filled("filename"), quote: filled("quote") };
}

function finishReason(response: Json, calls: boolean): string {
  const reason = text(field(response, "incomplete_details"), "reason");
  if (reason === "max_output_tokens") return "length";
  if (reason === "content_filter") return "content_filter";
  if (!["", "completed"].includes(text(response, "status"))) return "other";
  return calls ? "tool_calls" : "stop";
}

function usageOf(usage: Json | undefined): RecordedUsage {
  if (!isObject(usage)) return null;
  const [input, output] = [field(usage, "input_tokens_details"), field(usage, "output_tokens_details")];
  const of = (value: Json | undefined) => count(value) ?? 0;
  const [inputs, outputs] = [of(usage["input_tokens"]), of(usage["output_tokens"])];
  const { cost } = usage;
  return {
    input_tokens: inputs,
    output_tokens: outputs,
    total_tokens: count(usage["total_tokens"]) ?? inputs + outputs,
    cached_tokens: of(field(input, "cached_tokens")),
    cache_write_tokens: of(field(input, "cache_write_tokens")),
    reasoning_tokens: of(field(output, "reasoning_tokens")),
    input_audio_tokens: of(field(input, "audio_tokens")),
    output_audio_tokens: of(field(output, "audio_tokens")),
    ...(typeof cost === "number" ? { cost } : {}),
  };
}
