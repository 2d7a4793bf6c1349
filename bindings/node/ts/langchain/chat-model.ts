import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput, StructuredOutputMethodOptions } from "@langchain/core/language_models/base";
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BaseChatModelParams,
  type BindToolsInput,
  type LangSmithParams,
  type ToolChoice,
} from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import {
  Agent,
  type AgentConfig,
  type AgentEvent,
  type Content,
  type JsonSchema,
  LlmspellError,
  LlmspellTypeError,
  type Result,
  type RunOptions,
  type ToolConfig,
} from "@rs/llmspell";
import { answerOf } from "../peer/answer.js";
import { checkRun, mistaken } from "../peer/check.js";
import { continued } from "../peer/conversation.js";
import { isRecord } from "../words.js";
import { Chunks, messageOf } from "./chunks.js";
import { identityOf } from "./identity.js";
import { readMessages } from "./messages.js";
import {
  type AnyRecord,
  type OutputSchema,
  type Structured,
  type StructuredRaw,
  structuredOutput,
} from "./structured.js";

/** What a chat model is made from: options of an agent but those that LangChain has for each call. */
export type ChatLlmspellFields = BaseChatModelParams &
  Omit<
    AgentConfig,
    | "name"
    | "tools"
    | "systemPrompt"
    | "state"
    | "hooks"
    | "onApproval"
    | "inputGuardrails"
    | "outputGuardrails"
    | "cache"
  >;

/** Options of a call. */
export interface ChatLlmspellCallOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
  /** Settings of a run, such as `temperature`, by our names. */
  run?: RunOptions;
  /** What the answer must fit: it is JSON then. */
  outputSchema?: JsonSchema;
  /** Name of the answer's form, for providers that want one: letters, digits, _ and -. */
  outputName?: string;
}

/** Fields of LangChain's own. */
const LANGCHAIN = [
  "cache",
  "callbacks",
  "disableStreaming",
  "maxConcurrency",
  "metadata",
  "name",
  "onFailedAttempt",
  "outputVersion",
  "tags",
  "verbose",
  "callbackManager",
];

/**
 * A model of one of our providers as a chat model of LangChain: `new ChatLlmspell({ model: "anthropic/claude-sonnet-4-5" })`.
 */
export class ChatLlmspell extends BaseChatModel<ChatLlmspellCallOptions> {
  override lc_serializable = false;
  readonly #agent: Agent;
  readonly #identity: Record<string, unknown>;

  static override lc_name(): string {
    return "ChatLlmspell";
  }

  constructor(fields: ChatLlmspellFields = {}) {
    super(fields);
    const own = Object.fromEntries(Object.entries(fields).filter(([key]) => !LANGCHAIN.includes(key)));
    this.#agent = new Agent(own);
    this.#identity = { ...identityOf(own), provider: this.#agent.provider, model: this.#agent.model };
  }

  _llmType(): string {
    return "llmspell";
  }

  /** What tells this model's answers from those of others in LangChain's caches; no keys and no headers. */
  override _identifyingParams(): Record<string, unknown> {
    return this.#identity;
  }

  override getLsParams(options: this["ParsedCallOptions"]): LangSmithParams {
    return {
      ...super.getLsParams(options),
      ls_provider: this.#agent.provider,
      ls_model_name: this.#agent.model,
      ls_model_type: "chat",
    };
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<ChatLlmspellCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatLlmspellCallOptions> {
    if (!Array.isArray(tools)) throw mistaken("bindTools: tools", "a list of tools", tools);
    tools.forEach(readTool);
    return this.withConfig({ ...kwargs, tools });
  }

  /**
   * The model with an answer that fits a schema: Zod, any Standard Schema that tells its JSON Schema, or a JSON Schema.
   *
   * @param config `method`: `jsonSchema`, the default, holds the model to the schema in the way that its provider has;
   *   `functionCalling` makes it call a function of that form; `jsonMode` asks for JSON alone, whose form the prompt must say.
   *   `name`: of the form or function. `includeRaw`: gives `{ raw, parsed }`, and null where the answer does not fit.
   * @throws TypeError for another method, or `strict` where there is no schema to be strict about
   */
  override withStructuredOutput<T extends AnyRecord = AnyRecord>(
    schema: OutputSchema<T>,
    config?: StructuredOutputMethodOptions<false>,
  ): Structured<T>;
  override withStructuredOutput<T extends AnyRecord = AnyRecord>(
    schema: OutputSchema<T>,
    config?: StructuredOutputMethodOptions<true>,
  ): StructuredRaw<T>;
  override withStructuredOutput<T extends AnyRecord>(
    schema: OutputSchema<T>,
    config?: StructuredOutputMethodOptions<boolean>,
  ): Structured<T> | StructuredRaw<T> {
    return structuredOutput(this, schema, config);
  }

  async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    manager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const { agent, input, run } = this.#ask(messages, options);
    let result: Result;
    try {
      result = await agent.execute(input, run);
    } catch (error) {
      const answer = answerOf(error);
      if (answer === undefined) throw failure(error, options.signal);
      result = answer;
    }
    const message = messageOf(result, result.tool_calls, undefined);
    await manager?.handleLLMNewToken(message.text);
    return {
      generations: [{ text: message.text, message, generationInfo: { finish_reason: result.finish_reason } }],
      llmOutput: {
        tokenUsage: {
          promptTokens: result.usage.input_tokens,
          completionTokens: result.usage.output_tokens,
          totalTokens: result.usage.total_tokens,
        },
      },
    };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    manager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { agent, input, run, names } = this.#ask(messages, options);
    const chunks = new Chunks(run.outputSchema !== undefined);
    for await (const event of agent.stream(input, run)) {
      const message = this.#chunk(event, chunks, names, options.signal);
      if (message === undefined) continue;
      const chunk = new ChatGenerationChunk({ message, text: message.text });
      yield chunk;
      await manager?.handleLLMNewToken(message.text, undefined, undefined, undefined, undefined, { chunk });
    }
  }

