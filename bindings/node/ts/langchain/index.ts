export { ChatLlmspell, type ChatLlmspellCallOptions, type ChatLlmspellFields } from "./chat-model.js";
export { AgentRunnable, type AgentRunnableFields } from "./runnable.js";
export { fromLangChainTools, type LangChainTool, toLangChainTools } from "./tools.js";
