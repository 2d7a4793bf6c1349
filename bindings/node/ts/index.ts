import { LlmspellTypeError } from "./error.js";
import { native } from "./native.js";
import { kindOf } from "./words.js";

export { Agent } from "./agent.js";
export { LlmspellError, LlmspellTypeError } from "./error.js";
export { AgentStream } from "./stream.js";
export { createTool } from "./tool.js";
export type {
  AgentConfig,
  AgentTool,
  AgentToolOptions,
  Content,
  FileInput,
  ImageInput,
  InputMessage,
  InputPart,
  RunInput,
  RunOptions,
  ScriptedModel,
  StreamOptions,
  ToolResultInput,
  Transport,
  TransportRequest,
  TransportResponse,
} from "./types/config.js";
export type {
  AfterModelHook,
  AfterToolHook,
  AgentEvent,
  AgentEventType,
  BeforeModelHook,
  BeforeToolHook,
  CancelledEvent,
  CompactHook,
  DoneEvent,
  ErrorEvent,
  EventBase,
  GuardrailRequestEvent,
  HookRequestEvent,
  JudgedText,
  ObjectDeltaEvent,
  ReasoningDeltaEvent,
  RetryEvent,
  RunStartEvent,
  StepEndEvent,
  StepStartEvent,
  TextDeltaEvent,
  ToolCallDeltaEvent,
  ToolCallEvent,
  ToolRequest,
  ToolRequestEvent,
  ToolResultEvent,
  WarningCode,
  WarningEvent,
} from "./types/event.gen.js";
export type {
  AfterModelChange,
  AfterToolChange,
  Awaitable,
  BeforeModelChange,
  BeforeToolChange,
  CompactChange,
  Decision,
  GuardrailCheck,
  Hooks,
  InputCheck,
  InputGuardrail,
  NamedCheck,
  OnApproval,
  OutputCheck,
  OutputGuardrail,
  Stop,
} from "./types/hook.js";
export type { FromJsonSchema, JsonSchema } from "./types/json-schema.js";
export { type ErrorCode, type ErrorKind, errorCodes } from "./types/kinds.gen.js";
export type {
  AskedToolCall,
  CachePointPart,
  CitationPart,
  FilePart,
  ImagePart,
  Message,
  Part,
  ReasoningPart,
  RefusalPart,
  Role,
  TextPart,
  ToolResultPart,
} from "./types/message.gen.js";
export type {
  AgentSettings,
  AgentToolSettings,
  Budget,
  CallSettings,
  CassetteOptions,
  Compaction,
  Fallback,
  HistoryLimits,
  ModelFacts,
  RateLimit,
  RecordOptions,
  RunSettings,
  ScriptedAnswer,
  ToolChoice,
  ToolSettings,
} from "./types/options.gen.js";
export type {
  ErrorData,
  FinishReason,
  Result,
  Result as AgentExecutionResult,
  ResultMetadata,
  State,
  ToolCallRecord,
  Usage,
} from "./types/result.gen.js";
export type { InferOutput, InferParams, InferSchema, OutputSchema, Schema, StandardSchema } from "./types/schema.js";
export type { HandlerContext, Tool, ToolConfig, ToolContext } from "./types/tool.js";

/** Version of llmspell, like "0.1.0". */
export function version(): string {
  return native.version();
}

/** `true` lets no request leave the process until it is called with `false`: for tests. */
export function forbidRequests(forbid: boolean): void {
  if (typeof forbid !== "boolean")
    throw new LlmspellTypeError(`forbidRequests: expected true or false, got ${kindOf(forbid)}`);
  native.forbidRequests(forbid);
}
