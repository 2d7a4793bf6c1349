/** The name under which the AI SDK carries what is ours. */
export const NAMESPACE = "llmspell";
