import type { CallbackManagerForChainRun, CallbackManagerForToolRun } from "@langchain/core/callbacks/manager";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { AIMessageChunk } from "@langchain/core/messages";
import { ensureConfig, Runnable, type RunnableConfig } from "@langchain/core/runnables";
import {
  Agent,
  type AgentEvent,
  LlmspellError,
  LlmspellTypeError,
  type Result,
  type RunOptions,
  type ToolCallRecord,
} from "@rs/llmspell";
import { checkAgent, checkNames, checkRun, mistaken } from "../peer/check.js";
import { continued, stateOf } from "../peer/conversation.js";
import { Chunks, messageOf } from "./chunks.js";
import { messagesOf, readMessages } from "./messages.js";

/** What a runnable of an agent is made from. */
export interface AgentRunnableFields {
  readonly agent: Agent;
  /** Name in traces; the agent's own when absent. */
  readonly name?: string | undefined;
  /** Options of every run. */
  readonly run?: RunOptions | undefined;
}

/**
 * An agent as a Runnable: its input is a text, a prompt or messages, as for chat models, its output the answer's message. The
 * agent runs its tools by itself; traces and `streamEvents` show their calls.
 *
 * Each call is a conversation of its own, which goes on from the agent's: messages given as input are the whole history, and a
 * system message among them stands in place of the agent's prompt. With `configurable: { thread_id }` the conversation of that
 * thread goes on instead, and the input is what is new.
 *
 * @example
 * ```ts
 * const chain = prompt.pipe(new AgentRunnable({ agent })).pipe(new StringOutputParser());
 * ```
 */
export class AgentRunnable extends Runnable<BaseLanguageModelInput, AIMessageChunk> {
  lc_namespace = ["llmspell"];
  override lc_serializable = false;
  readonly agent: Agent;
  readonly #run: RunOptions;

  static override lc_name(): string {
    return "LlmspellAgent";
  }

  constructor(fields: AgentRunnableFields) {
    super();
    const where = "new AgentRunnable";
    if ((fields as unknown) instanceof Agent) throw mistaken(`${where}: its argument`, "an object { agent }", fields);
    checkNames(fields, ["agent", "name", "run"], where);
    checkAgent(fields.agent, `${where}: agent`);
    checkRun(fields.run, `${where}: run`);
    this.agent = fields.agent;
    this.#run = fields.run ?? {};
    this.name = fields.name ?? fields.agent.name ?? "LlmspellAgent";
  }

