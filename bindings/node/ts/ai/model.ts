import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  SharedV4Warning,
} from "@ai-sdk/provider";
import type { Agent, AgentEvent, Content, Result, RunOptions } from "@rs/llmspell";
import { answerOf } from "../peer/answer.js";
import { callMetadata, contentOf, finishReason, usageOf } from "./answer.js";
import { asSdkError } from "./failure.js";
import { Parts } from "./parts.js";
import { readPrompt } from "./prompt.js";
import { readSettings } from "./settings.js";

/** Files that providers fetch themselves; all others the AI SDK fetches. */
const FETCHED: Readonly<Record<string, readonly string[]>> = {
  openai: ["image/*"],
  anthropic: ["image/*", "application/pdf"],
  openrouter: ["image/*"],
  mistral: ["image/*"],
};

/** A model of one of our providers, as the AI SDK takes it (specification version 4). */
export class LlmspellLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]>;
  readonly #agent: Agent;

  /** @param agent what calls are copies of, each with its own conversation and tools */
  constructor(agent: Agent) {
    this.#agent = agent;
    this.provider = `llmspell.${agent.provider}`;
    this.modelId = agent.model;
    this.supportedUrls = Object.fromEntries((FETCHED[agent.provider] ?? []).map((type) => [type, [/^https?:\/\//]]));
  }

  /** The whole answer at once. @throws APICallError and its kin when there is none */
  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { agent, input, run, warnings } = this.#ask(options);
    let result: Result;
    try {
      result = await agent.execute(input, run);
    } catch (error) {
      const answer = answerOf(error);
      if (answer === undefined) throw asSdkError(error, this.modelId, options.abortSignal);
      result = answer;
    }
    return {
      content: contentOf(result),
      finishReason: finishReason(result),
      usage: usageOf(result.usage),
      providerMetadata: callMetadata(result),
      response: { modelId: result.metadata.model, timestamp: new Date() },
      warnings,
    };
  }

  /** The answer piece by piece. Fails as a whole while nothing of it was there, so that the AI SDK can try again. */
  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { agent, input, run, warnings, tools } = this.#ask(options);
    const events = agent.stream(input, run);
    const parts = new Parts(tools, this.modelId, options.abortSignal);
    const waiting = parts.start(warnings);
    let isOver = false;
    const next = async (): Promise<LanguageModelV4StreamPart[]> => {
      const { value, done } = (await events.next()) as IteratorResult<AgentEvent, undefined>;
      isOver = done === true || value.type === "done" || value.type === "error" || value.type === "cancelled";
      return done === true ? [] : parts.of(value);
    };
    // The head, and the first part of the answer.
    while (!isOver && waiting.every(({ type }) => type === "stream-start" || type === "response-metadata"))
      waiting.push(...(await next()));
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      pull: async (controller) => {
        try {
          while (waiting.length === 0 && !isOver) waiting.push(...(await next()));
        } catch (error) {
          if (options.abortSignal?.aborted === true) return controller.error(error);
          waiting.push(
            { type: "error", error },
            { type: "finish", finishReason: { unified: "error", raw: undefined }, usage: usageOf(undefined) },
          );
        }
        for (const part of waiting.splice(0)) controller.enqueue(part);
        if (isOver) controller.close();
      },
      cancel: () => void events.return(),
    });
    return { stream };
  }

  #ask(options: LanguageModelV4CallOptions): {
    agent: Agent;
    input: Content;
    run: RunOptions;
    warnings: SharedV4Warning[];
    tools: string[];
  } {
    const warnings: SharedV4Warning[] = [];
    const { systemPrompt, state, input } = readPrompt(options.prompt, this.#agent.provider, warnings);
    const { config, run, tools } = readSettings(options, warnings);
    const agent = this.#agent.fork({
      ...config,
      ...(systemPrompt !== undefined && { systemPrompt }),
      state,
    });
    // One call of the AI SDK is one turn of the model.
    return { agent, input, run: { ...run, maxSteps: 1 }, warnings, tools };
  }
}