  #chunk(
    event: AgentEvent,
    chunks: Chunks,
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): AIMessageChunk | undefined {
    if (event.type === "tool_call_delta") return names.includes(event.name) ? chunks.call(event) : undefined;
    if (event.type === "done") return chunks.last(event.result, event.result.tool_calls);
    if (event.type === "cancelled")
      throw failure(new LlmspellError({ kind: "cancelled", message: "the run was cancelled" }), signal);
    if (event.type !== "error") return chunks.of(event);
    const error = new LlmspellError({ ...event.error, partial: event.partial });
    const answer = answerOf(error);
    if (answer === undefined) throw failure(error, signal);
    return chunks.last(answer, answer.tool_calls);
  }

  #ask(
    messages: readonly BaseMessage[],
    options: this["ParsedCallOptions"],
  ): { agent: Agent; input: Content; run: RunOptions; names: string[] } {
    const read = readMessages(messages);
    const conversation = continued(read.messages, read.instructions);
    if (typeof conversation === "string") throw new LlmspellTypeError(`ChatLlmspell: ${conversation}`);
    checkRun(options.run, "ChatLlmspell: run");
    const tools = (options.tools ?? []).map(readTool);
    const agent = this.#agent.fork({
      state: conversation.state,
      ...(conversation.systemPrompt !== undefined && { systemPrompt: conversation.systemPrompt }),
      ...(tools.length > 0 && { tools }),
    });
    const run: RunOptions = {
      ...options.run,
      ...(options.stop !== undefined && options.stop.length > 0 && { stop: options.stop }),
      ...(options.signal !== undefined && { signal: options.signal }),
      ...(tools.length > 0 && options.tool_choice !== undefined && { toolChoice: readChoice(options.tool_choice) }),
      ...(options.outputName !== undefined && { outputName: options.outputName }),
      // Whether the answer fits is for LangChain's parsers to say.
      ...(options.outputSchema !== undefined && { outputSchema: options.outputSchema, outputRetries: 0 }),
      // One call of a chat model is one turn.
      maxSteps: 1,
    };
    return { agent, input: conversation.input, run, names: tools.map(({ name }) => name) };
  }
}

function readTool(given: BindToolsInput, index: number): ToolConfig {
  const wrong = mistaken(`ChatLlmspell: tools[${index}]`, "a tool of LangChain, or one in OpenAI's format", given);
  if (!isRecord(given)) throw wrong;
  const { function: called } = convertToOpenAITool(given as Parameters<typeof convertToOpenAITool>[0]);
  if (typeof called?.name !== "string") throw wrong;
  const { name, description, parameters } = called;
  return {
    name,
    ...(description !== undefined && { description }),
    schema: (parameters ?? { type: "object" }) as JsonSchema,
    external: true,
  };
}

function readChoice(choice: ToolChoice): NonNullable<RunOptions["toolChoice"]> {
  if (choice === "any" || choice === "required") return "required";
  if (choice === "auto" || choice === "none") return choice;
  if (typeof choice === "string") return { name: choice };
  const name: unknown = choice["function"]?.name ?? choice["name"];
  if (typeof name !== "string")
    throw new LlmspellTypeError("ChatLlmspell: tool_choice must be auto, any, none, or the name of a tool");
  return { name };
}

/** LangChain knows an aborted call by what the signal was aborted with. */
function failure(error: unknown, signal: AbortSignal | undefined): unknown {
  return error instanceof LlmspellError && error.kind === "cancelled" && signal?.aborted === true
    ? signal.reason
    : error;
}
