// Written by `ts-tools node-types` from spec/schema; edit those files and run `make gen`.

import type { Message, Part } from "./message.gen.js";
import type { ErrorData, FinishReason, Result, Usage } from "./result.gen.js";

/** What every event has. */
export interface EventBase {
  /** The run. */
  run_id: string;
  /** Number of the event within its run. */
  seq: number;
  /** Step that it belongs to, from 1; 0 before the first. */
  step: number;
  /** Names of the tools that lead to the agent that speaks, where it is another than the one that was started. */
  agent?: string[];
  /**
   * It is of an agent that answers a call of a tool, in a run inside the run: its words are no part of the run's
   * answer. Absent for an agent that the conversation was handed to.
   */
  nested?: true;
}

/** The run began. */
export interface RunStartEvent extends EventBase {
  type: "run_start";
  name?: string;
  provider: string;
  model: string;
}

/** A turn of the model begins. */
export interface StepStartEvent extends EventBase {
  type: "step_start";
}

/** A piece of the answer's text. */
export interface TextDeltaEvent extends EventBase {
  type: "text_delta";
  text: string;
}

/** A piece of the model's thinking. */
export interface ReasoningDeltaEvent extends EventBase {
  type: "reasoning_delta";
  text: string;
}

/** The structured answer as far as it is there. */
export interface ObjectDeltaEvent extends EventBase {
  type: "object_delta";
  object: unknown;
}

/** A piece of a tool call's arguments. */
export interface ToolCallDeltaEvent extends EventBase {
  type: "tool_call_delta";
  tool_call_id: string;
  name: string;
  arguments_delta: string;
}

/** The model calls a tool. */
export interface ToolCallEvent extends EventBase {
  type: "tool_call";
  tool_call_id: string;
  name: string;
  arguments: unknown;
}

/** A tool call has its result. */
export interface ToolResultEvent extends EventBase {
  type: "tool_result";
  tool_call_id: string;
  name: string;
  content: string;
  is_error: boolean;
  /** Pictures and files of the result. */
  parts?: Part[];
}

/** A tool call that somebody shall decide about or answer. */
export interface ToolRequest {
  tool_call_id: string;
  name: string;
  arguments: unknown;
  step: number;
}

/** Somebody shall decide about a tool call (`approval`), or answer it (`tool`). */
export interface ToolRequestEvent extends EventBase {
  type: "request";
  id: string;
  kind: "tool" | "approval";
  payload: ToolRequest;
}

/** What the hook `compact` gets: the messages that are to go. */
export interface CompactHook {
  point: "compact";
  step: number;
  messages: Message[];
}

/** What the hook `beforeModel` gets: what the model will see. */
export interface BeforeModelHook {
  point: "before_model";
  step: number;
  system_prompt?: string;
  messages: Message[];
}

/** What the hook `afterModel` gets: the model's turn. */
export interface AfterModelHook {
  point: "after_model";
  step: number;
  text: string;
  message: Message;
  usage: Usage;
  finish_reason: FinishReason;
}

/** What the hook `beforeTool` gets: a call that is about to be made. */
export interface BeforeToolHook {
  point: "before_tool";
  step: number;
  tool_call_id: string;
  name: string;
  arguments: unknown;
}

/** What the hook `afterTool` gets: a call and its result. */
export interface AfterToolHook {
  point: "after_tool";
  step: number;
  tool_call_id: string;
  name: string;
  arguments: unknown;
  content: string;
  parts?: Part[];
  is_error: boolean;
}

/** A hook is asked. */
export interface HookRequestEvent extends EventBase {
  type: "request";
  id: string;
  kind: "hook";
  payload: CompactHook | BeforeModelHook | AfterModelHook | BeforeToolHook | AfterToolHook;
}

/** What a guardrail gets: the user's message or the model's answer. */
export interface JudgedText {
  name: string;
  on: "input" | "output";
  step: number;
  text: string;
  messages?: Message[];
}

/** A guardrail is asked. */
export interface GuardrailRequestEvent extends EventBase {
  type: "request";
  id: string;
  kind: "guardrail";
  payload: JudgedText;
}

/** A request is made again; with `discard` the deltas since the step began are void. */
export interface RetryEvent extends EventBase {
  type: "retry";
  discard: boolean;
  /** Number of the try that follows; absent where a checkpoint was restored. */
  attempt?: number;
  after_ms?: number;
  /** Provider that is used from now on, where it is another. */
  provider?: string;
  model?: string;
  error?: ErrorData;
}

/** What it is about, where programs may want to tell it apart. */
export type WarningCode = "repaired_name" | "repaired_arguments" | "repaired_answer" | "unpacked_calls" | "renamed_call" | "bad_reply";

/** Something was not as it should be, and the run goes on. */
export interface WarningEvent extends EventBase {
  type: "warning";
  message: string;
  /** What it is about, where programs may want to tell it apart. */
  code?: WarningCode;
  tool_call_id?: string;
}

/** A turn of the model is complete. */
export interface StepEndEvent extends EventBase {
  type: "step_end";
  usage: Usage;
  finish_reason: FinishReason;
}

/** The run ended well. The last event. */
export interface DoneEvent<Output = unknown> extends EventBase {
  type: "done";
  result: Result<Output>;
}

/** The run failed. The last event. */
export interface ErrorEvent {
  type: "error";
  /** The run. */
  run_id?: string;
  /** Number of the event within its run. */
  seq: number;
  /** Step that it belongs to, from 1; 0 before the first. */
  step: number;
  /** Names of the tools that lead to the agent that speaks, where it is another than the one that was started. */
  agent?: string[];
  /**
   * It is of an agent that answers a call of a tool, in a run inside the run: its words are no part of the run's
   * answer. Absent for an agent that the conversation was handed to.
   */
  nested?: true;
  error: ErrorData;
  partial: Result;
}

/** The run was cancelled. The last event. */
export interface CancelledEvent extends EventBase {
  type: "cancelled";
  partial: Result;
}

/**
 * What a run tells. A run ends with exactly one of done, error and cancelled.
 *
 * Told apart by `type`: `if (event.type === "text_delta") process.stdout.write(event.text)`.
 */
export type AgentEvent<Output = unknown> =
  | RunStartEvent
  | StepStartEvent
  | TextDeltaEvent
  | ReasoningDeltaEvent
  | ObjectDeltaEvent
  | ToolCallDeltaEvent
  | ToolCallEvent
  | ToolResultEvent
  | ToolRequestEvent
  | HookRequestEvent
  | GuardrailRequestEvent
  | RetryEvent
  | WarningEvent
  | StepEndEvent
  | DoneEvent<Output>
  | ErrorEvent
  | CancelledEvent;

/** What an event can be: its `type`. */
export type AgentEventType = AgentEvent["type"];
