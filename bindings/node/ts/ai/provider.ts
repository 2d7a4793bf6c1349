import { NoSuchModelError, type ProviderV4 } from "@ai-sdk/provider";
import { Agent, type AgentConfig, LlmspellTypeError } from "@rs/llmspell";
import { checkNames } from "../peer/check.js";
import { AGENT_OPTIONS } from "../types/option-tables.gen.js";
import { isRecord } from "../words.js";
import { LlmspellLanguageModel } from "./model.js";

/** Options of an agent in whose place the AI SDK has its own. */
const THEIRS = [
  "model",
  "tools",
  "toolChoice",
  "systemPrompt",
  "outputSchema",
  "state",
  "hooks",
  "onApproval",
  "inputGuardrails",
  "outputGuardrails",
] as const;

/** What models of a provider are made with: options of an agent but those that the AI SDK has for each call. */
export type LlmspellSettings = Omit<AgentConfig, (typeof THEIRS)[number]>;

const KNOWN = [...Object.keys(AGENT_OPTIONS), "handoffs"].filter(
  (name) => !(THEIRS as readonly string[]).includes(name) && name !== "guardrails",
);

function checkSettings(given: unknown, where: string): void {
  const theirs = isRecord(given) ? THEIRS.find((name) => given[name] !== undefined) : undefined;
  if (theirs !== undefined)
    throw new LlmspellTypeError(`${where}: ${theirs} cannot stand here; the AI SDK's functions have their own`);
  checkNames(given, KNOWN, where);
}

/** Our providers, as the AI SDK takes them: a function from the name of a model to the model. */
export interface LlmspellProvider extends ProviderV4 {
  /**
   * A model.
   *
   * @param model `provider/model`, or what else an agent takes as its model, such as `scripted([…])`
   */
  (model: AgentConfig["model"], settings?: LlmspellSettings): LlmspellLanguageModel;
  languageModel(model: string, settings?: LlmspellSettings): LlmspellLanguageModel;
  chat(model: string, settings?: LlmspellSettings): LlmspellLanguageModel;
}

/**
 * Makes a provider for the AI SDK.
 *
 * Failed requests are made again by the AI SDK (`maxRetries` of its functions), so not by llmspell, unless `maxRetries` is set
 * here as well.
 *
 * @example
 * ```ts
 * const llmspell = createLlmspell({ timeoutMs: 30_000 });
 * const { text } = await generateText({ model: llmspell("anthropic/claude-sonnet-4-5"), prompt: "Hello" });
 * ```
 */
export function createLlmspell(settings: LlmspellSettings = {}): LlmspellProvider {
  checkSettings(settings, "createLlmspell");
  const model = (name: AgentConfig["model"], own: LlmspellSettings = {}): LlmspellLanguageModel => {
    checkSettings(own, "llmspell(model, settings)");
    return new LlmspellLanguageModel(new Agent({ maxRetries: 0, ...settings, ...own, model: name }));
  };
  const none = (modelType: "embeddingModel" | "imageModel") => (modelId: string) => {
    throw new NoSuchModelError({ modelId, modelType, message: `llmspell has no ${modelType}` });
  };
  return Object.assign(model, {
    specificationVersion: "v4" as const,
    languageModel: model,
    chat: model,
    embeddingModel: none("embeddingModel") as never,
    imageModel: none("imageModel") as never,
  });
}

/** Our providers with their usual settings. */
export const llmspell: LlmspellProvider = createLlmspell();
