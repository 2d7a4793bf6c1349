// Written by `ts-tools node-types` from spec/schema; edit those files and run `make gen`.

import type { AgentEventType } from "./event.gen.js";
import type { JsonSchema } from "./json-schema.js";
import type { State } from "./result.gen.js";

/** Whether the model must call tools. `required` and a name hold for the first step. */
export type ToolChoice = "auto" | "none" | "required" | { name: string };

/** What a run may use; beyond it the run ends with kind `budget`. */
export interface Budget {
  /** Tokens, in and out. */
  tokens?: number | undefined;
  /** US dollars. Prices: the provider's own figure, else the option models. */
  cost?: number | undefined;
  /** Calls of tools. */
  toolCalls?: number | undefined;
}

/** What a call may set in place of its agent. */
export interface CallSettings {
  /** Randomness of the answer. From 0 to 2. */
  temperature?: number | undefined;
  /** Share of the likeliest words that are considered. From 0 to 1. */
  topP?: number | undefined;
  /** Most tokens of one answer. */
  maxTokens?: number | undefined;
  /** Texts that end the answer. */
  stop?: string | readonly string[] | undefined;
  /** Seed for providers that take one. */
  seed?: number | undefined;
  /** Whether the model must call tools. `required` and a name hold for the first step. */
  toolChoice?: ToolChoice | undefined;
  /**
   * Whether the provider is told to keep tools, instructions and conversation in its cache, and for how long; without
   * meaning where a provider does so by itself.
   */
  cache?: boolean | "5m" | "1h" | undefined;
  /**
   * Most model turns of a run. From 1 to 1000000.
   * @defaultValue 20
   */
  maxSteps?: number | undefined;
  /**
   * Milliseconds for a whole run, with its wait behind other runs of the same conversation.
   * @defaultValue 600000
   */
  timeoutMs?: number | undefined;
  /**
   * How often a failed request is made again, as long as nothing of its answer came. From 0 to 100.
   * @defaultValue 2
   */
  maxRetries?: number | undefined;
  /** What a run may use; beyond it the run ends with kind `budget`. */
  budget?: Budget | undefined;
  /**
   * Name of the answer's form, for providers that want one: letters, digits, _ and -.
   * @defaultValue "answer"
   */
  outputName?: string | undefined;
  /**
   * How the model is held to outputSchema: a field of the wire format, a tool that it must call, or instructions.
   * Absent: what suits the model.
   */
  outputMode?: "native" | "tool" | "prompt" | undefined;
  /**
   * How often the model may mend an answer that does not fit outputSchema. From 0 to 100.
   * @defaultValue 2
   */
  outputRetries?: number | undefined;
}

/**
 * What of the conversation a model gets to see. The oldest turns are left out, as a whole; the agent keeps them all
 * the same.
 */
export interface HistoryLimits {
  /** Most turns that are sent: a user's words and all that follows. */
  maxTurns?: number | undefined;
  /** Most tokens that are sent, by estimate. */
  maxTokens?: number | undefined;
}

/** When and how older turns become a summary. */
export interface Compaction {
  /**
   * Part of the model's window that may be full before it happens. From 0 to 1.
   * @defaultValue 0.8
   */
  at?: number | undefined;
  /**
   * Latest turns that stay as they are. From 1 to 1000000.
   * @defaultValue 4
   */
  keepTurns?: number | undefined;
  /** Model that writes the summary, at the same provider; the agent's own when absent. */
  model?: string | undefined;
  /** Instructions for that model, in place of llmspell's. */
  prompt?: string | undefined;
}

/** Another model, for when the provider fails for good. */
export interface Fallback {
  /** Where the model is; without it and a provider in `model`, the agent's. */
  provider?: string | undefined;
  /** Model; `provider/model` names both. Without it, the provider's usual one. */
  model?: string | undefined;
  /** The provider's key, in place of its environment variable. An empty text sends none. */
  apiKey?: string | undefined;
  /** http or https address that the provider's paths are added to, in place of its environment variable. */
  baseUrl?: string | undefined;
  /** HTTP headers that are added to each request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Fields that are added to the provider's request as they are. */
  providerOptions?: Readonly<Record<string, unknown>> | undefined;
  /**
   * What all agents of the process with the same provider, key and address may send within a minute; runs wait their
   * turn.
   */
  rateLimit?: RateLimit | undefined;
}