  override invoke(input: BaseLanguageModelInput, options?: Partial<RunnableConfig>): Promise<AIMessageChunk> {
    return this._callWithConfig<BaseLanguageModelInput>(
      async (asked, config, manager) => {
        const run = new Running(this.agent, asked, this.#run, config, manager);
        for await (const _ of run.events());
        // As LangChain's own models do, whose type is a chunk's for the sake of streams.
        return messageOf(run.result, run.open, run.id) as AIMessageChunk;
      },
      input,
      options,
    );
  }

  override async *_streamIterator(
    input: BaseLanguageModelInput,
    options?: Partial<RunnableConfig>,
  ): AsyncGenerator<AIMessageChunk> {
    async function* one(): AsyncGenerator<BaseLanguageModelInput> {
      yield input;
    }
    yield* this.transform(one(), ensureConfig(options));
  }

  override transform(
    generator: AsyncGenerator<BaseLanguageModelInput>,
    options: Partial<RunnableConfig>,
  ): AsyncGenerator<AIMessageChunk> {
    return this._transformStreamWithConfig(generator, this.#chunks.bind(this), options);
  }

  async *#chunks(
    generator: AsyncGenerator<BaseLanguageModelInput>,
    manager?: CallbackManagerForChainRun,
    config?: Partial<RunnableConfig>,
  ): AsyncGenerator<AIMessageChunk> {
    // Prompts come whole, and texts of a step before perhaps in pieces.
    let input: BaseLanguageModelInput | undefined;
    for await (const piece of generator) input = input === undefined ? piece : this._concatOutputChunks(input, piece);
    if (input === undefined) throw new LlmspellTypeError(`${this.getName()}: there is no input`);
    const run = new Running(this.agent, input, this.#run, config, manager);
    const chunks = new Chunks(this.#run.outputSchema !== undefined);
    for await (const event of run.events()) {
      const chunk = chunks.of(event);
      if (chunk !== undefined) yield chunk;
    }
    yield chunks.last(run.result, run.open);
  }
}

/** One run with its traces. */
class Running {
  #result: Result | undefined;
  id: string | undefined;
  readonly #begin: () => AsyncIterable<AgentEvent>;
  readonly #config: Partial<RunnableConfig> | undefined;
  readonly #manager: CallbackManagerForChainRun | undefined;
  readonly #tools = new Map<string, CallbackManagerForToolRun | undefined>();

  constructor(
    agent: Agent,
    input: BaseLanguageModelInput,
    options: RunOptions,
    config: Partial<RunnableConfig> | undefined,
    manager: CallbackManagerForChainRun | undefined,
  ) {
    this.#config = config;
    this.#manager = manager;
    const given = messagesOf(input);
    const run = { ...options, ...(config?.signal !== undefined && { signal: config.signal }) };
    const thread: unknown = config?.configurable?.["thread_id"];
    this.#begin = () => {
      const { instructions, messages } = readMessages(given);
      if (thread != null) {
        const prompt =
          instructions.length === 0 ? [] : [{ role: "system" as const, content: instructions.join("\n\n") }];
        return agent.stream([...prompt, ...messages], { ...run, session: String(thread) });
      }
      const conversation = continued(messages, instructions);
      if (typeof conversation === "string") throw new LlmspellTypeError(`AgentRunnable: input: ${conversation}`);
      const { systemPrompt, state } = conversation;
      const before = state.messages;
      const fork = agent.fork({
        ...(before.length > 0 && { state: stateOf([...agent.getState().messages, ...before]) }),
        ...(systemPrompt !== undefined && { systemPrompt }),
      });
      return fork.stream(conversation.input, run);
    };
  }

  get result(): Result {
    if (this.#result === undefined) throw new Error("the run has not ended");
    return this.#result;
  }

  /** Calls that whoever asked has to answer. */
  get open(): ToolCallRecord[] {
    return this.result.tool_calls.filter(({ open }) => open === true);
  }

  /** The run's events; throws what it fails with. Leaving it cancels the run. */
  async *events(): AsyncGenerator<AgentEvent> {
    let ended: unknown = cancelled();
    try {
      for await (const event of this.#begin()) {
        this.id ??= event.run_id;
        await this.#trace(event);
        if (event.type === "done") {
          this.#result = event.result;
          ended = undefined;
        } else if (event.type === "error") throw new LlmspellError({ ...event.error, partial: event.partial });
        else if (event.type === "cancelled") throw this.#config?.signal?.reason ?? cancelled();
        yield event;
      }
    } catch (error) {
      ended = error;
      throw error;
    } finally {
      await this.#endTraces(ended);
    }
  }

  async #trace(event: AgentEvent): Promise<void> {
    if (event.type !== "tool_call" && event.type !== "tool_result") return;
    // Agents count their calls by themselves.
    const key = JSON.stringify([...(event.agent ?? []), event.tool_call_id]);
    if (event.type === "tool_call") {
      const { tool_call_id: id, name } = event;
      const input = JSON.stringify(event.arguments);
      const tool = { lc: 1 as const, type: "not_implemented" as const, id: ["llmspell", name] };
      this.#tools.set(
        key,
        await this.#manager
          ?.getChild()
          .handleToolStart(tool, input, undefined, undefined, undefined, undefined, name, id),
      );
    } else {
      const tool = this.#tools.get(key);
      this.#tools.delete(key);
      if (event.is_error) await tool?.handleToolError(new Error(event.content));
      else await tool?.handleToolEnd(event.content);
    }
  }
  /** Calls that have no result: those that are the caller's to answer, and all that were under way in a run that failed. */
  async #endTraces(error: unknown): Promise<void> {
    const left = [...this.#tools.values()];
    this.#tools.clear();
    for (const tool of left) await (error === undefined ? tool?.handleToolEnd("") : tool?.handleToolError(error));
  }
}

function cancelled(): LlmspellError {
  return new LlmspellError({ kind: "cancelled", message: "the run was cancelled" });
}
