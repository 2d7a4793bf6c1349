/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * A place in the answer: a byte offset into the body as it is sent (0 is right after the head), `head` (before anything
 * is sent), `end` (after the whole body), or after that many events of `events` or `chat`.
 */
export type Point = number | "head" | "end" | { readonly event: number };

/** Bytes given as text (UTF-8) or as base64. */
export type Bytes = string | { readonly base64: string };

/** What an exchange asks of the request. Everything that is absent matches anything. */
export interface Expectation {
  readonly method?: string;
  /** Path without the query. */
  readonly path?: string;
  /** Query parameters that must be there, each with this value. */
  readonly query?: Readonly<Record<string, string>>;
  /** Header by name in any case; `null` means it must be absent. A value may be a matcher as in `body`. */
  readonly headers?: Readonly<Record<string, Json>>;
  /**
   * Partial match of the JSON body: objects may have more keys, arrays must have the same length. Matchers, each an
   * object with that one key: `$regex`, `$absent`, `$any`, `$length`, `$last`, `$contains`.
   */
  readonly body?: Json;
}

/** One tool call that the built Chat answer makes. */
export interface ChatToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments text as the model would write it, or a JSON value that is written for it. */
  readonly arguments: Json;
}

/** An answer of the OpenAI Chat wire format, streamed or plain as the request asks. */
export interface ChatAnswer {
  readonly text?: string;
  /** Goes out as `reasoning_content`, before the text. */
  readonly reasoning?: string;
  readonly tool_calls?: readonly ChatToolCall[];
  /** In the wire's own names (`prompt_tokens`, …); by default made from the lengths in words. */
  readonly usage?: { readonly [key: string]: Json };
  /** By default `tool_calls` when there are any, else `stop`. */
  readonly finish_reason?: string;
  /** `auto` (default) follows the request's `stream` flag. */
  readonly stream?: "auto" | boolean;
}

/** An answer of the Anthropic Messages wire format, streamed or plain as the request asks. */
export interface AnthropicAnswer {
  readonly text?: string;
  /** Goes out as a thinking block before the text. */
  readonly thinking?: string;
  readonly signature?: string;
  readonly tool_calls?: readonly ChatToolCall[];
  /** Whole blocks, in place of the above. In a stream, text, thinking and input come in pieces, other types whole. */
  readonly content?: readonly { readonly [key: string]: Json }[];
  /** By default `tool_use` when there are calls, else `end_turn`. */
  readonly stop_reason?: string;
  readonly stop_sequence?: string;
  readonly stop_details?: { readonly [key: string]: Json };
  /** In the wire's own names (`input_tokens`, …), over what is made from the lengths in words. */
  readonly usage?: { readonly [key: string]: Json };
  /** `auto` (default) follows the request's `stream` flag. */
  readonly stream?: "auto" | boolean;
}

/** An answer of Gemini's wire format, streamed or plain as the request's method says. */
export interface GeminiAnswer {
  readonly text?: string;
  /** Goes out as a thought, before the text. */
  readonly thought?: string;
  readonly tool_calls?: readonly {
    readonly id?: string;
    readonly name: string;
    readonly arguments: Json;
    readonly signature?: string;
  }[];
  /** Whole parts, in place of the above. In a stream, text without a signature comes in pieces, other parts whole. */
  readonly parts?: readonly { readonly [key: string]: Json }[];
  /** `STOP` by default; null for an answer that does not end. */
  readonly finish_reason?: string | null;
  readonly finish_message?: string;
  /** More fields of the last candidate (`groundingMetadata`, …). */
  readonly candidate?: { readonly [key: string]: Json };
  /** In the wire's own names (`promptTokenCount`, …), over fixed ones. */
  readonly usage?: { readonly [key: string]: Json };
}

/** An answer of Ollama's wire format, streamed as lines or plain as the request asks. */
export interface OllamaAnswer {
  readonly text?: string;
  /** Goes out before the text. */
  readonly thinking?: string;
  readonly tool_calls?: readonly { readonly id?: string; readonly name: string; readonly arguments: Json }[];
  /** `stop` by default. */
  readonly done_reason?: string;
  /** Fields of the last line (`prompt_eval_count`, …), over fixed ones. */
  readonly usage?: { readonly [key: string]: Json };
}

/** An answer of the OpenAI Responses wire format, streamed or plain as the request asks. */
export interface ResponsesAnswer {
  readonly text?: string;
  readonly refusal?: string;
  /** Goes out as a reasoning item with this summary, before the text. */
  readonly reasoning?: string;
  /** The reasoning item's `encrypted_content`. */
  readonly encrypted?: string;
  readonly tool_calls?: readonly ChatToolCall[];
  /** Whole items, in place of the above. In a stream, texts and arguments come in pieces, other types whole. */
  readonly output?: readonly { readonly [key: string]: Json }[];
  /** Why the answer is incomplete, such as `max_output_tokens`. */
  readonly incomplete?: string;
  /** Error of a response that failed, in place of an answer that completes. */
  readonly error?: { readonly [key: string]: Json };
  /** In the wire's own names (`input_tokens`, …), over what is made from the lengths in words. */
  readonly usage?: { readonly [key: string]: Json };
  /** `auto` (default) follows the request's `stream` flag. */
  readonly stream?: "auto" | boolean;
}

