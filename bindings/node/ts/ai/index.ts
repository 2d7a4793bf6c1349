export { LlmspellLanguageModel } from "./model.js";
export { createLlmspell, type LlmspellProvider, type LlmspellSettings, llmspell } from "./provider.js";
export { type AiTool, fromAiTools } from "./tools.js";
