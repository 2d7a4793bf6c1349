import type { Exchange } from "../../../mock/recording.js";
import type { Json } from "../../../mock/types.js";
import type { Expectation, RecordedCall, RecordedCitation, RecordedUsage } from "../../expectation.js";
import { count, cutShort, parsed, protocolFailure, unknownEnd } from "../../expectation.js";
import type { RecordedFailure } from "../../failure.js";
import { failureOfStatus, failureOfWords } from "../../failure.js";
import { field, isObject, list, text } from "../../json.js";
import { beginsStream, readEvents } from "../../sse.js";

/**
 * Reads what a recorded answer says, straight from its JSON or its events.
 *
 * This is a second reading of the wire format, from its definition
 * (https://platform.claude.com/docs/en/api/messages), made to be compared with the codec's: it shares nothing with it.
 */
export function expectationOf({ response }: Exchange): Expectation {
  const body = response.body.toString("utf8");
  if (response.status < 200 || response.status > 299) return unpaid(failureOfStatus(response.status, body));
  const message = /^[\s\uFEFF]*[{[<]/.test(body) ? plainMessage(body) : streamedMessage(body);
  return "outcome" in message ? message : turnOf(message);
}

/** What is not paid for is told with the type of a bad request. */
function unpaid(failure: RecordedFailure): RecordedFailure {
  return /credit balance is too low/i.test(failure.words ?? "") ? { ...failure, kind: "rate_limit" } : failure;
}

/** A message as a plain answer has it. */
interface Message {
  readonly content: readonly { readonly [key: string]: Json }[];
  readonly rest: { readonly [key: string]: Json };
}

function plainMessage(body: string): Message | RecordedFailure {
  const answer = parsed(body);
  if (!isObject(answer)) return protocolFailure();
  const content = field(answer, "content");
  if (Array.isArray(content)) return { content: content.filter(isObject), rest: answer };
  return isObject(field(answer, "error")) ? failureOfWords(body) : protocolFailure();
}

/** The plain answer that a stream amounts to: blocks by their index, filled with their deltas. */
function streamedMessage(body: string): Message | RecordedFailure {
  const events = readEvents(body);
  if (events.length === 0 && !beginsStream(body)) return protocolFailure();
  const content: { [key: string]: Json }[] = [];
  const rest: { [key: string]: Json } = {};
  const usage: { [key: string]: Json } = {};
  const take = (fields: Json | undefined, counts: Json | undefined) => {
    for (const [name, value] of Object.entries(isObject(fields) ? fields : {})) if (value !== null) rest[name] = value;
    for (const [name, value] of Object.entries(isObject(counts) ? counts : {})) if (value !== null) usage[name] = value;
  };
  for (const { name, data, open } of events) {
    if (data.trim() === "" || data.trim() === "[DONE]") continue;
    const event = parsed(data);
    if (event === undefined && open) break;
    if (name === "error" || text(event, "type") === "error") return failureOfWords(data);
    if (!isObject(event)) return protocolFailure();
    const block = content[Number(field(event, "index"))];
    if (event["type"] === "message_start") take(event["message"], field(event["message"], "usage"));
    else if (event["type"] === "message_delta") take(event["delta"], event["usage"]);
    else if (event["type"] === "content_block_start" && isObject(event["content_block"]))
      content[Number(field(event, "index"))] = { ...event["content_block"] };
    else if (event["type"] === "content_block_delta" && block) fill(block, event["delta"]);
    else if (event["type"] === "message_stop") break;
  }
  if (text(rest, "stop_reason") === "") return cutShort();
  for (const block of content) {
    const input = block[JSON_TEXT];
    if (typeof input === "string" && input !== "") block["input"] = parsed(input) ?? input;
  }
  return { content, rest: { ...rest, usage } };
}

/** Where the pieces of a block's input are put together: no provider's field is called so. */
const JSON_TEXT = " json";

function fill(block: { [key: string]: Json }, delta: Json | undefined): void {
  const grows: Readonly<Record<string, readonly [to: string, from: string]>> = {
    text_delta: ["text", "text"],
    thinking_delta: ["thinking", "thinking"],
    input_json_delta: [JSON_TEXT, "partial_json"],
  };
  const kind = text(delta, "type");
  const [to, from] = grows[kind] ?? [];
  if (to !== undefined && from !== undefined) block[to] = text(block, to) + text(delta, from);
  if (kind === "citations_delta") block["citations"] = [...list(block, "citations"), field(delta, "citation") ?? null];
}

const finishReasons: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
  pause_turn: "other",
  compaction: "other",
};

function turnOf({ content, rest }: Message): Expectation {
  const of = (type: string) => content.filter((block) => block["type"] === type);
  const calls: RecordedCall[] = of("tool_use").map((block) => {
    const whole = block[JSON_TEXT];
    const written = typeof whole === "string" && whole !== "" ? whole : JSON.stringify(block["input"] ?? {});
    return { id: text(block, "id"), name: text(block, "name"), arguments: written };
  });
  const reason = text(rest, "stop_reason");
  const cut = reason === "max_tokens" || reason === "model_context_window_exceeded" || reason === "refusal";
  const isUnknown = reason !== "" && finishReasons[reason] === undefined;
  if (isUnknown && (calls.length > 0 || content.length === 0)) return unknownEnd();
  const words = of("text").map((block) => text(block, "text"));
  const said = words.join("");
  return {
    outcome: "turn",
    text: said,
    refusal: reason === "refusal" && said === "" ? text(field(rest, "stop_details"), "explanation") : "",
    reasoning: of("thinking")
      .map((block) => text(block, "thinking"))
      .join(""),
    calls,
    citations: of("text").flatMap((block) => list(block, "citations").map(citationOf)),
    finishReason: calls.length > 0 && !cut ? "tool_calls" : (finishReasons[reason] ?? "other"),
    usage: usageOf(field(rest, "usage")),
    model: text(rest, "model") || null,
    ...(reason === "pause_turn" || reason === "compaction" ? { goesOn: true } : {}),
  };
}

function citationOf(citation: Json): RecordedCitation {
  const first = (...names: string[]) => names.map((name) => text(citation, name)).find((found) => found !== "") ?? null;
  return { url: first("url", "source"), title: first("title", "document_title"), quote: first("cited_text") };
}

function usageOf(usage: Json | undefined): RecordedUsage {
  const get = (name: string) => count(field(usage, name)) ?? 0;
  const read = get("cache_read_input_tokens");
  const written = get("cache_creation_input_tokens");
  // The totals leave out what making a conversation shorter took (…/build-with-claude/compaction).
  const apart = list(usage, "iterations").filter((one) => text(one, "type") === "compaction");
  const sum = (name: string) => apart.reduce<number>((all, one) => all + (count(field(one, name)) ?? 0), get(name));
  const input = sum("input_tokens") + read + written;
  const output = sum("output_tokens");
  const cost = field(usage, "cost");
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    cached_tokens: read,
    cache_write_tokens: written,
    reasoning_tokens: count(field(field(usage, "output_tokens_details"), "thinking_tokens")) ?? 0,
    ...(typeof cost === "number" ? { cost } : {}),
  };
}