/** One entry of `events`: SSE data, or bytes as they are. */
export type EventItem =
  | string
  | { readonly raw: Bytes }
  | { readonly data: Json; readonly event?: string; readonly id?: string; readonly repeat?: number }
  | { readonly [key: string]: Json };

/** Where in a recorded file (`when` / `then` documents) the answer is taken from. */
export interface CassetteRef {
  /** Relative to the scenario's file; `corpus:…` is relative to the folder that LLMSPELL_CORPUS names. */
  readonly file: string;
  /** Which exchange of the file, from 0. */
  readonly exchange?: number;
}

/** One thing to do to an answer on its way; exactly one of the keys beside `at`. */
export interface Action {
  /** Wait this long (ms), at the head or at `at`. */
  readonly delay_ms?: number;
  /** Wait until `POST /__release?name=…`, at the head or at `at`. */
  readonly hold?: string;
  /** Send nothing more from here on and keep the connection open. */
  readonly stall?: Point;
  /** Break the connection here with a TCP RST. */
  readonly reset?: Point;
  /** Close the connection here in the ordinary way. */
  readonly close?: Point;
  /** Bytes put on the wire, outside HTTP framing, instead of the answer (or of its rest from `at`); then close. */
  readonly garbage?: Bytes;
  /** Write the body in pieces: at these offsets, one byte each (`every`), or one event each (`events`). */
  readonly split_at?: readonly number[] | "every" | "events";
  /** Write the body in pieces of `bytes` (1), one every `every_ms`. */
  readonly trickle?: { readonly bytes?: number; readonly every_ms: number };
  /** Compress the body; offsets then count compressed bytes. */
  readonly gzip?: boolean;
  /** Where `delay_ms`, `hold` and `garbage` happen; `head` when absent. */
  readonly at?: Point;
}

/** What is answered. At most one of `body`, `events`, `chat`, `anthropic`, `gemini`, `ollama`, `lines`, `cassette`; none gives an empty body. */
export interface Response {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A string is sent as it is, `{base64}` as those bytes, anything else as JSON. */
  readonly body?: Json;
  readonly events?: readonly EventItem[];
  /** Whether `data: [DONE]` comes last: by default with `events` and `chat`, not with the others. */
  readonly done?: boolean;
  readonly chat?: ChatAnswer;
  readonly anthropic?: AnthropicAnswer;
  readonly gemini?: GeminiAnswer;
  readonly ollama?: OllamaAnswer;
  /** Lines of JSON (NDJSON), one per entry; a string is a line as it is. */
  readonly lines?: readonly Json[];
  readonly responses?: ResponsesAnswer;
  readonly cassette?: string | CassetteRef;
  readonly actions?: readonly Action[];
}

/** One request that is expected and what it gets. */
export interface Exchange {
  readonly expect?: Expectation;
  readonly respond: Response;
  /** How many requests it serves: 1 by default. */
  readonly repeat?: number | "forever";
}

/** A whole scenario: what the server expects and answers. */
export interface Scenario {
  /** What it shows, for the reader. */
  readonly name?: string;
  /** `order` (default): exchanges are used up one after the other. `any`: the first that matches and is not used up. */
  readonly match?: "order" | "any";
  readonly exchanges: readonly Exchange[];
}

/** A request as `GET /__seen` reports it. */
export interface SeenRequest {
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  /** Names in lower case; keys and tokens are reduced to their last four characters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, else the text. */
  readonly body: Json;
  /** Ordinal of the TCP connection, from 1: equal numbers mean keep-alive. */
  readonly connection: number;
  /** Index of the exchange that answered, or null for a mismatch. */
  readonly exchange: number | null;
  /** The client closed before the answer's end (or before its own request's end). */
  readonly aborted: boolean;
}

/** One way in which a request was not what an exchange expected. */
export interface Difference {
  /** Where, e.g. `body.messages[0].role`. */
  readonly at: string;
  readonly expected: Json;
  /** What was there; absent when nothing was. */
  readonly got?: Json;
}

/** A request that no exchange answered. */
export interface Mismatch {
  /** Index into `requests`. */
  readonly request: number;
  readonly message: string;
  /** The exchange it was compared with, or null when none was left. */
  readonly exchange: number | null;
  readonly differences: readonly Difference[];
}

/** The whole report. */
export interface Seen {
  readonly requests: readonly SeenRequest[];
  readonly mismatches: readonly Mismatch[];
  /** Answers that nobody asked for yet (an exchange that repeats forever counts until its first use). */
  readonly unused: number;
}
