/** A provider's part of the table of models. */
export interface Selection {
  /** Model of agents that name none, and where it is said that there is such a one. */
  readonly usual?: readonly [model: string, source: string];
  /** What stands in front of the models' names in LiteLLM's table. */
  readonly prefix?: string;
  /** Models to take. A name also stands for longer ones that begin with it and go on with a date or the like. */
  readonly models?: readonly string[];
}

/** The models that are listed: those that a provider offers today and that programs name most. */
export const selection: Readonly<Record<string, Selection>> = {
  openai: {
    usual: ["gpt-5.2", "npm package @ai-sdk/openai 3.0.83 (OpenAIChatModelId)"],
    models: [
      "gpt-4o",
      "gpt-4o-mini",
      "gpt-4.1",
      "gpt-4.1-mini",
      "gpt-4.1-nano",
      "o3",
      "o3-mini",
      "o4-mini",
      "gpt-5",
      "gpt-5-mini",
      "gpt-5-nano",
      "gpt-5-pro",
      "gpt-5.1",
      "gpt-5.2",
      "gpt-5.2-pro",
      "gpt-5.4",
      "gpt-5.4-mini",
      "gpt-5.4-nano",
      "gpt-5.5",
      "gpt-5.6",
      "gpt-6-sol",
      "gpt-6-astra",
      "gpt-6-luna",
      "gpt-6.1-sol",
      "gpt-6.1-terra",
    ],
  },
  openai_responses: { usual: ["gpt-5.2", "npm package @ai-sdk/openai 3.0.83 (OpenAIResponsesModelId)"] },
  anthropic: {
    usual: ["claude-sonnet-5-5", "npm package @anthropic-ai/sdk 1.12.0 (Model)"],
    models: [
      "claude-haiku-4-5",
      "claude-haiku-5-5",
      "claude-sonnet-4-5",
      "claude-sonnet-4-6",
      "claude-sonnet-5",
      "claude-sonnet-5-5",
      "claude-opus-4-5",
      "claude-opus-4-6",
      "claude-opus-4-7",
      "claude-opus-4-8",
      "claude-opus-5",
      "claude-opus-5-5",
      "claude-fable-5",
      "claude-fable-5-1",
      "claude-mythos-5",
      "claude-mythos-5-1",
    ],
  },
  gemini: {
    usual: ["gemini-flash-latest", "https://ai.google.dev/gemini-api/docs/models"],
    prefix: "gemini/",
    models: [
      "gemini-2.5-pro",
      "gemini-2.5-flash",
      "gemini-2.5-flash-lite",
      "gemini-3-flash-preview",
      "gemini-3.1-pro-preview",
      "gemini-3.1-flash-lite",
      "gemini-3.5-flash",
      "gemini-3.5-flash-lite",
      "gemini-3.6-flash",
      "gemini-3.7-flash",
      "gemini-3.8-flash",
      "gemini-4-argon",
      "gemini-omni-1.1-flash",
      "gemini-flash-latest",
      "gemini-flash-lite-latest",
      "gemini-pro-latest",
    ],
  },
  ollama: { usual: ["llama3.2", "https://ollama.com/library/llama3.2"] },
  openrouter: { usual: ["openrouter/auto", "https://openrouter.ai/docs/features/model-routing"] },
  mistral: {
    usual: ["mistral-large-latest", "https://docs.mistral.ai/getting-started/models"],
    prefix: "mistral/",
    models: [
      "mistral-large-latest",
      "mistral-large-4",
      "mistral-medium-latest",
      "mistral-small-latest",
      "ministral-8b-latest",
      "codestral-latest",
      "magistral-medium-latest",
      "magistral-small-latest",
    ],
  },
  deepseek: {
    usual: ["deepseek-flash", "https://api-docs.deepseek.com/quick_start/pricing"],
    prefix: "deepseek/",
    models: ["deepseek-chat", "deepseek-reasoner", "deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro"],
  },
  groq: {
    usual: ["openai/gpt-oss-120b", "https://console.groq.com/docs/models"],
    prefix: "groq/",
    models: ["openai/gpt-oss-120b", "openai/gpt-oss-20b", "qwen/qwen3.8-27b"],
  },
  xai: {
    usual: ["grok-4.7", "https://docs.x.ai/docs/models"],
    prefix: "xai/",
    models: ["grok-4.3", "grok-4.5", "grok-4.6", "grok-4.7"],
  },
  together: {
    usual: ["openai/gpt-oss-120b", "https://docs.together.ai/docs/serverless-models"],
    prefix: "together_ai/",
    models: ["openai/gpt-oss-120b", "deepseek-ai/DeepSeek-V4.1-Flash-1017"],
  },
  perplexity: {
    usual: ["sonar", "https://docs.perplexity.ai/getting-started/models"],
    prefix: "perplexity/",
    models: ["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"],
  },
  llamacpp: { usual: ["default", "llama.cpp's server has one model and does not read the name"] },
  demo: { usual: ["demo-1", "llmspell's own"] },
};
