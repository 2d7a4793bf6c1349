// Written by `ts-tools node-types` from spec/schema; edit those files and run `make gen`.

import type { ErrorCode, ErrorKind } from "./kinds.gen.js";
import type { Message } from "./message.gen.js";

/** Tokens that were used. Counts that a provider does not report are 0. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  cached_tokens: number;
  /** Input tokens that the provider wrote to its cache; absent for none. */
  cache_write_tokens?: number;
  reasoning_tokens: number;
  /** Input tokens that were sound; absent for none. */
  input_audio_tokens?: number;
  /** Output tokens that were sound; absent for none. */
  output_audio_tokens?: number;
  /** US dollars, where the provider reports it. */
  cost?: number;
}

/** A tool call of the run, with what came of it. */
export interface ToolCallRecord {
  id: string;
  name: string;
  arguments: unknown;
  /** What the model read; absent for an open call. */
  result?: string;
  /** Whether the call's result is the caller's to give, as input of a later run; absent for every other call. */
  open?: boolean;
  is_error: boolean;
  /** Kind of the failure, as errors name it; absent for a call that succeeded. */
  error_kind?: string;
  /** Whether the model's name or arguments were nearly right and were repaired. */
  repaired?: boolean;
  usage?: Usage;
}

/** Why a turn of the model ended. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "other";

/** Figures of a run. */
export interface ResultMetadata {
  tokens_used: number;
  execution_time_ms: number;
  tools_used: string[];
  model: string;
  provider: string;
  /** Requests that were made again after a failure, those to fallbacks included. */
  retries: number;
  cost?: number;
  /** Name of the agent that answered, where it has one. */
  agent?: string;
}

/** What a run came to, or how far it got. */
export interface Result<Output = unknown> {
  /** The answer's text. */
  content: string;
  /** The same. */
  text: string;
  /** The answer as a value, where an output schema was given; else null. */
  object: Output;
  /** Messages that the run added to the conversation. */
  messages: Message[];
  tool_calls: ToolCallRecord[];
  usage: Usage;
  finish_reason: FinishReason;
  /** Model turns that were finished. */
  steps: number;
  metadata: ResultMetadata;
}

/** A conversation: what getState gives and the option `state` takes. */
export interface State {
  version: 1;
  messages: Message[];
  usage: Usage;
}

/** What went wrong. Decide by kind or code, never by the message. */
export interface ErrorData {
  kind: ErrorKind;
  /** Stable number of the kind (spec/errors.yaml). */
  code: ErrorCode;
  message: string;
  retryable: boolean;
  /** Milliseconds that the provider asks to wait. */
  retry_after_ms?: number;
  http_status?: number;
  provider?: string;
  request_id?: string;
  cause?: string;
  partial?: Result;
}
