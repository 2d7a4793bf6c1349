import type { Agent } from "../agent.js";
import type { AgentEvent } from "./event.gen.js";
import type { Awaitable, Hooks, InputGuardrail, OnApproval, OutputGuardrail } from "./hook.js";
import type { AskedToolCall, CachePointPart, FilePart, ImagePart, Part, Role, TextPart } from "./message.gen.js";
import type { AgentSettings, AgentToolSettings, RunSettings } from "./options.gen.js";
import type { OutputSchema, Schema } from "./schema.js";
import type { ToolConfig } from "./tool.js";

/** A picture as a program hands it over: by `url`, `data` (base64), `bytes` or `file_id`. */
export interface ImageInput extends ImagePart {
  readonly bytes?: Uint8Array;
}

/** A file as a program hands it over: by `url`, `data` (base64), `bytes` or `file_id`. */
export interface FileInput extends FilePart {
  readonly bytes?: Uint8Array;
}

/** The result of a tool call that an earlier run left open (`external`), by itself or in a message of the role `tool`. */
export interface ToolResultInput {
  readonly type: "tool_result";
  readonly tool_call_id: string;
  /** What the tool came to: any value that JSON can hold. */
  readonly content: unknown;
  readonly is_error?: boolean;
}

/** A part of a message as a program hands it over. */
export type InputPart = string | TextPart | ImageInput | FileInput | ToolResultInput | CachePointPart | Part;

/** A message as a program hands it over; also one that came out of a result or a state. */
export interface InputMessage {
  readonly role: Role;
  readonly content: string | readonly InputPart[];
  readonly tool_calls?: readonly AskedToolCall[];
  readonly raw?: { readonly provider: string; readonly value: unknown };
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What is said to an agent: a text, a message, a part, or a list of parts or messages. */
export type Content = InputPart | InputMessage | readonly (InputPart | InputMessage)[];

/**
 * What an agent is made from. Everything is optional: `new Agent()` asks OpenAI's usual model with the key in
 * `OPENAI_API_KEY`.
 *
 * @example
 * ```ts
 * const agent = new Agent({ model: "anthropic/claude-sonnet-4-5", systemPrompt: "Answer briefly.", tools: [weather] });
 * ```
 */
export interface AgentConfig<S extends OutputSchema = any> extends AgentSettings {
  /**
   * Where the model is, such as `openai`, `mistral` or `vllm`; `demo` is offline, `replay` plays `cassette`.
   * @defaultValue "openai"
   */
  readonly provider?: string | ScriptedModel | undefined;
  /** Model; `provider/model` names both. Without it, the provider's usual one. */
  readonly model?: string | ScriptedModel | undefined;
  /** Tools that the model may call, agents among them (`agent.asTool`). */
  readonly tools?: readonly (ToolConfig | AgentTool)[] | undefined;
  /** Agents that may take the conversation over, or what their `asHandoff` returned. */
  readonly handoffs?: readonly (Agent<any> | AgentTool)[] | undefined;
  /**
   * What the answer must fit, as a Standard Schema or a JSON Schema: `result.object` is then a value of its type.
   */
  readonly outputSchema?: S | undefined;
  /** Decides about calls of tools with `needsApproval`. Without it whoever reads the stream does; otherwise they are denied. */
  readonly onApproval?: OnApproval | undefined;
  /** Functions that are asked in the middle of a run. */
  readonly hooks?: Hooks | undefined;
  /** What judges the user's message before anything is sent, one after the other. */
  readonly inputGuardrails?: readonly InputGuardrail[] | undefined;
  /** What judges the answer before the run ends, one after the other. */
  readonly outputGuardrails?: readonly OutputGuardrail[] | undefined;
  /** Carries HTTP in place of llmspell: `fetch`, or what looks like it. */
  readonly transport?: Transport | "network" | undefined;
}

/** An agent that is a tool of others, or takes conversations over: what `agent.asTool` and `agent.asHandoff` return. */
export interface AgentTool {
  /** The tool's name, where it was given one. */
  readonly name: string | undefined;
}

/** How an agent is offered to others. */
export interface AgentToolOptions extends Omit<AgentToolSettings, "schema"> {
  /** What its arguments look like; a text `input` when absent. */
  readonly schema?: Schema | undefined;
}

/** A model that answers from a script: `scripted` of `@rs/llmspell/testing`. */
export interface ScriptedModel {
  /** The requests that its turns were asked, in OpenAI's Chat format. */
  requests(): unknown[];
  /** @throws Error unless every turn was used and no more was asked */
  assertDone(): void;
}

/** Options of one call, in place of the agent's. */
export interface RunOptions<S extends OutputSchema = any> extends Omit<RunSettings, "events"> {
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal | undefined;
  /** What the answer must fit, as a Standard Schema or a JSON Schema. */
  readonly outputSchema?: S | undefined;
  /** In place of the agent's. */
  readonly onApproval?: OnApproval | undefined;
  /** Sees every event of the run. */
  readonly onEvent?: ((event: AgentEvent) => void) | undefined;
}

/** Options of one call whose events are read. */
export interface StreamOptions<S extends OutputSchema = any> extends RunOptions<S> {
  /** Types of events that are wanted. Absent: all. `request` and the last event of a run always come. */
  readonly events?: RunSettings["events"];
}

/** What a run is asked, with its options beside it. */
export interface RunInput<S extends OutputSchema = any> extends RunOptions<S> {
  readonly input: Content;
}

/** Carries one HTTP request. `fetch` is one. */
export type Transport = (url: string, request: TransportRequest) => Awaitable<TransportResponse>;

/** A request to carry. The headers hold the key: log nothing of them. */
export interface TransportRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What came back. A `Response` is one. */
export interface TransportResponse {
  readonly status: number;
  readonly headers?: Iterable<readonly [string, string]> | Readonly<Record<string, string>> | undefined;
  /** As a whole or piece by piece. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array> | null | undefined;
}