/**
 * What all agents of the process with the same provider, key and address may send within a minute; runs wait their
 * turn.
 */
export interface RateLimit {
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
}

/** What is known of a model. */
export interface ModelFacts {
  /** Tokens of input and output together that the model can hold. */
  contextWindow?: number | undefined;
  /** Most tokens of one answer. */
  maxOutputTokens?: number | undefined;
  /** US dollars for a million tokens of input. */
  inputPrice?: number | undefined;
  /** US dollars for a million tokens of input from the provider's cache; `inputPrice` where absent. */
  cachedPrice?: number | undefined;
  /** US dollars for a million tokens that the provider wrote to its cache; `inputPrice` where absent. */
  cacheWritePrice?: number | undefined;
  /** US dollars for a million tokens of output. */
  outputPrice?: number | undefined;
  /** US dollars for a million tokens of sound in; `inputPrice` where absent. */
  inputAudioPrice?: number | undefined;
  /** US dollars for a million tokens of sound out; `outputPrice` where absent. */
  outputAudioPrice?: number | undefined;
}

/** Where exchanges are recorded, and how. */
export interface RecordOptions {
  /** Path of the file. */
  path: string;
  /**
   * What becomes of a cassette that is there: a new one takes its place, it is added to, or it is played instead.
   * @defaultValue "new"
   */
  mode?: "new" | "append" | "once" | undefined;
  /** Regular expressions of what else is struck out. */
  scrub?: readonly string[] | undefined;
}

/** Which cassette is played, and how. */
export interface CassetteOptions {
  /** Path of the file. */
  path: string;
  /**
   * Which exchange answers: the next, when it is the same throughout, or any whose last message is the same.
   * @defaultValue "strict"
   */
  match?: "strict" | "loose" | undefined;
  /** Provider whose wire format it has, where it does not say so. */
  provider?: string | undefined;
  /** Regular expressions of what else is struck out. */
  scrub?: readonly string[] | undefined;
}

/** What an agent is made from, as far as it is plain data. */
export interface AgentSettings extends CallSettings {
  /** Name of the agent, for logs and events. */
  name?: string | undefined;
  /** Text that tells the model how to behave. */
  systemPrompt?: string | undefined;
  /** The provider's key, in place of its environment variable. An empty text sends none. */
  apiKey?: string | undefined;
  /** http or https address that the provider's paths are added to, in place of its environment variable. */
  baseUrl?: string | undefined;
  /** HTTP headers that are added to each request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Tool calls of one turn that are in the host's hands at the same time. From 1 to 1024.
   * @defaultValue 8
   */
  maxParallelTools?: number | undefined;
  /**
   * Agents that may call agents as their tools, one inside the other. From 1 to 32.
   * @defaultValue 5
   */
  maxAgentDepth?: number | undefined;
  /**
   * How often one run may hand its conversation to another agent. From 0 to 1000.
   * @defaultValue 10
   */
  maxHandoffs?: number | undefined;
  /**
   * What of the conversation a model gets to see. The oldest turns are left out, as a whole; the agent keeps them all
   * the same.
   */
  history?: HistoryLimits | undefined;
  /**
   * How older turns become a summary when the window of the model, where it is known, is nearly full. False: not at
   * all.
   */
  compaction?: false | Compaction | undefined;
  /**
   * What a run does while another run of the same conversation is under way: wait for its turn, fail with kind `busy`,
   * or begin at once with a copy of the conversation, which is not remembered.
   * @defaultValue "queue"
   */
  onBusy?: "queue" | "error" | "fork" | undefined;
  /** Conversation to go on with: what getState gave. */
  state?: State | undefined;
  /** Fields that are added to the provider's request as they are. */
  providerOptions?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Other models, in order, for when the provider fails for good: `provider/model`, or a table. One of the agent's own
   * provider that names no key, address or headers has the agent's.
   */
  fallbacks?: readonly (string | Fallback)[] | undefined;
  /**
   * What all agents of the process with the same provider, key and address may send within a minute; runs wait their
   * turn.
   */
  rateLimit?: RateLimit | undefined;
  /** What is known of models, by name, in place of llmspell's own table. */
  models?: Readonly<Record<string, ModelFacts>> | undefined;
  /**
   * Milliseconds to open a connection.
   * @defaultValue 10000
   */
  connectTimeoutMs?: number | undefined;
  /**
   * Milliseconds from sending a request to the first bytes of its answer.
   * @defaultValue 120000
   */
  firstEventTimeoutMs?: number | undefined;
  /**
   * Milliseconds between two pieces of an answer.
   * @defaultValue 60000
   */
  idleTimeoutMs?: number | undefined;
  /**
   * Milliseconds for one tool call whose tool sets none.
   * @defaultValue 60000
   */
  toolTimeoutMs?: number | undefined;
  /**
   * Milliseconds for one approval, after which the call is denied. Without it an approval is waited for without end,
   * and the run's time stands still.
   */
  approvalTimeoutMs?: number | undefined;
  /**
   * Milliseconds for one hook or guardrail, after which the run ends with an error of kind policy.
   * @defaultValue 60000
   */
  hookTimeoutMs?: number | undefined;
  /**
   * Bytes of a tool's result that the model gets, where the tool says nothing; the rest is cut, with a mark. From 1 to
   * 67108864.
   * @defaultValue 65536
   */
  maxToolResultBytes?: number | undefined;
  /** File with PEM certificates that are trusted besides the usual ones. */
  caFile?: string | undefined;
  /** Proxy as a URL, in place of the environment's. An empty text: none. */
  proxy?: string | undefined;
  /** Records every exchange to a cassette (docs/testing.md). */
  record?: string | RecordOptions | undefined;
  /** Cassette that the provider `replay` plays. */
  cassette?: string | CassetteOptions | undefined;
}

