import type { InputMessage } from "./config.js";
import type {
  AfterModelHook,
  AfterToolHook,
  AgentEvent,
  BeforeModelHook,
  BeforeToolHook,
  CompactHook,
  JudgedText,
  ToolRequest,
} from "./event.gen.js";
import type { Message } from "./message.gen.js";
import type { CallSettings } from "./options.gen.js";
import type { HandlerContext } from "./tool.js";

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Nothing (or true): the run goes on as it is. */
type Nothing = undefined | null | true | void;

/** Ends the run with an error of kind `policy`; the text is the reason. */
export interface Stop {
  readonly stop: string | true;
}

/** What `beforeModel` may return. */
export interface BeforeModelChange {
  /** In place of the agent's, in this step. */
  readonly systemPrompt?: string | undefined;
  /** In place of the run's, in this step. */
  readonly settings?:
    | Pick<CallSettings, "temperature" | "topP" | "maxTokens" | "stop" | "seed" | "toolChoice">
    | undefined;
  /** Messages to add; they stay in the conversation. */
  readonly messages?: readonly Message[] | undefined;
  /** An answer in place of the model's. */
  readonly answer?: string | undefined;
  readonly stop?: string | true | undefined;
}

/** What `afterModel` may return. */
export interface AfterModelChange {
  /** In place of the turn's text. */
  readonly text?: string | undefined;
  /** Ends the run with this answer; none of the turn's calls is made. */
  readonly answer?: string | undefined;
  readonly stop?: string | true | undefined;
}

/** What `beforeTool` may return. */
export interface BeforeToolChange {
  /** In place of the model's; they must fit the schema. */
  readonly arguments?: unknown;
  /** In place of the call: any value that JSON can hold. */
  readonly result?: unknown;
  /** The call is not made; the model reads the reason. */
  readonly deny?: string | true | undefined;
  readonly stop?: string | true | undefined;
}

/** What `afterTool` may return. */
export interface AfterToolChange {
  /** In place of the tool's: any value that JSON can hold. */
  readonly result?: unknown;
  readonly isError?: boolean | undefined;
  readonly stop?: string | true | undefined;
}

/** What `compact` may return: what takes the place of the messages. */
export interface CompactChange {
  readonly summary?: string | undefined;
  readonly messages?: readonly Message[] | undefined;
  readonly stop?: string | true | undefined;
}

/**
 * Functions that are asked in the middle of a run. One that throws, answers late or returns something else ends the run with
 * an error of kind `policy`, because what was to be checked was not.
 */
export interface Hooks {
  readonly beforeModel?:
    | ((hook: BeforeModelHook, context: HandlerContext) => Awaitable<BeforeModelChange | Nothing>)
    | undefined;
  readonly afterModel?:
    | ((hook: AfterModelHook, context: HandlerContext) => Awaitable<AfterModelChange | Nothing>)
    | undefined;
  readonly beforeTool?:
    | ((hook: BeforeToolHook, context: HandlerContext) => Awaitable<BeforeToolChange | Nothing>)
    | undefined;
  readonly afterTool?:
    | ((hook: AfterToolHook, context: HandlerContext) => Awaitable<AfterToolChange | Nothing>)
    | undefined;
  readonly compact?: ((hook: CompactHook, context: HandlerContext) => Awaitable<CompactChange | Nothing>) | undefined;
  /** Sees every event that a stream would give; what it returns means nothing. */
  readonly onEvent?: ((event: AgentEvent) => void) | undefined;
}

/** Decides about a tool call: whether it is made, or more than that. */
export type OnApproval = (call: ToolRequest, context: HandlerContext) => Awaitable<boolean | Decision>;

/** A decision about a tool call. */
export interface Decision {
  readonly decision: "allow" | "deny";
  /** The model reads it. */
  readonly reason?: string | undefined;
  /** In place of the model's; they must fit the schema. */
  readonly arguments?: unknown;
  /** Holds for later calls of the run: of the same tool, or of the same tool with the same arguments. */
  readonly remember?: "tool" | "arguments" | undefined;
}

/** Judges the user's message. False or `stop` ends the run; `input` takes its place; `answer` ends the run with it. */
export type InputCheck = (
  judged: JudgedText,
  context: HandlerContext,
) => Awaitable<boolean | Stop | { readonly input: string | InputMessage } | { readonly answer: string } | Nothing>;

/** Judges the answer. False or `stop` ends the run; `text` takes its place; `retry` sends the model back to it. */
export type OutputCheck = (
  judged: JudgedText,
  context: HandlerContext,
) => Awaitable<boolean | Stop | { readonly text: string } | { readonly retry: string } | Nothing>;

/** A check of either kind. */
export type GuardrailCheck = InputCheck | OutputCheck;

/** A check with a name, for errors. */
export interface NamedCheck<Check> {
  readonly name?: string | undefined;
  readonly check: Check;
}

export type InputGuardrail = InputCheck | NamedCheck<InputCheck>;
export type OutputGuardrail = OutputCheck | NamedCheck<OutputCheck>;
