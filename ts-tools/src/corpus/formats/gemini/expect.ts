import type { Exchange } from "../../../mock/recording.js";
import type { Json } from "../../../mock/types.js";
import type { Expectation, RecordedCall, RecordedCitation, RecordedUsage } from "../../expectation.js";
import { count, cutShort, parsed, protocolFailure, wellFormed } from "../../expectation.js";
import type { RecordedFailure } from "../../failure.js";
import { failureInside, failureOfStatus } from "../../failure.js";
import { field, isObject, list, objects, text } from "../../json.js";
import { beginsStream, readEvents } from "../../sse.js";

/**
 * Reads what a recorded answer says: a second reading of the wire format, from its definition, that shares nothing with
 * the codec. It takes the whole answer at once.
 */
export function expectationOf({ response }: Exchange): Expectation {
  const body = response.body.toString("utf8");
  if (response.status < 200 || response.status > 299) return failureOfStatus(response.status, body);
  const start = /^[\s\uFEFF]*([{[<]?)/.exec(body)?.[1] ?? "";
  if (start === "") return streamed(body);
  const value = parsed(body.replace(/^\uFEFF/, ""));
  if (start === "[") return Array.isArray(value) ? answerOf(value, true) : cutShort();
  return isObject(value) ? answerOf([value], false) : protocolFailure();
}

function streamed(body: string): Expectation {
  const events = readEvents(body).filter(({ data }) => data.trim() !== "" && data.trim() !== "[DONE]");
  if (events.length === 0) return beginsStream(body) ? cutShort() : protocolFailure();
  const chunks: Json[] = [];
  for (const { data, open } of events) {
    const chunk = parsed(data);
    if (chunk === undefined && open) break;
    if (!isObject(chunk)) return protocolFailure();
    chunks.push(chunk);
  }
  return answerOf(chunks, true);
}

/** Finish reasons that are not errors. */
const ENDS: Readonly<Record<string, string>> = { STOP: "stop", MAX_TOKENS: "length" };
/** Finish reasons for which nothing may be said. */
const FILTERED =
  /^(SAFETY|RECITATION|LANGUAGE|BLOCKLIST|PROHIBITED_CONTENT|SPII|MODEL_ARMOR|IMAGE_(SAFETY|PROHIBITED_CONTENT|RECITATION))$/;

/** The answer that one or more `GenerateContentResponse`s are. */
function answerOf(chunks: readonly Json[], isStream: boolean): Expectation {
  const said = { text: "", reasoning: "" };
  const calls: RecordedCall[] = [];
  const sources: RecordedCitation[] = [];
  let [finish, lastPart] = ["", ""];
  let usage: RecordedUsage = null;
  let model: string | null = null;
  let candidates = 0;
  for (const chunk of chunks) {
    const failure = failureInside(chunk) ?? blocked(chunk);
    if (failure) return failure;
    model ??= text(chunk, "modelVersion") || null;
    usage = usageOf(field(chunk, "usageMetadata")) ?? usage;
    const candidate = objects(chunk, "candidates").find((one) => (count(field(one, "index")) ?? 0) === 0);
    if (candidate === undefined) continue;
    candidates++;
    for (const part of objects(field(candidate, "content"), "parts")) {
      finish = "";
      lastPart = Object.keys(part as object).find((name) => !name.startsWith("thought")) ?? "";
      said[field(part, "thought") === true ? "reasoning" : "text"] += text(part, "text");
      const call = field(part, "functionCall");
      if (call !== undefined) calls.push(callOf(call));
    }
    sources.push(...citationsOf(candidate));
    finish = text(candidate, "finishReason") || finish;
    if (finish !== "" && ENDS[finish] === undefined) {
      return failed(FILTERED.test(finish) ? "content_filter" : "provider", text(candidate, "finishMessage"));
    }
  }
  // Gemini 2.5 stops for the code that it runs, and goes on.
  const isCut = finish === "" || (finish === "STOP" && lastPart === "executableCode");
  if (isStream && isCut) return cutShort();
  if (candidates === 0) return usage === null ? protocolFailure() : failed("provider", "");
  const reason = ENDS[finish] ?? "other";
  return {
    outcome: "turn",
    text: wellFormed(said.text),
    refusal: "",
    reasoning: wellFormed(said.reasoning),
    calls,
    citations: sources,
    finishReason: calls.length > 0 && reason !== "length" ? "tool_calls" : reason,
    usage,
    model,
  };
}

function failed(kind: string, words: string): RecordedFailure {
  return { outcome: "failure", kind, status: null, words: words === "" ? null : words.replace(/\.$/, "") };
}

/** The failure that a prompt which was not let through stands for. */
function blocked(chunk: Json): RecordedFailure | undefined {
  const reason = text(field(chunk, "promptFeedback"), "blockReason");
  return reason === "" || reason === "BLOCK_REASON_UNSPECIFIED" ? undefined : failed("content_filter", reason);
}

function callOf(call: Json): RecordedCall {
  return {
    id: text(call, "id") || null,
    name: text(call, "name"),
    arguments: JSON.stringify(field(call, "args") ?? {}),
  };
}

/** Where an answer comes from: what grounded it, then what it quotes. */
function citationsOf(candidate: Json): RecordedCitation[] {
  const source = (chunk: Json) =>
    ["web", "retrievedContext", "maps", "image"].map((kind) => field(chunk, kind)).find((found) => found !== undefined);
  const grounds = list(field(candidate, "groundingMetadata"), "groundingChunks").map(source);
  const metadata = field(candidate, "citationMetadata");
  const quotes = [...list(metadata, "citations"), ...list(metadata, "citationSources")];
  return [
    ...grounds.map((found) => ({
      url: text(found, "uri") || text(found, "sourceUri") || null,
      title: text(found, "title") || null,
      quote: text(found, "text") || null,
    })),
    ...quotes.map((found) => ({ url: text(found, "uri") || null, title: text(found, "title") || null, quote: null })),
  ];
}

/** Prompt and results of tools that Google ran are read; what was answered and what was thought are written. */
function usageOf(usage: Json | undefined): RecordedUsage {
  if (!isObject(usage)) return null;
  const of = (name: string) => count(usage[name]);
  const input = (of("promptTokenCount") ?? 0) + (of("toolUsePromptTokenCount") ?? 0);
  const thoughts = of("thoughtsTokenCount") ?? 0;
  const output = (of("candidatesTokenCount") ?? 0) + thoughts;
  const sound = (name: string) =>
    objects(usage, name)
      .filter((one) => text(one, "modality") === "AUDIO")
      .reduce<number>((sum, one) => sum + (count(field(one, "tokenCount")) ?? 0), 0);
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: of("totalTokenCount") ?? input + output,
    cached_tokens: of("cachedContentTokenCount") ?? 0,
    reasoning_tokens: thoughts,
    input_audio_tokens: sound("promptTokensDetails"),
    output_audio_tokens: sound("candidatesTokensDetails"),
  };
}