/** What one run may be told. */
export interface RunSettings extends CallSettings {
  /** Session whose conversation goes on; the agent's own when absent. */
  session?: string | undefined;
  /** Types of events that are wanted. Absent: all. `request` and the last event of a run always come. */
  events?: readonly AgentEventType[] | undefined;
}

/** Limits of a tool. */
export interface ToolSettings {
  /** Milliseconds for one call; the agent's toolTimeoutMs where absent. */
  timeoutMs?: number | undefined;
  /**
   * Whether the tool may be at work beside other calls of the same turn. false: it runs alone, in its place.
   * @defaultValue true
   */
  parallel?: boolean | undefined;
  /** Most calls in one run; later ones are refused with a result that says so. From 1 to 1000000. */
  maxCalls?: number | undefined;
  /** Bytes of a result's text that the model gets; the agent's maxToolResultBytes where absent. From 1 to 67108864. */
  maxResultBytes?: number | undefined;
  /**
   * Whether the tool is answered by whoever started the run: the run ends with its calls open, and a later run gets
   * their results as input.
   * @defaultValue false
   */
  external?: boolean | undefined;
}

/** How an agent is offered to the model of another. */
export interface AgentToolSettings {
  /** Name of the tool; that of the agent when absent, after `transfer_to_` for a hand-off. */
  name?: string | undefined;
  /** For the model: what the agent can do and when to ask it. */
  description?: string | undefined;
  /** JSON Schema of the arguments. Absent or null: an object with the text `input`. */
  schema?: JsonSchema | undefined;
  /** Milliseconds for one call; what the agent's own limits and the caller's leave when absent. */
  timeoutMs?: number | undefined;
  /**
   * Whether the events of the agent's run come among the caller's.
   * @defaultValue false
   */
  forwardEvents?: boolean | undefined;
}

/** What a scripted model answers in one turn. */
export interface ScriptedAnswer {
  text?: string | undefined;
  reasoning?: string | undefined;
  toolCalls?: readonly {
    id?: string | undefined;
    name: string;
    arguments?: unknown;
  }[] | undefined;
  object?: unknown;
  usage?: {
    inputTokens?: number | undefined;
    outputTokens?: number | undefined;
    cachedTokens?: number | undefined;
    reasoningTokens?: number | undefined;
  } | undefined;
  finishReason?: string | undefined;
  error?: {
    /** From 400 to 599. */
    status?: number | undefined;
    message?: string | undefined;
    retryAfterMs?: number | undefined;
  } | undefined;
  delayMs?: number | undefined;
}
