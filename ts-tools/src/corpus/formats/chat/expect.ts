import type { Exchange } from "../../../mock/recording.js";
import type { Json } from "../../../mock/types.js";
import type { Expectation, RecordedUsage } from "../../expectation.js";
import { count, cutShort, parsed, protocolFailure, unknownEnd, wellFormed } from "../../expectation.js";
import type { RecordedFailure } from "../../failure.js";
import { failureInside, failureOfStatus, failureOfWords } from "../../failure.js";
import { field, isObject, list, nonEmpty, objects, text } from "../../json.js";
import { beginsStream, readEvents } from "../../sse.js";

/**
 * Reads what a recorded answer says, straight from its JSON or its events.
 *
 * This is a second reading of the wire format, from its definition, made to be compared with the codec's: it shares
 * nothing with it and takes the whole answer at once.
 */
export function expectationOf({ response }: Exchange): Expectation {
  const body = response.body.toString("utf8");
  if (response.status < 200 || response.status > 299) return failureOfStatus(response.status, body);
  return /^[\s\uFEFF]*[{[<]/.test(body) ? readPlain(body) : readStream(body);
}

function readPlain(body: string): Expectation {
  const answer = parsed(body.replace(/^\uFEFF/, ""));
  if (!isObject(answer)) return protocolFailure();
  const failure = failureInside(answer);
  if (failure) return failure;
  const choice = firstChoice(answer);
  if (choice === undefined) return protocolFailure();
  const turn = new Turn();
  turn.around(answer, choice);
  turn.whole(field(choice, "message") ?? field(choice, "delta"));
  return turn.failure() ?? turn.complete();
}

function readStream(body: string): Expectation {
  const turn = new Turn();
  let done = false;
  const events = readEvents(body);
  if (events.length === 0 && !beginsStream(body)) return protocolFailure();
  for (const { name, data, open } of events) {
    if (data.trim() === "") continue;
    done = data.trim() === "[DONE]";
    if (done) break;
    if (name === "error") return failureOfWords(data);
    const chunk = parsed(data);
    if (chunk === undefined && open) break;
    if (!isObject(chunk)) return protocolFailure();
    const failure = failureInside(chunk);
    if (failure) return failure;
    const choice = firstChoice(chunk);
    turn.around(chunk, choice);
    const delta = field(choice, "delta");
    turn.piece(delta);
    // A whole message in a stream repeats its deltas, where there were any.
    if (turn.isEmpty()) turn.whole(field(choice, "message"));
    const ended = turn.failure();
    if (ended) return ended;
  }
  if (turn.finish === null && (!done || turn.isEmpty())) {
    return cutShort();
  }
  return turn.complete();
}

/** The answer that llmspell gives: the one of index 0, which need not be written. */
function firstChoice(answer: Json): Json | undefined {
  return objects(answer, "choices").find((choice) => {
    const index = field(choice, "index");
    return typeof index !== "number" || index === 0;
  });
}

interface OpenCall {
  readonly index: number | undefined;
  readonly id: string | null;
  name: string;
  arguments: string;
}

/** An answer being put together from its pieces; a plain answer is one piece. */
class Turn {
  finish: string | null = null;
  #text = "";
  #refusal = "";
  #reasoning = "";
  #model: string | null = null;
  #usage: RecordedUsage = null;
  readonly #calls: OpenCall[] = [];

  isEmpty(): boolean {
    return this.#text === "" && this.#refusal === "" && this.#reasoning === "" && this.#calls.length === 0;
  }

  /** What stands around the message. */
  around(answer: Json, choice: Json | undefined): void {
    this.#model ??= text(answer, "model") || null;
    const usages = [field(answer, "usage"), field(field(answer, "x_groq"), "usage"), field(choice, "usage")];
    this.#usage = usages.map(usageOf).find((usage) => usage !== null) ?? this.#usage;
    const reason = field(choice, "finish_reason");
    if (typeof reason === "string" && reason !== "") this.finish = reason;
  }

  /** A whole message: each of its tool calls is one of its own. */
  whole(message: Json | undefined): void {
    this.#said(message);
    for (const call of objects(message, "tool_calls")) this.#extend(this.#begin(call), call);
  }

  /** A piece of a message. */
  piece(message: Json | undefined): void {
    this.#said(message);
    for (const call of objects(message, "tool_calls")) this.#extend(this.#openCall(call) ?? this.#begin(call), call);
  }

  #said(message: Json | undefined): void {
    this.#reasoning += text(message, "reasoning_content") || text(message, "reasoning");
    const content = field(message, "content");
    if (typeof content === "string") this.#text += content;
    for (const part of list(message, "content")) this.#part(part);
    this.#refusal += text(message, "refusal");
    const legacy = nonEmpty(field(message, "function_call"));
    // A call that is sent in both ways is one call.
    if (isObject(legacy) && objects(message, "tool_calls").length === 0) {
      const call = { function: legacy };
      this.#extend(this.#calls.at(-1) ?? this.#begin(call), call);
    }
  }

  #part(part: Json): void {
    if (field(part, "type") !== "thinking") {
      this.#text += text(part, "text");
      return;
    }
    this.#reasoning += text(part, "thinking");
    for (const inner of list(part, "thinking")) this.#reasoning += text(inner, "text");
  }

  /**
   * The call that a piece goes on with: that of its id, else the last of its index, else the last one. A named piece
   * begins a call where there is neither, and where the call of its index is whole already: some servers give every call
   * the same index. A new id begins a call, unless a piece without a name has it: some servers make one for every piece.
   */
  #openCall(piece: Json): OpenCall | undefined {
    const id = text(piece, "id");
    const index = count(field(piece, "index"));
    const named = text(field(piece, "function"), "name") !== "";
    if (id !== "") {
      const known = this.#calls.find((call) => call.id === id);
      if (known || named || index === undefined) return known;
      return this.#calls.findLast((call) => call.index === index);
    }
    if (index === undefined) return named ? undefined : this.#calls.at(-1);
    const open = this.#calls.findLast((call) => call.index === index);
    const more = nonEmpty(field(field(piece, "function"), "arguments"));
    const another = open !== undefined && named && more !== undefined && parsed(open.arguments) !== undefined;
    return another ? undefined : open;
  }

  #begin(piece: Json): OpenCall {
    const call = { index: count(field(piece, "index")), id: text(piece, "id") || null, name: "", arguments: "" };
    this.#calls.push(call);
    return call;
  }

  #extend(call: OpenCall, piece: Json): void {
    const called = field(piece, "function");
    const name = text(called, "name");
    // The name comes whole or is repeated.
    if (call.name !== name) call.name += name;
    const more = field(called, "arguments");
    if (typeof more === "string") call.arguments += more;
    else if (more !== undefined && more !== null) call.arguments += JSON.stringify(more);
  }

  /** What an answer that ended for an error, which it does not explain, must come out as. */
  failure(): RecordedFailure | undefined {
    return this.finish === "error" ? { outcome: "failure", kind: "provider", status: null, words: null } : undefined;
  }

  complete(): Expectation {
    const known = finishReasons[(this.finish ?? "").toLowerCase().replaceAll("-", "_")];
    if (this.finish !== null && known === undefined && (this.#calls.length > 0 || this.isEmpty())) return unknownEnd();
    const reason = known ?? "other";
    const cut = reason === "length" || reason === "content_filter";
    return {
      outcome: "turn",
      text: wellFormed(this.#text),
      refusal: wellFormed(this.#refusal),
      reasoning: wellFormed(this.#reasoning),
      calls: this.#calls.map(({ id, name, arguments: json }) => ({ id, name, arguments: wellFormed(json) })),
      // A turn that asks for tools ended for them, whatever the provider calls it.
      finishReason: this.#calls.length > 0 && !cut ? "tool_calls" : reason,
      usage: this.#usage,
      model: this.#model,
    };
  }
}

const finishReasons: Readonly<Record<string, string>> = {
  stop: "stop",
  stopped: "stop",
  completed: "stop",
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  length: "length",
  max_tokens: "length",
  max_output_tokens: "length",
  max_completion_tokens: "length",
  max_length: "length",
  model_length: "length",
  context_length: "length",
  context_length_exceeded: "length",
  model_context_window_exceeded: "length",
  tool_calls: "tool_calls",
  tool_call: "tool_calls",
  function_calls: "tool_calls",
  function_call: "tool_calls",
  tool_use: "tool_calls",
  content_filter: "content_filter",
  sensitive: "content_filter",
  safety: "content_filter",
  recitation: "content_filter",
  refusal: "content_filter",
};

function usageOf(usage: Json | undefined): RecordedUsage {
  if (typeof usage !== "object" || usage === null || Array.isArray(usage) || Object.keys(usage).length === 0)
    return null;
  const details = (name: "prompt" | "completion", kind: string) => count(field(usage[`${name}_tokens_details`], kind));
  const input = count(usage["prompt_tokens"]) ?? 0;
  const said = count(usage["completion_tokens"]) ?? 0;
  const reasoning = details("completion", "reasoning_tokens") ?? count(usage["reasoning_tokens"]) ?? 0;
  const total = count(usage["total_tokens"]);
  // Reasoning that the sum counts beside the answer is a part of the output all the same.
  const output = total === input + said + reasoning ? said + reasoning : said;
  const present = (name: string, tokens: number | undefined) => (tokens ? { [name]: tokens } : {});
  const { cost } = usage;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: total ?? input + output,
    cached_tokens:
      details("prompt", "cached_tokens") ??
      count(usage["prompt_cache_hit_tokens"]) ??
      count(usage["cached_tokens"]) ??
      0,
    reasoning_tokens: reasoning,
    ...present("cache_write_tokens", details("prompt", "cache_write_tokens")),
    ...present("input_audio_tokens", details("prompt", "audio_tokens")),
    ...present("output_audio_tokens", details("completion", "audio_tokens")),
    ...(typeof cost === "number" ? { cost } : {}),
  };
}
